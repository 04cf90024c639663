import numpy as np
from odoo import api, fields, models
from odoo.tools.misc import formatLang

from ..engine import drift, metrics

MIN_OUTCOMES = 30  # fewer outcomes say nothing about quality
MIN_DRIFT_ROWS = 50
SEASONAL = {"derived.create_month"}  # differs from the year's average by its nature
AUC_ALARM = 0.05  # how far below the training's interval the live AUC may fall
RECENT_DAYS = 90


class LeatherAiModel(models.Model):
    """The nightly look at a live model: are its predictions still right, do leads still look the same."""

    _inherit = "leather.ai.model"

    @api.model
    def _cron_monitor(self):
        """Join outcomes, log Odoo's own predictions outside the pilot, measure every live model."""
        self.env["leather.ai.prediction"]._join_outcomes()
        for model in self.search([("live_version_id", "!=", False)]):
            model._get_task()._monitor(model)
            self.env["ir.cron"]._commit_ai_progress(1, 0)

    def _monitor(self):
        """Measure live accuracy and drift; raise an activity for the managers when the model decays."""
        self.ensure_one()
        vals = {"monitored_on": fields.Datetime.now(), **self._measure_accuracy(), **self._measure_drift()}
        problems = self._get_decay_problems(vals)
        vals["is_decayed"] = bool(problems)
        self.write(vals)
        if problems:
            self._notify_managers(
                self.env._("The lead scoring model predicts worse than before"), "<br/>".join(problems)
            )

    def _measure_accuracy(self):
        """Quality of the live version on the leads closed since: its first prediction of each lead counts."""
        won, probability = self._fetch_outcomes()
        vals = {"live_count": len(won), "live_auc": 0.0, "live_logloss": 0.0, "live_ece": 0.0, "live_won_rate": 0.0}
        if len(won) and 0 < won.sum() < len(won):
            vals["live_auc"] = metrics.auc(won, probability)
        if len(won):
            vals["live_logloss"] = metrics.logloss(won, probability)
            vals["live_ece"] = metrics.ece(won, probability)
            vals["live_won_rate"] = 100.0 * won.mean()
        return vals

    def _fetch_outcomes(self):
        """(won, probability) of the leads the live version predicted and that were closed since."""
        self.env["leather.ai.prediction"].flush_model()
        self.env.cr.execute(
            """
            SELECT DISTINCT ON (lead_id) outcome = 'won', score / 100.0
              FROM leather_ai_prediction
             WHERE version_id = %s AND outcome IS NOT NULL
             ORDER BY lead_id, predicted_on, id
            """,
            [self.live_version_id.id],
        )
        rows = self.env.cr.fetchall()
        won, probability = zip(*rows, strict=True) if rows else ((), ())
        return np.array(won, dtype=bool), np.array(probability, dtype=float)

    def _measure_drift(self):
        """Largest population stability index among the inputs of the latest snapshots."""
        none = {"drift_max": 0.0, "drift_feature": False}
        scorer = self.live_version_id._get_scorer()
        reference = (self.live_version_id.result or {}).get("drift_reference")
        rows = self._fetch_recent_rows() if scorer and reference else []
        if len(rows) < MIN_DRIFT_ROWS:
            return none
        table = self.env["leather.lead.reader"]._from_json_rows(rows, scorer.features)
        moved = drift.drift(reference, table, scorer.predict_proba(table))["features"]
        moved = {name: psi for name, psi in moved.items() if psi is not None and name not in SEASONAL}
        if not moved:
            return none
        worst = max(moved, key=moved.get)
        label = self.feature_ids.filtered(lambda feature: feature.key == worst).label
        return {"drift_max": moved[worst], "drift_feature": label or worst}

    def _fetch_recent_rows(self):
        since = fields.Datetime.subtract(fields.Datetime.now(), days=RECENT_DAYS)
        companies = [self.company_id.id, False] if self.include_shared else [self.company_id.id]
        snapshots = self.env["leather.lead.snapshot"].search(
            [("taken_on", ">=", since), ("company_id", "in", companies)], order="id"
        )
        return [snapshot.values or {} for snapshot in snapshots]

    def _get_decay_problems(self, vals):
        """What is wrong, in words; empty when all is well or there is too little to tell."""
        problems = []
        interval = ((self.live_version_id.result or {}).get("intervals") or {}).get("ours", {}).get("auc")
        if vals["live_count"] >= MIN_OUTCOMES and interval and 0 < vals["live_auc"] < interval[0] - AUC_ALARM:
            problems.append(
                self.env._(
                    "AUC on the %(count)s leads closed since is %(live)s; at training it was %(auc)s.",
                    count=vals["live_count"],
                    live=formatLang(self.env, vals["live_auc"], digits=2),
                    auc=formatLang(self.env, self.live_version_id.auc, digits=2),
                )
            )
        if vals["live_count"] >= MIN_OUTCOMES and self._is_base_rate_off(vals):
            problems.append(
                self.env._(
                    "%(live)d %% of the leads closed since were won; at training it was %(trained)d %%.",
                    live=vals["live_won_rate"],
                    trained=self.live_version_id.won_rate,
                )
            )
        if vals["drift_max"] > drift.PSI_ALARM:
            problems.append(self.env._("New leads look different: “%s” has changed most.", vals["drift_feature"]))
        return problems

    def _is_base_rate_off(self, vals):
        """Is the live win rate outside three standard errors of the training's?"""
        expected = self.live_version_id.won_rate / 100.0
        error = (max(expected * (1 - expected), 0.01) / vals["live_count"]) ** 0.5
        return abs(vals["live_won_rate"] / 100.0 - expected) > 3 * error

    def _log_odoo_predictions(self):
        """Keep what Odoo's own scoring says of leads outside the pilot, once per lead, to compare both groups."""
        self.ensure_one()
        if not self.team_ids:
            return
        leads = self.env["crm.lead"].search(
            self._get_company_domain()
            + [
                ("won_status", "=", "pending"),
                ("team_id", "not in", self.team_ids.ids),
                ("automated_probability", ">", 0),
                ("create_date", ">=", self.pilot_start),
            ]
        )
        logged = self.env["leather.ai.prediction"].search([("lead_id", "in", leads.ids), ("source", "=", "odoo")])
        self.env["leather.ai.prediction"]._append(
            [
                {
                    "lead_id": lead.id,
                    "model_id": self.id,
                    "company_id": self.company_id.id,
                    "team_id": lead.team_id.id,
                    "source": "odoo",
                    "score": lead.automated_probability,
                }
                for lead in leads - logged.lead_id
            ]
        )
