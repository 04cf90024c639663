from odoo import api, fields, models
from odoo.exceptions import UserError

# What reality and people add later; everything else is written once.
_LATER = frozenset({"outcome", "outcome_on", "human_probability", "human_user_id"})


class LeatherAiPrediction(models.Model):
    """Append-only record of what was predicted for a lead, by which version, why, and what became of it.

    Nobody has the right to write or delete, managers included; the system fills in the outcome once. Rows go only
    with their lead. Predictions of Odoo's own scoring are kept for teams outside a pilot, to compare.
    """

    _name = "leather.ai.prediction"
    _description = "AI Prediction"
    _order = "predicted_on desc, id desc"
    _rec_name = "lead_id"

    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade", index=True)
    model_id = fields.Many2one("leather.ai.model", required=True, ondelete="restrict", index=True)
    version_id = fields.Many2one("leather.ai.version", ondelete="restrict", index="btree_not_null")
    company_id = fields.Many2one("res.company", required=True, index=True)
    team_id = fields.Many2one("crm.team", "Sales Team", ondelete="set null")
    source = fields.Selection([("model", "AI model"), ("odoo", "Odoo's own scoring")], required=True, default="model")
    predicted_on = fields.Datetime("Predicted on", required=True, default=fields.Datetime.now)
    score = fields.Float("Chance to win (%)", digits=(5, 2), aggregator="avg")
    grade = fields.Selection([("A", "A"), ("B", "B"), ("C", "C"), ("D", "D")])
    reasons = fields.Json()
    outcome = fields.Selection([("won", "Won"), ("lost", "Lost")], index=True)
    outcome_on = fields.Datetime()
    human_probability = fields.Float(
        "Set by hand (%)", digits=(5, 2), aggregator="avg", help="What a person put in place of the prediction."
    )
    human_user_id = fields.Many2one("res.users", "Set by", ondelete="set null")

    _open_idx = models.Index("(lead_id) WHERE outcome IS NULL")

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("The record of predictions is append-only. It goes when the lead itself is deleted.")
        )

    def write(self, vals):
        if not _LATER.issuperset(vals):
            raise UserError(self.env._("The record of predictions is append-only."))
        return super().write(vals)

    @api.model
    def _join_outcomes(self):
        """Fill in the outcome of predictions whose lead was closed since; one statement for all leads.

        A lead that was reopened keeps the outcome of its old predictions; new ones get the new outcome.
        """
        self.env["crm.lead"].flush_model(["won_status", "date_closed"])
        self.flush_model()
        self.env.cr.execute(
            """
            UPDATE leather_ai_prediction AS prediction
               SET outcome = lead.won_status,
                   outcome_on = COALESCE(lead.date_closed, lead.write_date)
              FROM crm_lead AS lead
             WHERE lead.id = prediction.lead_id
               AND prediction.outcome IS NULL
               AND lead.won_status IN ('won', 'lost')
            """
        )
        self.invalidate_model(["outcome", "outcome_on"])

    @api.model
    def _append(self, rows):
        """Append predictions.

        :param rows: list of dicts of this model's columns
        """
        # sudo: nobody may create predictions but the scoring itself
        return self.sudo().create(rows)
