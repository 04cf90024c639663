from markupsafe import Markup
from odoo import fields, models
from odoo.addons.mail.tools.discuss import Store
from odoo.http import request
from odoo.tools import html2plaintext, plaintext2html

from odoo.addons.leather_crm_ai.engine.text.faq import asks_for_person
from odoo.addons.leather_crm_ai.engine.text.language import detect

from .words import CODES, PHRASES, phrase

LEATHER_TYPES = ("leather_faq", "leather_order", "leather_complaint")
STEPS = {"ask": "leather_faq", "order": "leather_order", "complaint": "leather_complaint"}
OPENING = (("button_order", "order"), ("button_complaint", "complaint"), ("button_person", "person"))
MAX_TEXT = 4000
SURE_LANGUAGE = 0.5


class ChatbotScriptStep(models.Model):
    """Steps of the after-sales assistant.

    Core's bot shows a step, waits for a message, and goes on to the step that :meth:`_process_answer` returns. Here
    each type reads the message, notes in the conversation's memory (``leather_chat``) what to say, and returns a step,
    often itself; showing that step says it. Pressing a button posts its label; the memory holds what each label means.
    """

    _inherit = "chatbot.script.step"

    step_type = fields.Selection(
        selection_add=[
            ("leather_faq", "Answer from questions and answers"),
            ("leather_order", "Order status"),
            ("leather_complaint", "File a complaint"),
        ],
        ondelete=dict.fromkeys(LEATHER_TYPES, "cascade"),
    )

    # ------------------------------------------------------------
    # Core's hooks
    # ------------------------------------------------------------

    def _to_store_defaults(self, target):
        return [*super()._to_store_defaults(target), Store.Attr("leatherChoices", lambda step: step._get_labels())]

    def _is_last_step(self, discuss_channel=False):
        return False if self.step_type in LEATHER_TYPES else super()._is_last_step(discuss_channel)

    def _process_answer(self, discuss_channel, message_body):
        if not self._is_in_assistant():
            return super()._process_answer(discuss_channel, message_body)
        # sudo: the memory of the visitor's own conversation
        memory = discuss_channel.sudo()
        chat, message = memory.leather_chat or {}, self._get_visitor_message(discuss_channel)
        if message.id <= chat.get("seen", 0):  # asked again without a new message: nothing is done twice
            is_ours = self.step_type in LEATHER_TYPES
            return self if is_ours else super()._process_answer(discuss_channel, message_body)
        text = html2plaintext(message_body, include_references=False).strip()[:MAX_TEXT]
        action = self._hear(chat, text, message)
        if action == "person" and (forward := self._get_step("forward_operator")):
            step = forward
        elif self.step_type in LEATHER_TYPES:
            step = getattr(self, f"_answer_{self.step_type}")(chat, text, action, message)
        else:
            step = super()._process_answer(discuss_channel, message_body)
        memory.leather_chat = chat
        return step

    def _process_step(self, discuss_channel):
        if not self._is_in_assistant():
            return super()._process_step(discuss_channel)
        # sudo: the memory of the visitor's own conversation
        memory = discuss_channel.sudo()
        chat = memory.leather_chat or {}
        self = self.with_context(lang=self._get_installed_lang(chat))
        if self.step_type not in LEATHER_TYPES:
            return super()._process_step(discuss_channel)
        said = chat.pop("say", None) or getattr(self, f"_open_{self.step_type}")(chat)
        chat["buttons"] = {_plain(label): action for label, action in said["buttons"]}
        memory.leather_chat = chat
        return self._say(discuss_channel, chat, said)

    # ------------------------------------------------------------
    # Hearing
    # ------------------------------------------------------------

    def _hear(self, chat, text, message):
        """What the message means at any step: that of the button, ``person``, or nothing; notes the language."""
        chat["seen"] = message.id
        labels = {phrase(name, language): action for language in CODES for name, action in OPENING}
        action = {**labels, **chat.pop("buttons", {})}.get(_plain(text))
        if not action:
            if self._expects_sentences(chat):
                chat["language"] = self._hear_language(chat, text)
            action = "person" if asks_for_person(text) else ""
        return action

    def _expects_sentences(self, chat):
        """Numbers, names and addresses tell nothing of the language."""
        phase = (chat.get("complaint") or {}).get("phase") or "text"
        return self.step_type == "leather_faq" or (self.step_type == "leather_complaint" and phase == "text")

    def _hear_language(self, chat, text):
        found = detect(text)
        is_sure = found.code != "unknown" and found.confidence >= SURE_LANGUAGE
        if is_sure and (len(text.split()) > 1 or not chat.get("language")):
            return found.code
        return chat.get("language")

    def _get_visitor_message(self, discuss_channel):
        """The visitor's latest message, with its files."""
        # sudo: the visitor's own message; they may not read what the bot posts beside it by this way
        return (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("author_id", "!=", self.chatbot_script_id.operator_partner_id.id),
                    ("model", "=", "discuss.channel"),
                    ("res_id", "=", discuss_channel.id),
                    ("message_type", "=", "comment"),
                ],
                order="id desc",
                limit=1,
            )
        )

    # ------------------------------------------------------------
    # Speaking
    # ------------------------------------------------------------

    def _say(self, discuss_channel, chat, said):
        body = plaintext2html(said["text"])
        if self._get_language(chat) == "ar":
            body = body.replace(Markup("<p>"), Markup('<p dir="rtl">'))
        labels = [label for label, _action in said["buttons"]]
        channel = discuss_channel.with_context(leather_choices=labels)
        return channel._chatbot_post_message(self.chatbot_script_id, body)

    def _note(self, chat, *texts, buttons=()):
        """What the next step is to say: names of phrases or plain texts, and (name or label, meaning) of buttons."""
        language = self._get_language(chat)
        chat["say"] = self._make_words(language, texts, buttons)

    def _make_words(self, language, texts, buttons):
        return {
            "text": "\n\n".join(_word(text, language) for text in texts if text),
            "buttons": [(_word(label, language), action) for label, action in buttons],
        }

    def _get_labels(self):
        """Of the buttons below the very first message, which the page shows before a conversation exists."""
        if self.step_type != "leather_faq" or self.is_forward_operator_child:
            return []
        return [phrase(name, self._get_page_language()) for name, _action in OPENING]

    def _get_language(self, chat):
        """``fr``, ``ar`` or ``en``: the language of the answers."""
        code = chat.get("language")
        if code == "arabizi":
            # sudo: the choice of the company, for a visitor
            return self._get_company().sudo().complaint_arabizi_language
        return code if code in CODES else self._get_page_language()

    def _get_page_language(self):
        code = (self.env.lang or "")[:2]
        return code if code in CODES else "en"

    def _get_installed_lang(self, chat):
        """The installed language for what is written in the steps themselves."""
        language = self._get_language(chat)
        installed = [code for code, _name in self.env["res.lang"].get_installed()]
        return next((code for code in installed if code[:2] == language), self.env.lang)

    # ------------------------------------------------------------
    # Around
    # ------------------------------------------------------------

    def _is_in_assistant(self):
        return any(step.step_type in LEATHER_TYPES for step in self.chatbot_script_id.script_step_ids)

    def _get_step(self, step_type):
        """The first step of a type in this script."""
        return self.chatbot_script_id.script_step_ids.filtered(lambda step: step.step_type == step_type)[:1]

    def _go(self, kind):
        """The step for ``ask``, ``order`` or ``complaint``; this one where the script has none."""
        return self._get_step(STEPS[kind]) or self

    def _get_company(self):
        return self.chatbot_script_id.leather_company_id or self.env.company

    def _get_visitor(self):
        """Who asks, for the limits: the account or the guest, and the address."""
        guest = self.env["mail.guest"]._get_guest_from_context()
        who = f"guest {guest.id}" if guest else f"partner {self.env.user.partner_id.id}"
        return who, request.httprequest.remote_addr if request else ""

    def _get_customer(self):
        """The customer who is logged in, if one is."""
        user = self.env.user
        return user.partner_id if user._is_portal() else user.partner_id.browse()


def _word(text, language):
    return phrase(text, language) if text in PHRASES else text


def _plain(text):
    return " ".join(text.split())
