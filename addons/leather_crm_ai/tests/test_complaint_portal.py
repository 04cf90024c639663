import io
import json
import re
from datetime import timedelta

from lxml import html
from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from PIL import Image

from ..controllers import complaint_photos
from ..models.leather_complaint_portal import PORTAL_FIELDS, PORTAL_MIXINS
from .common import LeatherCase

HEADERS = {"X-Requested-With": "XMLHttpRequest"}


def make_photo(name="shoe.jpg", size=(64, 48), picture_format="JPEG", **options):
    """A picture as the browser uploads it."""
    stream = io.BytesIO()
    Image.new("RGB", size, "brown").save(stream, format=picture_format, **options)
    return ("photos", (name, stream.getvalue(), "image/jpeg"))


class ComplaintWebCase(LeatherCase, HttpCase):
    """Two customers with orders; the first has two contacts who can log in, the second one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.factory = cls.env.company
        cls.customer, cls.stranger = cls.env["res.partner"].create(
            [{"name": "Sonatrans", "is_company": True}, {"name": "Enap BTP", "is_company": True}]
        )
        cls.user_karim = cls._make_portal_user("karim", cls.customer)
        cls.user_lila = cls._make_portal_user("lila", cls.customer)
        cls.user_other = cls._make_portal_user("omar", cls.stranger)
        cls.boot, cls.sandal = cls.env["product.product"].create(
            [{"name": name, "type": "consu"} for name in ("TUF HAUT safety boot", "SPORT LÉGER")]
        )
        cls.order = cls._make_order(cls.user_karim.partner_id, cls.boot | cls.sandal)
        cls.order_other = cls._make_order(cls.user_other.partner_id, cls.boot)

    @classmethod
    def _make_portal_user(cls, login, parent, **values):
        user = new_test_user(cls.env, f"ltr_{login}", "base.group_portal", password=f"ltr_{login}", **values)
        user.partner_id.write({"parent_id": parent.id, "email": f"{login}@customer.example"})
        return user

    @classmethod
    def _make_order(cls, partner, products):
        order = cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "order_line": [
                    Command.create({"product_id": product.id, "product_uom_qty": 12}) for product in products
                ],
            }
        )
        order.action_confirm()
        return order

    @classmethod
    def _make_complaint(cls, partner, **values):
        return cls.env["leather.complaint"].create(
            {
                "subject": "Sole comes off",
                "description": "<p>The sole comes off after a week.</p>",
                "channel": "portal",
                "partner_id": partner.id,
                "partner_is_verified": True,
                **values,
            }
        )

    @classmethod
    def _get_stage(cls, **flags):
        domain = [("team_ids", "=", False), *((name, "=", value) for name, value in flags.items())]
        return cls.env["leather.complaint.stage"].search(domain, limit=1)

    def _get_page(self, url):
        answer = self.url_open(url)
        self.assertEqual(answer.status_code, 200, f"{url}: {html.fromstring(answer.content).text_content()[-1500:]}")
        return html.fromstring(answer.content)

    def _get_form(self, url):
        """The hidden and preset fields of the form at an address."""
        page = self._get_page(url)
        form = page.xpath("//form[contains(@class, 'o_leather_complaint_form')]")[0]
        return {name: form.fields[name] or "" for name in form.fields if name and name != "photos"}

    def _count(self):
        return self.env["leather.complaint"].with_context(active_test=False).search_count([])

    def _last(self):
        return self.env["leather.complaint"].search([], order="id desc", limit=1)


@tagged("post_install", "-at_install")
class TestComplaintPortalPages(ComplaintWebCase):
    """Who sees which complaint, and what of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.complaint = cls._make_complaint(
            cls.user_karim.partner_id,
            sale_order_id=cls.order.id,
            product_id=cls.boot.id,
            pairs=7,
            size="43",
        )
        cls.theirs = cls._make_complaint(cls.user_other.partner_id, subject="Their secret trouble")

    def test_own_complaint(self):
        self.authenticate("ltr_karim", "ltr_karim")
        text = self._get_page(f"/my/complaints/{self.complaint.id}").text_content()
        for shown in (self.complaint.name, "Sole comes off", self.order.name, "TUF HAUT", "43", "after a week"):
            self.assertIn(shown, text)

    def test_colleague_sees_it_too(self):
        self.authenticate("ltr_lila", "ltr_lila")
        self.assertIn(self.complaint.name, self._get_page("/my/complaints").text_content())
        self.assertIn("Sole comes off", self._get_page(f"/my/complaints/{self.complaint.id}").text_content())

    def test_others_are_refused(self):
        self.authenticate("ltr_karim", "ltr_karim")
        answer = self.url_open(f"/my/complaints/{self.theirs.id}", allow_redirects=False)
        self.assertEqual((answer.status_code, answer.headers["Location"].rsplit("/", 1)[-1]), (303, "my"))
        listed = self._get_page("/my/complaints").text_content()
        self.assertNotIn(self.theirs.name, listed)
        self.assertNotIn("secret trouble", listed)
        found = self._get_page("/my/complaints?search=secret&search_in=all").text_content()
        self.assertIn("Nothing matches", found)

    def test_missing_is_refused_alike(self):
        self.authenticate("ltr_karim", "ltr_karim")
        answer = self.url_open("/my/complaints/99999999", allow_redirects=False)
        self.assertEqual((answer.status_code, answer.headers["Location"].rsplit("/", 1)[-1]), (303, "my"))

    def test_visitor_needs_the_token(self):
        url = f"/my/complaints/{self.complaint.id}"
        refused = self.url_open(url, allow_redirects=False)
        self.assertEqual(refused.status_code, 303)
        token = self.complaint._portal_ensure_token()
        self.assertIn("Sole comes off", self._get_page(f"{url}?access_token={token}").text_content())

    def test_token_of_another_record(self):
        for token in (self.theirs._portal_ensure_token(), "", "x", "None", "False"):
            with self.subTest(token=token):
                self.theirs._portal_ensure_token()
                url = f"/my/complaints/{self.complaint.id}?access_token={token}"
                self.assertEqual(self.url_open(url, allow_redirects=False).status_code, 303)

    def test_nothing_internal(self):
        """Neither on the page nor when asked for by field."""
        self.complaint.write(
            {
                "why_1": "glue of the wrong batch",
                "root_cause": "cheap glue",
                "cost_credit": 987654,
                "severity_reasons": [["secret_reason", "x"]],
                "user_id": self.env.ref("base.user_admin").id,
            }
        )
        self.env["ir.attachment"].create(
            {
                "name": "internal_report.txt",
                "raw": b"blame",
                "res_model": "leather.complaint",
                "res_id": self.complaint.id,
            }
        )
        self.authenticate("ltr_karim", "ltr_karim")
        source = self.url_open(f"/my/complaints/{self.complaint.id}").text
        for hidden in ("wrong batch", "cheap glue", "987", "secret_reason", "internal_report", "S2"):
            self.assertNotIn(hidden, source)
        mine = self.complaint.with_user(self.user_karim)
        for name in ("why_1", "root_cause", "cause_id", "cost_total", "severity_reasons", "severity_words"):
            with self.subTest(field=name), self.assertRaises(AccessError):
                mine.read([name])

    def test_fields_for_customers(self):
        """Whatever is added to complaints is for staff, unless somebody decides that customers may read it."""
        own = set(self.complaint.with_user(self.user_karim).fields_get())
        for mixin in (*PORTAL_MIXINS, "base"):
            own -= set(self.env[mixin]._fields)
        self.assertEqual(own, PORTAL_FIELDS)
        mine = self.env["leather.complaint"].with_user(self.user_karim)
        self.assertIn(self.complaint, mine.search([]))
        self.assertNotIn(self.theirs, mine.search([]))
        for domain in ([("severity", "=", "2")], [("category_id.code", "=", "Q1")], [("user_id", "!=", False)]):
            with self.subTest(domain=domain), self.assertRaises(AccessError):
                mine.search(domain)
        with self.assertRaises(AccessError):
            mine.search([], order="severity")

    def test_customers_cannot_write(self):
        mine = self.complaint.with_user(self.user_karim)
        self.assertEqual(mine.read(["subject"])[0]["subject"], "Sole comes off")
        with self.assertRaises(AccessError):
            mine.write({"severity": "4"})
        with self.assertRaises(AccessError):
            mine.unlink()
        with self.assertRaises(AccessError):
            self.env["leather.complaint"].with_user(self.user_karim).create({"subject": "Past the form"})

    def test_home_counts(self):
        self.authenticate("ltr_karim", "ltr_karim")
        page = self._get_page("/my")
        self.assertTrue(page.xpath("//a[@href='/my/complaints']"))
        body = json.dumps({"params": {"counters": ["complaint_count"]}})
        answer = self.url_open("/my/counters", data=body, headers={"Content-Type": "application/json"})
        self.assertEqual(answer.json()["result"]["complaint_count"], 1)

    def test_list_filters_sorts_and_pages(self):
        closed = self._make_complaint(self.user_karim.partner_id, subject="Long settled")
        closed.stage_id = self._get_stage(is_closed=True)
        self.authenticate("ltr_karim", "ltr_karim")
        for filterby, shown, hidden in (("open", self.complaint, closed), ("closed", closed, self.complaint)):
            text = self._get_page(f"/my/complaints?filterby={filterby}").text_content()
            self.assertIn(shown.name, text)
            self.assertNotIn(hidden.name, text)
        names = re.findall(r"R/\d{4}/\d+", self._get_page("/my/complaints?sortby=name").text_content())
        self.assertEqual(names, sorted(names, reverse=True))
        for search, found in (
            (self.order.name, True),
            ("comes off", True),
            (self.complaint.name, True),
            ("%zz", False),
        ):
            text = self._get_page(f"/my/complaints?search={search.replace('%', '%25')}").text_content()
            self.assertEqual(self.complaint.name in text, found, search)
        for nonsense in ("sortby=drop", "filterby='", "search_in=partner_id.user_ids", "page=zz"):
            self.assertIn(self.complaint.name, self._get_page(f"/my/complaints?{nonsense}").text_content())

    def test_injection_is_shown_as_text(self):
        evil = "<script>alert(1)</script><img src=x onerror=alert(2)>"
        complaint = self._make_complaint(
            self.user_karim.partner_id, subject=evil, description=f"<p>{evil}</p>", size=evil
        )
        self.authenticate("ltr_karim", "ltr_karim")
        for url in ("/my/complaints", f"/my/complaints/{complaint.id}", f"/my/complaints?search={evil}"):
            page = self._get_page(url)
            self.assertFalse([one for one in page.xpath("//script") if "alert(1)" in (one.text or "")], url)
            self.assertFalse(page.xpath("//img[@onerror]"), url)

    def test_steps_and_promises(self):
        self.assertEqual(self.complaint._portal_steps()[0][1], "current")
        kinds = dict(self.complaint._portal_promises())
        self.assertIn("answer_due", kinds)
        self.assertIn("settle_due", kinds)
        self.complaint.first_answer_deadline = fields.Datetime.now().replace(year=2020)
        self.assertIn("answer_late", dict(self.complaint._portal_promises()))
        self.complaint.stage_id = self._get_stage(is_waiting=True)
        self.assertIn("waiting", dict(self.complaint._portal_promises()))
        self.assertEqual(dict(self.complaint._portal_steps())["Waiting for you"], "current")
        self.complaint.stage_id = self._get_stage(is_closed=True)
        self.assertIn("settled", dict(self.complaint._portal_promises()))
        self.assertEqual({state for _name, state in self.complaint._portal_steps()}, {"done"})

    def test_promise_is_said_in_words(self):
        self.complaint.first_answer_deadline = "2031-03-04 09:30:00"
        self.env["res.lang"]._activate_lang("fr_FR")
        said = dict(self.complaint.with_context(lang="fr_FR")._portal_promises())["answer_due"]
        self.assertIn("2031", said)
        self.assertRegex(said, r"^[^\W\d]+ 4 [^\W\d]+ 2031, \d\d:30$")

    def test_right_to_left(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.user_karim.lang = "ar_001"
        self.authenticate("ltr_karim", "ltr_karim")
        for url in ("/my/complaints", f"/my/complaints/{self.complaint.id}", "/my/complaints/new"):
            page = self._get_page(url)
            self.assertEqual(page.get("dir"), "rtl", url)
            self.assertEqual(page.get("lang"), "ar-001", url)
            self.assertTrue(page.xpath("//div[contains(@class, 'o_leather_complaint') and @dir='rtl']"), url)
        self.user_karim.lang = "en_US"
        self.authenticate("ltr_karim", "ltr_karim")
        self.opener.cookies.set("frontend_lang", "en_US")
        self.assertEqual(self._get_page("/my/complaints").get("dir"), "ltr")

    def test_merged_complaint_leads_on(self):
        old = self._make_complaint(self.user_karim.partner_id)
        old.write({"duplicate_of_id": self.complaint.id, "active": False})
        self.authenticate("ltr_karim", "ltr_karim")
        answer = self.url_open(f"/my/complaints/{old.id}", allow_redirects=False)
        self.assertIn(f"/my/complaints/{self.complaint.id}?", answer.headers["Location"])
        # never on to another customer's
        old.duplicate_of_id = self.theirs
        self.assertEqual(self.url_open(f"/my/complaints/{old.id}", allow_redirects=False).status_code, 200)

    # ------------------------------------------------------------
    # Answering and rating
    # ------------------------------------------------------------

    def _post_message(self, complaint, body, **params):
        post = {"body": body, "message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        params = {"thread_model": "leather.complaint", "thread_id": complaint.id, "post_data": post, **params}
        return self.url_open(
            "/mail/message/post",
            data=json.dumps({"params": params}),
            headers={"Content-Type": "application/json"},
        ).json()

    def test_customer_answers(self):
        self.complaint.stage_id = self._get_stage(is_waiting=True)
        self.authenticate("ltr_karim", "ltr_karim")
        answer = self._post_message(self.complaint, "Here is what you asked for")
        self.assertNotIn("error", answer)
        message = self.complaint.message_ids.filtered(lambda one: "what you asked for" in one.body)
        self.assertEqual(message.author_id, self.user_karim.partner_id)
        self.assertFalse(message.is_internal)
        self.assertFalse(self.complaint.waiting_since, "the wait ends with the answer")

    def test_stranger_cannot_answer(self):
        self.authenticate("ltr_omar", "ltr_omar")
        answer = self._post_message(self.complaint, "Let me in")
        self.assertIn("error", answer)
        self.assertNotIn("Let me in", str(self.complaint.message_ids.mapped("body")))
        self.assertIn(
            "error", self._post_message(self.complaint, "Let me in", token=self.theirs._portal_ensure_token())
        )

    def test_internal_notes_stay_inside(self):
        self.complaint.message_post(body="He always complains", subtype_xmlid="mail.mt_note")
        self.complaint.message_post(body="We look at it", subtype_xmlid="mail.mt_comment", message_type="comment")
        self.authenticate("ltr_karim", "ltr_karim")
        body = {"params": {"thread_model": "leather.complaint", "thread_id": self.complaint.id}}
        answer = self.url_open(
            "/mail/chatter_fetch", data=json.dumps(body), headers={"Content-Type": "application/json"}
        ).text
        self.assertIn("We look at it", answer)
        self.assertNotIn("He always complains", answer)

    def test_rating(self):
        url = f"/my/complaints/{self.complaint.id}"
        self.authenticate("ltr_karim", "ltr_karim")
        self.assertNotIn("o_leather_rating", self.url_open(url).text)
        self.assertIn("/my/complaints", self.url_open(f"{url}/rate/5", allow_redirects=False).headers["Location"])
        self.complaint.stage_id = self._get_stage(is_closed=True, is_cancelled=False)
        self.assertIn("o_leather_rating", self.url_open(url).text)
        location = self.url_open(f"{url}/rate/5", allow_redirects=False).headers["Location"]
        self.assertRegex(location, r"/rate/[^/]+/5$")
        page = self.url_open(location)
        token = re.search(r'name="csrf_token"\s+value="([^"]+)"', page.text)[1]
        submit = location.rsplit("/", 1)[0] + "/submit_feedback"
        self.url_open(submit, data={"rate": 5, "feedback": "Quick", "csrf_token": token})
        rating = self.complaint.rating_ids
        self.assertEqual((rating.rating, rating.feedback, rating.consumed), (5, "Quick", True))
        self.assertEqual(rating.partner_id, self.user_karim.partner_id)
        self.assertNotIn("o_leather_rating", self.url_open(url).text)

    def test_rating_again(self):
        """What was taken up again and settled anew may be rated anew."""
        closed = self._get_stage(is_closed=True, is_cancelled=False)
        self.complaint.stage_id = closed
        self.complaint.rating_apply(1, token=self.complaint._rating_get_access_token(), feedback="Bad")
        self.assertFalse(self.complaint._portal_can_rate())
        first = self.complaint.rating_ids
        first.rated_on = self.complaint.resolved_on - timedelta(hours=1)
        self.complaint.action_reopen()
        self.assertFalse(self.complaint._portal_can_rate())
        self.complaint.stage_id = closed
        url = f"/my/complaints/{self.complaint.id}"
        self.authenticate("ltr_karim", "ltr_karim")
        self.assertIn("o_leather_rating", self.url_open(url).text)
        location = self.url_open(f"{url}/rate/5", allow_redirects=False).headers["Location"]
        self.assertRegex(location, r"/rate/[^/]+/5$")
        self.assertNotIn(first.access_token, location)

    def test_rating_by_strangers(self):
        self.complaint.stage_id = self._get_stage(is_closed=True, is_cancelled=False)
        url = f"/my/complaints/{self.complaint.id}/rate/1"
        self.authenticate("ltr_omar", "ltr_omar")
        self.assertTrue(self.url_open(url, allow_redirects=False).headers["Location"].endswith("/my"))
        token = self.complaint._portal_ensure_token()
        self.authenticate(None, None)
        self.assertTrue(self.url_open(url, allow_redirects=False).headers["Location"].endswith("/my"))
        location = self.url_open(f"{url}?access_token={token}", allow_redirects=False).headers["Location"]
        self.assertRegex(location, r"/rate/[^/]+/1$")


@tagged("post_install", "-at_install")
class TestComplaintPortalForm(ComplaintWebCase):
    """Reporting a problem when logged in."""

    def setUp(self):
        super().setUp()
        self.authenticate("ltr_karim", "ltr_karim")

    def _send(self, files=(), headers=None, url="/my/complaints/new", **values):
        data = {**self._get_form(url), **values}
        return self.url_open("/my/complaints/new", data=data, files=list(files) or None, headers=headers)

    def test_order_page_has_the_button(self):
        url = f"/my/complaints/new?order_id={self.order.id}"
        page = self._get_page(f"/my/orders/{self.order.id}")
        self.assertTrue(page.xpath(f"//a[@href='{url}']"))
        form = self._get_form(url)
        self.assertEqual(form["concerns"], f"order-{self.order.id}")

    def test_order_page_by_link_only(self):
        """Who only has the order's link is sent to the public form."""
        token = self.order._portal_ensure_token()
        self.authenticate(None, None)
        page = self._get_page(f"/my/orders/{self.order.id}?access_token={token}")
        (link,) = page.xpath("//a[contains(@class, 'o_leather_report')]/@href")
        self.assertTrue(link.startswith("/complaint?"))
        self.assertNotIn(token, link)
        self.assertEqual(self._get_form(link)["order_or_lot"], self.order.name)

    def test_report_with_photos(self):
        line = self.order.order_line[0]
        answer = self._send(
            [
                make_photo(),
                make_photo("label.png", picture_format="PNG"),
                make_photo("side.PNG.jpeg"),
            ],
            url=f"/my/complaints/new?order_id={self.order.id}",
            concerns=f"line-{line.id}",
            pairs="12",
            size="42",
            lot="L-77",
            message="La semelle se décolle\nsur 12 paires",
        )
        complaint = self._last()
        self.assertIn(f"/my/complaints/{complaint.id}", answer.url)
        self.assertIn(complaint.name, answer.text)
        self.assertRecordValues(
            complaint,
            [
                {
                    "channel": "portal",
                    "partner_id": self.user_karim.partner_id.id,
                    "partner_is_verified": True,
                    "sale_order_id": self.order.id,
                    "sale_line_id": line.id,
                    "product_id": self.boot.id,
                    "pairs": 12,
                    "size": "42",
                    "company_id": self.order.company_id.id,
                    "subject": "La semelle se décolle sur 12 paires",
                    "email_from": "karim@customer.example",
                }
            ],
        )
        self.assertIn("sur 12 paires", complaint.text)
        self.assertIn("L-77", complaint.text)
        photos = complaint.message_ids.attachment_ids
        self.assertEqual(set(photos.mapped("name")), {"shoe.jpg", "label.jpg", "side_PNG.jpg"})
        self.assertEqual(set(photos.mapped("mimetype")), {"image/jpeg"})
        message = complaint.message_ids.filtered("attachment_ids")
        self.assertEqual((message.author_id, message.is_internal), (self.user_karim.partner_id, False))

    def test_lot_delivered_for_the_order(self):
        lot, foreign = self.env["stock.lot"].create(
            [{"name": name, "product_id": self.boot.id} for name in ("L-2026-01", "L-2026-02")]
        )
        self.boot.tracking = "lot"
        self.env["stock.move.line"].create(
            {"picking_id": self.order.picking_ids[:1].id, "product_id": self.boot.id, "lot_id": lot.id, "quantity": 1}
        )
        for written, found in (("l-2026-01", lot), (foreign.name, self.env["stock.lot"]), ("", self.env["stock.lot"])):
            with self.subTest(lot=written):
                self._send(concerns=f"order-{self.order.id}", message="Torn", lot=written)
                self.assertEqual(self._last().lot_id, found)

    def test_without_an_order(self):
        self._send(message="Nobody answers the phone")
        complaint = self._last()
        self.assertFalse(complaint.sale_order_id)
        self.assertEqual(complaint.partner_id, self.user_karim.partner_id)

    def test_customer_without_orders_can_report(self):
        self._make_portal_user("new", self.env["res.partner"].create({"name": "Newcomer"}))
        self.authenticate("ltr_new", "ltr_new")
        self.assertNotIn("concerns", self._get_form("/my/complaints/new"))
        self._send(message="Where is my quotation?")
        self.assertEqual(self._last().partner_id.name, "ltr_new (base.group_portal)")

    def test_order_of_another_customer(self):
        url = f"/my/complaints/new?order_id={self.order_other.id}"
        self.assertEqual(self.url_open(url, allow_redirects=False).status_code, 303)
        count = self._count()
        foreign = (f"order-{self.order_other.id}", f"line-{self.order_other.order_line.id}")
        for concerns in (
            *foreign,
            "order-99999999",
            "line-99999999",
            "line-0",
            "order-",
            "x",
            "order-1; --",
            "partner-1",
        ):
            with self.subTest(concerns=concerns):
                answer = self._send(concerns=concerns, message="Not mine")
                self.assertEqual(answer.status_code, 422)
                self.assertIn("Choose one of your orders", answer.text)
                self.assertNotIn(self.order_other.name, answer.text)
        self.assertEqual(self._count(), count)
        # nor by the hidden field of the form
        answer = self._send(message="Not mine", order_id=str(self.order_other.id))
        self.assertEqual(self._count(), count)
        self.assertTrue(answer.url.endswith("/my"))

    def test_orders_of_thousands_of_digits(self):
        """Python turns no text of more than 4,300 digits into a number."""
        url = f"/my/complaints/new?order_id={'9' * 5000}"
        self.assertEqual(self.url_open(url, allow_redirects=False).status_code, 303)
        for concerns in (f"order-{'9' * 5000}", f"line-{'9' * 5000}"):
            self.assertEqual(self._send(concerns=concerns, message="Not mine").status_code, 422)

    def test_quotation_is_no_order(self):
        draft = self.env["sale.order"].create({"partner_id": self.user_karim.partner_id.id})
        self.assertEqual(self._send(concerns=f"order-{draft.id}", message="x").status_code, 422)

    def test_errors_bring_the_form_back(self):
        answer = self._send(
            [make_photo()], message=" \n ", pairs="many", size="4<2", lot="L1", concerns=f"order-{self.order.id}"
        )
        self.assertEqual(answer.status_code, 422)
        page = html.fromstring(answer.content)
        self.assertIn("Tell us what is wrong", page.text_content())
        self.assertIn("in figures", page.text_content())
        form = page.xpath("//form[contains(@class, 'o_leather_complaint_form')]")[0].fields
        self.assertEqual(
            (form["pairs"], form["size"], form["lot"], form["concerns"]),
            ("many", "4<2", "L1", f"order-{self.order.id}"),
        )

    def test_pairs(self):
        for written, pairs in (("3", 3), ("١٢", 12), ("", 0), (" 8 ", 8)):
            with self.subTest(pairs=written):
                self._send(message="Torn", pairs=written)
                self.assertEqual(self._last().pairs, pairs)
        for written in ("0", "-3", "1.5", "9999999", "²", "1e3"):
            with self.subTest(pairs=written):
                self.assertEqual(self._send(message="Torn", pairs=written).status_code, 422)

    def test_texts(self):
        count = self._count()
        for blank in ("", "   ", "\u200b\u200f", "\n\t\r\n"):
            with self.subTest(blank=blank):
                self.assertEqual(self._send(message=blank).status_code, 422)
        self.assertEqual(self._count(), count)
        for message in ("🤬🤬🤬", "ب", "<b>bold</b> & <script>alert(1)</script>", "a\x00b\x08c"):
            with self.subTest(message=message):
                self.assertEqual(self._send(message=message).status_code, 200)
                self.assertEqual(self._last().text.split("\n")[-1], message.replace("\x00", "").replace("\x08", ""))
                self.assertNotIn("<script", self._last().description)

    def test_long_text(self):
        longest = ("La semelle. " * 5000)[:49_999] + "!"
        self.assertEqual(self._send(message=longest).status_code, 200)
        complaint = self._last()
        self.assertIn(longest[-500:], complaint.description)
        self.assertLessEqual(len(complaint.subject), 83)
        count = self._count()
        answer = self._send(message=longest + "?")
        self.assertEqual(answer.status_code, 422)
        self.assertIn("50001", re.sub(r"\D", "", answer.text))
        self.assertIn(longest + "?", html.fromstring(answer.content).xpath("//textarea")[0].text)
        self.assertEqual(self._count(), count)
        # browsers send line ends as two characters: they count as one
        self.assertEqual(self._send(message="x\r\n" * 24_000).status_code, 200)

    def test_files_that_are_no_photos(self):
        svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
        real = make_photo()[1][1]
        count = self._count()
        for name, content in (
            ("shoe.jpg", b"MZ\x90\x00 not a picture"),
            ("shoe.svg", svg),
            ("shoe.jpg", svg),
            ("shoe.jpg", b""),
            ("shoe.jpg", real[:60]),
            ("shoe.html", b"<html><script>alert(1)</script></html>"),
            ("shoe.pdf", b"%PDF-1.4 x"),
            ("shoe.gif", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"),
        ):
            with self.subTest(name=name, content=content[:9]):
                answer = self._send([("photos", (name, content, "image/jpeg"))], message="See the photo")
                self.assertEqual(answer.status_code, 422)
                self.assertIn("is not a photo that we can open", answer.text)
                self.assertIn("See the photo", answer.text)
        self.assertEqual(self._count(), count)

    def test_photos_in_other_formats(self):
        """What telephones save and we do not decode: the form says what to send instead, and keeps the text."""
        heic = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\0" * 200
        webp = b"RIFF\x24\x00\x00\x00WEBPVP8 " + b"\0" * 200
        count = self._count()
        for name, content in (("IMG_0001.HEIC", heic), ("photo.webp", webp), ("shoe.jpg", heic)):
            with self.subTest(name=name):
                answer = self._send([("photos", (name, content, "image/jpeg"))], message="See the photo")
                self.assertEqual(answer.status_code, 422)
                self.assertIn(f"“{name}” is in a format that we cannot open", answer.text)
                self.assertIn("as JPEG or PNG", answer.text)
                self.assertIn("See the photo", answer.text)
        self.assertEqual(self._count(), count)

    def test_photo_holds_nothing_but_the_picture(self):
        exif = Image.Exif()
        exif[0x010E] = "taken at 36.75 N 3.04 E"
        name, (_file, content, mimetype) = make_photo(exif=exif)
        self._send([(name, ("../../e<vil>.php.jpg", content + b"<script>alert(1)</script>", mimetype))], message="Torn")
        photo = self._last().message_ids.attachment_ids
        self.assertEqual(photo.name, "e_vil_php.jpg")
        self.assertNotIn(b"36.75", photo.raw)
        self.assertNotIn(b"<script", photo.raw)

    def test_large_photo_is_made_smaller(self):
        self._send([make_photo(size=(4000, 1000))], message="Torn")
        photo = self._last().message_ids.attachment_ids
        self.assertEqual(Image.open(io.BytesIO(photo.raw)).size, (1920, 480))

    def test_picture_bomb(self):
        answer = self._send([make_photo("bomb.png", size=(12_000, 12_000), picture_format="PNG")], message="Torn")
        self.assertEqual(answer.status_code, 422)

    def test_too_many_photos(self):
        count = self._count()
        answer = self._send([make_photo(f"{index}.jpg") for index in range(30)], message="See the photos")
        self.assertEqual(answer.status_code, 422)
        self.assertIn("at most 10 photos", answer.text)
        self.assertEqual(self._count(), count)
        self._send([make_photo(f"{index}.jpg") for index in range(10)], message="See the photos")
        self.assertEqual(len(self._last().message_ids.attachment_ids), 10)

    def test_too_large_a_photo(self):
        self.patch(complaint_photos, "MAX_BYTES", 2000)
        _name, (_file, content, _type) = make_photo()
        answer = self._send([("photos", ("big.jpg", content + b"\0" * 2000, "image/jpeg"))], message="See the photo")
        self.assertEqual(answer.status_code, 422)
        self.assertIn("big.jpg", answer.text)
        self.assertIn("is larger than", answer.text)

    def test_needs_csrf(self):
        count = self._count()
        answer = self.url_open("/my/complaints/new", data={"message": "Forged", "csrf_token": "x"})
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(self._count(), count)

    def test_sent_twice_is_one_complaint(self):
        data = {**self._get_form("/my/complaints/new"), "message": "Sole comes off"}
        count = self._count()
        first = self.url_open("/my/complaints/new", data=data)
        second = self.url_open("/my/complaints/new", data=data)
        self.assertEqual(self._count(), count + 1)
        self.assertEqual(first.url.split("?")[0], second.url.split("?")[0])

    def test_script_gets_json(self):
        answer = self._send(message="", headers=HEADERS)
        self.assertEqual((answer.status_code, list(answer.json()["errors"])), (422, ["message"]))
        answer = self._send([make_photo()], message="Torn", headers=HEADERS)
        self.assertTrue(answer.json()["redirect"].startswith(f"/my/complaints/{self._last().id}"))

    def test_visitor_has_to_log_in(self):
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open("/my/complaints/new").url)
        self.assertIn("/web/login", self.url_open("/my/complaints").url)

    def test_staff_may_look(self):
        """An employee without any right to complaints sees an empty portal, not an error."""
        self.user_outsider.password = "ltr_outsider"
        self.authenticate("ltr_outsider", "ltr_outsider")
        self.assertIn("no problem", self._get_page("/my/complaints").text_content())
        self.assertEqual(self.url_open("/my/complaints/new").status_code, 200)


@tagged("post_install", "-at_install")
class TestComplaintPortalTour(ComplaintWebCase):
    """The customer's way in a real browser."""

    def test_customer(self):
        self.env["ir.config_parameter"].set_param("web.base.url", self.base_url())
        self.order.name = "S-TOUR"
        self.start_tour("/my/orders", "leather_complaint_customer", login="ltr_karim", timeout=180)
        complaint = self._last()
        self.assertEqual((complaint.sale_line_id, complaint.pairs), (self.order.order_line[0], 3))
        self.assertEqual(complaint.partner_id, self.user_karim.partner_id)
        photos = complaint.message_ids.attachment_ids
        self.assertEqual(set(photos.mapped("name")), {"torn.jpg", "side.jpg"})
        self.assertEqual(set(photos.mapped("mimetype")), {"image/jpeg"})
        self.assertIn("One more pair since yesterday", str(complaint.message_ids.mapped("body")))
