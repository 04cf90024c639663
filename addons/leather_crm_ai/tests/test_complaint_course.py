from odoo.tests import Form, tagged

from .complaint_common import ComplaintMailCase

INJURY = "Bonjour, un ouvrier s'est blessé au pied : l'embout de sécurité a cassé, lot L-77."
LATE = "Bonjour, notre commande est toujours en retard, quand sera-t-elle livrée ?"


@tagged("post_install", "-at_install")
class TestComplaintCourse(ComplaintMailCase):
    """What becomes of a mail, with the reading of texts switched on: sorted, routed, called out, acknowledged."""

    _reads_texts = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["leather.complaint.route"].search([]).active = False
        cls.shoe = cls._make_shoe()
        cls.lot = cls._make_lot("L-77", cls.shoe)
        cls.order = cls._sell(cls.buyer, cls.shoe, 40, cls.lot)
        cls._sell(cls.rival, cls.shoe, 60, cls.lot)

    def test_danger_by_mail(self):
        """An injury: S4 at once, with lot, customers, clock and people, although nobody has looked at it."""
        complaint = self._receive(self._make_mail(INJURY, subject="Accident"))
        self.assertEqual((complaint.severity, complaint.language, complaint.lot_id), ("4", "fr", self.lot))
        self.assertTrue(complaint.contain_deadline and complaint.safety_alerted_on)
        self.assertFalse(complaint.is_severity_manual)
        alert = complaint.activity_ids.filtered(lambda activity: activity.user_id == self.leader)
        self.assertEqual(len(alert), 1)
        self.assertIn("L-77", alert.summary)
        self.assertIn("Customers who received it: 2 (100 pairs)", alert.note)
        self.assertIn("Rival Works", "".join(complaint.message_ids.mapped("body")))
        self.assertIn("Somebody was hurt", complaint.severity_words)

    def test_danger_by_phone(self):
        """A form sends its default severity along: nobody has decided, so the words count."""
        form = Form(self.env["leather.complaint"].with_user(self.agent))
        form.subject = "Accident"
        form.description = f"<p>{INJURY}</p>"
        form.partner_id = self.buyer
        complaint = form.save()
        self.assertEqual(complaint.severity, "4")
        self.assertTrue(complaint.safety_alerted_on)

    def test_danger_named_by_sales(self):
        """A salesperson may file, not write: all the same it is sorted and called out."""
        complaint = (
            self.env["leather.complaint"]
            .with_user(self.sales)
            .create({"subject": "Accident", "description": INJURY, "partner_id": self.buyer.id})
        )
        self.assertEqual(complaint.severity, "4")

    def test_danger_in_a_chat(self):
        """Over the method for programs, without a severity: read as any other."""
        result = self.env["leather.complaint"].with_user(self.agent).file_complaint({"text": INJURY, "channel": "chat"})
        self.assertEqual(self.env["leather.complaint"].browse(result["id"]).severity, "4")

    def test_person_decides_the_severity(self):
        """Words never change what a person has set."""
        complaint = self._receive(self._make_mail(LATE))
        complaint.with_user(self.agent).severity = "1"
        complaint.description = INJURY
        self.assertEqual(complaint.severity, "1")

    def test_routed_by_what_is_proposed(self):
        """Nobody has confirmed the category yet: the proposed one decides where it goes."""
        self.env["leather.complaint.route"].create(
            {"name": "Deliveries", "company_id": self.company_a.id, "team_id": self.team_2.id, "family": "D"}
        )
        complaint = self._receive(self._make_mail(LATE, subject="Retard"))
        self.assertEqual(complaint.shown_category_id.family, "D")
        self.assertEqual(complaint.team_id, self.team_2)
        self.assertIn("Deliveries", complaint.route_reason)

    def test_text_changed(self):
        """Somebody adds what the customer said on the phone: read again, called out now."""
        complaint = self._receive(self._make_mail(LATE))
        self.assertFalse(complaint.safety_alerted_on)
        complaint.with_user(self.agent).description = f"<p>{LATE}</p><p>{INJURY}</p>"
        self.assertEqual(complaint.severity, "4")
        self.assertTrue(complaint.safety_alerted_on)

    def test_third_complaint(self):
        """The third complaint of one customer in 90 days is serious, however small."""
        for _number in range(2):
            self._receive(self._make_mail("Les lacets sont cassés."))
        third = self._receive(self._make_mail("Les lacets sont cassés."))
        self.assertEqual(third.severity, "3")
        self.assertIn("2 complaints of this customer", third.severity_words)
