from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    ai_lead_model_id = fields.Many2one("leather.ai.model", compute="_compute_ai_lead_model_id")
    ai_lead_status = fields.Selection(related="ai_lead_model_id.status")
    ai_lead_message = fields.Char(related="ai_lead_model_id.status_message")
    ai_lead_auto_publish = fields.Boolean(related="ai_lead_model_id.auto_publish", readonly=False)
    ai_lead_train_every = fields.Integer(related="ai_lead_model_id.train_every", readonly=False)
    complaint_arabizi_language = fields.Selection(related="company_id.complaint_arabizi_language", readonly=False)
    complaint_starter = fields.Boolean(related="company_id.complaint_starter", readonly=False)
    ai_lead_team_ids = fields.Many2many(related="ai_lead_model_id.team_ids", readonly=False)

    @api.depends("company_id")
    def _compute_ai_lead_model_id(self):
        for settings in self:
            settings.ai_lead_model_id = self.env["leather.ai.model"].search(
                [("task", "=", "lead_scoring"), ("company_id", "=", settings.company_id.id)], limit=1
            )

    def action_ai_lead_train(self):
        """Train the company's lead model now."""
        self.ensure_one()
        return self.ai_lead_model_id.action_train()

    def action_ai_lead_open(self):
        """Open the company's lead model."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "leather.ai.model",
            "res_id": self.ai_lead_model_id.id,
            "view_mode": "form",
        }
