from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..engine.text import placeholders
from .complaint_common import ComplaintCase

LANGUAGES = {"fr", "ar", "en"}
NO_PROMISES = {  # about a danger nothing is admitted, denied or promised
    "fr": ("désolé", "notre faute", "responsab", "défaut", "conforme", "remplacer", "rembours", "garanti"),
    "en": ("sorry", "our fault", "liab", "defect", "compliant", "replace", "refund", "guarantee"),
    "ar": ("نعتذر", "نأسف", "خطؤنا", "عيب", "مطابق", "استبدال", "تعويض", "ضمان"),
}
OUR_PERSON = ("notre responsable sécurité", "person responsible for safety")


@tagged("post_install", "-at_install")
class TestReplyTemplate(ComplaintCase):
    """Templates: what may stand in them, which one fits, who may change them; and the shipped ones."""

    def _make(self, body="<p>Hello {customer}.</p>", **vals):
        return self.env["leather.reply.template"].create({"name": "T", "language": "en", "body": body, **vals})

    def _choose(self, templates, code, severity="2", language="en"):
        return templates._choose_for(self._category(code), severity, language)

    # ------------------------------------------------------------
    # Text
    # ------------------------------------------------------------

    def test_unknown_facts_are_refused_with_the_list(self):
        with self.assertRaisesRegex(ValidationError, r"no fact “ordre”.*\{customer\}.*\{order\}"):
            self._make("<p>Order {ordre}.</p>")

    def test_mistakes_are_refused(self):
        for body, words in (
            ("<p>[Order {order}.</p>", "no partner"),
            ("<p>[Order {order}.</p><p>And more.]</p>", "has to end in the paragraph"),
            ("<p>[a [b] c]</p>", "Brackets within brackets"),
            ("<p>{or<b>der</b>}</p>", "partly formatted"),
            ('<p><a href="https://x.example/{order}">x</a></p>', "link"),
        ):
            with self.subTest(body=body), self.assertRaisesRegex(ValidationError, words):
                self._make(body)

    def test_code_is_not_run(self):
        """Nothing of Odoo's own templates works in these: it is text, or goes."""
        with self.assertRaises(ValidationError):
            self._make("<p>${object.name}</p>")
        with self.assertRaises(ValidationError):
            self._make("<p>{{ object.name }}</p>")
        body = self._make('<p><t t-out="object.name">x</t><script>alert(1)</script><b onclick="x()">y</b></p>').body
        for part in ("script", "onclick"):
            self.assertNotIn(part, body)

    # ------------------------------------------------------------
    # Choice
    # ------------------------------------------------------------

    def test_the_closest_comes_first(self):
        general = self._make()
        family = self._make(family="Q")
        category = self._make(category_ids=[Command.set(self._category("Q1").ids)])
        serious = self._make(category_ids=[Command.set(self._category("Q1").ids)], min_severity="3")
        every = general | family | category | serious
        self.assertEqual(self._choose(every, "Q1"), category)
        self.assertEqual(self._choose(every, "Q1", "3"), serious)
        self.assertEqual(self._choose(every, "Q4"), family)
        self.assertEqual(self._choose(every, "D1"), general)
        self.assertFalse(self._choose(every, "D1", language="ar"))

    def test_danger_comes_before_all(self):
        category = self._make(category_ids=[Command.set(self._category("Q1").ids)])
        danger = self._make(min_severity="4")
        self.assertEqual(self._choose(category | danger, "Q1", "4"), danger)
        self.assertEqual(self._choose(category | danger, "Q1", "3"), category)

    def test_the_first_in_order_of_equals(self):
        second, first = self._make(sequence=20), self._make(sequence=5)
        self.assertEqual(self._choose(second | first, "Q1"), first)

    # ------------------------------------------------------------
    # The shipped ones
    # ------------------------------------------------------------

    def _get_shipped(self):
        data = self.env["ir.model.data"].search(
            [("module", "=", "leather_crm_ai"), ("model", "=", "leather.reply.template")]
        )
        return self.env["leather.reply.template"].browse(data.mapped("res_id"))

    def test_shipped_in_three_languages(self):
        shipped = self._get_shipped()
        self.assertGreaterEqual(len(shipped), 75)
        for code, same in shipped.grouped("code").items():
            with self.subTest(code=code):
                self.assertEqual(set(same.mapped("language")), LANGUAGES)
                self.assertEqual(len(same), 3)
                self.assertEqual(len({(one.family, one.min_severity, one.category_ids) for one in same}), 1)
                facts = [set(placeholders.names(one.body)) for one in same]
                self.assertEqual(facts[0], facts[1])
                self.assertEqual(facts[0], facts[2])

    def test_a_shipped_one_for_every_complaint(self):
        shipped = self._get_shipped()
        for category in self.env["leather.complaint.category"].search([]):
            for severity in "01234":
                for language in LANGUAGES:
                    with self.subTest(category=category.code, severity=severity, language=language):
                        found = shipped._choose_for(category, severity, language)
                        self.assertTrue(found)
                        self.assertEqual(severity == "4", found.min_severity == "4")

    def test_the_shipped_ones_promise_nothing_about_a_danger(self):
        for template in self._get_shipped().filtered(lambda one: one.min_severity == "4"):
            text = template.body.lower()
            for words in OUR_PERSON:
                text = text.replace(words, "")
            for word in NO_PROMISES[template.language]:
                with self.subTest(template=template.code, word=word):
                    self.assertNotIn(word, text)

    def test_the_shipped_ones_fill(self):
        complaint = self._complain(language="fr")
        for template in self._get_shipped():
            with self.subTest(template=template.code, language=template.language):
                body, missing = template._fill_for(complaint)
                self.assertNotRegex(body, r"[\[\]{}]")
                self.assertLessEqual(set(missing), {"delivery_date"})
                self.assertIn('dir="rtl"' if template.language == "ar" else 'dir="ltr"', body)

    # ------------------------------------------------------------
    # Screen and rights
    # ------------------------------------------------------------

    def test_preview(self):
        complaint = self._complain()
        with Form(self.env["leather.reply.template"].with_user(self.manager)) as form:
            form.name, form.language = "Try", "en"
            form.body = "<p>Hello {customer}, {delivery_date}.</p>"
            form.preview_complaint_id = complaint
            self.assertIn("Hello Nadia Buyer", form.preview)
            self.assertEqual(form.preview_missing, "date for which the delivery is planned")
        self.assertFalse(complaint.draft_kept)

    def test_rights(self):
        template = self._make()
        self.assertEqual(template.with_user(self.agent).name, "T")
        for user in (self.agent, self.sales, self.planner, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                template.with_user(user).write({"name": "X"})
        for user in (self.sales, self.portal, self.outsider):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                template.with_user(user).read(["body"])
        template.with_user(self.manager).write({"name": "X"})

    def test_companies(self):
        ours, theirs = self._make(company_id=self.company_a.id), self._make(company_id=self.company_b.id)
        shared = self._make()
        every = ours | theirs | shared
        seen = self.env["leather.reply.template"].with_user(self.manager).search([("id", "in", every.ids)])
        self.assertEqual(seen, ours | shared)
        candidates = self.env["leather.reply.template"]._get_candidates(self.company_a)
        self.assertEqual(every & candidates, ours | shared)
