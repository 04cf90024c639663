from unittest.mock import patch

from odoo.tests import tagged

from ..models import leather_complaint_throttle
from .common import ChatCase


@tagged("post_install", "-at_install")
class TestChatOrders(ChatCase):
    """The status of an order, only with proof."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boot = cls._make_shoe()
        cls.lot = cls._make_lot("L-1", cls.boot)
        cls.order = cls._sell(cls.buyer, cls.boot, 60, cls.lot)
        cls.rivals = cls._sell(cls.rival, cls.boot, 5)

    def _ask(self, number, email, language="en_US"):
        chat = self._chat(language)
        chat.say("My order")
        chat.say(number)
        return chat.say(email)

    def test_with_number_and_address(self):
        answer = self._ask(self.order.name, "Nadia@Hassi.example")
        self.assertIn(f"Order {self.order.name} of", answer)
        self.assertIn("delivered completely", answer)

    def test_all_in_one_message(self):
        chat = self._chat()
        answer = chat.say(f"Where is my order {self.order.name}? My address is nadia@hassi.example")
        self.assertIn("delivered completely", answer)

    def test_states(self):
        sold = self._sell(self.buyer, self.boot, 10)
        self.assertIn("confirmed.", self._ask(sold.name, "nadia@hassi.example"))
        self.assertIn("planned for", self._ask(sold.name, "nadia@hassi.example"))
        sold._action_cancel()
        self.assertIn("cancelled", self._ask(sold.name, "nadia@hassi.example"))

    def test_nothing_but_state_dates_and_pairs(self):
        answer = self._ask(self.order.name, "nadia@hassi.example")
        for secret in ("50", "Boot", "Hassi", "Nadia", "L-1"):
            self.assertNotIn(secret, answer)

    def test_enumeration_learns_nothing(self):
        """No such order, somebody else's, a wrong address: the same answer, the same buttons, the same searches."""
        found = set()
        for number, email in (
            ("S99999", "nadia@hassi.example"),
            (self.rivals.name, "nadia@hassi.example"),
            (self.order.name, "office@rival.example"),
            (self.order.name, "nobody@nowhere.example"),
            (self.order.name, "%@hassi.example"),
            ("%", "nadia@hassi.example"),
        ):
            chat = self._chat()
            chat.say("My order")
            chat.say(number)
            if number == "%":
                self.assertIn("number of your order", chat.heard)
                continue
            found.add((chat.say(email), tuple(chat.buttons)))
        self.assertEqual(len(found), 1)
        self.assertIn("I cannot show anything", found.pop()[0])

    def test_the_same_work_for_each_refusal(self):
        step = self.env.ref("leather_crm_ai_livechat.chatbot_step_order")
        counts = []
        for number, email in (
            ("S99999", "nadia@hassi.example"),
            (self.rivals.name, "nadia@hassi.example"),
            (self.order.name, "nobody@nowhere.example"),
        ):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertFalse(step._find_proven_order(number, email))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(len(set(counts)), 1, counts)

    def test_limit_of_attempts(self):
        with patch.dict(leather_complaint_throttle.CHAT_LIMITS, chat_order_visitor=3):
            chat = self._chat()
            for _attempt in range(3):
                chat.say("My order")
                self.assertIn("I cannot show", chat.say("S99999 nadia@hassi.example"))
            self.assertIn("many attempts", chat.say(f"{self.order.name} nadia@hassi.example"))

    def test_limit_for_one_number_from_everywhere(self):
        with patch.dict(leather_complaint_throttle.CHAT_LIMITS, chat_order_number=2):
            for _visitor in range(2):
                self._ask(self.order.name, "nobody@nowhere.example")
            self.assertIn("many attempts", self._ask(self.order.name, "nadia@hassi.example"))
            self.assertIn("I cannot show", self._ask("S77777", "nadia@hassi.example"))

    def test_other_company(self):
        self.script.leather_company_id = self.company_b
        self.assertIn("I cannot show", self._ask(self.order.name, "nadia@hassi.example"))

    def test_logged_in_customer_sees_own_orders_only(self):
        chat = self._chat(login="cpl_portal")
        answer = chat.say("My order")
        self.assertIn(self.order.name, answer)
        self.assertNotIn(self.rivals.name, answer)
        self.assertIn("none with this number", chat.say(self.rivals.name))
        self.assertIn("none with this number", chat.say("S99999"))
        self.assertIn("delivered completely", chat.say(self.order.name))

    def test_two_own_orders_of_one_number(self):
        """Two companies may number their orders alike; the latest is told."""
        self._sell(self.buyer, self.boot, 7).name = self.order.name
        self.assertIn("confirmed.", self._chat(login="cpl_portal").say(f"Where is my order {self.order.name}?"))

    def test_another_question_in_between(self):
        chat = self._chat()
        chat.say("My order")
        self.assertIn("heel to the longest toe", chat.say("Which size should I take?"))

    def test_in_french_and_arabic(self):
        self.assertIn(self.order.name, self._ask(self.order.name, "nadia@hassi.example", "fr_FR"))
        chat = self._chat()
        chat.say("أين وصلت طلبيتي")
        chat.say(self.order.name)
        self.assertIn(self.order.name, chat.say("nadia@hassi.example"))
