import io
import shutil
from datetime import timedelta

from lxml import html
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, tagged
from odoo.tools.pdf import OdooPdfFileReader

from .complaint_common import SUNDAY, ComplaintCase

REPORT = "leather_crm_ai.report_8d"
UNKNOWN = "Not yet known"


class ReportCase(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boot = cls._make_shoe("Boot S3")
        cls.lot = cls._make_lot("L-77", cls.boot)
        cls._sell(cls.customer, cls.boot, 10, lot=cls.lot)
        cls._sell(cls.rival, cls.boot, 20, lot=cls.lot)
        cls.complaint = cls._complain("The sole came off.", severity="4", user_id=cls.agent.id)

    @classmethod
    def _fill(cls):
        cls.complaint.write(
            {
                "product_id": cls.boot.id,
                "lot_id": cls.lot.id,
                "pairs": 12,
                "size": "43",
                "language": "en",
                "cause_id": cls.env.ref("leather_crm_ai.cause_material").id,
                "why_1": "The glue gave way",
                "why_2": "It was too old",
                "root_cause": "No date on the drum",
                "prevention": "All glues get a date",
                "resolution": "<p>Twelve new pairs</p>",
                "cost_credit": 4711,
                "cost_other": 4711,
                "action_ids": [
                    Command.create({"name": "Date on each drum", "user_id": cls.agent.id, "date_due": "2026-06-20"}),
                    Command.create({"name": "Sort the stock", "kind": "containment", "user_id": cls.agent_2.id}),
                    Command.create({"name": "Check all lines", "kind": "preventive"}),
                ],
            }
        )
        cls.complaint._hold_lot("Glue of Rival Works")

    def _render(self, complaints=None, user=None):
        complaints = complaints or self.complaint
        reports = self.env["ir.actions.report"].with_user(user or self.agent)
        content, _kind = reports._render_qweb_html(REPORT, complaints.ids)
        return content.decode()

    def _get_words(self, content):
        return " ".join(html.fromstring(content).text_content().split())


@tagged("post_install", "-at_install")
class TestComplaint8d(ReportCase):
    """The 8D report: everything that is known, nothing that is not the customer's business."""

    def test_full(self):
        self._fill()
        action = self.complaint.action_ids.filtered(lambda one: one.kind == "corrective")
        action.with_user(self.agent).action_done()
        action.with_user(self.agent).is_effective = "yes"
        self.complaint.action_close()
        words = self._get_words(self._render())
        for known in (
            self.complaint.name,
            "Hassi Drilling",
            "After-sales",
            "Boot S3",
            "L-77",
            "43",
            "The sole came off.",
            "The glue gave way",
            "It was too old",
            "No date on the drum",
            "Material",
            "Date on each drum",
            "06/20/2026",
            "Effective",
            self.agent.name,
            "Sort the stock",
            "Check all lines",
            "All glues get a date",
            "Twelve new pairs",
        ):
            self.assertIn(known, words)
        self.assertIn("Customers who received this lot 2", words)
        self.assertNotIn(UNKNOWN, words.split("D5")[1].split("D7")[0])

    def test_no_costs_and_no_other_customer(self):
        """Not even from the reason of the hold, which is for our own people."""
        self._fill()
        content = self._render()
        for secret in ("4711", "4,711", "9,422", "Rival"):
            self.assertNotIn(secret, content)

    def test_nothing_known(self):
        """Each part is there and says so."""
        empty = self._complain("Bad.", subject=False, partner_id=False, user_id=False)
        words = self._get_words(self._render(empty))
        for number in range(1, 9):
            self.assertIn(f"D{number}", words)
        self.assertGreater(words.count(UNKNOWN), 10)
        self.assertNotIn("False", words)

    def test_hostile_words(self):
        self.complaint.subject = self.complaint.why_1 = "<script>alert(1)</script>"
        self.assertNotIn("<script>alert", self._render())

    def test_verification_is_signed(self):
        action = self.env["leather.complaint.action"].with_user(self.agent)
        action = action.create({"name": "Check", "complaint_id": self.complaint.id, "is_effective": "no"})
        self.assertEqual(action.verified_by_id, self.agent)
        self.assertTrue(action.verified_on)
        action.with_user(self.agent).is_effective = False
        self.assertFalse(action.verified_by_id or action.verified_on)

    def test_in_the_language_of_the_customer(self):
        """Whoever prints; Arabic from right to left."""
        self._fill()
        for code in ("ar_001", "fr_FR"):
            self.env["res.lang"]._activate_lang(code)
        view = self.env.ref("leather_crm_ai.report_8d_facts")
        view.update_field_translations(
            "arch_db", {"fr_FR": {UNKNOWN: "Pas encore connu"}, "ar_001": {UNKNOWN: "غير معروف بعد"}}
        )
        self.complaint.language = "fr"
        french = self._render()
        self.assertIn("Pas encore connu", french)
        self.assertIn("20/06/2026", french)
        self.assertEqual(self._get_page(french).get("dir"), "ltr")
        self.complaint.language = "ar"
        arabic = self._render()
        self.assertIn("غير معروف بعد", arabic)
        self.assertEqual(self._get_page(arabic).get("dir"), "rtl")
        both = self._render(self.complaint | self._complain("The heel.", language="fr"))
        pages = html.fromstring(both).xpath("//div[contains(concat(@class, ' '), 'o_leather_8d ')]")
        self.assertEqual([page.get("dir") for page in pages], ["rtl", "ltr"])

    def _get_page(self, content):
        return html.fromstring(content).xpath("//div[contains(concat(@class, ' '), 'o_leather_8d ')]")[0]

    def test_agents_print_without_access_to_stock(self):
        self._fill()
        action = self.complaint.with_user(self.agent).action_print_8d()
        self.assertEqual(action["report_name"], REPORT)
        self.assertIn("L-77", self._render(user=self.agent))

    def test_strangers_do_not(self):
        for user in (self.agent_2, self.outsider, self.portal, self.manager_b):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._render(user=user)

    def test_sent_by_a_person(self):
        """The button opens a mail to the customer with the report in it; nothing leaves before it is sent."""
        self._fill()
        action = self.complaint.with_user(self.agent).action_send_8d()
        before = len(self.complaint.message_ids)
        composers = self.env["mail.compose.message"].with_user(self.agent).with_context(**action["context"])
        composer = Form(composers).save()
        self.assertEqual(composer.partner_ids, self.buyer)
        self.assertIn(self.complaint.name, composer.subject)
        self.assertEqual(len(composer.attachment_ids), 1)
        self.assertIn(self.complaint.name.replace("/", "-"), composer.attachment_ids.name)
        self.assertEqual(len(self.complaint.message_ids), before)
        composer.action_send_mail()
        message = self.complaint.message_ids[0]
        self.assertEqual((message.partner_ids, len(message.attachment_ids)), (self.buyer, 1))
        self.assertEqual(self.complaint.answer_count, 1)

    def test_query_counts(self):
        def count_queries(number):
            complaints = self.env["leather.complaint"].concat(
                *(
                    self._complain(f"Case {index}", received_on=SUNDAY + timedelta(hours=index), lot_id=False)
                    for index in range(number)
                )
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            for complaint in complaints:
                complaint._get_8d()
            return self.cr.sql_log_count - before

        count_queries(2)
        self.assertEqual(count_queries(10), count_queries(100))


@tagged("post_install", "-at_install")
class TestComplaint8dFile(ReportCase, HttpCase):
    """The file itself, where the program that makes PDFs is there."""

    def test_file(self):
        if not shutil.which("wkhtmltopdf"):
            self.skipTest("optional: wkhtmltopdf makes the file")
        self._fill()
        self.env["ir.config_parameter"].sudo().set_param("report.url", self.base_url())
        self.env.flush_all()
        reports = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        content, kind = reports._render_qweb_pdf(REPORT, self.complaint.ids)
        self.assertEqual((kind, content[:5]), ("pdf", b"%PDF-"))
        # fonts are embedded as outlines where Qt has no patches, so the words cannot be asked for
        self.assertGreater(len(OdooPdfFileReader(io.BytesIO(content)).pages), 0)
        self.assertGreater(len(content), 10_000)
