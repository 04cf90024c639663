from odoo import api, models


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._create_ai_models()
        return companies

    def _create_ai_models(self):
        """Each company gets its own models: what is learned from one never reaches another."""
        # sudo: whoever may create a company gets its models with it
        models_ = self.env["leather.ai.model"].sudo()
        existing = models_.with_context(active_test=False).search([("company_id", "in", self.ids)])
        models_.create(
            [
                {"name": self.env._("Lead scoring"), "task": "lead_scoring", "company_id": company.id}
                for company in self - existing.company_id
            ]
        )
