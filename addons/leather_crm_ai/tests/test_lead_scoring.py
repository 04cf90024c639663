from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged, users

from .common import LeatherCase


@tagged("post_install", "-at_install")
class TestLeadScoring(LeatherCase):
    """The seam: whose probability a lead shows, and why."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.version = cls._go_live()
        cls.good, cls.bad = cls.env["crm.lead"].create(
            [
                {
                    "name": "Boots for the site",
                    "type": "opportunity",
                    "company_id": cls.company_a.id,
                    "team_id": cls.team_a.id,
                    "user_id": cls.user_sales.id,
                    "source_id": source.id,
                    "phone": phone,
                    "country_id": cls.countries[0].id,
                    "expected_revenue": revenue,
                }
                for source, phone, revenue in (
                    (cls.sources[0], "+213555123456", 5_000),
                    (cls.sources[1], False, 90_000),
                )
            ]
        )
        cls._settle()

    def test_our_score_is_the_automated_probability(self):
        for lead in self.good | self.bad:
            self.assertEqual(lead.ai_status, "scored")
            self.assertEqual(lead.ai_version_id, self.version)
            self.assertEqual(lead.probability, lead.automated_probability)
            self.assertTrue(lead.is_automated_probability)
            self.assertTrue(0.01 <= lead.probability <= 99.99)
        self.assertGreater(self.good.probability, 60)
        self.assertLess(self.bad.probability, 20)
        self.assertEqual(self.good.ai_grade, "A")
        self.assertIn(self.bad.ai_grade, "CD")

    def test_score_equals_the_engine(self):
        """Oracle: the same lead through scikit-learn's own estimators, loaded from the artifact."""
        scorer = self.version._get_scorer()
        table = self.env["leather.lead.reader"]._read_records(self.good | self.bad, scorer.features, self.company_a.id)
        for lead, probability in zip(self.good | self.bad, scorer.predict_proba(table), strict=True):
            self.assertAlmostEqual(lead.automated_probability, max(0.01, min(99.99, 100 * probability)), places=2)

    def test_reasons(self):
        reasons = self.env["leather.lead.words"]._get_reasons(self.good)
        self.assertEqual(reasons[0]["key"], "source_id")
        self.assertTrue(reasons[0]["for_win"])
        self.assertIn(self.sources[0].name, reasons[0]["text"])
        self.assertRegex(reasons[0]["text"], r"\d+ % of \d+ such leads were won")
        self.assertLessEqual(len([r for r in reasons if r["for_win"]]), 3)
        self.assertLessEqual(len([r for r in reasons if not r["for_win"]]), 3)
        self.assertIn(self.sources[0].name, self.good.ai_reasons_html)
        blank = [r for r in self.env["leather.lead.words"]._get_reasons(self.bad) if r["key"] == "phone_state"]
        self.assertIn("is blank", blank[0]["text"])

    def test_reason_with_several_tags(self):
        """Each tag is named, whatever their number."""
        tags = self.env["crm.tag"].create([{"name": name} for name in ("Tender X", "Norm X", "Urgent X")])
        self.good.write({"tag_ids": [(6, 0, tags.ids)]})
        self.env.flush_all()
        value = ",".join(str(tag.id) for tag in tags)
        self.good.ai_reasons = [["tag_ids", value, 0.8], ["derived.text", None, 0.4], ["tag_ids", None, -0.2]]
        texts = [reason["text"] for reason in self.env["leather.lead.words"]._get_reasons(self.good)]
        self.assertIn("Tender X", texts[0])
        self.assertIn("Urgent X", texts[0])
        self.assertNotIn("is blank", texts[1], "the words of a text are not kept, that does not make it blank")
        self.assertIn("is blank", texts[2])
        self.assertTrue(self.good.ai_reasons_html)

    def test_reasons_escape_what_people_typed(self):
        self.sources[0].name = "<script>alert(1)</script>"
        self.good.invalidate_recordset()
        self.assertNotIn("<script>", self.good.ai_reasons_html)
        self.assertIn("&lt;script&gt;", self.good.ai_reasons_html)

    def test_reader_sees_only_reasons_about_fields_they_may_read(self):
        field = self.env["crm.lead"]._fields["source_id"]
        with patch.object(field, "groups", "base.group_system"):
            keys = [r["key"] for r in self.env["leather.lead.words"]._get_reasons(self.good.with_user(self.user_sales))]
        self.assertNotIn("source_id", keys)
        self.assertTrue(keys)

    @users("ltr_sales")
    def test_salesperson_reads_score_and_reasons(self):
        """No AI group is needed to be advised, and no more is shown than the advice."""
        lead = self.good.with_user(self.env.user)
        self.assertTrue(lead.ai_grade)
        self.assertTrue(lead.ai_reasons_html)
        self.assertTrue(lead.prepare_pls_tooltip_data()["ai_reasons"])
        with self.assertRaises(AccessError):
            self.env["leather.ai.prediction"].search([("lead_id", "=", lead.id)])

    def test_tooltip(self):
        data = self.good.prepare_pls_tooltip_data()
        self.assertEqual(data["probability"], self.good.automated_probability)
        self.assertEqual(data["ai_reasons"][0]["key"], "source_id")
        self.assertIn(f"version {self.version.number}", data["ai_version"])
        self.assertEqual(self.good.ai_status, "scored", "opening the tooltip changes nothing")

    def test_probability_by_hand_stays(self):
        self.good.probability = 12.0
        self.assertFalse(self.good.is_automated_probability)
        automated = self.good.automated_probability
        self.good.write({"source_id": self.sources[1].id})
        self.assertEqual(self.good.probability, 12.0)
        self.assertLess(self.good.automated_probability, automated)
        self.env["crm.lead"]._cron_ai_rescore()
        self.good.invalidate_recordset()
        self.assertEqual(self.good.probability, 12.0)
        last = self.env["leather.ai.prediction"].search([("lead_id", "=", self.good.id)], order="id")[0]
        self.assertEqual(last.human_probability, 12.0)

    def test_won_and_lost(self):
        details = self.good.ai_grade, self.good.ai_reasons
        self.good.action_set_won()
        self.assertEqual((self.good.probability, self.good.won_status), (100, "won"))
        self.assertEqual((self.good.ai_grade, self.good.ai_reasons), details, "kept for the win rate by grade")
        self.bad.action_set_lost()
        self.assertEqual((self.bad.probability, self.bad.won_status), (0, "lost"))
        self.bad.action_restore()
        self.assertEqual(self.bad.ai_status, "scored")
        self.assertGreater(self.bad.probability, 0)

    def test_create_already_won(self):
        lead = self.env["crm.lead"].create(
            {"name": "x", "company_id": self.company_a.id, "team_id": self.team_a.id, "stage_id": self.stage_won.id}
        )
        self.assertEqual((lead.probability, lead.won_status), (100, "won"))
        self.assertFalse(lead.ai_grade)

    def test_no_stage(self):
        self.good.stage_id = False
        self.assertEqual(self.good.automated_probability, 0)
        self.assertFalse(self.good.ai_status)

    def test_empty_recordset(self):
        self.assertFalse(self.env["crm.lead"]._get_ai_scores())
        self.assertFalse(self.env["crm.lead"]._pls_get_naive_bayes_probabilities()[0])

    def test_onchange_shows_the_new_score(self):
        with Form(self.good.with_company(self.company_a)) as form:
            before = form.automated_probability
            form.source_id = self.sources[1]
            self.assertLess(form.automated_probability, before)
            self.assertEqual(form.probability, form.automated_probability)

    def test_new_record(self):
        lead = self.env["crm.lead"].new(
            {
                "name": "n",
                "company_id": self.company_a.id,
                "team_id": self.team_a.id,
                "stage_id": self.stage_new.id,
                "source_id": self.sources[0].id,
                "country_id": self.countries[0].id,
            }
        )
        self.assertEqual(lead.ai_status, "scored")
        self.assertGreater(lead.automated_probability, 0)

    def test_pilot_teams(self):
        """Outside the pilot Odoo's own scoring stays, and the screen says why."""
        self.model_a.team_ids = self.team_a2
        lead = self._make_open(1, seed=3)
        self.assertFalse(lead.ai_status)
        self.assertIn("other teams first", lead.ai_not_scored)
        inside = self._make_open(1, team=self.team_a2, seed=3)
        self.assertEqual(inside.ai_status, "scored")
        self.assertFalse(inside.ai_not_scored)
        lead.team_id = self.team_a2
        self.assertEqual(lead.ai_status, "scored")
        self.assertEqual(lead.probability, inside.probability)

    def test_unfamiliar_lead(self):
        self.model_a.min_domain = 99.0
        foreign = self.env["utm.source"].create({"name": "Never seen"})
        lead = self.good.copy({"source_id": foreign.id, "country_id": self.env.ref("base.nz").id})
        self.assertEqual(lead.ai_status, "unfamiliar")
        self.assertFalse(lead.ai_grade)
        self.assertIn("unlike", lead.ai_not_scored)
        self.assertIn("ai_note", lead.prepare_pls_tooltip_data())
        odoo = lead.with_context(leather_scores={})._pls_get_naive_bayes_probabilities()[0]
        self.assertEqual(lead.automated_probability, odoo[lead.id])

    def test_model_switched_off(self):
        self.model_a.active = False
        lead = self._make_open(1, seed=3)
        self.assertFalse(lead.ai_status)

    def test_other_company_is_not_scored(self):
        lead = self._make_open(1, company=self.company_b, team=self.team_b)
        self.assertFalse(lead.ai_status)
        self.assertIn("more won", lead.ai_not_scored)

    def test_company_of_the_orders(self):
        """A customer's orders with the other company say nothing here."""
        partner = self.env["res.partner"].create({"name": "Drilling site", "is_company": True})
        product = self.env["product.product"].create({"name": "Boot", "list_price": 100})
        for company in (self.company_a, self.company_b):
            order = (
                self.env["sale.order"]
                .with_company(company)
                .create(
                    {
                        "partner_id": partner.id,
                        "company_id": company.id,
                        "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 5, "tax_ids": [(5,)]})],
                    }
                )
            )
            order.action_confirm()
            order.date_order = "2026-01-15 10:00:00"
        child = self.env["res.partner"].create({"name": "Buyer", "parent_id": partner.id})
        self.good.partner_id = child
        reader = self.env["leather.lead.reader"]
        features = [f for f in reader._get_features(self.company_a.id) if "partner" in f.name]
        row = reader._to_json_rows(reader._read_records(self.good, features, self.company_a.id))[0]
        self.assertEqual(row["derived.partner_orders"], 1)
        self.assertEqual(row["derived.partner_revenue"], 500)
        self.assertGreater(row["derived.partner_recency"], 30)

    def test_plan_a_call(self):
        self.good.with_user(self.user_sales).action_ai_plan_call()
        activity = self.good.activity_ids
        self.assertEqual(activity.user_id, self.user_sales)
        self.assertIn(self.sources[0].name, activity.note)

    def test_trend(self):
        first = self.good.automated_probability
        self.good.source_id = self.sources[1]
        self._settle()
        self.assertAlmostEqual(self.good.ai_trend, self.good.automated_probability - first, delta=0.06)
        scores = self.env["leather.ai.prediction"].search([("lead_id", "=", self.good.id)], order="id").mapped("score")
        self.assertEqual(len(scores), 2)

    def test_predictions_are_append_only(self):
        prediction = self.env["leather.ai.prediction"].search([("lead_id", "=", self.good.id)], limit=1)
        for user in (self.user_ai, self.user_sales_manager):
            with self.assertRaises(UserError):
                prediction.with_user(user).write({"score": 1})
            with self.assertRaises(AccessError):
                prediction.with_user(user).write({"outcome": "won"})
            with self.assertRaises(UserError):
                prediction.with_user(user).unlink()
        with self.assertRaisesRegex(Exception, "append-only"):
            prediction.write({"score": 1})
        with self.assertRaisesRegex(Exception, "append-only"):
            prediction.unlink()

    def test_snapshots_keep_what_was_known(self):
        snapshots = self.env["leather.lead.snapshot"].search([("lead_id", "=", self.good.id)])
        self.assertEqual(snapshots.mapped("kind"), ["creation"])
        self.good.stage_id = self.stage_next
        self._settle()
        self.good.source_id = self.sources[2]
        self.good.action_set_won()
        self._settle()
        snapshots = self.env["leather.lead.snapshot"].search([("lead_id", "=", self.good.id)], order="id")
        self.assertEqual(snapshots.mapped("kind"), ["creation", "stage"], "closing takes no snapshot")
        self.assertEqual(snapshots[0].values["source_id"], str(self.sources[0].id))
        self.assertEqual(snapshots[1].values["stage_id"], str(self.stage_next.id))
        self.assertEqual(snapshots[1].values["source_id"], str(self.sources[0].id))

    def test_query_count_does_not_grow(self):
        self._make_open(3)  # warm
        counts = []
        for size in (10, 100):
            leads = self._make_open(size, seed=size)
            leads.invalidate_recordset()
            start = self.cr.sql_log_count
            leads._get_ai_scores()
            counts.append(self.cr.sql_log_count - start)
        self.assertEqual(counts[0], counts[1])
