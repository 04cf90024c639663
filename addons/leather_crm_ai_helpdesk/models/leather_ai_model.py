from odoo import fields, models


class LeatherAiModel(models.Model):
    _inherit = "leather.ai.model"

    task = fields.Selection(selection_add=[("helpdesk", "Helpdesk tickets")], ondelete={"helpdesk": "cascade"})
