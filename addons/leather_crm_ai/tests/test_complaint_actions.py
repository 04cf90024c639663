from datetime import date

from odoo.tests import tagged

from .complaint_common import ComplaintCase


@tagged("post_install", "-at_install")
class TestComplaintActions(ComplaintCase):
    """A corrective action and its activity are one thing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.complaint = cls._complain()

    def _act(self, user=None, **vals):
        values = {"name": "Check the glue", "complaint_id": self.complaint.id, "user_id": self.agent_2.id}
        return self.env["leather.complaint.action"].with_user(user or self.agent).create({**values, **vals})

    def test_activity(self):
        action = self._act(date_due=date(2026, 7, 1))
        activity = action.activity_id
        self.assertEqual((activity.res_id, activity.user_id), (self.complaint.id, self.agent_2))
        self.assertEqual((activity.summary, activity.date_deadline), ("Check the glue", date(2026, 7, 1)))
        action.write({"user_id": self.leader.id, "date_due": date(2026, 7, 5)})
        self.assertEqual((activity.user_id, activity.date_deadline), (self.leader, date(2026, 7, 5)))

    def test_done_here(self):
        action = self._act()
        activity = action.activity_id
        action.action_done()
        self.assertEqual(action.state, "done")
        self.assertTrue(action.done_on)
        self.assertFalse(activity.exists().active)
        action.action_todo()
        self.assertTrue(action.activity_id.active)
        self.assertFalse(action.done_on)

    def test_done_there(self):
        """The owner marks the activity as done."""
        action = self._act()
        action.activity_id.with_user(self.agent_2).action_feedback(feedback="Changed the supplier.")
        self.assertEqual(action.state, "done")
        self.assertFalse(action.activity_id)

    def test_deleted(self):
        action = self._act()
        activity = action.activity_id
        action.unlink()
        self.assertFalse(activity.exists())
        action = self._act()
        action.activity_id.unlink()
        self.assertEqual(action.state, "todo")

    def test_without_owner(self):
        action = self._act(user_id=False)
        self.assertFalse(action.activity_id)
        action.user_id = self.agent
        self.assertTrue(action.activity_id)

    def test_other_activities(self):
        """Ending another activity of the complaint ends no action."""
        action = self._act()
        other = self.complaint.activity_schedule("mail.mail_activity_data_todo", user_id=self.agent.id)
        other.action_feedback()
        self.assertEqual(action.state, "todo")

    def test_costs(self):
        self.complaint.write({"cost_credit": 10, "cost_replacement": 20.5, "cost_transport": 3, "cost_other": 1})
        self.assertEqual(self.complaint.cost_total, 34.5)
