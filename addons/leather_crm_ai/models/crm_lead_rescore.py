import json
import random

from odoo import api, fields, models
from odoo.tools import SQL

from .crm_lead import LOG_STEP
from .leather_lead_reader import to_sql_array, within_ids

BATCH = 10_000
# A batch is written in slices, each a transaction of leads picked at random. PostgreSQL can put a row's new version in
# the room of an old one on the same page, and then leaves all 27 indexes of the table alone, but only once the old
# one's transaction is over: so neighbours on a page should not be written together.
SLICES = 8

# Whether a probability was set by hand is asked of the row at the moment it is written, and a lead that somebody has
# saved since it was read is left alone: it was scored then. Each column comes as one literal; the reasons one a line,
# since a JSON text has no line break.
WRITE_SCORES = """
    WITH written AS (
        UPDATE crm_lead AS lead
           SET automated_probability = new.probability,
               probability = CASE WHEN lead.probability IS NULL OR lead.probability = lead.automated_probability
                   THEN new.probability ELSE lead.probability END,
               prorated_revenue = CASE WHEN lead.probability IS NULL OR lead.probability = lead.automated_probability
                   THEN round((COALESCE(lead.expected_revenue, 0) * new.probability / 100)::numeric, 2)
                   ELSE lead.prorated_revenue END,
               ai_grade = new.grade,
               ai_reasons = new.reasons::jsonb,
               ai_status = 'scored',
               ai_version_id = %(version)s,
               ai_scored_on = %(now)s,
               ai_trend = CASE WHEN NOT new.moved THEN lead.ai_trend
                               WHEN COALESCE(lead.ai_logged_probability, 0) = 0 THEN 0
                               ELSE new.probability - lead.ai_logged_probability END,
               ai_logged_probability = CASE WHEN new.moved THEN new.probability ELSE lead.ai_logged_probability END
          FROM unnest(%(ids)s::int[], %(probabilities)s::float8[], %(grades)s::text[],
                      string_to_array(%(reasons)s, E'\\n'), %(moved)s::bool[], %(saved)s::timestamp[])
               AS new(id, probability, grade, reasons, moved, saved)
         WHERE lead.id = new.id
           AND lead.write_date IS NOT DISTINCT FROM new.saved
     RETURNING lead.id, lead.team_id, new.probability, new.grade, lead.ai_reasons AS reasons, new.moved
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
        remaining = self._count_remaining(model)
        while lead_ids := self._get_next_batch(model):
            self._rescore_batch(lead_ids, scorer, scope)
            model.rescore_cursor = lead_ids[-1]
            remaining = max(0, remaining - len(lead_ids))  # for the progress: counting anew would take a scan each time
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
        changed = self._get_changed_scores(lead_ids, scores)
        random.shuffle(changed)
        for first in range(min(SLICES, len(changed))):
            self._write_scores(sorted(changed[first::SLICES]), scope)  # sorted: each page is visited once
            self.env["ir.cron"]._commit_ai_progress(0, None)
        unknown = [lead_id for lead_id, familiar in zip(lead_ids, scores.familiar, strict=True) if not familiar]
        self._write_unscored(unknown, scope)
        self.invalidate_model()

    @api.model
    def _get_changed_scores(self, lead_ids, scores):
        """The scores that differ from what the leads have.

        :param lead_ids: list of ids
        :param scores: ScoreColumns of these leads
        :return: list of (lead id, probability, grade, reasons, whether it moved enough to be recorded, when the lead
            was saved last)
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT lead.automated_probability, lead.ai_grade, lead.ai_version_id,
                       CASE WHEN lead.automated_probability = new.probability THEN lead.ai_reasons::text END,
                       lead.ai_logged_probability, lead.write_date::text
                  FROM unnest(%s::int[], %s::float8[]) WITH ORDINALITY AS new(id, probability, rank)
                  JOIN crm_lead AS lead ON lead.id = new.id AND %s
                 ORDER BY new.rank
                """,
                to_sql_array(lead_ids),
                to_sql_array(scores.probability),
                within_ids(SQL("lead.id"), lead_ids),
            )
        )
        changed = []
        new = zip(lead_ids, scores.familiar, scores.probability, scores.grade, scores.reasons, strict=True)
        for (lead_id, familiar, probability, grade, reasons), old in zip(new, self.env.cr.fetchall(), strict=True):
            *known, known_reasons, logged, saved = old
            if not familiar or (
                known == [probability, grade, scores.version_id] and _is_same_json(known_reasons, reasons)
            ):
                continue
            moved = not logged or abs(probability - logged) >= LOG_STEP
            changed.append((lead_id, probability, grade, reasons, moved, saved))
        return changed

    @api.model
    def _write_scores(self, changed, scope):
        """Write scores and append what moved to the record of predictions, in one statement.

        A probability set by hand stays.
        """
        ids, probabilities, grades, reasons, moved, saved = zip(*changed, strict=True)
        self.env.cr.execute(
            WRITE_SCORES,
            {
                "ids": to_sql_array(ids),
                "probabilities": to_sql_array(probabilities),
                "grades": to_sql_array(grades),
                "reasons": "\n".join(reasons),
                "moved": to_sql_array(moved),
                "saved": to_sql_array(saved),
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
            RESTORE_PROBABILITIES,
            {"ids": to_sql_array(probabilities), "probabilities": to_sql_array(probabilities.values())},
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


def _is_same_json(stored, text):
    """Whether two JSON texts say the same. PostgreSQL's spelling is nearly always ours."""
    return stored == text or (stored is not None and json.loads(stored) == json.loads(text))
