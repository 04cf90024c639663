from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    complaint_arabizi_language = fields.Selection(
        [("fr", "French"), ("ar", "Arabic"), ("en", "English")], "Arabizi is answered in", default="fr", required=True
    )
    complaint_starter = fields.Boolean(
        "Weigh the whole text",
        default=True,
        help="Besides the words that the sorting rules know, how a complaint as a whole is told, as learned from texts "
        "that come with the addon. Off: the rules alone.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._create_ai_models()
        return companies

    def write(self, vals):
        wanted = vals.get("complaint_starter", None)
        # the settings write the value whenever they are saved
        is_switched = wanted is not None and any(company.complaint_starter != wanted for company in self)
        result = super().write(vals)
        if is_switched:
            self._read_again()
        return result

    @api.model
    def _read_again(self):
        """Have what is open read again in the background."""
        self.env["leather.complaint"]._trigger_reclassify()

    @api.model
    def _create_all_ai_models(self):
        """Every company there is gets the models that it lacks: at the installation, and after an update."""
        self.with_context(active_test=False).search([("id", "!=", False)])._create_ai_models()

    def _create_ai_models(self):
        """Each company gets its own models: what is learned from one never reaches another."""
        # sudo: whoever may create a company gets its models with it
        models_ = self.env["leather.ai.model"].sudo()
        existing = models_.with_context(active_test=False).search([("company_id", "in", self.ids)])
        known = {(model.task, model.company_id) for model in existing}
        models_.create(
            [
                {"name": name, "task": task, "company_id": company.id}
                for task, name in self._get_ai_tasks().items()
                for company in self
                if (task, company) not in known
            ]
        )

    @api.model
    def _get_ai_tasks(self):
        """{task of a model that each company gets: the model's name}."""
        return {"lead_scoring": self.env._("Lead scoring"), "complaint": self.env._("Complaint sorting")}
