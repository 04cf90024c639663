from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import LeatherCase

VERSION_LOGGER = "odoo.addons.leather_crm_ai.models.leather_ai_version"


@tagged("post_install", "-at_install")
class TestAiLife(LeatherCase):
    """Train, judge, publish, roll back; artifacts that cannot be trusted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.closed = cls._make_closed(300)

    def test_every_company_has_its_model(self):
        company = self.env["res.company"].create({"name": "New one"})
        model = self._get_model(company)
        self.assertEqual(len(model), 1)
        self.assertIn("source_id", model.feature_ids.mapped("key"))
        self.assertIn("derived.text", model.feature_ids.mapped("key"))

    def test_too_few_leads(self):
        self.assertEqual(self.model_b.status, "collecting")
        self.assertIn("40 more won and 40 more lost", self.model_b.status_message)
        with self.assertRaisesRegex(UserError, "40 more won"):
            self.model_b.action_train()
        self._make_closed(60, company=self.company_b, team=self.team_b)
        self.model_b.invalidate_recordset()
        won, lost = self.model_b._count_closed()
        self.assertEqual(self.model_b.missing_won, 40 - min(40, won))
        self.assertEqual(self.model_b.missing_lost, 40 - min(40, lost))

    def test_train_publish_and_card(self):
        self.assertEqual(self.model_a.status, "ready")
        version = self._train(self.model_a, "story")
        self.assertEqual(version.state, "candidate", version.verdict)
        self.assertGreater(version.auc, 0.7)
        self.assertEqual(version.lead_count, 300)
        self.assertEqual(self.model_a.status, "waiting")
        version._publish_if_due()
        self.assertEqual(version.state, "live")
        self.assertEqual(self.model_a.status, "live")
        self.assertEqual(self.model_a.live_version_id, version)
        self.assertTrue(self.model_a.pilot_start)
        self.assertFalse(version.published_by_id, "nobody clicked")
        for part in (version.card_comparison, version.card_calibration, version.card_influence, version.card_limits):
            self.assertTrue(part)
        self.assertIn("<svg", version.card_calibration)
        self.assertIn("300", version.card_limits)
        self.assertGreater(self.model_a.feature_ids.filtered(lambda f: f.key == "source_id").influence, 0)

    def test_candidate_waits_for_manager(self):
        self.model_a.auto_publish = False
        version = self._train(self.model_a, "story")
        version._publish_if_due()
        self.assertEqual(version.state, "candidate")
        self.assertTrue(self.model_a.activity_ids.filtered(lambda a: "waits" in a.summary))
        version.with_user(self.user_ai).action_publish()
        self.assertEqual(version.state, "live")
        self.assertEqual(version.published_by_id, self.user_ai)

    def test_rejected_says_why(self):
        version = self._train(self.model_a, "story")
        result = dict(version.result)
        result["verdict"] = {
            "publish": False,
            "code": "worse_than_odoo",
            "checks": [
                {"rival": "trivial", "metric": "logloss", "ours": 0.5, "theirs": 0.6, "passed": True},
                {"rival": "odoo", "metric": "logloss", "ours": 0.5, "theirs": 0.4, "passed": False},
            ],
        }
        version.write({"result": result, "state": "rejected"})
        self.assertIn("Odoo's own scoring", version.verdict)
        self.assertIn("0.500", version.verdict)
        self.assertNotIn("win rate alone", version.verdict)
        version._publish_if_due()
        self.assertEqual(version.state, "rejected")

    def test_figures_count_leads_not_snapshots(self):
        """A lead that went through many stages is still one lead on the card and in the reasons."""
        snapshots = self.env["leather.lead.snapshot"].search([("lead_id", "in", self.closed.ids)])
        for snapshot in snapshots.filtered(lambda s: s.lead_id.won_status == "won"):
            for days in (1, 2, 3):
                snapshot.copy({"taken_on": fields.Datetime.add(snapshot.taken_on, days=days)})
        version = self._train(self.model_a)
        won = len(self.closed.filtered(lambda lead: lead.won_status == "won"))
        self.assertEqual(version.lead_count, 300)
        self.assertAlmostEqual(version.won_rate, 100 * won / 300, places=1)
        profile = version._get_scorer().profile["source_id"]
        self.assertEqual(sum(row["n"] for row in profile["values"].values()), 300)
        self.assertAlmostEqual(profile["average"], won / 300, places=4)

    def test_roll_back(self):
        with self.assertRaises(UserError):
            self.model_a.action_roll_back()
        first = self._go_live()
        second = self._train(self.model_a, "story")
        self.assertEqual(second.number, first.number + 1)
        second._publish(self.env.user)
        self.assertEqual(first.state, "archived")
        self.model_a.with_user(self.user_ai).action_roll_back()
        self.assertEqual((first.state, second.state), ("live", "archived"))
        self.assertEqual(self.model_a.live_version_id, first)

    def test_only_managers_act(self):
        version = self._train(self.model_a, "story")
        for user in (self.user_sales, self.user_sales_manager, self.user_outsider, self.user_portal, self.user_ai_b):
            with self.assertRaises(AccessError, msg=user.login):
                version.with_user(user).action_publish()
            with self.assertRaises(AccessError, msg=user.login):
                self.model_a.with_user(user).action_train()
            with self.assertRaises(AccessError, msg=user.login):
                self.model_a.with_user(user).action_roll_back()

    def test_live_version_cannot_be_deleted(self):
        version = self._go_live()
        with self.assertRaises(UserError):
            version.unlink()

    def test_tampered_artifact_falls_back(self):
        version = self._go_live()
        lead = self._make_open(1)
        self.assertEqual(lead.ai_status, "scored")
        data = bytearray(version._read_artifact())
        data[len(data) // 2] ^= 0xFF
        version.artifact = self._encode(bytes(data))
        self._forget_scorers()
        with mute_logger(VERSION_LOGGER):
            fallen = self._make_open(1, seed=5)
        self.assertFalse(fallen.ai_status)
        self.assertGreater(fallen.automated_probability, 0, "Odoo's own scoring serves")
        self.assertTrue(version.unreadable_reason)
        self.assertTrue(self.model_a.activity_ids.filtered(lambda a: "cannot be read" in a.summary))
        with mute_logger(VERSION_LOGGER), self.assertRaises(UserError):
            version.action_publish()

    def test_artifact_cannot_be_moved(self):
        """A valid artifact of another company's model is refused: the signature covers whose it is."""
        version = self._go_live()
        self._make_closed(300, company=self.company_b, team=self.team_b)
        other = self._train(self.model_b, "story")
        other.write({"artifact": version.artifact, "checksum": version.checksum, "signature": version.sudo().signature})
        self._forget_scorers()
        with mute_logger(VERSION_LOGGER):
            self.assertIsNone(other._get_scorer())

    def test_missing_artifact_falls_back(self):
        version = self._go_live()
        self.env["ir.attachment"].sudo().search(
            [("res_model", "=", version._name), ("res_id", "=", version.id), ("res_field", "=", "artifact")]
        ).unlink()
        self._forget_scorers()
        with mute_logger(VERSION_LOGGER):
            self.assertIsNone(version._get_scorer())

    def test_artifact_read_under_bin_size(self):
        version = self._go_live()
        self._forget_scorers()
        self.assertTrue(version.with_context(bin_size=True)._get_scorer())

    def test_denied_and_outcome_fields(self):
        get_field = self.env["ir.model.fields"]._get
        for name in ("email_from", "phone", "contact_name", "lost_reason_id", "probability", "ai_grade"):
            with self.assertRaises(ValidationError, msg=name):
                self.env["leather.ai.feature"].create(
                    {"model_id": self.model_a.id, "field_id": get_field("crm.lead", name).id}
                )

    def test_suspected_leak_is_left_out(self):
        """A field that tells the outcome is found, left out and marked; the admin may insist."""
        self.env["leather.ai.feature"].create(
            {"model_id": self.model_a.id, "field_id": self.env["ir.model.fields"]._get("crm.lead", "city").id}
        )
        for snapshot in self.env["leather.lead.snapshot"].search([("lead_id", "in", self.closed.ids)]):
            snapshot.lead_id.city = "signed" if snapshot.lead_id.won_status == "won" else "gone"
            snapshot.values = {**snapshot.values, "city": snapshot.lead_id.city}
        version = self._train(self.model_a)
        feature = self.model_a.feature_ids.filtered(lambda f: f.key == "city")
        self.assertTrue(feature.is_leak)
        self.assertEqual(feature.leak_reason, "auc")
        self.assertNotIn("city", [f.name for f in version._get_scorer().features])
        feature.keep_leak = True
        self.assertIn("city", [f.name for f in self._train(self.model_a)._get_scorer().features])

    def test_field_changed_at_closing_is_left_out(self):
        for lead in self.closed[:100]:
            lead.country_id = self.countries[(self.countries.ids.index(lead.country_id.id) + 1) % 3]
        version = self._train(self.model_a)
        feature = self.model_a.feature_ids.filtered(lambda f: f.key == "country_id")
        self.assertEqual((feature.is_leak, feature.leak_reason), (True, "changed"))
        self.assertIn("people change it when they close leads", version.card_influence)

    def test_grade_bounds_must_fall(self):
        with self.assertRaises(ValidationError):
            self.model_a.write({"grade_a": 20, "grade_b": 30})

    def test_companies_do_not_learn_from_each_other(self):
        """Training data of A is bit-identical whatever happens in B."""
        before = self.model_a._get_training_rows()
        self._make_closed(80, company=self.company_b, team=self.team_b, seed=9)
        after = self.model_a._get_training_rows()
        self.assertEqual(self._train_bytes(before), self._train_bytes(after))
        rows_b = self.model_b._get_training_rows()
        self.assertFalse(set(rows_b[3].tolist()) & set(after[3].tolist()))

    def _train_bytes(self, rows):
        from ..engine.training import TrainingConfig, train_leads

        table, won, when, lead = rows
        config = TrainingConfig.from_mapping({**self.model_a._get_training_config(), "report": False})
        return train_leads(table, won, when, lead, config=config).artifact()


@tagged("post_install", "-at_install")
class TestEveryCompany(LeatherCase):
    def test_every_company_gets_every_model(self):
        models = self.env["leather.ai.model"].with_context(active_test=False)
        models.search([("company_id", "in", (self.company_a | self.company_b).ids)]).unlink()
        self.env["res.company"]._create_all_ai_models()
        expected = sorted(self.env["res.company"]._get_ai_tasks())  # glue add-ons bring more
        self.assertLessEqual({"complaint", "lead_scoring"}, set(expected))
        for company in self.env["res.company"].search([("id", "!=", False)]):
            tasks = models.search([("company_id", "=", company.id)]).mapped("task")
            self.assertEqual(sorted(tasks), expected, company.name)
