from odoo.tests import tagged

from .common import ChatCase


@tagged("post_install", "-at_install")
class TestChatTours(ChatCase):
    """A visitor in a real browser: asks, sees an order only with proof, complains with a photo, is handed over."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        boot = cls._make_shoe()
        cls._sell(cls.buyer, boot, 60, cls._make_lot("L-1", boot)).name = "S77001"
        cls.env["ir.config_parameter"].set_param("web.base.url", cls.base_url())
        cls.env["ir.config_parameter"].set_param("web.base.url.freeze", "True")

    def _visit(self, language, code):
        self.env["res.lang"]._activate_lang(code)
        self.env["ir.module.module"]._load_module_terms(["leather_crm_ai_livechat"], [code])
        self._be_there()
        path = f"/im_livechat/support/{self.livechat.id}"
        self.start_tour(path, f"leather_chat_{language}", cookies={"frontend_lang": code}, timeout=180)
        complaint = self.env["leather.complaint"].search(
            [("company_id", "=", self.company_a.id)], order="id desc", limit=1
        )
        self.assertRecordValues(complaint, [{"channel": "chat", "email_from": "nadia@hassi.example"}])
        self.assertEqual(complaint.message_ids.attachment_ids.mimetype, "image/jpeg")
        chat = self.env["discuss.channel"].search([("livechat_channel_id", "=", self.livechat.id)], limit=1)
        self.assertEqual(chat.livechat_operator_id, self.agent.partner_id)

    def test_english(self):
        self._visit("en", "en_US")

    def test_french(self):
        self._visit("fr", "fr_FR")

    def test_arabic(self):
        self._visit("ar", "ar_001")
