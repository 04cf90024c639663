from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import SerializationFailure

from .complaint_common import ComplaintMailCase

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000a49444154789c6360000002000154a24f5d"
)

BOUNCE = """\
From: Mail Delivery <mailer-daemon@far.example>
To: bounce@shoes.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <returned.1@far.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="edge"

--edge
Content-Type: text/plain

I could not deliver your message.
--edge
Content-Type: message/delivery-status

Reporting-MTA: dns; far.example

Final-Recipient: rfc822; %(address)s
Action: failed
Status: 5.1.1
--edge
Content-Type: message/rfc822

Message-Id: %(answer)s
To: %(address)s
Subject: Re: Sole

We are sorry.
--edge--
"""


@tagged("post_install", "-at_install")
class TestComplaintMail(ComplaintMailCase):
    def test_text(self):
        """A plain mail of a known address: one complaint of the alias' team, its customer only guessed."""
        complaint = self._receive(self._make_mail())
        self.assertEqual(
            (complaint.channel, complaint.subject, complaint.team_id, complaint.company_id, complaint.stage_id),
            ("mail", "Sole", self.team, self.company_a, self.stage_new),
        )
        self.assertIn("The sole came off after two days.", complaint.text)
        self.assertEqual(complaint.partner_id, self.buyer)
        self.assertFalse(complaint.partner_is_verified)
        self.assertEqual(complaint.email_normalized, "nadia@hassi.example")
        self.assertEqual(complaint.message_ids.filtered(lambda m: m.message_type == "email").author_id, self.buyer)
        self.assertFalse(complaint.is_severity_manual or complaint.is_team_manual or complaint.is_user_manual)

    def test_html_files_and_cc(self):
        """HTML is cleaned, files hang on the complaint, those in copy are kept."""
        mail = self._make_mail(
            html="<h1>Broken</h1><script>alert(1)</script><img src=x onerror=alert(2)><p>Lot <b>77</b></p>",
            files=[("sole.png", PNG, ("image", "png")), ("order.pdf", b"%PDF-1.4", ("application", "pdf"))],
            Cc="boss@hassi.example, Other <other@far.example>",
        )
        complaint = self._receive(mail)
        self.assertIn("Lot", complaint.description)
        self.assertNotIn("alert", complaint.description)
        self.assertIn("Broken", complaint.text)
        self.assertIn("boss@hassi.example", complaint.email_cc)
        self.assertIn("other@far.example", complaint.email_cc)
        files = self.env["ir.attachment"].search(
            [("res_model", "=", "leather.complaint"), ("res_id", "=", complaint.id)]
        )
        self.assertEqual(set(files.mapped("name")), {"sole.png", "order.pdf"})

    def test_strange_files(self):
        """Programs, pages, mails in mails, files without a name or content: kept as files, never run or shown."""
        forwarded = self._make_mail("The first mail", subject="Inner")
        mail = self._make_mail(
            files=[
                ("setup.exe", b"MZ", ("application", "x-msdownload")),
                ("page.html", b"<script>alert(1)</script>", ("text", "html")),
                ("empty.png", b"", ("image", "png")),
                ("../../etc/passwd", b"x", ("application", "octet-stream")),
                (None, b"no name", ("application", "octet-stream")),
            ]
        )
        mail.add_attachment(forwarded)
        complaint = self._receive(mail)
        files = complaint.message_ids.attachment_ids
        self.assertGreaterEqual(len(files), 5)
        self.assertEqual(set(files.mapped("res_model")), {"leather.complaint"})
        self.assertNotIn("alert(1)", complaint.description)
        self.assertFalse(any(files.mapped("public")))

    def test_other_company(self):
        """A mail to another company's team is that company's complaint."""
        self.team_b.alias_name = "cpl-other"
        complaint = self._receive(self._make_mail(to="cpl-other@shoes.example"))
        self.assertEqual((complaint.company_id, complaint.team_id), (self.company_b, self.team_b))

    def test_unknown_sender(self):
        """No contact is made; the agent may make one of what the sender said."""
        before = self.env["res.partner"].search_count([])
        complaint = self._receive(self._make_mail(sender='"Karim B." <karim@new.example>'))
        self.assertFalse(complaint.partner_id)
        self.assertEqual((complaint.partner_name, complaint.email_normalized), ("Karim B.", "karim@new.example"))
        self.assertEqual(self.env["res.partner"].search_count([]), before)
        complaint.with_user(self.agent).action_create_contact()
        self.assertEqual((complaint.partner_id.name, complaint.partner_id.email), ("Karim B.", "karim@new.example"))
        self.assertTrue(complaint.partner_is_verified)
        again = self._receive(self._make_mail(sender="karim@new.example"))
        again.write({"partner_id": False})
        again.with_user(self.agent).action_create_contact()
        self.assertEqual(again.partner_id, complaint.partner_id)

    def test_staff_forward(self):
        """A mail that our own people forward is not their complaint."""
        complaint = self._receive(self._make_mail(sender=self.sales.email))
        self.assertTrue(complaint)
        self.assertFalse(complaint.partner_id)

    def test_reply_is_threaded(self):
        """A reply joins the complaint; no second one is made."""
        first = self._make_mail()
        complaint = self._receive(first)
        reply = self._make_mail(
            "And the other shoe, too.", subject="Re: Sole", In_Reply_To=first["Message-ID"], Cc="new@hassi.example"
        )
        before = self._count()
        self.assertEqual(self._receive(reply), complaint)
        self.assertEqual(self._count(), before)
        self.assertIn("And the other shoe", "".join(complaint.message_ids.mapped("body")))
        self.assertIn("new@hassi.example", complaint.email_cc)

    def test_same_mail_twice(self):
        """The mail server delivers again what it believes lost."""
        mail = self._make_mail()
        complaint = self._receive(mail)
        before = self._count()
        self.assertFalse(self._receive(mail))
        self.assertEqual(self._count(), before)
        self.assertEqual(complaint.source_message_id, mail["Message-ID"])

    def test_two_workers_with_one_mail(self):
        """Another worker has made a complaint of it since this one began: nothing is made, nothing is sent back."""
        before = self._count(), self.env["mail.mail"].search_count([])
        with patch.object(type(self.gateway), "_is_mail_taken", return_value=True):
            self.assertFalse(self._receive(self._make_mail()))
        self.assertEqual((self._count(), self.env["mail.mail"].search_count([])), before)

    def test_conflict_is_no_bounce(self):
        """Two workers collide: the gateway raises, and the customer is not told that the address is wrong."""
        model = type(self.env["leather.complaint"])
        before = self.env["mail.mail"].search_count([])
        with patch.object(model, "_route", side_effect=SerializationFailure()), self.assertRaises(SerializationFailure):
            self._receive(self._make_mail())
        self.assertEqual(self.env["mail.mail"].search_count([]), before)

    def test_two_of_our_addresses(self):
        """A mail to two teams is one complaint."""
        before = self._count()
        self._receive(self._make_mail(to="cpl-claims@shoes.example, cpl-quality@shoes.example"))
        self.assertEqual(self._count(), before + 1)

    # ------------------------------------------------------------
    # Reopening
    # ------------------------------------------------------------

    def test_reply_reopens(self):
        first = self._make_mail()
        complaint = self._receive(first)
        complaint.stage_id = self.stage_resolved
        self._receive(self._make_mail("It came off again.", In_Reply_To=first["Message-ID"]))
        self.assertEqual(complaint.stage_id, self.stage_progress)
        self.assertEqual(complaint.reopen_count, 1)
        self.assertFalse(complaint.resolved_on)

    def test_reply_ends_the_waiting(self):
        first = self._make_mail()
        complaint = self._receive(first)
        complaint.stage_id = self.stage_waiting
        self._receive(self._make_mail("Here is the photo.", In_Reply_To=first["Message-ID"]))
        self.assertEqual(complaint.stage_id, self.stage_progress)
        self.assertFalse(complaint.waiting_since)

    def test_reply_brings_it_back(self):
        """Somebody has put it away: the customer's next words are not lost."""
        first = self._make_mail()
        complaint = self._receive(first)
        complaint.active = False
        self._receive(self._make_mail("Hello?", In_Reply_To=first["Message-ID"]))
        self.assertTrue(complaint.active)

    def test_automatic_reply_changes_nothing(self):
        """Out of office: kept in the conversation, the complaint stays closed."""
        first = self._make_mail()
        complaint = self._receive(first)
        complaint.stage_id = self.stage_resolved
        self._receive(self._make_mail("I am away.", In_Reply_To=first["Message-ID"], Auto_Submitted="auto-replied"))
        self.assertIn("I am away.", "".join(complaint.message_ids.mapped("body")))
        self.assertEqual(complaint.stage_id, self.stage_resolved)

    # ------------------------------------------------------------
    # Mails that nobody wrote
    # ------------------------------------------------------------

    def test_automatic_mails_make_no_complaint(self):
        for headers in (
            {"Auto_Submitted": "auto-replied"},
            {"Auto_Submitted": "auto-generated; vacation"},
            {"Precedence": "bulk"},
            {"Precedence": "list", "List_Id": "<talk.example>"},
            {"List_Unsubscribe": "<mailto:off@news.example>"},
            {"X_Autoreply": "yes"},
            {"Return_Path": "<>"},
        ):
            with self.subTest(headers=headers):
                self._assert_ignored(self._make_mail(**headers))
        for sender in ("postmaster@far.example", "MAILER-DAEMON@far.example", "cpl-claims@shoes.example"):
            with self.subTest(sender=sender):
                self._assert_ignored(self._make_mail(sender=sender))

    def test_written_by_a_person(self):
        """Headers that say so, or say nothing of it, do not stop a complaint."""
        for headers in (
            {"Auto_Submitted": "no"},
            {"X_Auto_Response_Suppress": "All"},
            {"Return_Path": "<a@b.example>"},
        ):
            with self.subTest(headers=headers):
                self.assertTrue(self._receive(self._make_mail(**headers)))

    def test_bounce_is_noted(self):
        """Our answer could not be delivered: whoever works on it reads so."""
        complaint = self._receive(self._make_mail())
        answer = complaint.with_user(self.agent).message_post(
            body="We are sorry.", partner_ids=self.buyer.ids, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        before = self._count()
        bounce = BOUNCE % {"answer": answer.message_id, "address": "nadia@hassi.example"}
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            self._receive(bounce.encode())
        self.assertEqual(self._count(), before)
        self.assertIn("came back as undeliverable", "".join(complaint.message_ids.mapped("body")))

    def test_flood_of_one_sender(self):
        """Odoo's own protection against loops holds for complaints: the twenty-first mail in two hours is refused."""
        self.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", 3)
        for _number in range(3):
            self.assertTrue(self._receive(self._make_mail(sender="Loop <LOOP@far.example>")))
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            self._assert_ignored(self._make_mail(sender="loop@far.example"))

    # ------------------------------------------------------------
    # Strange mails
    # ------------------------------------------------------------

    def test_strange_subjects(self):
        """Formulas, markup, direction marks and control characters are one line of plain text."""
        for subject, expected in (
            ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
            ("<script>alert(1)</script>", "<script>alert(1)</script>"),
            ("{{ object.env.cr }} ${7*7}", "{{ object.env.cr }} ${7*7}"),
            ("exe.\u202egpj", "exe. gpj"),
            ("x" * 900, "x" * 250),
            ("حذاء مكسور", "حذاء مكسور"),
        ):
            with self.subTest(subject=subject):
                self.assertEqual(self._receive(self._make_mail(subject=subject)).subject, expected)

    def test_no_subject(self):
        mail = self._make_mail("The sole came off. " * 20)
        del mail["Subject"]
        complaint = self._receive(mail)
        self.assertTrue(complaint.subject.startswith("The sole came off."))
        self.assertLessEqual(len(complaint.subject), 83)

    def test_empty_and_emoji(self):
        """Nothing at all, or no words: still a complaint, for somebody sent it."""
        empty = self._make_mail("", subject="")
        self.assertEqual(self._receive(empty).text, "")
        emoji = self._receive(self._make_mail("😡😡👞", subject="👎"))
        self.assertEqual(emoji.text, "👎\n😡😡👞")

    def test_broken_encodings(self):
        """Wrong or unknown charsets, raw bytes in headers, no charset at all."""
        head = (
            b"From: =?utf-8?q?Nadia_=FF?= <nadia@hassi.example>\r\nTo: cpl-claims@shoes.example\r\n"
            b"Message-ID: <broken-%d@mail.example>\r\nSubject: %s\r\nContent-Type: text/plain; charset=%s\r\n\r\n%s"
        )
        for number, (subject, charset, body) in enumerate(
            (
                (b"=?utf-8?b?2KzYstmF2Kk=?=", b"utf-8", "الحذاء مكسور".encode()),
                (b"caf\xe9 cass\xe9", b"latin-1", "semelle d\u00e9coll\u00e9e".encode("latin-1")),
                (b"=?nonsense?q?a=?=", b"x-unknown", b"sole \xff\xfe broken"),
                (b"=?utf-8?b?%%%?=", b"utf-8", "semelle d\u00e9coll\u00e9e".encode("latin-1")),
                ("نعل".encode(), b"windows-1256", "النعل انفصل".encode("windows-1256")),
                (b"nul", b"us-ascii", b"nul \x00 inside"),
            )
        ):
            with self.subTest(number=number):
                complaint = self._receive(head % (number, subject, charset, body))
                self.assertTrue(complaint.text)
                self.env.flush_all()
        self.assertIn("النعل انفصل", complaint.search([], order="id desc", limit=2)[-1].text)

    def test_one_megabyte(self):
        """A long story is kept whole in the conversation; the classifier reads the first 50,000 characters."""
        line = "The sole came off after two days of work on the site. " * 2
        mail = self._make_mail("\n".join([line] * 10_000))
        self.assertGreater(len(mail.as_bytes()), 1_000_000)
        complaint = self._receive(mail)
        self.assertLessEqual(len(complaint.text), 50_000)
        self.assertGreater(len(complaint.text), 49_000)
        self.assertGreater(len(complaint.message_ids.filtered(lambda m: m.message_type == "email").body), 1_000_000)

    def test_deep_html(self):
        """Markup nested without end does not stop the gateway."""
        complaint = self._receive(self._make_mail(html="<div>" * 3000 + "sole" + "</div>" * 3000))
        self.assertTrue(complaint)

    def test_error_rolls_back(self):
        """A mail whose complaint cannot be made raises, so that the mail server tries again; nothing half remains."""
        before = self._count()
        model = type(self.env["leather.complaint"])
        with (
            patch.object(model, "_route", side_effect=ValueError("broken")),
            patch.object(type(self.env["mail.alias"]), "_alias_bounce_incoming_email"),
            self.assertRaises(ValueError),
            self.env.cr.savepoint(),
        ):
            self._receive(self._make_mail())
        self.assertEqual(self._count(), before)
