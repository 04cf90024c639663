from odoo import models

from odoo.addons.leather_crm_ai.engine.text.faq import ANSWER, CHOOSE, is_no, is_yes

from .chatbot_script_step import OPENING

MORE = (("button_order", "order"), ("button_complaint", "complaint"), ("button_person", "person"))
HELP = (("button_person", "person"), ("button_message", "complaint"), ("button_ask", "ask"))
WORDS_OF_A_COMPLAINT = 8  # from which a text that is a complaint is taken as its text


class ChatbotScriptStep(models.Model):
    """Answers from the questions and answers, and the way to everything else."""

    _inherit = "chatbot.script.step"

    def _open_leather_faq(self, chat):
        language = self._get_language(chat)
        if self.is_forward_operator_child:
            return self._make_words(language, ["nobody"], HELP[1:])
        return self._make_words(language, ["welcome"], OPENING)

    def _answer_leather_faq(self, chat, text, action, message):
        """The step that comes next."""
        kind, _colon, number = action.partition(":")
        if kind in ("order", "complaint"):
            return self._go(kind)
        if kind == "ask":
            self._note(chat, "more")
            return self._go("ask")
        if kind == "faq":
            return self._answer_with(chat, self.env["leather.faq"].browse(int(number)).exists(), text, message)
        if kind == "none":
            return self._give_up(chat, chat.pop("asked", ""))
        if use := chat.pop("use", None):
            helped = kind or (is_yes(text) and "yes") or (is_no(text) and "no")
            if helped in ("yes", "no"):
                return self._take_opinion(chat, use, helped)
        if not text and message.attachment_ids:
            return self._go("complaint")._answer_leather_complaint(chat, text, action, message)
        return self._look_up(chat, text, message)

    def _look_up(self, chat, text, message):
        kind, entries = self.env["leather.faq"]._match(text, self._get_company())
        if kind == ANSWER and entries:
            return self._answer_with(chat, entries, text, message)
        if kind == CHOOSE and entries:
            chat["asked"] = text
            language = self._get_language(chat)
            buttons = [(entry.sudo()._get_question(language), f"faq:{entry.id}") for entry in entries]
            self._note(chat, "choose", buttons=[*buttons, ("button_none", "none")])
            return self._go("ask")
        return self._give_up(chat, text)

    def _answer_with(self, chat, entry, text, message):
        """Say an answer, then what goes with it."""
        # sudo: visitors may read the answers
        entry = entry.sudo()
        if not entry:
            return self._give_up(chat, text)
        use = self._remember_use(chat, entry)
        if entry.action == "person" and (forward := self._get_step("forward_operator")):
            return forward
        answer = entry._get_answer(self._get_language(chat))
        if entry.action in ("order", "complaint") and self._get_step(f"leather_{entry.action}"):
            return self._begin(chat, entry.action, answer, text, message)
        if entry.action == "answer":
            chat["use"] = use.id
            self._note(chat, answer, "helped", buttons=[("button_yes", "yes"), ("button_no", "no")])
        else:
            self._note(chat, answer, buttons=MORE)
        return self._go("ask")

    def _begin(self, chat, kind, answer, text, message):
        """Go to another step with what has been said already."""
        step = self._go(kind)
        if kind == "order":
            return step._answer_leather_order(chat, text, "begin", message)
        if len(text.split()) >= WORDS_OF_A_COMPLAINT:
            chat["complaint"] = {"phase": "text"}
            step._answer_leather_complaint(chat, text, "", message)
        else:
            chat.pop("complaint", None)
            chat["say"] = step._open_leather_complaint(chat)
        chat["say"]["text"] = f"{answer}\n\n{chat['say']['text']}"
        return step

    def _remember_use(self, chat, entry):
        values = {"faq_id": entry.id, "company_id": self._get_company().id, "language": chat.get("language") or False}
        # sudo: visitors cause the count, they cannot write it
        return self.env["leather.faq.use"].sudo().create(values)

    def _take_opinion(self, chat, use, helped):
        # sudo: the answer that this visitor got
        self.env["leather.faq.use"].sudo().browse(use).exists().helped = helped
        if helped == "yes":
            self._note(chat, "glad", buttons=MORE)
        else:
            self._note(chat, "sorry", buttons=HELP)
        return self._go("ask")

    def _give_up(self, chat, text):
        """Say so, offer a person, and keep the question for the manager."""
        # sudo: visitors have no right to the list
        self.env["leather.faq.unanswered"].sudo()._collect(text, chat.get("language"), self._get_company())
        self._note(chat, "unknown", buttons=HELP)
        return self._go("ask")
