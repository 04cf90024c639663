from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .complaint_common import SUNDAY, ComplaintCase


@tagged("post_install", "-at_install")
class TestComplaintMerge(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.old = cls._complain("First", severity="2", received_on=SUNDAY - timedelta(days=2), pairs=3, cost_credit=10)
        cls.new = cls._complain("Second", severity="3", partner_id=cls.customer.id, size="42", cost_credit=5)

    def _wizard(self, complaints, user=None):
        wizard = self.env["leather.complaint.merge"].with_user(user or self.agent)
        return wizard.create({"complaint_ids": complaints.ids})

    def test_possible_duplicates(self):
        """Same customer or address, same order, lot or category, within 30 days."""
        category = self._category("Q1").id
        base = self._complain(category_id=category)
        same = self._complain(
            partner_id=self.customer.id, category_id=category, received_on=SUNDAY + timedelta(days=29)
        )
        by_mail = self._complain(partner_id=False, email_from=self.buyer.email, category_id=category)
        others = (
            self._complain(category_id=self._category("D1").id)
            | self._complain(partner_id=self.rival.id, category_id=category)
            | self._complain(category_id=category, received_on=SUNDAY - timedelta(days=31))
            | self._complain(category_id=category, active=False)
            | self._complain(company_id=self.company_b.id, team_id=self.team_b.id, category_id=category)
        )
        found = base._find_possible_duplicates()[base.id]
        self.assertEqual(found, same | by_mail)
        self.assertFalse(found & others)
        self.assertEqual(base.duplicate_count, 2)
        self.assertEqual(self.env["leather.complaint"].new({})._find_possible_duplicates().get(0), None)

    def test_keeps_the_most_severe(self):
        wizard = self._wizard(self.old | self.new)
        self.assertEqual(wizard.target_id, self.new)
        self.new.severity = "2"
        self.assertEqual(self._wizard(self.old | self.new).target_id, self.old)

    def test_merge(self):
        """Conversation, files, followers, actions, costs and links move; the other points to the kept one."""
        self.old.message_post(body="Words of the first", message_type="comment", subtype_xmlid="mail.mt_comment")
        self.old.message_subscribe(partner_ids=self.leader.partner_id.ids)
        file = self.env["ir.attachment"].create(
            {"name": "a.png", "raw": b"x", "res_model": self.old._name, "res_id": self.old.id}
        )
        action = self.env["leather.complaint.action"].create(
            {"name": "Check", "complaint_id": self.old.id, "user_id": self.agent.id}
        )
        self.old.category_id = self._category("Q3")
        result = self._wizard(self.old | self.new).action_merge()
        self.assertEqual(result["res_id"], self.new.id)
        self.assertFalse(self.old.active)
        self.assertEqual(self.old.duplicate_of_id, self.new)
        self.assertEqual(self.new.duplicate_ids, self.old)
        self.assertIn("Words of the first", "".join(self.new.message_ids.mapped("body")))
        self.assertEqual(file.res_id, self.new.id)
        self.assertIn(self.leader.partner_id, self.new.message_partner_ids)
        self.assertEqual((action.complaint_id, action.activity_id.res_id), (self.new, self.new.id))
        self.assertEqual((self.new.cost_credit, self.new.pairs, self.new.size), (15, 3, "42"))
        self.assertEqual(self.new.received_on, SUNDAY - timedelta(days=2))
        self.assertEqual(self.new.category_id, self._category("Q3"))
        self.assertEqual(self.new.severity, "3")

    def test_chain(self):
        """What was merged before points to the one that is kept now."""
        third = self._complain(severity="4")
        self._wizard(self.old | self.new).action_merge()
        self._wizard(self.new | third).action_merge()
        self.assertEqual(self.old.duplicate_of_id, third)
        self.assertEqual(third.duplicate_ids, self.old | self.new)

    def test_message_to_the_merged_one(self):
        """The customer still has the old link: what is written there reopens the kept one."""
        self._wizard(self.old | self.new).action_merge()
        self.new.stage_id = self.stage_resolved
        message = self.old.message_post(
            body="Again",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=self.buyer.id,
            attachments=[("photo.png", b"x")],
        )
        self.assertEqual(self.new.stage_id, self.stage_progress)
        self.assertEqual((message.res_id, message.attachment_ids.res_id), (self.new.id, self.new.id))
        self.assertFalse(self.old.active)

    def test_different_customers(self):
        """Customers read the whole conversation: two customers' complaints stay apart, also those of the unknown."""
        rival = self._complain(partner_id=self.rival.id)
        unknown = self._complain(partner_id=False, email_from="who@far.example")
        unknown_too = self._complain(partner_id=False, email_from="else@far.example")
        for complaints in (self.new | rival, self.new | unknown, unknown | unknown_too):
            with self.subTest(complaints=complaints), self.assertRaises(UserError):
                self._wizard(complaints).action_merge()
        same = self._complain(partner_id=False, email_from="WHO@far.example")
        self._wizard(unknown | same).action_merge()
        known = self._complain(partner_id=False, email_from=self.buyer.email)
        self._wizard(self.old | known).action_merge()
        self.assertEqual(known.duplicate_of_id, self.old)

    def test_refused(self):
        other = self._complain(company_id=self.company_b.id, team_id=self.team_b.id)
        with self.assertRaises(UserError):
            self._wizard(self.old).action_merge()
        with self.assertRaises(UserError):
            self._wizard(self.old | other, self.env.user).action_merge()
        self.new.write({"team_id": self.team_2.id, "user_id": self.agent_2.id})
        with self.assertRaises(AccessError):
            self._wizard(self.old | self.new).action_merge()

    def test_form(self):
        """The window that opens from a complaint proposes its possible duplicates."""
        self.old.category_id = self.new.category_id = self._category("Q1")
        action = self.old.action_merge()
        form = Form(self.env[action["res_model"]].with_context(**action["context"]))
        self.assertEqual(form.target_id, self.new)
        form.target_id = self.old
        form.save().action_merge()
        self.assertEqual(self.new.duplicate_of_id, self.old)
