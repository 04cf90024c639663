from odoo import fields, models


class LeatherAiPilotReport(models.Model):
    """Leads with their first prediction, inside and outside the pilot: compares both groups."""

    _name = "leather.ai.pilot.report"
    _description = "Pilot Comparison"
    _auto = False
    _order = "created_on desc"
    _rec_name = "lead_id"

    lead_id = fields.Many2one("crm.lead", readonly=True)
    model_id = fields.Many2one("leather.ai.model", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    team_id = fields.Many2one("crm.team", "Sales Team", readonly=True)
    group = fields.Selection(
        [("pilot", "Scored by the AI"), ("rest", "Odoo's own scoring")], "Who scores", readonly=True
    )
    period = fields.Selection([("before", "Before the pilot"), ("since", "Since the pilot")], readonly=True)
    created_on = fields.Datetime(readonly=True)
    closed_on = fields.Datetime(readonly=True)
    outcome = fields.Selection([("won", "Won"), ("lost", "Lost"), ("pending", "Open")], readonly=True)
    grade = fields.Selection([("A", "A"), ("B", "B"), ("C", "C"), ("D", "D")], "First grade", readonly=True)
    score = fields.Float("First chance (%)", readonly=True, aggregator="avg")
    win_rate = fields.Float("Win rate (%)", readonly=True, aggregator="avg", help="Closed leads only.")
    squared_error = fields.Float(
        "Brier score", readonly=True, aggregator="avg", help="Mean squared error of the first chance. Lower is better."
    )
    days_to_close = fields.Float(readonly=True, aggregator="avg")
    expected_revenue = fields.Float(readonly=True)

    @property
    def _table_query(self):
        return """
            SELECT lead.id AS id, lead.id AS lead_id, model.id AS model_id, model.company_id AS company_id,
                   lead.team_id AS team_id,
                   CASE WHEN NOT EXISTS (SELECT 1 FROM crm_team_leather_ai_model_rel AS any_team
                                          WHERE any_team.leather_ai_model_id = model.id)
                          OR scope.crm_team_id IS NOT NULL THEN 'pilot' ELSE 'rest' END AS group,
                   CASE WHEN model.pilot_start IS NULL OR lead.create_date < model.pilot_start
                        THEN 'before' ELSE 'since' END AS period,
                   lead.create_date AS created_on, lead.date_closed AS closed_on, lead.won_status AS outcome,
                   first.grade AS grade, first.score AS score,
                   CASE lead.won_status WHEN 'won' THEN 100.0 WHEN 'lost' THEN 0.0 END AS win_rate,
                   CASE WHEN lead.won_status IN ('won', 'lost') AND first.score IS NOT NULL
                        THEN power(first.score / 100.0 - (lead.won_status = 'won')::int, 2) END AS squared_error,
                   CASE WHEN lead.won_status IN ('won', 'lost')
                        THEN extract(epoch FROM lead.date_closed - lead.create_date) / 86400.0 END AS days_to_close,
                   lead.expected_revenue AS expected_revenue
              FROM crm_lead AS lead
              JOIN leather_ai_model AS model
                ON model.active AND model.task = 'lead_scoring'
               AND (model.company_id = lead.company_id OR (lead.company_id IS NULL AND model.include_shared))
         LEFT JOIN crm_team_leather_ai_model_rel AS scope
                ON scope.leather_ai_model_id = model.id AND scope.crm_team_id = lead.team_id
         LEFT JOIN LATERAL (
                   SELECT prediction.grade, prediction.score
                     FROM leather_ai_prediction AS prediction
                    WHERE prediction.lead_id = lead.id
                 ORDER BY prediction.predicted_on, prediction.id LIMIT 1) AS first ON TRUE
        """
