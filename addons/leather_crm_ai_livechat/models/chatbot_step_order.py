import re

from babel.dates import format_date
from odoo import models
from odoo.tools import email_normalize, float_round

from odoo.addons.leather_crm_ai.engine.text.entities import extract
from odoo.addons.leather_crm_ai.engine.text.faq import ANSWER
from odoo.addons.leather_crm_ai.models.leather_complaint_throttle import _network

from .words import phrase

LOCALES = {"fr": "fr_FR", "ar": "ar_DZ", "en": "en_GB"}
SHOWN = 3  # of a customer's own orders
MAX_NUMBER, MAX_EMAIL = 40, 254
_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>.,;]+")
_NUMBER = re.compile(r"(?<![\w@.])(?=[\w/-]*\d)[A-Za-z0-9][\w/-]{2,39}(?![\w@])")
END = (("button_again", "order"), ("button_person", "person"), ("button_ask", "ask"))
ASKING = (("button_person", "person"), ("button_ask", "ask"))


class ChatbotScriptStep(models.Model):
    """The status of an order: for the customer who is logged in, their own ones; for anybody else, one whose number
    and e-mail address they know.  Whether an order exists, whose it is, and which of the two was wrong cannot be told
    from the answer, from what was looked up, or from the limit of attempts."""

    _inherit = "chatbot.script.step"

    def _open_leather_order(self, chat):
        chat.pop("order", None)
        language = self._get_language(chat)
        if not self._get_customer():
            return self._make_words(language, ["order_ask"], ASKING)
        orders = self._find_own_orders()
        lines = [self._describe_order(order, language) for order in orders]
        if not lines:
            return self._make_words(language, ["order_own_none"], ASKING)
        return self._make_words(language, ["order_own", *lines, "order_which"], ASKING)

    def _answer_leather_order(self, chat, text, action, message):
        if action in ("ask", "complaint"):
            if action == "ask":
                self._note(chat, "more")
            return self._go(action)
        if action == "order":
            return self
        asked = chat.get("order") or {}
        number = _find_number(text, named_only=action == "begin") or asked.get("number")
        if self._get_customer():
            return self._tell_own(chat, number)
        email = _find_email(text) or asked.get("email")
        if number == asked.get("number") and email == asked.get("email") and action != "begin":
            return self._hear_something_else(chat, text, message)
        chat["order"] = {"number": number, "email": email}
        if number and email:
            return self._tell_proven(chat, number, email)
        self._note(chat, "order_email" if number else "order_ask", buttons=ASKING)
        return self

    def _hear_something_else(self, chat, text, message):
        """Neither number nor address: another question, if it is one; else ask again."""
        kind, _entries = self.env["leather.faq"]._match(text, self._get_company())
        if kind == ANSWER:
            return self._go("ask")._look_up(chat, text, message)
        self._note(chat, "order_email" if (chat.get("order") or {}).get("number") else "order_ask", buttons=ASKING)
        return self

    # ------------------------------------------------------------
    # Own orders
    # ------------------------------------------------------------

    def _tell_own(self, chat, number):
        """The customer's order of that number; their latest ones when none was named."""
        if not number:
            chat["say"] = self._open_leather_order(chat)
            return self
        order = self._find_own_orders(number)
        text = self._describe_order(order, self._get_language(chat)) if order else "order_own_no"
        self._note(chat, text, "order_which", buttons=ASKING)
        return self

    def _find_own_orders(self, number=None):
        customer = self._get_customer().commercial_partner_id
        domain = [("partner_id", "child_of", customer.id), ("state", "!=", "draft")]
        if number:
            domain.append(("name", "in", [number, number.upper()]))
        # with the customer's own rights, whoever runs the chat; two companies may number their orders alike
        orders = self.env(su=False)["sale.order"]
        return orders.search(domain, order="date_order desc, id desc", limit=1 if number else SHOWN)

    # ------------------------------------------------------------
    # Proven orders
    # ------------------------------------------------------------

    def _tell_proven(self, chat, number, email):
        """The order of that number and address, or that nothing can be shown."""
        chat.pop("order", None)
        if not self._may_try(number):
            self._note(chat, "order_many", buttons=ASKING)
            return self
        order = self._find_proven_order(number, email)
        self._note(chat, self._describe_order(order, self._get_language(chat)) if order else "order_no", buttons=END)
        return self

    def _find_proven_order(self, number, email):
        """One search for both: nothing is looked up for a number alone."""
        domain = [
            ("name", "in", [number, number.upper()]),
            ("partner_id.email_normalized", "=", email),
            ("company_id", "=", self._get_company().id),
        ]
        # sudo: whoever knows both is taken for the customer, and gets state, dates and numbers of pairs
        return self.env["sale.order"].sudo().search(domain, limit=1)

    def _may_try(self, number):
        """Whether this visitor, this address, and anybody for this number may try once more; counts the attempt."""
        visitor, address = self._get_visitor()
        senders = {
            "chat_order_visitor": visitor,
            "chat_order_ip": str(_network(address)) if address else "",
            "chat_order_number": number,
        }
        # sudo: visitors may not see who asked how often
        throttle = self.env["leather.complaint.throttle"].sudo()
        is_allowed = throttle._is_allowed(**senders)
        if is_allowed:
            throttle._remember(**senders)
        return is_allowed

    # ------------------------------------------------------------
    # Words
    # ------------------------------------------------------------

    def _describe_order(self, order, language):
        """State, deliveries and dates of an order that the visitor may know."""
        # sudo: customers may not read deliveries; the order was proven to be theirs
        order = order.sudo()
        state = [phrase(self._get_order_state(order), language, **self._count_pairs(order))]
        planned = self._get_planned_date(order)
        if planned:
            state.append(phrase("state_planned", language, date=_date(planned, language)))
        date = _date(order.date_order or order.create_date, language)
        return phrase("order_of", language, order=order.name, date=date, state=" ".join(state))

    def _get_order_state(self, order):
        if order.state == "cancel":
            return "state_cancel"
        if order.state != "sale":
            return "state_draft"
        pairs = self._count_pairs(order)
        if not pairs["delivered"]:
            return "state_confirmed"
        return "state_done" if order.delivery_status == "full" else "state_part"

    def _count_pairs(self, order):
        lines = order.order_line.filtered(lambda line: line.product_id.type == "consu")
        return {
            "ordered": _figure(sum(lines.mapped("product_uom_qty"))),
            "delivered": _figure(sum(lines.mapped("qty_delivered"))),
        }

    def _get_planned_date(self, order):
        open_ = order.picking_ids.filtered(
            lambda picking: picking.picking_type_code == "outgoing" and picking.state not in ("done", "cancel")
        )
        return min(open_.mapped("scheduled_date")) if open_ and order.state == "sale" else False


def _find_number(text, named_only=False):
    """The order number in a text; in an answer to our question also one without the word for it."""
    named = extract(text).orders
    if named or named_only:
        return named[0][:MAX_NUMBER] if named else None
    found = _NUMBER.search(_EMAIL.sub(" ", text))
    return found.group()[:MAX_NUMBER] if found else None


def _find_email(text):
    found = _EMAIL.search(text)
    return (email_normalize(found.group()[:MAX_EMAIL]) or None) if found else None


def _date(moment, language):
    return format_date(moment, "long", locale=LOCALES[language])


def _figure(number):
    number = float_round(number, precision_digits=2)
    return int(number) if number == int(number) else number
