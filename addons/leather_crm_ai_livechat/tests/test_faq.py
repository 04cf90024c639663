from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from odoo.addons.leather_crm_ai.tests.complaint_common import ComplaintCase


@tagged("post_install", "-at_install")
class TestFaq(ComplaintCase):
    """Questions and answers as records."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.faq = cls.env["leather.faq"]
        cls.unanswered = cls.env["leather.faq.unanswered"]

    def _match(self, text, company=None):
        return self.faq._match(text, company or self.company_a)

    def test_shipped_questions_are_found_in_four_languages(self):
        for text, name in (
            ("Which size should I take?", "size_choose"),
            ("c'est quoi la norme S3", "classes"),
            ("أين طلبيتي", "order_status"),
            ("win rahi la commande ta3i", "order_status"),
            ("kifach nkhales", "payment"),
        ):
            kind, entries = self._match(text)
            self.assertEqual((kind, entries), ("answer", self.env.ref(f"leather_crm_ai_livechat.faq_{name}")), text)

    def test_shipped_entries_are_complete(self):
        entries = self.faq.search([("company_id", "=", False)], limit=100)
        self.assertGreaterEqual(len(entries), 20)
        for entry in entries.filtered(lambda one: one.get_external_id()[one.id].startswith("leather_crm_ai_livechat.")):
            for name in ("question_fr", "question_ar", "question_en", "answer_fr", "answer_ar", "answer_en", "topic"):
                self.assertTrue(entry[name], f"{entry.question_en}: {name}")

    def test_refuses_what_is_out_of_scope(self):
        for text in ("Who won the world cup?", "raconte moi une blague", "كيف الطقس اليوم"):
            self.assertEqual(self._match(text)[0], "unknown", text)

    def test_an_edit_counts_at_once(self):
        self.assertEqual(self._match("Any zorblax umbrellas?")[0], "unknown")
        entry = self.faq.create({"question_en": "Any zorblax umbrellas?", "answer_en": "No."})
        self.assertEqual(self._match("any zorblax umbrellas"), ("answer", entry))
        entry.question_en = "Any quagga bicycles?"
        self.assertNotEqual(self._match("any zorblax umbrellas?")[1], entry)
        entry.active = False
        self.assertEqual(self._match("Any quagga bicycles?")[0], "unknown")

    def test_companies_do_not_share(self):
        entry = self.faq.create(
            {"question_en": "Any zorblax umbrellas?", "answer_en": "Yes.", "company_id": self.company_b.id}
        )
        self.assertEqual(self._match("Any zorblax umbrellas?")[0], "unknown")
        self.assertEqual(self._match("Any zorblax umbrellas?", self.company_b)[1], entry)
        self.assertFalse(self.faq.with_user(self.manager).search([("id", "=", entry.id)]))

    def test_answer_in_another_language_where_one_is_missing(self):
        entry = self.faq.create({"question_fr": "Et les parapluies ?", "answer_fr": "Non."})
        self.assertEqual(entry._get_answer("ar"), "Non.")
        self.assertEqual(entry.with_context(lang="en_US").name, "Et les parapluies ?")

    def test_needs_a_question_and_an_answer(self):
        with self.assertRaises(ValidationError):
            self.faq.create({"question_fr": "Sans réponse ?"})
        with self.assertRaises(ValidationError):
            self.faq.create({"answer_fr": "Sans question."})

    def test_rights(self):
        entry = self.faq.create({"question_en": "Umbrellas?", "answer_en": "No."})
        self.assertEqual(entry.with_user(self.agent).answer_en, "No.")
        with self.assertRaises(AccessError):
            entry.with_user(self.agent).answer_en = "Yes."
        entry.with_user(self.manager).answer_en = "Yes."
        for user in (self.portal, self.outsider, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                entry.with_user(user).read(["answer_en"])
            with self.assertRaises(AccessError):
                self.unanswered.with_user(user).search([], limit=1)
        with self.assertRaises(AccessError):
            self.unanswered.with_user(self.agent).search([], limit=1)

    def test_counts(self):
        entry = self.faq.create({"question_en": "Umbrellas?", "answer_en": "No."})
        values = {"faq_id": entry.id, "company_id": self.company_a.id}
        self.env["leather.faq.use"].create([values, {**values, "helped": "yes"}, {**values, "helped": "no"}])
        self.assertEqual((entry.use_count, entry.helpful_count, entry.unhelpful_count), (3, 1, 1))

    def test_unanswered_questions_are_counted_together_and_stripped(self):
        first = self.unanswered._collect(
            "Any zorblax umbrellas? me@works.example 0555 12 34 56 order S00042", "en", self.company_a
        )
        for secret in ("works", "0555", "S00042"):
            self.assertNotIn(secret, first.text)
        again = self.unanswered._collect("any zorblax umbrellas", "en", self.company_a)
        self.assertEqual(again, first)
        self.assertEqual(first.count, 2)
        self.assertNotEqual(self.unanswered._collect("Any zorblax umbrellas?", "en", self.company_b), first)
        self.assertFalse(self.unanswered._collect("?? 0555123456", "en", self.company_a))

    def test_make_a_question_of_it(self):
        asked = self.unanswered._collect("Any zorblax umbrellas?", "en", self.company_a)
        with self.assertRaises(AccessError):
            asked.with_user(self.agent).action_make_question()
        action = asked.with_user(self.manager).action_make_question()
        entry = (
            self.env[action["res_model"]]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create({"answer_en": "No."})
        )
        self.assertEqual(entry.question_en, "Any zorblax umbrellas?")
        self.assertEqual((asked.faq_id, asked.active), (entry, False))
        self.assertEqual(self._match("any zorblax umbrellas"), ("answer", entry))
