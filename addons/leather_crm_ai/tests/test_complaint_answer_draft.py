from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .complaint_common import ComplaintCase


@tagged("post_install", "-at_install")
class TestComplaintAnswerDraft(ComplaintCase):
    """The draft of an answer: what it says, what it does not, and that a person sends it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        templates = cls.env["leather.reply.template"]
        templates.search([]).write({"active": False})  # what is installed is not what these tests are about
        cls.sole_en, cls.sole_fr, cls.any_en, cls.danger_en = templates.create(
            [
                {
                    "name": "Sole",
                    "code": "sole",
                    "language": "en",
                    "category_ids": [Command.set(cls._category("Q1").ids)],
                    "body": "<p>Hello {customer},</p><p>[Order {order}, lot {lot}.] Until {delivery_date}.</p>",
                },
                {
                    "name": "Sole",
                    "code": "sole",
                    "language": "fr",
                    "category_ids": [Command.set(cls._category("Q1").ids)],
                    "body": "<p>Bonjour {customer},</p><p>dossier {reference}.</p>",
                },
                {"name": "Any", "language": "en", "body": "<p>Hello {customer}, {reference}.</p>"},
                {"name": "Danger", "language": "en", "min_severity": "4", "body": "<p>Stop wearing them.</p>"},
            ]
        )
        cls.shoe = cls._make_shoe()
        cls.lot = cls._make_lot("L77", cls.shoe)
        cls.order = cls._sell(cls.buyer, cls.shoe, 20, cls.lot)
        cls.complaint = cls._complain(
            language="en",
            category_id=cls._category("Q1").id,
            sale_order_id=cls.order.id,
            lot_id=cls.lot.id,
            product_id=cls.shoe.id,
        )
        cls.complaint = cls.complaint.with_user(cls.agent)

    # ------------------------------------------------------------
    # What it says
    # ------------------------------------------------------------

    def test_facts_of_a_certain_customer(self):
        body = self.complaint.draft_body
        self.assertIn("Hello Nadia Buyer,", body)
        self.assertIn(f"Order {self.order.name}, lot L77.", body)
        self.assertIn("o_leather_gap_delivery_date", body)
        self.assertEqual(self.complaint.draft_missing, "date for which the delivery is planned")
        draft = self.complaint._get_draft()
        self.assertEqual(draft["missing"], ["delivery_date"])
        self.assertEqual((draft["language"], draft["template_id"]), ("en", self.sole_en.id))
        self.assertIn('dir="ltr"', draft["body"])
