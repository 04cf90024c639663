from odoo import fields, models


class LeatherComplaintCause(models.Model):
    _inherit = "leather.complaint.cause"

    user_id = fields.Many2one(
        "res.users",
        "Owner",
        domain=[("share", "=", False)],
        help="Who is asked to look when a complaint has this cause.",
    )
