from contextlib import suppress
from unittest.mock import patch

from odoo.tests import tagged

from ..models import crm_lead_rescore
from .common import LeatherCase


@tagged("post_install", "-at_install")
class TestLeadRescore(LeatherCase):
    """The nightly work: rescoring, outcomes, quality."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.open = cls._make_open(25)
        cls.version = cls._go_live()

    def _rescore(self):
        self.env["crm.lead"]._cron_ai_rescore()
        self.open.invalidate_recordset()

    def test_all_open_leads_are_scored(self):
        self.assertFalse(any(self.open.mapped("ai_status")))
        self._rescore()
        self.assertEqual(set(self.open.mapped("ai_status")), {"scored"})
        self.assertEqual(self.open.ai_version_id, self.version)
        self.assertTrue(self.model_a.rescored_on)
        self.assertEqual(self.model_a.rescore_cursor, 0)

    def test_nightly_equals_on_save(self):
        """The SQL path and the ORM path give one score, grade and the same reasons."""
        self._rescore()
        nightly = [(lead.automated_probability, lead.ai_grade, lead.ai_reasons) for lead in self.open]
        scores = self.open._get_ai_scores()
        on_save = [(scores[lead.id].probability, scores[lead.id].grade, scores[lead.id].reasons) for lead in self.open]
        self.assertEqual(nightly, on_save)

    def test_expected_value_follows(self):
        self._rescore()
        for lead in self.open:
            self.assertAlmostEqual(lead.prorated_revenue, lead.expected_revenue * lead.probability / 100, places=1)

    def test_unchanged_leads_are_not_touched(self):
        self._rescore()
        self.env.cr.execute("SELECT id, xmin FROM crm_lead WHERE id = ANY(%s) ORDER BY id", [self.open.ids])
        before = self.env.cr.fetchall()
        predictions = self.env["leather.ai.prediction"].search_count([])
        self._rescore()
        self.env.cr.execute("SELECT id, xmin FROM crm_lead WHERE id = ANY(%s) ORDER BY id", [self.open.ids])
        self.assertEqual(self.env.cr.fetchall(), before)
        self.assertEqual(self.env["leather.ai.prediction"].search_count([]), predictions)

    def test_resumes_after_a_kill(self):
        """Killed after the second batch: the next run goes on behind it."""
        calls = []

        def killed(cron, processed, remaining):
            calls.extend([processed] if processed else [])
            if len(calls) == 2:
                raise KeyboardInterrupt
            return float("inf")

        with patch.object(crm_lead_rescore, "BATCH", 10):
            # not assertRaises, which would take back what was written before the kill
            with patch.object(type(self.env["ir.cron"]), "_commit_ai_progress", killed), suppress(KeyboardInterrupt):
                self._rescore()
            self.assertEqual(calls, [10, 10])
            self.open.invalidate_recordset()
            self.assertEqual(self.model_a.rescore_cursor, self.open.sorted("id")[19].id)
            self.assertEqual(len(self.open.filtered("ai_status")), 20)
            self._rescore()
        self.assertEqual(len(self.open.filtered("ai_status")), 25)

    def test_stops_when_time_is_up(self):
        with (
            patch.object(crm_lead_rescore, "BATCH", 10),
            patch.object(type(self.env["ir.cron"]), "_commit_ai_progress", lambda cron, processed, remaining: 0),
        ):
            self._rescore()
            self.assertEqual(len(self.open.filtered("ai_status")), 10)
        self._rescore()
        self.assertEqual(len(self.open.filtered("ai_status")), 25)

    def test_leaving_the_pilot_gives_odoos_own_back(self):
        self._rescore()
        by_hand = self.open[0]
        by_hand.probability = 33
        self.model_a.team_ids = self.team_a2
        self._rescore()
        self.assertFalse(any(self.open.mapped("ai_status")))
        odoo = self.open.with_context(leather_scores={})._pls_get_naive_bayes_probabilities()[0]
        for lead in self.open:
            self.assertAlmostEqual(lead.automated_probability, odoo[lead.id], places=2)
        self.assertEqual(by_hand.probability, 33)

    def test_query_count_does_not_grow(self):
        self._rescore()
        counts = []
        for size in (10, 100):
            self._make_open(size, seed=size + 7)
            self.env.flush_all()
            start = self.cr.sql_log_count
            self._rescore()
            counts.append(self.cr.sql_log_count - start)
        self.assertEqual(counts[0], counts[1])

    def test_outcomes_and_live_quality(self):
        self._rescore()
        for lead in self.open:
            if lead.automated_probability > 50:
                lead.action_set_won()
            else:
                lead.action_set_lost()
        self.env["leather.ai.model"]._cron_monitor()
        self.assertEqual(self.model_a.live_count, 25)
        self.assertEqual(self.model_a.live_auc, 1.0)
        self.assertFalse(self.model_a.is_decayed)
        predictions = self.env["leather.ai.prediction"].search([("version_id", "=", self.version.id)])
        self.assertEqual(set(predictions.mapped("outcome")), {"won", "lost"})

    def test_decay_raises_one_activity(self):
        self._make_open(40, seed=11)
        leads = self.env["crm.lead"].search([("company_id", "=", self.company_a.id), ("won_status", "=", "pending")])
        self._rescore()
        for lead in leads:  # everything comes out the other way round
            if lead.automated_probability > 50:
                lead.action_set_lost()
            else:
                lead.action_set_won()
        for _night in range(2):
            self.env["leather.ai.model"]._cron_monitor()
        self.assertTrue(self.model_a.is_decayed)
        self.assertEqual(self.model_a.status, "decayed")
        raised = self.model_a.activity_ids.filtered(lambda a: "worse than before" in a.summary)
        self.assertEqual(len(raised), 1)
        self.assertIn(raised.user_id, self.user_ai | self.env.ref("base.user_admin") | self.env.user)

    def test_input_drift(self):
        rare = self.env["res.country"].search([], limit=1, order="id desc")
        leads = self._make_open(80, seed=12)
        leads.write({"country_id": rare.id})
        snapshots = self.env["leather.lead.snapshot"].search([("lead_id", "in", leads.ids)])
        for snapshot in snapshots:
            snapshot.values = {**snapshot.values, "country_id": str(rare.id)}
        self.env["leather.ai.model"]._cron_monitor()
        self.assertGreater(self.model_a.drift_max, 0.25)
        self.assertEqual(self.model_a.drift_feature, "Country")
        self.assertTrue(self.model_a.is_decayed)

    def test_pilot_report(self):
        self.model_a.team_ids = self.team_a
        self._rescore()
        rest = self._make_open(5, team=self.team_a2, seed=20)
        self.env["leather.ai.model"]._cron_monitor()
        logged = self.env["leather.ai.prediction"].search([("lead_id", "in", rest.ids)])
        self.assertEqual(set(logged.mapped("source")), {"odoo"})
        report = self.env["leather.ai.pilot.report"].search([("lead_id", "in", (rest | self.open).ids)])
        groups = {line.lead_id: line.group for line in report}
        self.assertEqual({groups[lead] for lead in rest}, {"rest"})
        self.assertEqual({groups[lead] for lead in self.open}, {"pilot"})
        self.assertEqual(len(report), 30)

    def test_team_dashboard(self):
        self.assertTrue(self.team_a.ai_before_after)
        self.model_a.pilot_start = "2026-03-01"
        self.team_a.invalidate_recordset()
        self.assertRegex(self.team_a.ai_before_after, r"win rate \d+ % → \d+ %")
