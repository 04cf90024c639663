import base64

from odoo import SUPERUSER_ID, models
from odoo.tools import email_normalize
from PIL import Image

from odoo.addons.leather_crm_ai.controllers.complaint_form import is_blank
from odoo.addons.leather_crm_ai.controllers.complaint_photos import MAX_BYTES, MAX_PHOTOS, redraw
from odoo.addons.leather_crm_ai.engine.text.entities import extract
from odoo.addons.leather_crm_ai.engine.text.faq import is_done, is_no

from .chatbot_step_order import _find_email, _find_number
from .words import phrase

SHORT = 8  # characters that say nothing yet
MAX_WORDS = 20_000
BUTTONS = {
    "text": (("button_cancel", "cancel"),),
    "order": (("button_skip", "skip"), ("button_cancel", "cancel")),
    "email": (("button_cancel", "cancel"),),
    "photos": (("button_done", "done"), ("button_cancel", "cancel")),
}


class ChatbotScriptStep(models.Model):
    """A complaint in a few questions: what, which order, how to answer, photos.  What has been said is not asked."""

    _inherit = "chatbot.script.step"

    def _open_leather_complaint(self, chat):
        draft = chat.setdefault("complaint", {})
        phase = draft["phase"] = self._get_phase(draft)
        return self._make_words(self._get_language(chat), [f"complaint_{phase}"], BUTTONS[phase])

    def _answer_leather_complaint(self, chat, text, action, message):
        if action == "cancel":
            chat.pop("complaint", None)
            self._note(chat, "complaint_dropped")
            return self._go("ask")
        draft = chat.setdefault("complaint", {})
        phase = draft.get("phase") or "text"
        refused = self._take_photos(draft, message)
        problem = getattr(self, f"_hear_{phase}")(draft, text, action)
        problem = refused or problem
        if problem:
            self._note(chat, self._word_problem(chat, problem, draft), buttons=BUTTONS[phase])
            return self
        if draft.get("is_complete"):
            return self._file_complaint(chat, draft)
        chat["say"] = self._open_leather_complaint(chat)
        return self

    def _get_phase(self, draft):
        if not draft.get("text"):
            return "text"
        if "order" not in draft:
            return "order"
        return "photos" if draft.get("email") or self._get_customer() else "email"

    def _word_problem(self, chat, problem, draft):
        if problem != "complaint_photo_got":
            return problem
        return phrase(problem, self._get_language(chat), count=len(draft["photos"]))

    # ------------------------------------------------------------
    # What is answered at each phase; the name of a phrase when it does not do
    # ------------------------------------------------------------

    def _hear_text(self, draft, text, action):
        if len(text) < SHORT or is_blank(text):
            return "complaint_short"
        draft["text"] = text
        if orders := extract(text).orders:
            draft["order"] = orders[0]
        if email := _find_email(text):
            draft["email"] = email
        return None

    def _hear_order(self, draft, text, action):
        draft["order"] = "" if action == "skip" else _find_number(text) or ""
        if not draft["order"] and action != "skip" and not is_no(text):
            self._add_words(draft, text)
        return None

    def _hear_email(self, draft, text, action):
        email = _find_email(text)
        if not email:
            return "complaint_email_bad"
        draft["email"] = email
        return None

    def _hear_photos(self, draft, text, action):
        if action == "done" or is_done(text) or is_no(text):
            draft["is_complete"] = True
            return None
        self._add_words(draft, text)
        return "complaint_photo_got" if draft.get("photos") else "complaint_photos"

    def _add_words(self, draft, text):
        if text:
            draft["text"] = f"{draft['text']}\n{text}"[:MAX_WORDS]

    # ------------------------------------------------------------
    # Photos
    # ------------------------------------------------------------

    def _take_photos(self, draft, message):
        """Note the files of a message that are photos, as many as a complaint takes; says when one is none."""
        # sudo: the files of the visitor's own message
        files = message.sudo().attachment_ids[:MAX_PHOTOS]
        photos = files.filtered(lambda file: file.file_size <= MAX_BYTES and _redraw(file.raw))
        draft["photos"] = (draft.get("photos") or [])[: MAX_PHOTOS - len(photos)] + photos.ids
        return "complaint_photo_bad" if files - photos else None

    def _read_photos(self, draft):
        # sudo: noted from the visitor's own messages
        files = self.env["ir.attachment"].sudo().browse(draft.get("photos") or []).exists()
        pictures = [_redraw(file.raw) for file in files]
        return [
            {"name": f"photo-{number}.jpg", "data": base64.b64encode(picture).decode()}
            for number, picture in enumerate(pictures, 1)
            if picture
        ]

    # ------------------------------------------------------------
    # Filing
    # ------------------------------------------------------------

    def _file_complaint(self, chat, draft):
        chat.pop("complaint", None)
        email = draft.get("email") or self._get_customer().email or ""
        visitor, address = self._get_visitor()
        senders = {"chat_file_visitor": visitor, "ip": address, "email": email_normalize(email) or ""}
        # sudo: visitors may not see who wrote how often
        throttle = self.env["leather.complaint.throttle"].sudo()
        if not throttle._is_allowed(**senders):
            self._note(chat, "complaint_many")
            return self._go("ask")
        throttle._remember(**senders)
        complaint = self._create_complaint(draft, email)
        filed = phrase("complaint_filed", self._get_language(chat), reference=complaint.name, email=email)
        self._note(chat, filed, "more")
        return self._go("ask")

    def _create_complaint(self, draft, email):
        values = {
            "text": draft["text"],
            "order": draft.get("order") or False,
            "attachments": self._read_photos(draft),
        }
        company = self._get_company()
        if self._get_customer():
            # in the customer's own name and with their rights
            filed = self.env(su=False)["leather.complaint"].with_company(company).file_complaint(values)
        else:
            # sudo: visitors have no rights at all; nothing they sent is used as a link to a record
            filer = self.env(user=SUPERUSER_ID)["leather.complaint"].with_company(company)
            # an address is a claim, as in a mail: the contact is guessed by it; our own people are no customers
            claimed = filer.new({"email_from": email, "company_id": company.id})
            partner = claimed._find_contact().filtered("partner_share")
            values.update(channel="chat", email=email, partner_id=partner.id, company_id=company.id)
            filed = filer.file_complaint(values)
        # sudo: the way it came is ours to note
        complaint = self.env["leather.complaint"].sudo().browse(filed["id"])
        complaint.channel = "chat"
        return complaint


def _redraw(content):
    """The picture as we keep it; nothing when it is none."""
    try:
        return redraw(content or b"")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
