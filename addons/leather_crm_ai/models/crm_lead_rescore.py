import json

from odoo import api, fields, models

from .crm_lead import LOG_STEP

BATCH = 10_000
# A batch is written in slices of leads far apart: neighbours share a page of the table, and PostgreSQL can reuse the
# room of a row's old version within its page (and leave all 27 indexes alone) once another transaction made it old.
SLICES = 8

# The old row is joined in because RETURNING gives the new one only, and the record of predictions needs both.
WRITE_SCORES = """
    WITH new AS (
        SELECT given.*,
               old.ai_logged_probability AS logged,
               (old.probability IS NULL OR old.probability = old.automated_probability) AS automated,
               (COALESCE(old.ai_logged_probability, 0) = 0
                OR abs(given.probability - old.ai_logged_probability) >= %(step)s) AS moved
          FROM unnest(%(ids)s, %(probabilities)s::float8[], %(grades)s, %(reasons)s::jsonb[])
               AS given(id, probability, grade, reasons)
          JOIN crm_lead AS old ON old.id = given.id
    ), written AS (
        UPDATE crm_lead AS lead
           SET automated_probability = new.probability,
               probability = CASE WHEN new.automated THEN new.probability ELSE lead.probability END,
               prorated_revenue = CASE WHEN new.automated
                   THEN round((COALESCE(lead.expected_revenue, 0) * new.probability / 100)::numeric, 2)
                   ELSE lead.prorated_revenue END,
               ai_grade = new.grade,
               ai_reasons = new.reasons,
               ai_status = 'scored',
               ai_version_id = %(version)s,
               ai_scored_on = %(now)s,
               ai_trend = CASE WHEN NOT new.moved THEN lead.ai_trend
                               WHEN COALESCE(new.logged, 0) = 0 THEN 0
                               ELSE new.probability - new.logged END,
               ai_logged_probability = CASE WHEN new.moved THEN new.probability ELSE lead.ai_logged_probability END
          FROM new
         WHERE lead.id = new.id
           AND (lead.automated_probability, lead.ai_grade, lead.ai_version_id, lead.ai_reasons)
               IS DISTINCT FROM (new.probability, new.grade, %(version)s, new.reasons)
     RETURNING lead.id, lead.team_id, new.probability, new.grade, new.reasons, new.moved
    )
    INSERT INTO leather_ai_prediction (lead_id, model_id, version_id, company_id, team_id, source, predicted_on,
                                       score, grade, reasons, create_uid, create_date, write_uid, write_date)
    SELECT id, %(model)s, %(version)s, %(company)s, team_id, 'model', %(now)s,
           probability, grade, reasons, %(uid)s, %(now)s, %(uid)s, %(now)s
      FROM written
     WHERE moved
"""

RESTORE_PROBABILITIES = """
    UPDATE crm_lead AS lead
       SET automated_probability = new.probability,
           probability = CASE WHEN new.automated THEN new.probability ELSE lead.probability END,
           prorated_revenue = CASE WHEN new.automated
               THEN round((COALESCE(lead.expected_revenue, 0) * new.probability / 100)::numeric, 2)
               ELSE lead.prorated_revenue END
      FROM (SELECT given.id, given.probability,
                   (old.probability IS NULL OR old.probability = old.automated_probability) AS automated
              FROM unnest(%(ids)s::int[], %(probabilities)s::float8[]) AS given(id, probability)
              JOIN crm_lead AS old ON old.id = given.id) AS new
     WHERE lead.id = new.id
"""


class CrmLead(models.Model):
    """Nightly rescoring of all open leads: batches, resumable, one statement for each kind of write."""

    _inherit = "crm.lead"

    @api.model
    def _cron_ai_rescore(self):
        """Rescore every company's open leads; a killed run goes on where it stopped."""
        for model in self.env["leather.ai.model"].search([("task", "=", "lead_scoring")]):
            if not self._rescore_model(model):
                return

    @api.model
    def _rescore_model(self, model):
        """Rescore the leads of one model in batches; False when the cron's time is up (it is called again)."""
        scope = self.env["leather.ai.model"]._get_live_scopes().get(model.company_id.id)
        if not scope or scope["model_id"] != model.id:
            self._clear_ai_scores(model, keep_pilot=False)
            return True
        scorer = self.env["leather.lead.scoring"]._get_scorer(scope)
        if not scorer:
            return True
        cron = self.env["ir.cron"]
        while lead_ids := self._get_next_batch(model):
            self._rescore_batch(lead_ids, scorer, scope)
            model.rescore_cursor = lead_ids[-1]
            remaining = self._count_remaining(model)
            if not cron._commit_ai_progress(len(lead_ids), remaining) and remaining:
                return False
        self._clear_ai_scores(model, keep_pilot=True)
        model.write({"rescore_cursor": 0, "rescored_on": fields.Datetime.now()})
        cron._commit_ai_progress(0, 0)
        return True

    @api.model
    def _get_next_batch(self, model):
        domain = model._get_open_domain() + [("active", "=", True), ("id", ">", model.rescore_cursor)]
        return list(self._search(domain, order="id", limit=BATCH))

    @api.model
    def _count_remaining(self, model):
        return self.search_count(model._get_open_domain() + [("active", "=", True), ("id", ">", model.rescore_cursor)])

    @api.model
    def _rescore_batch(self, lead_ids, scorer, scope):
        """Read, score and write one batch."""
        self.flush_model()
        table = self.env["leather.lead.reader"]._read_stored(lead_ids, scorer.features, scope["company_id"])
        scores = self.env["leather.lead.scoring"]._score_table(table, scorer, scope)
        known = [(lead_id, score) for lead_id, score in zip(lead_ids, scores, strict=True) if score.status == "scored"]
        unknown = [
            (lead_id, score) for lead_id, score in zip(lead_ids, scores, strict=True) if score.status != "scored"
        ]
        for first in range(SLICES):
            self._write_scores(known[first::SLICES], scope)
            self.env["ir.cron"]._commit_ai_progress(0, None)
        self._write_unscored([lead_id for lead_id, _score in unknown], scope)
        self.invalidate_model()

    @api.model
    def _write_scores(self, scored, scope):
        """Write a batch and append what moved to the record of predictions, in one statement.

        A lead whose score has not changed is not touched; a probability set by hand stays.
        """
        if not scored:
            return
        self.env.cr.execute(
            WRITE_SCORES,
            {
                "ids": [lead_id for lead_id, _score in scored],
                "probabilities": [score.probability for _id, score in scored],
                "grades": [score.grade for _id, score in scored],
                "reasons": [json.dumps(score.reasons) for _id, score in scored],
                "step": LOG_STEP,
                "model": scope["model_id"],
                "version": scope["version_id"],
                "company": scope["company_id"],
                "now": fields.Datetime.now(),
                "uid": self.env.uid,
            },
        )

    @api.model
    def _write_unscored(self, lead_ids, scope):
        """Leads the model does not know get Odoo's own probability back, and say so."""
        if not lead_ids:
            return
        leads = self.browse(lead_ids)
        leads.invalidate_recordset()
        leads.write(
            {"ai_status": "unfamiliar", "ai_version_id": scope["version_id"], "ai_grade": False, "ai_reasons": False}
        )
        leads._restore_odoo_probabilities()

    def _restore_odoo_probabilities(self):
        """Odoo's own probabilities for these open leads; one set by hand stays."""
        self.env.flush_all()
        leads = self.with_context(leather_scores={})
        probabilities = leads._pls_get_naive_bayes_probabilities(batch_mode=True)[0] if self else {}
        self.env.cr.execute(
            RESTORE_PROBABILITIES, {"ids": list(probabilities), "probabilities": list(probabilities.values())}
        )
        self.invalidate_recordset()

    @api.model
    def _clear_ai_scores(self, model, keep_pilot):
        """Take the scores of open leads back where the model is no longer in charge: Odoo's own return."""
        domain = model._get_company_domain() + [("won_status", "=", "pending"), ("ai_version_id", "!=", False)]
        if keep_pilot:
            if not model.team_ids:
                return
            domain.append(("team_id", "not in", model.team_ids.ids))
        leads = self.search(domain)
        if not leads:
            return
        leads.write(
            {
                "ai_grade": False,
                "ai_reasons": False,
                "ai_version_id": False,
                "ai_scored_on": False,
                "ai_status": False,
                "ai_trend": 0.0,
                "ai_logged_probability": 0.0,
            }
        )
        leads._restore_odoo_probabilities()
