from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

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
