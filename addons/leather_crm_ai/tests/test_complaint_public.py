import json
from datetime import timedelta
from unittest.mock import patch

from lxml import html
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged

from ..models.leather_complaint_throttle import LIMITS, WINDOW
from .test_complaint_portal import HEADERS, ComplaintWebCase, make_photo


@tagged("post_install", "-at_install")
class TestComplaintPublicForm(ComplaintWebCase):
    """The form that needs no account."""

    def setUp(self):
        super().setUp()
        self.env["leather.complaint.throttle"].search([]).unlink()
        self.sender = {"name": "Amine B.", "email": "amine@chantier.example", "message": "Les semelles se décollent"}

    def _send(self, files=(), headers=None, url="/complaint", **values):
        data = {**self._get_form(url), **self.sender, **values}
        return self.url_open("/complaint", data=data, files=list(files) or None, headers=headers)

    def test_report(self):
        answer = self._send(
            [make_photo()],
            phone="0555 12 34 56",
            partner_company="Chantier SPA",
            order_or_lot=f"{self.order.name} / L-9",
        )
        complaint = self._last()
        self.assertTrue(answer.url.endswith("/complaint/thanks"))
        self.assertIn(complaint.name, answer.text)
        self.assertRecordValues(
            complaint,
            [
                {
                    "channel": "web",
                    "partner_name": "Amine B.",
                    "email_from": "amine@chantier.example",
                    "phone": "0555 12 34 56",
                    "partner_is_verified": False,
                    "partner_id": False,
                    "subject": "Les semelles se décollent",
                    "company_id": self.env.company.id,
                }
            ],
        )
        for said in ("Chantier SPA", "L-9", self.order.name):
            self.assertIn(said, complaint.text)
        message = complaint.message_ids.filtered("attachment_ids")
        self.assertEqual(message.attachment_ids.mimetype, "image/jpeg")
        self.assertFalse(message.author_id, "nobody knows who it was")
        self.assertIn("amine@chantier.example", message.email_from)

    def test_phone_is_enough(self):
        self._send([make_photo()], email="", phone="0555 12 34 56")
        complaint = self._last()
        self.assertEqual((complaint.phone, complaint.email_from), ("0555 12 34 56", False))
        self.assertTrue(complaint.message_ids.attachment_ids)

    def test_no_thanks_before_anything_was_sent(self):
        self.assertTrue(self.url_open("/complaint/thanks").url.endswith("/complaint"))

    def test_sender_is_only_a_claim(self):
        """Whoever writes a customer's address learns nothing, and is not taken for the customer."""
        known = self._send(email=self.user_karim.email, order_or_lot=self.order.name)
        complaint = self._last()
        self.assertEqual(complaint.partner_id, self.user_karim.partner_id, "guessed, as from a mail")
        self.assertFalse(complaint.partner_is_verified)
        self.assertEqual(complaint.partner_name, "Amine B.")
        unknown = self._send(email="nobody@nowhere.example", order_or_lot="S99999")
        strip = lambda answer: html.fromstring(answer.content).xpath("//main")[0].text_content()  # noqa: E731
        self.assertEqual(
            strip(known).replace(complaint.name, ""), strip(unknown).replace(self._last().name, ""), "the same answer"
        )
        self.assertNotIn(self.customer.name, known.text)
        # nor can they read on
        answer = self.url_open(f"/my/complaints/{complaint.id}", allow_redirects=False)
        self.assertEqual(answer.status_code, 303)

    def test_our_own_people_are_no_customers(self):
        self._send(email=self.env.ref("base.user_admin").email)
        self.assertFalse(self._last().partner_id)

    def test_what_is_missing(self):
        count = self._count()
        for values, said in (
            ({"message": ""}, "Tell us what is wrong"),
            ({"message": "\u200b"}, "Tell us what is wrong"),
            ({"message": "x" * 50_001}, "Please shorten it"),
            ({"name": " "}, "Tell us your name"),
            ({"email": ""}, "an e-mail address or a phone number"),
            ({"email": "not an address"}, "not an e-mail address"),
        ):
            with self.subTest(values=str(values)[:40]):
                answer = self._send(**values, partner_company="Kept <company>")
                self.assertEqual(answer.status_code, 422)
                page = html.fromstring(answer.content)
                self.assertIn(said, page.text_content())
                self.assertEqual(page.xpath("//input[@name='partner_company']/@value"), ["Kept <company>"])
        self.assertEqual(self._count(), count)

    def test_texts(self):
        for message in ("🤬🤬", "x" * 50_000, "<script>alert(1)</script>", "=cmd|'/c calc'!A1", "a\x00b"):
            with self.subTest(message=message[:20]):
                self.env["leather.complaint.throttle"].search([]).unlink()
                self.assertEqual(self._send(message=message).status_code, 200)
                self.assertNotIn("<script", self._last().description)

    def test_injection_in_every_field(self):
        evil = "\"><script>alert(1)</script>'"
        fields_sent = dict.fromkeys(("name", "email", "phone", "partner_company", "order_or_lot", "company"), evil)
        answer = self._send(**fields_sent)
        self.assertEqual(answer.status_code, 422)
        scripts = html.fromstring(answer.content).xpath("//script")
        self.assertFalse([one for one in scripts if "alert(1)" in (one.text or "")])
        answer = self.url_open("/complaint", params={"order": evil, "name": evil, "message": evil})
        scripts = html.fromstring(answer.content).xpath("//script")
        self.assertFalse([one for one in scripts if "alert(1)" in (one.text or "")])

    def test_line_breaks_stay_out_of_headers(self):
        self._send(name="Amine\nBcc: all@world.example", email="amine@chantier.example")
        self.assertEqual(self._last().partner_name, "Amine Bcc: all@world.example")
        self.assertEqual(self._send(email="a@b.example\nBcc: c@d.example").status_code, 422)

    def test_photos_are_checked(self):
        count = self._count()
        for files, said in (
            ([("photos", ("shoe.jpg", b"<svg onload=alert(1)>", "image/jpeg"))], "is not a photo"),
            ([make_photo(f"{index}.jpg") for index in range(30)], "at most 10 photos"),
        ):
            answer = self._send(files)
            self.assertEqual(answer.status_code, 422)
            self.assertIn(said, answer.text)
        self.assertEqual(self._count(), count)
        self.assertFalse(self.env["leather.complaint.throttle"].search([]), "what was refused does not count")

    def test_upload_under_another_name(self):
        """A file in place of a text is no text."""
        photo = make_photo()[1]
        answer = self._send([("message", photo), ("company", photo)], message=None, company=None)
        self.assertEqual(answer.status_code, 422)

    def test_honeypot(self):
        count = self._count()
        answer = self._send(website_address="http://spam.example")
        self.assertEqual(answer.status_code, 422)
        self.assertEqual(self._count(), count)
        # a person whose browser filled it has lost nothing and gets through the second time
        form = html.fromstring(answer.content).xpath("//form[contains(@class, 'o_leather_complaint_form')]")[0]
        sent = {name: form.fields[name] or "" for name in form.fields if name and name != "photos"}
        self.assertEqual((sent["message"], sent["website_address"]), (self.sender["message"], ""))
        self.assertTrue(self.url_open("/complaint", data=sent).url.endswith("/complaint/thanks"))
        self.assertEqual(self._count(), count + 1)

    def test_limit_per_address(self):
        for _message in range(LIMITS["email"]):
            self.assertEqual(self._send().status_code, 200)
        count = self._count()
        answer = self._send(email="Amine@Chantier.example ")
        self.assertEqual(answer.status_code, 429)
        self.assertIn("try again later", answer.text)
        self.assertIn(self.sender["message"], answer.text)
        self.assertEqual(self._count(), count)
        self.assertEqual(self._send(email="other@chantier.example").status_code, 200)

    def test_limit_per_ip(self):
        self.env["ir.config_parameter"].set_param("leather_crm_ai.complaint_form_per_ip", "2")
        for index in range(2):
            self.assertEqual(self._send(email=f"{index}@chantier.example").status_code, 200)
        answer = self._send(email="third@chantier.example", headers=HEADERS)
        self.assertEqual((answer.status_code, list(answer.json()["errors"])), (429, ["form"]))

    def test_captcha_hook(self):
        count = self._count()

        def refuse(_self, action):
            self.assertEqual(action, "leather_complaint")
            raise UserError(self.env._("Suspicious activity"))

        with patch.object(self.registry["ir.http"], "_verify_request_recaptcha_token", refuse):
            answer = self._send()
            self.assertEqual(answer.status_code, 422)
            self.assertIn("Suspicious activity", answer.text)
            self.assertIn(self.sender["message"], answer.text)
        self.assertEqual(self._count(), count)

    def test_needs_csrf(self):
        self.assertEqual(self.url_open("/complaint", data={**self.sender, "csrf_token": "x"}).status_code, 400)

    def test_sent_twice_is_one_complaint(self):
        data = {**self._get_form("/complaint"), **self.sender}
        count = self._count()
        for _time in range(3):
            self.assertTrue(self.url_open("/complaint", data=data).url.endswith("/complaint/thanks"))
        self.assertEqual(self._count(), count + 1)

    def test_other_company(self):
        self.env["leather.complaint.team"].create({"name": "After-sales B", "company_id": self.company_b.id})
        page = self._get_page(f"/complaint?company={self.company_b.id}")
        self.assertIn("Factory B", html.tostring(page, encoding="unicode"))
        self._send(url=f"/complaint?company={self.company_b.id}")
        self.assertEqual(self._last().company_id, self.company_b)
        self.assertFalse(self._last().team_id.company_id - self.company_b)
        for nonsense in ("999999", "x", "-1", ""):
            self.assertEqual(self.url_open(f"/complaint?company={nonsense}").status_code, 200)

    def test_company_of_thousands_of_digits(self):
        """Python turns no text of more than 4,300 digits into a number."""
        self.assertEqual(self.url_open(f"/complaint?company={'9' * 5000}").status_code, 200)

    def test_logged_in_visitor_finds_his_name(self):
        self.authenticate("ltr_karim", "ltr_karim")
        form = self._get_form("/complaint")
        self.assertEqual((form["name"], form["email"]), (self.user_karim.name, self.user_karim.email))

    def test_right_to_left(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.assertEqual(self._get_page("/ar/complaint").get("dir"), "rtl")
        self.url_open("/ar/complaint", data={**self._get_form("/ar/complaint"), **self.sender})
        self.assertEqual(self._get_page("/ar/complaint/thanks").get("dir"), "rtl")
        self.assertEqual(self._get_page("/en/complaint").get("dir"), "ltr")

    # ------------------------------------------------------------
    # Other programs
    # ------------------------------------------------------------

    def _call(self, method, key, **params):
        return self.url_open(
            f"/json/2/leather.complaint/{method}",
            data=json.dumps(params),
            headers={"Authorization": f"bearer {key}", "Content-Type": "application/json"},
        )

    def _make_key(self, user):
        expires = fields.Datetime.now() + timedelta(days=1)
        return self.env["res.users.apikeys"].with_user(user)._generate("rpc", "test", expires)

    def test_chat_hands_over(self):
        agent = self.env["res.users"].create(
            {
                "name": "Bot",
                "login": "ltr_bot",
                "group_ids": [(6, 0, [self.env.ref("leather_crm_ai.group_complaint_user").id])],
            }
        )
        vals = {"subject": "From the chat", "text": "The sole <comes> off", "channel": "chat", "order": self.order.name}
        answer = self._call("file_complaint", self._make_key(agent), vals=vals)
        self.assertEqual(answer.status_code, 200, answer.text)
        complaint = self._last()
        self.assertEqual(answer.json()["reference"], complaint.name)
        self.assertEqual((complaint.channel, complaint.subject), ("chat", "From the chat"))
        self.assertIn("The sole <comes> off", complaint.text)
        self.assertTrue(answer.json()["url"].endswith(complaint.access_url))
        for method in ("_create_from_portal", "_create_from_public_form", "_post_photos", "_portal_promises"):
            self.assertEqual(self._call(method, self._make_key(agent)).status_code, 403, method)

    def test_chat_without_the_right(self):
        count = self._count()
        self.assertIn(self._call("file_complaint", "wrong", vals={"text": "x"}).status_code, (401, 403))
        answer = self._call("file_complaint", self._make_key(self.user_outsider), vals={"text": "x"})
        self.assertEqual(answer.status_code, 403)
        # customers file for themselves, nobody else
        karim = self._make_key(self.user_karim)
        answer = self._call("file_complaint", karim, vals={"text": "x", "partner_id": self.user_other.partner_id.id})
        self.assertEqual(answer.status_code, 422)
        self.assertEqual(self._count(), count)
        self.assertEqual(self._call("file_complaint", karim, vals={"text": "Torn"}).status_code, 200)
        self.assertEqual(self._last().partner_id, self.user_karim.partner_id)


@tagged("post_install", "-at_install")
class TestComplaintThrottle(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.throttle = cls.env["leather.complaint.throttle"]
        cls.throttle.search([]).unlink()

    def test_window_slides(self):
        for _message in range(LIMITS["email"]):
            self.assertTrue(self.throttle._is_allowed(ip="10.0.0.1", email="a@b.example"))
            self.throttle._remember(ip="10.0.0.1", email="a@b.example")
        self.assertFalse(self.throttle._is_allowed(ip="10.0.0.2", email="a@b.example"))
        self.assertTrue(self.throttle._is_allowed(ip="10.0.0.1", email="c@b.example"))
        self.throttle.search([]).sent_on = fields.Datetime.now() - WINDOW - timedelta(seconds=1)
        self.assertTrue(self.throttle._is_allowed(ip="10.0.0.1", email="a@b.example"))

    def test_keeps_no_addresses(self):
        self.throttle._remember(ip="10.0.0.1", email="a@b.example")
        keys = self.throttle.search([]).mapped("key")
        self.assertEqual([len(key) for key in keys], [64, 64])
        self.assertNotIn("a@b", str(keys))

    def test_blank_sender_has_no_limit_of_its_own(self):
        self.assertEqual(len(self.throttle._remember(ip="10.0.0.1", email="")), 1)
        self.assertTrue(self.throttle._is_allowed(ip="", email=""))

    def test_network_counts_as_one(self):
        key = self.throttle._key
        self.assertEqual(key("ip", "2001:db8::1"), key("ip", "2001:db8::ffff:2"))
        self.assertNotEqual(key("ip", "2001:db8::1"), key("ip", "2001:db8:0:1::1"))
        self.assertNotEqual(key("ip", "10.0.0.1"), key("ip", "10.0.0.2"))
        self.assertEqual(len(key("ip", "unknown")), 64)

    def test_autovacuum(self):
        old, new = self.throttle._remember(ip="10.0.0.1"), self.throttle._remember(ip="10.0.0.1")
        old.sent_on = fields.Datetime.now() - 2 * WINDOW
        self.throttle._gc_old()
        self.assertEqual(self.throttle.search([]), new)

    def test_limit_is_a_setting(self):
        parameters = self.env["ir.config_parameter"]
        for value, limit in (("7", 7), ("0", 0), ("", LIMITS["ip"]), ("many", LIMITS["ip"]), ("-1", LIMITS["ip"])):
            parameters.set_param("leather_crm_ai.complaint_form_per_ip", value)
            self.assertEqual(self.throttle._limit("ip"), limit)

    def test_nobody_reads_it(self):
        for xmlid in ("base.public_user", "base.user_demo"):
            user = self.env.ref(xmlid, raise_if_not_found=False)
            if user:
                with self.assertRaises(AccessError):
                    self.throttle.with_user(user).search([])
