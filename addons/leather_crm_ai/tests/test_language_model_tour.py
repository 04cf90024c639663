from odoo.tests import HttpCase, tagged

from . import test_tours
from .test_language_model import LanguageModelCase


@tagged("post_install", "-at_install")
class TestLanguageModelTour(LanguageModelCase, HttpCase):
    """The language model's two buttons in a real browser, against a real server on this machine."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        test_tours.TestTours._mend_package.__func__(cls)
        cls.complaint.sudo().write({"subject": "Semelles décollées", "user_id": cls.agent.id})

    def _answer(self, handler):
        question = self.server.requests[-1][2]
        text = (
            "The sole of lot ⟦LOT_1⟧ came off."
            if "Translate" in question
            else "Bien, ⟦NAME_2⟧ https://evil.example/pay"
        )
        self.server.reply = text
        self.server.send(handler)
        self.server.reply = self._answer

    def test_agent(self):
        self.server.reply = self._answer
        self.start_tour("/odoo/complaints", "leather_complaint_language_model", login="cpl_agent", timeout=180)
        uses = self.env["leather.language.model.use"].search([("company_id", "=", self.company_a.id)])
        self.assertEqual(sorted(uses.mapped("purpose")), ["draft", "translation"])
        self.assertFalse(self.complaint.first_answered_on)
        self.assertNotIn("Nadia", self.server.sent)

    def test_down(self):
        self.server.reply, self.server.status = "no", 500
        self.start_tour("/odoo/complaints", "leather_complaint_language_model_down", login="cpl_agent", timeout=180)
        self.assertEqual(self.complaint.draft_source, "template")
