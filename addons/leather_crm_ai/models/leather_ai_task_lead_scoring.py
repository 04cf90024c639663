from odoo import api, models


class LeatherAiTaskLeadScoring(models.AbstractModel):
    """How likely an open lead is to be won."""

    _name = "leather.ai.task.lead_scoring"
    _description = "AI Task: Lead Scoring"
    _inherit = ["leather.ai.task"]

    @api.model
    def _is_ready(self, model):
        return not model.missing_won and not model.missing_lost

    @api.model
    def _get_missing_message(self, model):
        return self.env._(
            "Not enough closed leads yet: %(won)s more won and %(lost)s more lost are needed. "
            "Until then Odoo's own scoring stays.",
            won=model.missing_won,
            lost=model.missing_lost,
        )

    @api.model
    def _get_status_messages(self, model):
        return {
            "ready": self.env._("There are enough closed leads. Click Train now."),
            "live": self.env._("Leads are scored by version %(number)s.", number=model.live_version_id.number),
            "decayed": self.env._("The model predicts worse than it did at training. Train it again."),
        }

    @api.model
    def _prepare_training(self, model, directory):
        return model._prepare_lead_training(directory)

    @api.model
    def _get_step_labels(self):
        return {
            "gather": self.env._("Reading the leads"),
            "check": self.env._("Looking for fields that give the outcome away"),
            "holdout": self.env._("Learning from the earlier leads, testing on the latest"),
            "compare": self.env._("Comparing with Odoo's own scoring and the live version"),
            "influence": self.env._("Measuring what each input brings"),
            "final": self.env._("Learning from all leads"),
        }

    @api.model
    def _get_error_messages(self, kept):
        return {
            "too_few_leads": self.env._("There are too few closed leads to learn from. %s", kept),
            "no_usable_feature": self.env._(
                "None of the chosen inputs can be used. Choose others on the model's page. %s", kept
            ),
            "gather": self.env._("The leads could not be read. See the log. %s", kept),
        }

    @api.model
    def _get_version_vals(self, result, run):
        metrics, facts = result["metrics"]["ours"], result["data"]
        vals = {
            "lead_count": facts["leads"],
            "won_rate": 100.0 * facts["base_rate"],
            "family": self._get_family(result["recipe"]),
        }
        vals.update({name: metrics[name] or 0.0 for name in ("auc", "logloss", "ece", "lift10")})
        return vals

    @api.model
    def _get_family(self, recipe):
        members = list(recipe["members"])
        return members[0] if len(members) == 1 and members[0] in ("logistic", "boosting") else "blend"

    @api.model
    def _take_report(self, model, result):
        model._take_training_report(result)

    @api.model
    def _after_publish(self, model, version):
        model._take_influence(version.result or {})
        model._trigger_rescore()

    @api.model
    def _get_rivals(self):
        return {
            "trivial": self.env._("the win rate alone"),
            "odoo": self.env._("Odoo's own scoring"),
            "live": self.env._("the live version"),
        }

    @api.model
    def _get_metrics(self):
        return {"logloss": self.env._("log loss"), "auc": self.env._("AUC"), "brier": self.env._("Brier score")}

    @api.model
    def _get_card(self, version):
        return version._get_lead_card()

    @api.model
    def _monitor(self, model):
        model._log_odoo_predictions()
        model._monitor()
