from odoo import fields
from odoo.tests import HttpCase, tagged

from ..models import leather_reply_document
from . import test_tours
from .complaint_common import ComplaintCase


@tagged("post_install", "-at_install")
class TestComplaintAnswerTours(ComplaintCase, HttpCase):
    """An agent answers from a draft, a manager writes a template, in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        test_tours.TestTours._mend_package.__func__(cls)
        cls.addClassCleanup(leather_reply_document._loaded.clear)
        cls.env["leather.complaint.route"].search([]).write({"active": False})
        cls.env["leather.reply.template"].create(
            {
                "name": "Sole, ours",
                "language": "fr",
                "sequence": 1,
                "category_ids": cls._category("Q1").ids,
                "company_id": cls.company_a.id,
                "body": "<p>Bonjour {customer},</p><p>dossier {reference}.</p>",
            }
        )
        rival = cls.env["res.partner"].create({"name": "Rachid Hamdoune", "parent_id": cls.rival.id})
        past = cls._complain(
            "Les semelles se décollent", partner_id=rival.id, language="fr", resolution_type="replacement"
        )
        past.message_post(
            body="Bonjour Monsieur Hamdoune, vos paires partent le 3 mai 2026.",
            author_id=cls.agent.partner_id.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=rival.ids,
        )
        past.stage_id = cls.stage_resolved
        while cls.env["leather.reply.document"]._write_waiting(500):
            pass
        cls.complaint = cls._complain(
            "Deux paires aux semelles décollées",
            subject="Semelles décollées",
            language="fr",
            category_id=cls._category("Q1").id,
            received_on=fields.Datetime.now(),
        )

    def test_agent(self):
        self.start_tour("/odoo/complaints", "leather_complaint_answer", login="cpl_agent", timeout=180)
        use = self.env["leather.reply.use"].search([("complaint_id", "=", self.complaint.id)])
        self.assertEqual((use.source, use.user_id), ("template", self.agent))
        self.assertTrue(use.sent_on)
        self.assertLess(use.share_kept, 1.0)
        self.assertTrue(self.complaint.first_answered_on)
        self.assertEqual(self.complaint.message_ids.filtered("partner_ids").partner_ids, self.buyer)
        self.assertFalse(self.complaint.draft_kept)

    def test_manager(self):
        self.start_tour("/odoo/complaints", "leather_reply_template", login="cpl_manager", timeout=180)
        template = self.env["leather.reply.template"].search([("name", "=", "Pairs by the hundred")])
        self.assertIn("{customer}", template.body)
