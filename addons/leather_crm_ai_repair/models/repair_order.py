from odoo import fields, models


class RepairOrder(models.Model):
    _inherit = "repair.order"

    remedy_complaint_id = fields.Many2one(
        "leather.complaint",
        "Puts right",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_user",
        help="The complaint that this was made for.",
    )
