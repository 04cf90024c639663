from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo import fields
from odoo.tests import tagged

from ..models import leather_complaint_alert
from .complaint_common import SUNDAY, ComplaintCase


@tagged("post_install", "-at_install")
class TestComplaintAlert(ComplaintCase):
    """A safety complaint is called out at once, and names whom the lot went to."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shoe = cls._make_shoe()
        cls.lot, cls.other_lot = (cls._make_lot(name, cls.shoe) for name in ("L-77", "L-78"))
        cls._sell(cls.buyer, cls.shoe, 40, cls.lot)
        cls._sell(cls.rival, cls.shoe, 100, cls.lot)
        cls._sell(cls.customer, cls.shoe, 5, cls.lot)
        cls.rest = cls.env["res.partner"].create({"name": "Other lot only"})
        cls._sell(cls.rest, cls.shoe, 7, cls.other_lot)

    def _get_alerts(self, complaint):
        mails = self.env["mail.mail"].search([("model", "=", "leather.complaint"), ("res_id", "=", complaint.id)])
        return mails.filtered(lambda mail: (mail.subject or "").startswith("Safety complaint"))

    def _get_lists(self, complaint):
        """Notes that name customers; the mails of the alert go when they are sent."""
        notes = complaint.message_ids.filtered(lambda message: message.message_type != "email_outgoing")
        return notes.filtered(lambda message: "Delivered to:" in message.body)

    def test_called_out_at_once(self):
        """Activity and queued mail for leader, safety managers and responsible; lot and customers are named."""
        self.team.safety_user_ids = self.manager
        complaint = self._complain(severity="4", lot_id=self.lot.id, user_id=self.agent.id)
        activities = complaint.activity_ids
        self.assertEqual(activities.user_id, self.leader | self.manager | self.agent)
        self.assertEqual(len(activities), 3)
        for activity in activities:
            self.assertIn("L-77", activity.summary)
            self.assertIn("2 (145 pairs)", activity.note)
        alerts = self._get_alerts(complaint)
        self.assertEqual(set(alerts.mapped("state")), {"outgoing"})
        self.assertEqual(alerts.recipient_ids, (self.leader | self.manager | self.agent).partner_id)
        body = str(alerts[0].body_html)
        for part in ("L-77", "Rival Works", "Hassi Drilling", "100", "45"):
            self.assertIn(part, body)

    def test_conversation_lists_the_customers_once(self):
        """However many are called: one note with the customers, those with the most pairs by name."""
        self.team.safety_user_ids = self.manager
        complaint = self._complain(severity="4", lot_id=self.lot.id, user_id=self.agent.id)
        [note] = self._get_lists(complaint)
        self.assertEqual(note.subtype_id, self.env.ref("mail.mt_note"))
        self.assertIn("Rival Works: 100 pairs", note.body)
        self.assertNotIn("Other lot only", note.body)
        self.assertNotIn("more", note.body)

    def test_many_customers(self):
        """The first ten by name, then how many more there are."""
        lot = self._make_lot("L-79", self.shoe)
        for number in range(12):
            partner = self.env["res.partner"].create({"name": f"Works {number:02d}"})
            self._sell(partner, self.shoe, 50 - number, lot)
        complaint = self._complain(severity="4", lot_id=lot.id)
        [note] = self._get_lists(complaint)
        self.assertIn("Works 09: 41 pairs", note.body)
        self.assertNotIn("Works 10", note.body)
        self.assertIn("and 2 more", note.body)
        self.assertIn("12 (534 pairs)", complaint.activity_ids[0].note)

    def test_shown_among_the_activities(self):
        """The alert has a column of its own in the view of activities."""
        complaint = self._complain(severity="4")
        data = self.env["mail.activity"].get_activity_data("leather.complaint", [("id", "=", complaint.id)])
        shown = {kind["id"] for kind in data["activity_types"]}
        self.assertIn(complaint.activity_ids.activity_type_id.id, shown)

    def test_recipients(self):
        """Whole companies, most pairs first."""
        complaint = self._complain(lot_id=self.lot.id)
        found = [(line["partner"], line["pairs"]) for line in complaint._get_lot_recipients()]
        self.assertEqual(found, [(self.rival, 100), (self.customer, 45)])

    def test_recipients_without_lot(self):
        """No lot: who received the shoe in the last 90 days; nothing known: nobody."""
        self._sell(self.env["res.partner"].create({"name": "Long ago"}), self.shoe, 9, self.lot, days_ago=120)
        complaint = self._complain(product_id=self.shoe.id)
        names = {line["partner"].name for line in complaint._get_lot_recipients()}
        self.assertEqual(names, {"Hassi Drilling", "Rival Works", "Other lot only"})
        self.assertEqual(self._complain()._get_lot_recipients(), [])

    def test_lot_of_a_stranger(self):
        """An unknown sender names a lot: it is not linked, but the alert inside the house looks it up."""
        complaint = self._complain(partner_id=False)
        complaint._link_entities({"lots": ["l-77"]})
        self.assertFalse(complaint.lot_id)
        complaint.severity = "4"
        self.assertIn("Rival Works", self._get_lists(complaint).body)

    def test_only_own_company(self):
        """Deliveries of another company are not named."""
        complaint = self._complain(company_id=self.company_b.id, team_id=self.team_b.id, product_id=self.shoe.id)
        self.assertEqual(complaint._get_lot_recipients(), [])

    def test_managers_without_safety_managers(self):
        """Nobody named: the complaint managers of that company are told, nobody of another one."""
        complaint = self._complain(severity="4", team_id=self.team_2.id)
        self.assertIn(self.manager, complaint.activity_ids.user_id)
        self.assertNotIn(self.manager_b, complaint.activity_ids.user_id)

    def test_once(self):
        """Called out once; again only after the danger was taken back."""
        complaint = self._complain(severity="4")
        count = len(complaint.activity_ids)
        complaint.write({"severity": "4", "pairs": 3})
        self.assertEqual(len(complaint.activity_ids), count)
        complaint.severity = "2"
        self.assertFalse(complaint.safety_alerted_on)
        complaint.severity = "4"
        self.assertEqual(len(complaint.activity_ids), 2 * count)

    def test_raised_later(self):
        complaint = self._complain(severity="2")
        self.assertFalse(complaint.activity_ids)
        complaint.severity = "4"
        self.assertEqual(complaint.activity_ids.user_id & self.leader, self.leader)

    def test_closed_and_quiet(self):
        """Nothing burns any more: no alert for the past."""
        self.assertFalse(self._complain(severity="4", stage_id=self.stage_resolved.id).activity_ids)
        quiet = self.env["leather.complaint"].with_context(leather_quiet=True)
        self.assertFalse(quiet.create({"subject": "Old", "severity": "4", "team_id": self.team.id}).activity_ids)

    def test_words_in_the_users_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.leader.lang = "fr_FR"
        complaint = self._complain(severity="4")
        alerts = self.env["mail.mail"].search([("model", "=", "leather.complaint"), ("res_id", "=", complaint.id)])
        own = alerts.filtered(lambda mail: self.leader.partner_id in mail.recipient_ids)
        self.assertEqual(own.recipient_ids, self.leader.partner_id)


@tagged("post_install", "-at_install")
class TestComplaintEscalation(ComplaintCase):
    """Late complaints: the responsible is told, later the team leader, each once."""

    def _run(self, moment):
        with freeze_time(moment):
            self.env["leather.complaint"]._cron_escalate()

    def _activities(self, complaint, user):
        return complaint.activity_ids.filtered(lambda activity: activity.user_id == user)

    def test_levels(self):
        complaint = self._complain(user_id=self.agent.id)
        late = complaint.first_answer_deadline
        self._run(late - timedelta(minutes=1))
        self.assertFalse(complaint.activity_ids)
        self._run(late + timedelta(minutes=1))
        self.assertEqual(complaint.activity_ids.user_id, self.agent)
        self.assertEqual(complaint.escalation_level, 1)
        self._run(late + timedelta(hours=2))
        self.assertEqual(len(complaint.activity_ids), 1)
        self._run(late + timedelta(days=1, hours=1))
        self.assertEqual(len(self._activities(complaint, self.leader)), 1)
        self.assertEqual(complaint.escalation_level, 2)
        self._run(late + timedelta(days=2))
        self.assertEqual(len(complaint.activity_ids), 2)

    def test_next_deadline_starts_anew(self):
        """Answered late, then late again with the resolution: told again."""
        complaint = self._complain(user_id=self.agent.id)
        self._run(complaint.first_answer_deadline + timedelta(hours=1))
        complaint.action_answered_by_phone()
        self._run(complaint.first_answer_deadline + timedelta(days=3))
        self.assertEqual(len(complaint.activity_ids), 1)
        self._run(complaint.resolution_deadline + timedelta(hours=1))
        self.assertEqual(len(self._activities(complaint, self.agent)), 2)
        self.assertEqual(complaint.escalation_level, 1)

    def test_danger_goes_to_the_leader_fast(self):
        complaint = self._complain(severity="4", user_id=self.agent.id)
        before = len(self._activities(complaint, self.leader))
        self._run(complaint.first_answer_deadline + timedelta(minutes=1))
        self._run(complaint.first_answer_deadline + timedelta(hours=1, minutes=1))
        self.assertEqual(len(self._activities(complaint, self.leader)), before + 1)

    def test_nobody_responsible(self):
        """The leader is told at once, and not twice."""
        self.team.membership_ids.unlink()
        complaint = self._complain()
        self.assertFalse(complaint.user_id)
        late = complaint.first_answer_deadline
        self._run(late + timedelta(hours=1))
        self._run(late + timedelta(days=2))
        self.assertEqual(len(self._activities(complaint, self.leader)), 1)

    def test_left_alone(self):
        """Waiting, closed and archived complaints are nobody's delay."""
        late = SUNDAY - timedelta(days=60)
        complaints = (
            self._complain(stage_id=self.stage_waiting.id, received_on=late)
            | self._complain(stage_id=self.stage_resolved.id, received_on=late)
            | self._complain(active=False, received_on=late)
        )
        self._run(fields.Datetime.now())
        self.assertFalse(complaints.activity_ids)

    def test_batches(self):
        """The job tells how much is left, and goes on where it stopped."""
        complaints = self.env["leather.complaint"].browse()
        for _number in range(7):
            complaints |= self._complain(user_id=self.agent.id)
        steps = []

        def commit(_self, processed, remaining):
            steps.append((processed, remaining))
            return 0 if len(steps) == 1 else float("inf")

        with (
            patch.object(leather_complaint_alert, "ESCALATION_BATCH", 3),
            patch.object(type(self.env["ir.cron"]), "_commit_ai_progress", commit),
        ):
            self._run(SUNDAY + timedelta(days=3))
            self.assertEqual(len(complaints.activity_ids), 3)
            self._run(SUNDAY + timedelta(days=3))
        self.assertEqual(len(complaints.activity_ids), 7)
        self.assertEqual(steps[0][0], 3)
