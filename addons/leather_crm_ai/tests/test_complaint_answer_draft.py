from markupsafe import Markup
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import html2plaintext

from .complaint_common import ComplaintCase


@tagged("post_install", "-at_install")
class TestComplaintAnswerDraft(ComplaintCase):
    """The draft of an answer: what it says, what it does not, and that a person sends it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        templates = cls.env["leather.reply.template"]
        templates.search([]).write({"active": False})  # what is installed is not what these tests are about
        cls.sole_en, cls.sole_fr, cls.any_en, cls.danger_en = templates.create(
            [
                {
                    "name": "Sole",
                    "code": "sole",
                    "language": "en",
                    "category_ids": [Command.set(cls._category("Q1").ids)],
                    "body": "<p>Hello {customer},</p><p>[Order {order}, lot {lot}.] Until {delivery_date}.</p>",
                },
                {
                    "name": "Sole",
                    "code": "sole",
                    "language": "fr",
                    "category_ids": [Command.set(cls._category("Q1").ids)],
                    "body": "<p>Bonjour {customer},</p><p>dossier {reference}.</p>",
                },
                {"name": "Any", "language": "en", "body": "<p>Hello {customer}, {reference}.</p>"},
                {"name": "Danger", "language": "en", "min_severity": "4", "body": "<p>Stop wearing them.</p>"},
            ]
        )
        cls.shoe = cls._make_shoe()
        cls.lot = cls._make_lot("L77", cls.shoe)
        cls.order = cls._sell(cls.buyer, cls.shoe, 20, cls.lot)
        cls.complaint = cls._complain(
            language="en",
            category_id=cls._category("Q1").id,
            sale_order_id=cls.order.id,
            lot_id=cls.lot.id,
            product_id=cls.shoe.id,
        )
        cls.complaint = cls.complaint.with_user(cls.agent)

    # ------------------------------------------------------------
    # What it says
    # ------------------------------------------------------------

    def test_facts_of_a_certain_customer(self):
        body = self.complaint.draft_body
        self.assertIn("Hello Nadia Buyer,", body)
        self.assertIn(f"Order {self.order.name}, lot L77.", body)
        self.assertIn("o_leather_gap_delivery_date", body)
        self.assertEqual(self.complaint.draft_missing, "date for which the delivery is planned")
        draft = self.complaint._get_draft()
        self.assertEqual(draft["missing"], ["delivery_date"])
        self.assertEqual((draft["language"], draft["template_id"]), ("en", self.sole_en.id))
        self.assertIn('dir="ltr"', draft["body"])

    def test_facts_of_a_planned_delivery(self):
        order = self._sell(self.buyer, self.shoe, 5)
        order.picking_ids.scheduled_date = "2099-03-05 10:00:00"
        self.complaint.sudo().write({"sale_order_id": order.id, "picking_id": False})
        self.assertIn("Until 5 March 2099.", self.complaint.draft_body)
        self.assertFalse(self.complaint.draft_missing)
        order.picking_ids.scheduled_date = "2020-03-05 10:00:00"  # what is past is no promise
        self.complaint.invalidate_recordset()
        self.assertIn("o_leather_gap_delivery_date", self.complaint.draft_body)

    def test_nobody_who_is_not_certain_reads_our_records(self):
        self.complaint.sudo().write({"partner_is_verified": False, "named_entities": {"orders": ["S99"]}})
        facts = self.complaint._get_reply_facts("en")
        self.assertEqual(facts["order"], "S99")  # their own words
        for fact in ("lot", "invoice", "delivered_on", "delivery_date", "order_date", "product"):
            self.assertIsNone(facts[fact], fact)
        self.assertIsNone(facts["customer"])  # the name is the guessed contact's
        self.complaint.sudo().email_from = "Nadia B <nadia@hassi.example>"
        self.assertEqual(self.complaint._get_reply_facts("en")["customer"], "Nadia B")
        self.assertNotIn(self.order.name, self.complaint.draft_body)
        self.assertNotIn("L77", self.complaint.draft_body)

    def test_an_order_of_somebody_else_is_not_named(self):
        self.complaint.sudo().sale_order_id = self._sell(self.rival, self.shoe, 5)
        facts = self.complaint._get_reply_facts("en")
        for fact in ("order", "order_date", "delivered_on", "delivery_date"):
            self.assertIsNone(facts[fact], fact)

    def test_what_strangers_write_is_escaped(self):
        self.complaint.sudo().write(
            {
                "partner_id": False,
                "partner_is_verified": False,
                "partner_name": "<img src=x onerror=alert(1)>{reference}",
                "named_entities": {"orders": ["<script>x</script>"], "lots": ["[L]"]},
            }
        )
        body = self.complaint.draft_body
        self.assertNotIn("<img", body)
        self.assertNotIn("<script", body)
        self.assertIn("&lt;img src=x onerror=alert(1)&gt;{reference}", body)

    # ------------------------------------------------------------
    # Language and template
    # ------------------------------------------------------------

    def test_languages(self):
        self.company_a.complaint_arabizi_language = "ar"
        for language, expected in (("fr", "fr"), ("ar", "ar"), ("en", "en"), ("arabizi", "ar")):
            self.complaint.language = language
            self.assertEqual(self.complaint.draft_language, expected)
        self.company_a.complaint_arabizi_language = "fr"
        self.complaint.language = "arabizi"
        self.assertEqual(self.complaint.draft_language, "fr")
        self.assertEqual(self.complaint.draft_template_id, self.sole_fr)
        self.buyer.lang = "fr_FR" if self.env["res.lang"]._get_data(code="fr_FR") else "en_US"
        self.complaint.language = "unknown"
        self.assertEqual(self.complaint.draft_language, self.buyer.lang[:2])

    def test_a_language_without_a_template(self):
        self.complaint.language = "ar"
        self.assertFalse(self.complaint.draft_template_id)
        self.assertFalse(html2plaintext(self.complaint.draft_body or ""))
        with self.assertRaisesRegex(UserError, "Choose a template"):
            self.complaint.action_use_draft()

    def test_the_draft_follows_the_complaint(self):
        self.complaint.category_id = self._category("D1")
        self.assertEqual(self.complaint.draft_template_id, self.any_en)
        self.complaint.severity = "4"
        self.assertEqual(self.complaint.draft_template_id, self.danger_en)
        self.assertIn("Stop wearing them.", self.complaint.draft_body)

    def test_choosing_on_the_form(self):
        with Form(self.complaint) as form:
            form.draft_language = "fr"
            self.assertEqual(form.draft_template_id, self.sole_fr)
            self.assertIn("Bonjour Nadia Buyer,", form.draft_body)
        self.assertEqual((self.complaint.draft_language, self.complaint.draft_template_id), ("fr", self.sole_fr))
        self.assertFalse(self.complaint.draft_kept)  # nobody has written anything
        with Form(self.complaint) as form:
            form.draft_language = "en"
            form.draft_template_id = self.any_en
            self.assertIn(self.complaint.name, form.draft_body)
        self.assertEqual(self.complaint.draft_template_id, self.any_en)
        self.assertFalse(self.complaint.draft_kept)

    def test_editing_on_the_form_is_kept(self):
        with Form(self.complaint) as form:
            form.draft_body = "<p>My own words.</p>"
        self.assertIn("My own words.", self.complaint.draft_kept)
        self.complaint.category_id = self._category("D1")
        self.assertIn("My own words.", self.complaint.draft_body)
        self.assertEqual(self.complaint.draft_template_id, self.sole_en)
        with Form(self.complaint) as form:  # another template is another text
            form.draft_template_id = self.any_en
        self.assertNotIn("My own words.", self.complaint.draft_body)
        self.complaint.draft_body = "<p>Again.</p>"
        self.complaint.action_drop_draft()
        self.assertFalse(self.complaint.draft_kept)
        self.assertEqual(self.complaint.draft_template_id, self.any_en)

    def test_editing_decides_nothing_about_the_complaint(self):
        self.complaint.draft_body = "<p>My own words.</p>"
        self.assertFalse(self.complaint.is_severity_manual)
        self.assertFalse(self.complaint.first_answered_on)

    # ------------------------------------------------------------
    # Another source
    # ------------------------------------------------------------

    def test_a_draft_from_elsewhere(self):
        self.complaint._set_draft("<p>From elsewhere<script>x()</script></p>", "model", language="ar")
        self.assertIn("From elsewhere", self.complaint.draft_body)
        self.assertNotIn("script", self.complaint.draft_body)
        self.assertIn('dir="rtl"', self.complaint.draft_body)
        self.assertEqual((self.complaint.draft_source, self.complaint.draft_language), ("model", "ar"))
        with self.assertRaises(AccessError):
            self.complaint.with_user(self.sales)._set_draft("<p>x</p>", "model")
        self.complaint.action_drop_draft()
        self.assertEqual(self.complaint.draft_source, "template")

    # ------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------

    def _send(self, body):
        return self.complaint.message_post(
            body=Markup(body), message_type="comment", subtype_xmlid="mail.mt_comment", partner_ids=self.buyer.ids
        )

    def _get_uses(self):
        return self.env["leather.reply.use"].search([("complaint_id", "=", self.complaint.id)])

    def test_use_opens_the_composer_and_sends_nothing(self):
        before = self.complaint.message_ids
        self.complaint.draft_body = "<p>Hello Nadia, we look at it.</p>"
        action = self.complaint.action_use_draft()
        self.assertEqual(action["res_model"], "mail.compose.message")
        self.assertIn("we look at it", action["context"]["default_body"])
        self.assertEqual(self.complaint.message_ids, before)
        self.assertFalse(self.complaint.first_answered_on)

    def test_a_gap_is_not_sent(self):
        self.assertTrue(self.complaint.draft_missing)
        with self.assertRaisesRegex(UserError, "still has a gap"):
            self._send(self.complaint.draft_body)
        filled = self.complaint.draft_body.replace("…", "Sunday")
        self.assertTrue(self._send(filled))

    def test_what_became_of_a_draft(self):
        self.complaint.draft_template_id = self.any_en
        self.complaint.action_use_draft()
        use = self._get_uses()
        self.assertEqual((use.source, use.template_id, use.user_id), ("template", self.any_en, self.agent))
        self.assertFalse(use.sent_on)
        self._send(self.complaint.draft_body)
        self.assertTrue(use.sent_on)
        self.assertEqual(use.share_kept, 1.0)
        self.assertEqual(self.any_en.use_count, 1)
        self.assertEqual(self.complaint.draft_template_id, self.sole_en)  # the next answer begins anew

    def test_how_much_of_it_was_left(self):
        self.complaint._set_draft("<p>one two three four</p>", "model")
        self.complaint.draft_body = "<p>one two five four</p>"
        self.complaint.action_use_draft()
        self._send("<p>one two six</p>")
        self.assertEqual(self._get_uses().share_kept, 0.5)
        self.assertEqual(self._get_uses().source, "model")

    def test_an_answer_without_a_draft(self):
        self._send("<p>My own words</p>")
        self.assertEqual((self._get_uses().source, self._get_uses().share_kept), ("own", 0.0))
        self.complaint.with_context(leather_automatic_mail=True).message_post(
            body="automatic", subtype_xmlid="mail.mt_comment", partner_ids=self.buyer.ids
        )
        self.complaint.message_post(body="a note", subtype_xmlid="mail.mt_note")
        self.assertEqual(len(self._get_uses()), 1)

    # ------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------

    def test_customers_read_no_draft(self):
        self.complaint.draft_body = "<p>Between us: difficult customer.</p>"
        portal = self.complaint.with_user(self.portal)
        self.assertTrue(portal.has_access("read"))
        for name in portal._fields:
            if name.startswith("draft_") or name == "reply_document_ids":
                with self.subTest(field=name), self.assertRaises(AccessError):
                    portal.read([name])
        with self.assertRaises(AccessError):
            portal.action_use_draft()

    def test_who_may_use_a_draft(self):
        for user in (self.sales, self.planner):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.complaint.with_user(user).action_use_draft()
        self.complaint.sudo().team_id = self.team_2
        self.complaint.sudo().user_id = self.agent_2
        with self.assertRaises(AccessError):
            self.complaint.with_user(self.agent).action_use_draft()

    def test_the_record_of_uses_is_only_added_to(self):
        self.complaint.action_drop_draft()
        self.complaint.draft_template_id = self.any_en
        self.complaint.action_use_draft()
        use = self._get_uses()
        self.assertEqual(use.with_user(self.agent).source, "template")
        for user in (self.agent, self.manager):
            for values in ({"share_kept": 1.0}, {"sent_on": False}):
                with self.assertRaises(AccessError):
                    use.with_user(user).write(values)
            with self.assertRaises(AccessError):
                use.with_user(user).unlink()
        uses = self.env["leather.reply.use"]
        self.assertFalse(uses.with_user(self.agent_2).search([("id", "=", use.id)]))
        self.assertFalse(uses.with_user(self.manager_b).search([("id", "=", use.id)]))
        self.assertTrue(uses.with_user(self.manager).search([("id", "=", use.id)]))
