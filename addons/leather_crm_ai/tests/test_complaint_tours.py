from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from . import test_tours
from .complaint_common import ComplaintCase


@tagged("post_install", "-at_install")
class TestComplaintTours(ComplaintCase, HttpCase):
    """An agent's day and a manager's hour in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        test_tours.TestTours._mend_package.__func__(cls)
        # a database that people use has open complaints and rules of its own; they are out of these stories
        cls.env["leather.complaint.route"].search([]).write({"active": False})
        now = fields.Datetime.now()
        cls.danger = cls._complain(
            "A nail went straight through the sole.", subject="A nail went through", severity="4", received_on=now
        )
        cls.box = cls._complain(
            "The box was torn open.",
            subject="The box was torn",
            category_id=cls._category("K1").id,
            severity="1",
            received_on=now - timedelta(days=2),
            first_answered_on=now - timedelta(days=1),
        )

    def test_agent(self):
        self.start_tour("/odoo/complaints", "leather_complaint_agent", login="cpl_agent", timeout=180)
        self.assertEqual(self.danger.category_id, self._category("P1"))
        self.assertTrue(self.danger.contained_on)
        self.assertTrue(self.danger.first_answered_on)
        self.assertEqual(self.danger.answer_count, 1)
        self.assertEqual(self.danger.message_ids.filtered("partner_ids").partner_ids, self.buyer)
        self.assertEqual(self.danger.stage_id, self.stage_resolved)
        call = self.env["leather.complaint"].search([("subject", "like", "Two pairs are missing")])
        self.assertEqual((call.channel, call.company_id), ("phone", self.company_a))

    def test_manager(self):
        self.start_tour("/odoo/complaints", "leather_complaint_manager", login="cpl_manager", timeout=180)
        team = self.env["leather.complaint.team"].search([("name", "=", "Night shift")])
        self.assertEqual(team.company_id, self.company_a)
        route = self.env["leather.complaint.route"].search([("team_id", "=", team.id)])
        self.assertEqual(route.family, "K")
        clock = self.env["leather.complaint.clock"].search([("severity", "=", "3")], limit=1)
        self.assertEqual(clock.answer_hours, 12)
        later = self._complain(
            "The label is wrong.", category_id=self._category("K2").id, team_id=False, received_on=fields.Datetime.now()
        )
        self.assertEqual(later.team_id, team)
