from datetime import timedelta

from freezegun import freeze_time
from odoo.tests import tagged

from .complaint_common import SUNDAY, ComplaintMailCase


@tagged("post_install", "-at_install")
class TestComplaintAnswers(ComplaintMailCase):
    """Mails to the customer: the acknowledgement, a person's answers, the request to rate."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("fr_FR")

    def _get_mails(self, complaint):
        """What goes to the customer by itself; our own people get mails, too."""
        domain = [("model", "=", "leather.complaint"), ("res_id", "=", complaint.id), ("email_to", "!=", False)]
        return self.env["mail.mail"].search(domain)

    def _answer(self, complaint, user=None, **values):
        values = {
            "body": "We are sorry.",
            "message_type": "comment",
            "subtype_xmlid": "mail.mt_comment",
            "partner_ids": complaint.partner_id.ids,
            **values,
        }
        return complaint.with_user(user or self.agent).with_context(tracking_disable=False).message_post(**values)

    # ------------------------------------------------------------
    # Acknowledgement
    # ------------------------------------------------------------

    def test_acknowledged(self):
        """Reference and nothing else goes back to an address that nobody has checked; queued, marked as automatic."""
        order = self._sell(self.buyer, self._make_shoe(tracking="none"), 12)
        mail = self._make_mail(f"My order {order.name} was 1,250.00, please send me the invoice.")
        complaint = self._receive(mail)
        sent = self._get_mails(complaint)
        self.assertEqual((len(sent), sent.state), (1, "outgoing"))
        self.assertIn("nadia@hassi.example", sent.email_to)
        self.assertFalse(sent.recipient_ids)
        self.assertIn(complaint.name, sent.subject + str(sent.body_html))
        self.assertIn("Auto-Submitted", sent.headers)
        self.assertIn("cpl-claims@shoes.example", sent.reply_to)
        self.assertIn(mail["Message-ID"], sent.references)
        for secret in ("access_token", "/my/complaints", order.name, "1,250", "The sole"):
            self.assertNotIn(secret, str(sent.body_html))

    def test_reply_to_acknowledgement(self):
        """The customer answers our acknowledgement: it joins the complaint."""
        complaint = self._receive(self._make_mail())
        reply = self._make_mail("One more thing.", In_Reply_To=self._get_mails(complaint).message_id)
        self.assertEqual(self._receive(reply), complaint)

    def test_loop_with_an_auto_reply(self):
        """The customer's robot answers our acknowledgement: kept, not acknowledged again."""
        complaint = self._receive(self._make_mail())
        robot = self._make_mail(
            "I am away.", In_Reply_To=self._get_mails(complaint).message_id, Auto_Submitted="auto-replied"
        )
        self._receive(robot)
        self.assertEqual(len(self._get_mails(complaint)), 1)

    def test_link_for_known_customers(self):
        """A customer who is certain gets a link with a key, at their own address only."""
        known = self._complain(channel="phone")
        self.assertIn(known.access_token, str(self._get_mails(known).body_html))
        elsewhere = self._complain(channel="phone", email_from="somebody@far.example")
        self.assertNotIn("access_token", str(self._get_mails(elsewhere).body_html))

    def test_no_acknowledgement(self):
        """Not to robots, not for imports, not for the past, not without an address."""
        self.assertFalse(self._get_mails(self._receive(self._make_mail(sender="no-reply@shop.example"))))
        self.assertFalse(self._get_mails(self._receive(self._make_mail(sender="ne-pas-repondre@shop.example"))))
        self.assertFalse(self._get_mails(self._complain(channel="import")))
        self.assertFalse(self._get_mails(self._complain(partner_id=False, partner_name="By phone")))
        quiet = self.env["leather.complaint"].with_context(leather_quiet=True)
        self.assertFalse(self._get_mails(quiet.create({"subject": "Old", "email_from": "a@b.example"})))

    def test_acknowledged_once(self):
        """Moved back to the first stage, it has not arrived again."""
        complaint = self._complain()
        complaint.stage_id = self.stage_progress
        complaint.stage_id = self.stage_new
        self.assertEqual(len(self._get_mails(complaint)), 1)

    def test_forged_sender_is_not_flooded(self):
        """Somebody writes in another's name a hundred times: that other one gets five mails a day at most."""
        complaints = [self._receive(self._make_mail(sender="victim@far.example")) for _number in range(8)]
        self.assertEqual(sum(len(self._get_mails(complaint)) for complaint in complaints), 5)

    def test_language(self):
        """In the language of the complaint, else the customer's, else the company's."""
        complaint = self._complain()
        for language, lang, expected in (
            ("fr", "en_US", "fr_FR"),
            ("unknown", "fr_FR", "fr_FR"),
            ("en", "fr_FR", "en_US"),
            ("ar", "fr_FR", "fr_FR"),
            ("arabizi", "en_US", "fr_FR"),
        ):
            complaint.language, self.buyer.lang = language, lang
            with self.subTest(language=language, lang=lang):
                self.assertEqual(complaint._get_mail_lang(), expected)

    def test_acknowledged_in_french(self):
        template = self.env.ref("leather_crm_ai.mail_template_received")
        template.with_context(lang="fr_FR").subject = "Bien reçu : {{ object.name }}"
        complaint = self._complain(language="fr")
        complaint._send_template(template)
        self.assertIn("Bien reçu", self._get_mails(complaint)[0].subject)

    def test_hostile_names(self):
        """Markup in a name stays text in the mail."""
        self.company_a.name = "A & <b>B</b>"
        complaint = self._receive(self._make_mail(sender='"<img src=x onerror=alert(1)>" <x@far.example>'))
        self.assertNotIn("<img src=x", str(self._get_mails(complaint).body_html))
        self.assertNotIn("<b>B</b>", str(self._get_mails(complaint).body_html))

    # ------------------------------------------------------------
    # Answers
    # ------------------------------------------------------------

    def test_first_answer(self):
        """The first public message of our people to the customer stops the clock of the first answer."""
        complaint = self._complain()
        with freeze_time(SUNDAY + timedelta(hours=1)):
            self._answer(complaint)
        with freeze_time(SUNDAY + timedelta(hours=2)):
            self._answer(complaint)
        self.assertEqual(complaint.first_answered_on, SUNDAY + timedelta(hours=1))
        self.assertEqual((complaint.answer_count, complaint.response_hours), (2, 1))
        self.assertEqual(complaint.next_deadline, complaint.resolution_deadline)

    def test_answered_by_mail(self):
        """Our people may answer from their mail program."""
        first = self._make_mail()
        complaint = self._receive(first)
        answer = self._answer(complaint)
        self.assertEqual(complaint.answer_count, 1)
        self._receive(
            self._make_mail(
                "Done.",
                sender=self.agent.email,
                to="cpl-claims@shoes.example, nadia@hassi.example",
                In_Reply_To=answer.message_id,
            )
        )
        self.assertIn("Done.", "".join(complaint.message_ids.mapped("body")))

    def test_no_answer(self):
        """Notes, messages to colleagues, and the customer's own words are no answers."""
        complaint = self._complain()
        self._answer(complaint, subtype_xmlid="mail.mt_note")
        self._answer(complaint, partner_ids=self.leader.partner_id.ids)
        self._answer(complaint, message_type="notification")
        complaint.with_user(self.portal).sudo().message_post(
            body="Hello?", message_type="comment", subtype_xmlid="mail.mt_comment", author_id=self.portal.partner_id.id
        )
        self.assertFalse(complaint.first_answered_on or complaint.answer_count)

    def test_answer_to_a_colleague_of_the_customer(self):
        complaint = self._complain()
        self._answer(complaint, partner_ids=self.customer.ids)
        self.assertEqual(complaint.answer_count, 1)

    def test_portal_message_reopens(self):
        """The customer writes on the portal: a closed complaint is taken up again."""
        complaint = self._complain(stage_id=self.stage_resolved.id)
        complaint.with_user(self.portal).sudo().message_post(
            body="Again!", message_type="comment", subtype_xmlid="mail.mt_comment", author_id=self.portal.partner_id.id
        )
        self.assertEqual((complaint.stage_id, complaint.reopen_count), (self.stage_progress, 1))

    def test_customer_with_account_follows(self):
        """Whoever files on the portal hears of every answer."""
        complaint = self._complain(channel="portal", partner_id=self.portal.partner_id.id)
        self.assertIn(self.portal.partner_id, complaint.message_partner_ids)
        self._answer(complaint, partner_ids=[])
        self.assertEqual(complaint.answer_count, 1)

    # ------------------------------------------------------------
    # Rating
    # ------------------------------------------------------------

    def test_rating(self):
        """When it is resolved the customer is asked; the rating is kept and reopens nothing."""
        complaint = self._complain()
        complaint.stage_id = self.stage_resolved
        token = complaint.rating_ids.access_token
        self.assertTrue(token)
        self.assertIn(f"/rate/{token}/5", str(self._get_mails(complaint)[0].body_html))
        complaint.rating_apply(5, token=token, feedback="Quick")
        self.assertEqual((complaint.rating_last_value, complaint.stage_id), (5, self.stage_resolved))

    def test_no_rating_without_resolution(self):
        complaint = self._complain()
        before = self._get_mails(complaint)
        complaint.stage_id = self.stage_cancelled
        self.assertFalse(complaint.rating_ids)
        self.assertEqual(self._get_mails(complaint), before)
