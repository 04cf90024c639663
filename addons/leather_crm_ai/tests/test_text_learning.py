"""Labels of texts learned from what people confirmed: training, publishing, thresholds, companies, watching."""

import json
import tempfile
from pathlib import Path

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_complaint_ai import ReadingCase

# Words that no rule knows: what is proposed for them has been learned.
WORDS = {
    "Q4": ("plimfor", "bastuk", "gralento"),
    "D2": ("vorquen", "sildap", "trentul"),
    "C1": ("mezzofan", "kirdosi", "palwegu"),
}
_trained = {}


@tagged("post_install", "-at_install")
class TestTextLearning(ReadingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = cls.env["leather.ai.model"].search(
            [("task", "=", "complaint"), ("company_id", "=", cls.company_a.id)]
        )
        cls.model_b = cls.env["leather.ai.model"].search(
            [("task", "=", "complaint"), ("company_id", "=", cls.company_b.id)]
        )

    @classmethod
    def _text(cls, code, number):
        words = WORDS[code]
        return f"{words[number % 3]} {words[(number + 1) % 3]} number {number}"

    @classmethod
    def _confirm(cls, per_label=24, company=None, labels=None):
        company = company or cls.company_a
        team = cls.team if company == cls.company_a else cls.team_b
        vals_list = [
            {
                "subject": cls._text(code, number),
                "company_id": company.id,
                "team_id": team.id,
                "channel": "import",
                "category_id": cls._category((labels or {}).get(code, code)).id,
                "received_on": fields.Datetime.subtract(fields.Datetime.now(), days=300 - 3 * number),
            }
            for number in range(per_label)
            for code in WORDS
        ]
        return cls.env["leather.complaint"].create(vals_list)

    @classmethod
    def _train(cls, model=None):
        from ..engine.text.training import TextConfig, train_text

        model = model or cls.model
        job = model._get_task()._get_training_texts(model)
        key = json.dumps(job, sort_keys=True)
        if key not in _trained:
            result = train_text(
                job["texts"],
                job["heads"],
                job["when"],
                rules=job["rules"],
                names=job["names"],
                config=TextConfig(min_per_class=model.min_per_label),
            )
            _trained[key] = result.artifact(), json.loads(json.dumps(result.report))
        data, report = _trained[key]
        rows = sum(map(bool, job["heads"]["code"]))
        run = cls.env["leather.ai.run"].create({"model_id": model.id, "state": "running", "row_count": rows})
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "artifact.zip").write_bytes(data)
            version = cls.env["leather.ai.version"]._create_from_result(run, report, Path(folder))
        run.write({"state": "done", "version_id": version.id})
        return version

    def _go_live(self):
        self._confirm()
        version = self._train()
        version._publish(self.env.user)
        return version

    def test_says_what_is_missing(self):
        self.assertEqual(self.model.status, "collecting")
        self._confirm(5)
        self.model.invalidate_recordset()
        self.assertIn("15", self.model.status_message)
        with self.assertRaises(UserError):
            self.model.action_train()
        self.assertEqual(self.model.confirmed_count, 15)

    def test_ready_with_two_labels(self):
        self._confirm(20)
        self.model.invalidate_recordset()
        self.assertEqual(self.model.status, "ready")
        self.model.action_train()
        self.assertEqual(self.model.run_ids.state, "queued")

    def test_learns_what_no_rule_knows(self):
        before = self._complain("plimfor gralento", subject=False)
        self.assertFalse(before.shown_category_id)
        version = self._go_live()
        self.assertEqual((version.state, version.confirmed_count), ("live", 72))
        self.assertGreater(version.accuracy, 90)
        complaint = self._complain("plimfor gralento", subject=False)
        self.assertEqual(complaint.shown_category_id.code, "Q4")
        row = self._rows(complaint)
        self.assertEqual((row.source, row.version_id), ("model", version))

    def test_set_by_itself_only_within_the_budget(self):
        self._go_live()
        self.model.error_budget = 0.0
        self.assertFalse(self._complain("plimfor gralento", subject=False).category_id)
        self.model.error_budget = 50.0
        complaint = self._complain("plimfor gralento", subject=False)
        self.assertEqual((complaint.category_id.code, complaint.sorting), ("Q4", "automatic"))
        self.model.is_automatic = False
        self.assertFalse(self._complain("plimfor bastuk", subject=False).category_id)

    def test_correcting_an_automatic_label(self):
        self._go_live()
        self.model.error_budget = 50.0
        complaint = self._complain("plimfor gralento", subject=False)
        complaint.with_user(self.agent).action_choose_label("code", "Q5")
        self.assertEqual((complaint.category_id.code, complaint.sorting), ("Q5", "confirmed"))
        row = self._rows(complaint)
        self.assertTrue(row.is_automatic)
        self.assertFalse(row.is_right)

    def test_the_rules_keep_labels_that_were_not_learned(self):
        self._go_live()
        complaint = self._complain("Le clou a traversé la semelle, l'ouvrier est blessé au pied", subject=False)
        self.assertEqual((complaint.family, complaint.severity), ("P", "4"))

    def test_companies_do_not_learn_from_each_other(self):
        self._confirm()
        mine = self.model._get_task()._get_training_texts(self.model)
        self._confirm(labels={"Q4": "S2"}, company=self.company_b)
        self.assertEqual(self.model._get_task()._get_training_texts(self.model), mine)
        version = self._train()
        version._publish(self.env.user)
        there = self._complain("plimfor gralento", subject=False, company_id=self.company_b.id, team_id=self.team_b.id)
        self.assertFalse(there.shown_category_id)

    def test_an_unreadable_artifact_leaves_the_rules(self):
        version = self._go_live()
        version.artifact = b"bm90aGluZw=="
        self.env.registry.clear_cache()
        from ..models import leather_ai_version

        leather_ai_version._scorers.clear()
        complaint = self._complain("The sole came off after two days.")
        self.assertEqual(complaint.shown_category_id.code, "Q1")
        self.assertTrue(version.unreadable_reason)

    def test_too_many_errors_stop_what_is_set_by_itself(self):
        version = self._go_live()
        self.model.error_budget = 5.0
        complaints = self.env["leather.complaint"].concat(*(self._complain(f"x{i}", subject=False) for i in range(40)))
        self.env["leather.text.prediction"].create(
            [
                {
                    "res_model": "leather.complaint",
                    "res_id": complaint.id,
                    "head": "code",
                    "company_id": self.company_a.id,
                    "model_id": self.model.id,
                    "version_id": version.id,
                    "label": "Q4",
                    "is_automatic": True,
                    "answer": "D2" if number % 2 else "Q4",
                }
                for number, complaint in enumerate(complaints)
            ]
        )
        self.model._get_task()._monitor(self.model)
        self.assertEqual((self.model.status, self.model.live_automatic_error), ("decayed", 50.0))
        scope = self.env["leather.ai.model"]._get_text_scopes("complaint")[self.company_a.id]
        self.assertIsNone(scope["heads"]["code"]["threshold"])

    def test_the_card_can_be_read(self):
        version = self._go_live()
        self.assertIn("<table", version.card_comparison)
        self.assertIn("Q4", version.card_influence)
        self.assertTrue(version.card_limits and version.purpose)

    def test_reading_again_after_publication(self):
        complaint = self._complain("plimfor gralento", subject=False)
        self._go_live()
        self.env["leather.complaint"]._cron_reclassify()
        self.assertEqual(complaint.shown_category_id.code, "Q4")

    def test_trained_by_the_subprocess(self):
        self.env["leather.ai.run"].search([("state", "=", "queued")]).write({"state": "cancelled"})
        self._confirm(20)
        self.model.action_train()
        self.env["leather.ai.run"]._process_queue()
        run = self.model.run_ids
        self.assertEqual(run.state, "done", run.log)
        self.assertTrue(run.version_id.confirmed_count)
