import base64
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.leather_crm_ai.controllers.complaint_photos import MAX_PHOTOS

from ..models import leather_complaint_throttle
from .common import ChatCase


@tagged("post_install", "-at_install")
class TestChatComplaint(ChatCase):
    """A complaint filed in the chat."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boot = cls._make_shoe()
        cls.order = cls._sell(cls.buyer, cls.boot, 60, cls._make_lot("L-1", cls.boot))

    def _latest(self):
        return self.env["leather.complaint"].search([("company_id", "=", self.company_a.id)], order="id desc", limit=1)

    def _file(self, chat, email="nadia@hassi.example", order="none"):
        chat.say("File a complaint")
        chat.say("The sole came off after two weeks on 12 pairs.")
        chat.say(order if order != "none" else "I do not have it")
        return chat.say(email)

    def test_with_order_address_and_photo(self):
        chat = self._chat()
        self.assertIn("photos", self._file(chat, order=self.order.name))
        self.assertIn("1", chat.say("here it is", [self._photo()]))
        answer = chat.say("Done")
        complaint = self._latest()
        self.assertIn(complaint.name, answer)
        self.assertRecordValues(
            complaint,
            [
                {
                    "channel": "chat",
                    "email_from": "nadia@hassi.example",
                    "partner_id": self.buyer.id,
                    "partner_is_verified": False,
                    "sale_order_id": self.order.id,
                }
            ],
        )
        self.assertIn("12 pairs", complaint.description)
        self.assertIn("here it is", complaint.description)
        photo = complaint.message_ids.attachment_ids
        self.assertEqual(photo.mimetype, "image/jpeg")

    def test_without_order_and_photo(self):
        chat = self._chat()
        self._file(chat, email="stranger@nowhere.example")
        chat.say("that's all")
        complaint = self._latest()
        self.assertEqual(complaint.email_from, "stranger@nowhere.example")
        self.assertFalse(complaint.partner_id)
        self.assertFalse(complaint.sale_order_id)

    def test_somebody_elses_order_is_not_linked(self):
        chat = self._chat()
        self._file(chat, email="office@rival.example", order=self.order.name)
        chat.say("Done")
        self.assertEqual(self._latest().partner_id, self.rival)
        self.assertFalse(self._latest().sale_order_id)

    def test_what_was_said_is_not_asked(self):
        chat = self._chat()
        chat.say("File a complaint")
        answer = chat.say(f"Sole off on 3 pairs of order {self.order.name}, write to nadia@hassi.example")
        self.assertIn("photos", answer)

    def test_a_whole_complaint_as_the_first_message(self):
        chat = self._chat()
        answer = chat.say("Bonjour, la semelle s'est décollée sur toutes mes chaussures après deux semaines")
        self.assertIn(self.env.ref("leather_crm_ai_livechat.faq_complaint").answer_fr, answer)
        chat.say("je ne l'ai pas")
        chat.say("nadia@hassi.example")
        chat.say("terminé")
        self.assertIn("décollée", self._latest().description)

    def test_logged_in_customer(self):
        chat = self._chat(login="cpl_portal")
        chat.say("File a complaint")
        chat.say("The sole came off after two weeks.")
        self.assertIn("photos", chat.say("I do not have it"))
        chat.say("Done")
        self.assertRecordValues(
            self._latest(),
            [{"channel": "chat", "partner_id": self.portal.partner_id.id, "partner_is_verified": True}],
        )

    def test_bad_address(self):
        chat = self._chat()
        self.assertIn("not an e-mail address", self._file(chat, email="nadia at hassi"))
        self.assertIn("photos", chat.say("nadia@hassi.example"))

    def test_only_pictures(self):
        chat = self._chat()
        self._file(chat)
        evil = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
        self.assertIn("only take photos", chat.say("", [self._photo("x.svg", evil)]))
        chat.say("Done")
        self.assertFalse(self._latest().message_ids.attachment_ids)

    def test_more_photos_than_are_taken(self):
        """The surplus is left out; the complaint is filed all the same."""
        chat = self._chat()
        self._file(chat)
        photos = [self._photo() for _photo in range(2 * MAX_PHOTOS + 4)]
        self.assertIn(f"received: {MAX_PHOTOS}.", chat.say("", photos[: MAX_PHOTOS + 2]))
        answer = chat.say("Done", photos[MAX_PHOTOS + 2 :])
        self.assertIn(self._latest().name or "no complaint", answer)
        self.assertEqual(len(self._latest().message_ids.attachment_ids), MAX_PHOTOS)

    def test_cancel(self):
        before = self._latest()
        chat = self._chat()
        self._file(chat)
        self.assertIn("filed nothing", chat.say("Cancel"))
        self.assertEqual(self._latest(), before)

    def test_too_short(self):
        chat = self._chat()
        chat.say("File a complaint")
        self.assertIn("a little more", chat.say("bad"))

    def test_words_that_nobody_sees(self):
        chat = self._chat()
        chat.say("File a complaint")
        self.assertIn("a little more", chat.say("\u200b" * 20))

    def test_html_is_text(self):
        chat = self._chat()
        chat.say("File a complaint")
        chat.say("<script>alert(1)</script> the sole came off <img src=x onerror=alert(1)>")
        chat.say("I do not have it")
        chat.say("nadia@hassi.example")
        chat.say("Done")
        self.assertNotIn("<script", self._latest().description)
        self.assertNotIn("<img", self._latest().description)
        self.assertIn("the sole came off", self._latest().description)

    def test_limit(self):
        with patch.dict(leather_complaint_throttle.CHAT_LIMITS, chat_file_visitor=1):
            chat = self._chat()
            self._file(chat)
            chat.say("Done")
            first = self._latest()
            self._file(chat)
            self.assertIn("many messages", chat.say("Done"))
            self.assertEqual(self._latest(), first)

    def test_the_other_companys_assistant_files_there(self):
        self.script.leather_company_id = self.company_b
        chat = self._chat()
        self._file(chat)
        chat.say("Done")
        complaint = self.env["leather.complaint"].search([], order="id desc", limit=1)
        self.assertEqual(complaint.company_id, self.company_b)
