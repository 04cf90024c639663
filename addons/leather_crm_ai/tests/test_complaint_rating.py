import re

from odoo.tests import HttpCase, tagged

from .complaint_common import ComplaintCase


@tagged("post_install", "-at_install")
class TestComplaintRating(ComplaintCase, HttpCase):
    """A bad rating with words, given on Odoo's own page."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.reopen_on_bad_rating = True
        cls.complaint = cls._complain("The sole came off.", user_id=cls.agent.id)
        cls.complaint.action_close()

    def _rate(self, rate, words, token=None):
        """Open the page of the mail and send its form; returns the token used."""
        token = token or self.complaint._rating_get_access_token()
        page = self.url_open(f"/rate/{token}/{rate}")
        csrf = re.search(r'name="csrf_token"\s+value="([^"]+)"', page.text)[1]
        answer = self.url_open(
            f"/rate/{token}/submit_feedback", data={"rate": rate, "feedback": words, "csrf_token": csrf}
        )
        self.assertEqual(answer.status_code, 200)
        self.complaint.invalidate_recordset()
        return token

    def _count_activities(self):
        return len(self.complaint.activity_ids.filtered(lambda one: one.summary.startswith("Rated badly")))

    def test_reopened(self):
        self._rate(1, "Nobody <b>answered</b>")
        self.assertEqual(self.complaint.stage_id, self.stage_progress)
        self.assertEqual(self.complaint.reopen_count, 1)
        activity = self.complaint.activity_ids.filtered(lambda one: one.summary.startswith("Rated badly"))
        self.assertEqual(activity.user_id, self.agent)
        self.assertIn("&lt;b&gt;answered", activity.note)
        self.assertTrue(self.complaint.message_ids.filtered(lambda one: "rated the handling badly" in one.body))
        self.assertEqual(self.complaint.rating_last_value, 1)

    def test_off_by_default(self):
        self.assertFalse(self.env["leather.complaint.team"].new({}).reopen_on_bad_rating)
        self.team.reopen_on_bad_rating = False
        self._rate(1, "Nobody answered")
        self.assertTrue(self.complaint.is_closed)
        self.assertEqual(self._count_activities(), 0)
        self.assertEqual(self.complaint.rating_last_value, 1)

    def test_not_without_words(self):
        self._rate(1, "  ")
        self.assertTrue(self.complaint.is_closed)

    def test_not_for_a_fair_rating(self):
        for rate in (3, 5):
            self._rate(rate, "All right")
            self.assertTrue(self.complaint.is_closed)

    def test_not_what_was_no_complaint(self):
        self.complaint.stage_id = self.stage_cancelled
        self._rate(1, "But it was one")
        self.assertEqual(self.complaint.stage_id, self.stage_cancelled)

    def test_once_for_each_closing(self):
        token = self._rate(1, "Bad")
        self._rate(1, "Bad, I said", token)
        self.assertEqual(self._count_activities(), 1)
        self.complaint.action_close()
        self._rate(1, "Still bad", token)  # the old mail
        self.assertTrue(self.complaint.is_closed)
        again = self._rate(1, "Bad again")
        self.assertNotEqual(again, token)
        self.assertFalse(self.complaint.is_closed)
        self.assertEqual(self._count_activities(), 2)
        self.assertEqual(self.complaint.reopen_count, 2)

    def test_better_words_later(self):
        """One click on the face first, the words in a second form."""
        token = self._rate(1, "")
        self.assertTrue(self.complaint.is_closed)
        self._rate(1, "Nobody answered", token)
        self.assertFalse(self.complaint.is_closed)

    def test_leader_hears_where_nobody_is_responsible(self):
        self.complaint.user_id = False
        self._rate(1, "Bad")
        activity = self.complaint.activity_ids.filtered(lambda one: one.summary.startswith("Rated badly"))
        self.assertEqual(activity.user_id, self.leader)

    def test_of_a_merged_complaint(self):
        """The link of the old mail reopens the complaint that was kept."""
        token = self.complaint._rating_get_access_token()
        kept = self._complain("The sole again.", user_id=self.agent.id)
        kept.action_close()
        kept._absorb(self.complaint)
        self.complaint = kept
        self._rate(1, "Bad", token)
        self.assertFalse(kept.is_closed)
