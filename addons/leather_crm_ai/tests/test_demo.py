from datetime import datetime, timedelta

from odoo import fields
from odoo.tests import TransactionCase, tagged

from ..demo import story
from ..models.leather_demo import TEAMS


class TestStory(TransactionCase):
    """The invented market, whatever the day it is told on."""

    def test_same_day_same_story(self):
        now = datetime(2026, 3, 1, 9)
        first, second = story.Story(now), story.Story(now)
        self.assertEqual([lead.title for lead in first.leads], [lead.title for lead in second.leads])
        self.assertEqual([lead.won for lead in first.leads], [lead.won for lead in second.leads])

    def test_believable_on_any_day(self):
        for offset in (-400, -150, 0, 150, 400):
            now = datetime(2026, 11, 22, 9) + timedelta(days=offset)
            leads = story.Story(now).leads
            closed = [lead for lead in leads if lead.won is not None]
            with self.subTest(now=now):
                self.assertTrue(630 <= len(closed) <= 770, len(closed))
                self.assertTrue(60 <= len(leads) - len(closed) <= 190, len(leads) - len(closed))
                won = sum(lead.won for lead in closed) / len(closed)
                self.assertTrue(0.30 <= won <= 0.42, won)
                self.assertTrue(all(lead.created < now for lead in leads))
                self.assertTrue(all(lead.created < lead.closed <= now for lead in closed))

    def test_nothing_happens_before_its_cause(self):
        for lead in story.Story(datetime(2026, 11, 22, 9)).leads:
            moments = [moment for _stage, moment in lead.stages]
            self.assertEqual(moments, sorted(moments))
            self.assertEqual(lead.stages[0], ("new", lead.created))
            self.assertIn(lead.created.weekday(), story.WORKING_DAYS)

    def test_contacts_are_invented(self):
        for company in story.Story(datetime(2026, 11, 22, 9)).companies:
            if company.email and "@" in company.email:
                self.assertTrue(company.email.endswith(".example.com"))


@tagged("post_install", "-at_install")
class TestDemoData(TransactionCase):
    """What the demo data leaves in the database, where it was loaded."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.teams = cls.env["crm.team"].search([("name", "in", list(TEAMS.values()))])
        leads = cls.env["crm.lead"].with_context(active_test=False)
        cls.leads = leads.search([("team_id", "in", cls.teams.ids)]) if cls.teams else leads

    def setUp(self):
        super().setUp()
        if not self.teams:
            self.skipTest("optional: this database has no demo data")

    def test_counts(self):
        status = self.leads.grouped("won_status")
        self.assertEqual(len(self.teams), 3)
        self.assertGreater(len(status["won"]), 180)
        self.assertGreater(len(status["lost"]), 350)
        self.assertGreater(len(status["pending"]), 80)

    def test_dates_are_in_the_past(self):
        closed = self.leads.filtered("date_closed")
        self.assertTrue(all(lead.create_date < lead.date_closed for lead in closed))
        self.assertGreater((fields.Datetime.now() - min(closed.mapped("create_date"))).days, 600)
        self.assertFalse(self.leads.filtered(lambda lead: lead.won_status != "pending" and not lead.date_closed))

    def test_snapshots_follow_the_stages(self):
        snapshots = self.env["leather.lead.snapshot"].search([("lead_id", "in", self.leads.ids)])
        by_lead = snapshots.grouped("lead_id")
        self.assertEqual(set(by_lead), set(self.leads))
        for lead, rows in by_lead.items():
            self.assertEqual(rows.sorted("taken_on")[0].kind, "creation")
            self.assertLessEqual(abs((rows.sorted("taken_on")[0].taken_on - lead.create_date).total_seconds()), 1)

    def test_snapshots_do_not_know_the_outcome(self):
        snapshots = self.env["leather.lead.snapshot"].search([("lead_id", "in", self.leads.ids)])
        strangers = snapshots.filtered(lambda row: not row.values.get("derived.has_partner")).lead_id
        won = strangers.filtered(lambda lead: lead.won_status == "won")
        self.assertGreater(len(won), 30)
        self.assertGreater(len(won.filtered("partner_id")), len(won) / 2)
        won_stages = {str(stage.id) for stage in self.env["crm.stage"].search([("is_won", "=", True)])}
        self.assertFalse([row for row in snapshots if row.values.get("stage_id") in won_stages])

    def test_customers_have_orders_before_their_leads(self):
        snapshots = self.env["leather.lead.snapshot"].search([("lead_id", "in", self.leads.ids)])
        ordered = [row for row in snapshots if row.values.get("derived.partner_orders")]
        self.assertGreater(len(ordered), 300)

    def test_loading_twice_adds_nothing(self):
        before = self.env["crm.lead"].with_context(active_test=False).search_count([])
        self.env["leather.demo"]._load_leads()
        self.assertEqual(self.env["crm.lead"].with_context(active_test=False).search_count([]), before)

    def test_loads_where_french_and_arabic_are_missing_and_where_they_are_not(self):
        self.assertEqual(len(self.leads.lang_id), len(self.leads.lang_id.filtered("active")))

    def test_a_training_was_queued(self):
        model = self.env.ref("leather_crm_ai.model_lead_scoring")
        self.assertTrue(self.env["leather.ai.run"].search_count([("model_id", "=", model.id)]))
        self.assertFalse(model.missing_won or model.missing_lost)
