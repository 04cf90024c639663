from odoo import api, fields, models

from .chatbot_script_step import LEATHER_TYPES


class ChatbotScript(models.Model):
    _inherit = "chatbot.script"

    leather_company_id = fields.Many2one(
        "res.company",
        "Company of the assistant",
        help="Whose questions are answered and orders looked up, and who gets the complaints. Empty: that of the site.",
    )

    @api.depends("script_step_ids.step_type")
    def _compute_first_step_warning(self):
        result = super()._compute_first_step_warning()
        for script in self.filtered("script_step_ids"):
            if script._get_welcome_steps()[-1:].step_type in LEATHER_TYPES:
                script.first_step_warning = False
        return result
