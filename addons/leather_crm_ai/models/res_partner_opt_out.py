from odoo import fields, models


class ResPartner(models.Model):
    """Whoever objects is neither learned from nor judged."""

    _inherit = "res.partner"

    ai_opt_out = fields.Boolean(
        "No AI",
        tracking=True,
        help="The customer objects to predictions: orders are neither learned from nor predicted, and what has been "
        "predicted is deleted. On a company it holds for all its contacts.",
    )
