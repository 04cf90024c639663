from odoo import fields, models


class ResPartner(models.Model):
    """Whoever objects is neither learned from nor judged."""

    _inherit = "res.partner"

    ai_opt_out = fields.Boolean(
        "No AI",
        tracking=True,
        help="The customer objects to predictions: orders are left out of the history that they are made of. On a "
        "company it holds for all its contacts.",
    )
