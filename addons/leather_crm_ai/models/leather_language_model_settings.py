from odoo import api, fields, models

from .leather_language_model import HOSTS_OPTION


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    language_model_enabled = fields.Boolean(related="company_id.language_model_enabled", readonly=False)
    language_model_url = fields.Char(related="company_id.language_model_url", readonly=False)
    language_model_name = fields.Char(related="company_id.language_model_name", readonly=False)
    language_model_key = fields.Char(related="company_id.language_model_key", readonly=False)
    language_model_timeout = fields.Integer(related="company_id.language_model_timeout", readonly=False)
    language_model_tokens = fields.Integer(related="company_id.language_model_tokens", readonly=False)
    language_model_days = fields.Integer(related="company_id.language_model_days", readonly=False)
    language_model_allowed = fields.Char("Allowed addresses", compute="_compute_language_model_allowed")

    @api.depends("company_id")
    def _compute_language_model_allowed(self):
        allowed = ", ".join(place.origin for place in self.env["leather.language.model"]._get_allowed())
        for settings in self:
            settings.language_model_allowed = allowed or self.env._("none (%s in odoo.conf is empty)", HOSTS_OPTION)

    def action_language_model_test(self):
        """Ask the language model something that says nothing, and tell how it went."""
        self.ensure_one()
        self.check_access("write")
        text, problem = self.env["leather.language.model"]._test(self.company_id)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger" if problem else "success",
                "sticky": bool(problem),
                "message": problem or self.env._("The language model answers: %s", text[:100]),
            },
        }
