from odoo.tests import tagged

from .common import ChatCase


@tagged("post_install", "-at_install")
class TestChatAnswers(ChatCase):
    """A visitor asks; the assistant answers in the visitor's language, or says that it does not know."""

    def test_answers_and_asks_whether_it_helped(self):
        chat = self._chat()
        self.assertIn("heel to the longest toe", chat.say("Which size should I take?"))
        self.assertEqual(chat.buttons, ["Yes", "No"])
        entry = self.env.ref("leather_crm_ai_livechat.faq_size_choose")
        self.assertEqual((entry.use_count, entry.helpful_count), (1, 0))
        self.assertIn("glad", chat.say("Yes"))
        entry.invalidate_recordset()
        self.assertEqual((entry.use_count, entry.helpful_count), (1, 1))

    def test_it_did_not_help(self):
        chat = self._chat()
        chat.say("Which size should I take?")
        self.assertIn("colleague", chat.say("no"))
        self.assertEqual(chat.buttons, ["A person", "Leave a message", "Another question"])
        self.assertEqual(self.env.ref("leather_crm_ai_livechat.faq_size_choose").unhelpful_count, 1)

    def test_four_languages_on_any_page(self):
        self.company_a.complaint_arabizi_language = "fr"
        for text, found in (
            ("Quelle pointure faut-il choisir ?", "du talon à l'orteil"),
            ("كيف أختار المقاس المناسب لي؟", "من الكعب إلى أطول إصبع"),
            ("Which size should I take?", "from the heel"),
            ("wach men pointure nakhod", "du talon à l'orteil"),
        ):
            self.assertIn(found, self._chat().say(text), text)

    def test_arabizi_in_the_language_of_the_company(self):
        self.company_a.complaint_arabizi_language = "ar"
        self.assertIn("من الكعب", self._chat().say("wach men pointure nakhod"))

    def test_arabic_is_written_from_the_right(self):
        chat = self._chat()
        chat.say("كيف أختار المقاس؟")
        self.assertIn('dir="rtl"', chat.last.body)
        self.assertEqual(chat.buttons, ["نعم", "لا"])

    def test_offers_up_to_three_when_unsure(self):
        self.env["leather.faq"].create(
            [
                {"question_en": f"What does the zorblax class {number} mean?", "answer_en": f"Zorblax {number}."}
                for number in range(1, 5)
            ]
        )
        chat = self._chat()
        self.assertIn("one of these", chat.say("what does the zorblax class mean"))
        self.assertIn("None of these", chat.buttons)
        self.assertLessEqual(len(chat.buttons), 4)
        choice = chat.buttons[0]
        self.assertIn(f"Zorblax {choice[-7]}", chat.say(choice))

    def test_none_of_these(self):
        self.env["leather.faq"].create(
            [{"question_en": f"What does the zorblax class {n} mean?", "answer_en": "Z."} for n in (1, 2)]
        )
        chat = self._chat()
        chat.say("what does the zorblax class mean")
        self.assertIn("I do not know", chat.say("None of these"))
        kept = self.env["leather.faq.unanswered"].search([("company_id", "=", self.company_a.id)])
        self.assertEqual(kept.mapped("text"), ["what does the zorblax class mean"])

    def test_does_not_know_and_keeps_the_question(self):
        chat = self._chat("fr_FR")
        self.assertIn("I do not know", chat.say("Who won the world cup? mail me@works.example"))
        kept = self.env["leather.faq.unanswered"].search([("company_id", "=", self.company_a.id)])
        self.assertEqual(kept.language, "en")
        self.assertNotIn("works", kept.text)
        self.assertEqual(chat.buttons[0], "A person")

    def test_html_and_scripts_are_text(self):
        self.env["leather.faq"].create(
            {
                "question_en": "zorblax <b>x</b> zorblax",
                "answer_en": "<script>alert(1)</script><img src=x onerror=alert(1)>",
            }
        )
        chat = self._chat()
        chat.say("zorblax <b>x</b> zorblax")
        self.assertNotIn("<script", chat.last.body)
        self.assertNotIn("<img", chat.last.body)
        self.assertIn("&lt;script&gt;", chat.last.body)
        chat.say("<script>alert('visitor')</script><img src=x onerror=alert(2)>")
        visitors = chat.channel.message_ids.sorted("id")[-2]  # Odoo's own cleaning
        self.assertNotIn("<script", visitors.body)
        self.assertNotIn("onerror", visitors.body)
        self.assertNotIn("<script", chat.last.body)
        self.assertNotIn("<img", chat.last.body)

    def test_a_person_when_asked_in_any_language(self):
        self._be_there()
        for text in ("I want a human", "je veux parler à quelqu'un", "أريد التحدث مع موظف", "bghit nahder m3a wa7ed"):
            chat = self._chat()
            chat.say("Which size should I take?")
            chat.say(text)
            self.assertEqual(chat.channel.livechat_operator_id, self.agent.partner_id, text)

    def test_a_person_at_any_step(self):
        self._be_there()
        for before in (["My order"], ["File a complaint"], ["File a complaint", "The sole came off after two weeks."]):
            chat = self._chat()
            for text in before:
                chat.say(text)
            chat.say("A person")
            self.assertEqual(chat.channel.livechat_operator_id, self.agent.partner_id, before)

    def test_nobody_is_there(self):
        chat = self._chat()
        chat.say("I want to talk to a person")
        self.assertEqual(chat.channel.livechat_operator_id, chat.bot)
        chat.trigger()  # as the browser does after a step without words
        self.assertIn("Nobody is free", chat.heard)
        self.assertEqual(chat.buttons, ["Leave a message", "Another question"])
        self.assertIn("What is wrong", chat.say("Leave a message"))

    def test_a_repeated_trigger_does_nothing_twice(self):
        chat = self._chat()
        chat.say("Which size should I take?")
        chat.trigger()
        chat.trigger()
        self.assertEqual(self.env.ref("leather_crm_ai_livechat.faq_size_choose").use_count, 1)

    def test_the_memory_is_for_the_server_alone(self):
        chat = self._chat()
        chat.say("My order")
        self.assertTrue(chat.channel.leather_chat)
        self.assertNotIn("leather_chat", chat.channel.with_user(self.agent).fields_get())
