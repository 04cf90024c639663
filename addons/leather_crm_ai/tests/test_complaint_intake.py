import base64
import io
import json
from datetime import datetime, timedelta

import openpyxl
from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .complaint_common import ComplaintCase

HEADER = [
    "Customer",
    "Subject",
    "In the customer's words",
    "Category",
    "Severity",
    "Received on",
    "Stage",
    "Pairs affected",
]


@tagged("post_install", "-at_install")
class TestFileComplaint(ComplaintCase):
    """The method for chats and other programs."""

    def _file(self, user=None, **vals):
        model = self.env["leather.complaint"].with_user(user or self.agent)
        result = model.file_complaint({"text": "The sole came off.", **vals})
        json.dumps(result)
        self.assertEqual(set(result), {"id", "reference", "url"})
        return self.env["leather.complaint"].browse(result["id"])

    def test_chat(self):
        """A chat hands over: words, customer and what was named."""
        shoe = self._make_shoe()
        lot = self._make_lot("L-77", shoe)
        order = self._sell(self.buyer, shoe, 4, lot)
        complaint = self._file(
            channel="chat",
            partner_id=self.buyer.id,
            subject="Sole",
            order=order.name,
            lot="L-77",
            pairs=3,
            size="42",
            category="q1",
            severity="4",
            attachments=[{"name": "a.txt", "data": base64.b64encode(b"photo").decode()}],
        )
        self.assertEqual(
            (complaint.channel, complaint.partner_id, complaint.sale_order_id, complaint.lot_id, complaint.pairs),
            ("chat", self.buyer, order, lot, 3),
        )
        self.assertEqual((complaint.category_id.code, complaint.severity, complaint.size), ("Q1", "4", "42"))
        self.assertFalse(complaint.partner_is_verified)
        self.assertEqual(complaint.message_ids.attachment_ids.raw, b"photo")
        self.assertIn("L-77", complaint.activity_ids[0].summary)
        self.assertIn("The sole came off.", complaint.text)

    def test_least(self):
        complaint = self._file()
        self.assertEqual(
            (complaint.channel, complaint.subject, complaint.company_id), ("api", "The sole came off.", self.company_a)
        )
        self.assertEqual(self._file(text="", subject="Only this").subject, "Only this")

    def test_reference_and_url(self):
        result = self.env["leather.complaint"].with_user(self.agent).file_complaint({"text": "x"})
        complaint = self.env["leather.complaint"].browse(result["id"])
        self.assertEqual(result["reference"], complaint.name)
        self.assertTrue(result["url"].endswith(f"/my/complaints/{complaint.id}"))
        self.assertNotIn("token", result["url"])

    def test_text_is_text(self):
        """Markup in a chat stays text."""
        complaint = self._file(text="<script>alert(1)</script> & more")
        self.assertIn("&lt;script&gt;", complaint.description)
        self.assertEqual(complaint.text.splitlines()[-1], "<script>alert(1)</script> & more")

    def test_refused(self):
        """Values that are missing, unknown, of the wrong kind, or not theirs to give."""
        for vals in (
            {"text": "  "},
            {"text": "x", "cost_total": 9},
            {"text": "x", "pairs": "three"},
            {"text": "x", "partner_id": "3"},
            {"text": "x", "partner_id": True},
            {"text": "x", "partner_id": 10**8},
            {"text": "x", "channel": "mail"},
            {"text": "x", "category": "Q99"},
            {"text": "x", "severity": "9"},
            {"text": "x", "attachments": [{"name": "a"}]},
            {"text": "x", "attachments": [{"name": "a", "data": "not base64!"}]},
            {"text": "x", "attachments": [{"name": "a", "data": ""}] * 11},
            {"text": ["x"]},
            "text",
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self.env["leather.complaint"].with_user(self.agent).file_complaint(vals)

    def test_context_of_the_caller(self):
        """Defaults and switches that a caller smuggles in are not heard."""
        context = {"default_cost_credit": 9, "default_severity": "0", "leather_quiet": True, "default_active": False}
        model = self.env["leather.complaint"].with_context(**context)
        for user in (self.portal, self.agent):
            complaint = self.env["leather.complaint"].browse(
                model.with_user(user).file_complaint({"text": "Words"})["id"]
            )
            with self.subTest(user=user.login):
                self.assertFalse(complaint.cost_credit)
                self.assertTrue(complaint.active and complaint.team_id)
                self.assertEqual(complaint.severity, "2")

    def test_large_file(self):
        data = base64.b64encode(b"x" * (10 * 1024 * 1024 + 1)).decode()
        with self.assertRaises(UserError):
            self._file(attachments=[{"name": "big", "data": data}])

    def test_who_may(self):
        """Agents and sales people; nobody without a role; nobody into another company."""
        self.assertEqual(self._file(self.sales, partner_id=self.buyer.id).create_uid, self.sales)
        for user in (self.outsider, self.planner, self.env.ref("base.public_user")):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._file(user)
        with self.assertRaises(AccessError):
            self._file(company_id=self.company_b.id)

    def test_customer(self):
        """A customer who is logged in files in their own name only, on their own orders only."""
        shoe = self._make_shoe(tracking="none")
        own, foreign = self._sell(self.customer, shoe, 1), self._sell(self.rival, shoe, 1)
        complaint = self._file(self.portal, order=own.name)
        self.assertEqual(
            (complaint.partner_id, complaint.channel, complaint.partner_is_verified, complaint.sale_order_id),
            (self.portal.partner_id, "portal", True, own),
        )
        self.assertTrue(complaint.with_user(self.portal).has_access("read"))
        self.assertFalse(self._file(self.portal, order=foreign.name).sale_order_id)
        for vals in ({"partner_id": self.rival.id}, {"severity": "4"}, {"email": "x@y.example"}, {"company_id": 1}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self._file(self.portal, **vals)


@tagged("post_install", "-at_install")
class TestComplaintText(ComplaintCase):
    """What is read: subject and words, but nothing twice."""

    def _read(self, subject, words):
        return self._complain(words, subject=subject).text

    def test_subject_is_read_once(self):
        for subject, words, text in (
            ("Sole", "It came off", "Sole\nIt came off"),
            ("The sole came", "The  sole\ncame off", "The sole\ncame off"),
            ("the SOLE came off", "The sole came off.", "The sole came off."),
            ("The sole …", "The sole came off", "The sole came off"),
            ("الشكوى", "الشكوى عن النعل", "الشكوى عن النعل"),
            # the same letters are not the same word
            ("Sol", "Sole came off", "Sol\nSole came off"),
            ("came off", "The sole came off", "came off\nThe sole came off"),
            ("", "It came off", "It came off"),
            (False, "It came off", "It came off"),
            ("Only this", "", "Only this"),
        ):
            with self.subTest(subject=subject, words=words):
                self.assertEqual(self._read(subject, words), text)

    def test_form_without_subject(self):
        """A long message: its first words are the subject, and are read once."""
        message = "The sole of three pairs came off after two days on the site and nobody can work in them any more."
        complaint = self.env["leather.complaint"].browse(
            self.env["leather.complaint"].with_user(self.agent).file_complaint({"text": message})["id"]
        )
        self.assertTrue(complaint.subject.endswith(" …"))
        self.assertEqual(complaint.text, message)


@tagged("post_install", "-at_install")
class TestComplaintImport(ComplaintCase):
    """Odoo's own import takes complaints, by the names of the columns."""

    def _import(self, rows, header=HEADER, dryrun=False):
        content = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [header, *rows])
        wizard = (
            self.env["base_import.import"]
            .with_user(self.manager)
            .create(
                {
                    "res_model": "leather.complaint",
                    "file": content.encode(),
                    "file_type": "text/csv",
                    "file_name": "c.csv",
                }
            )
        )
        options = {"quoting": '"', "separator": ",", "has_headers": True}
        preview = wizard.parse_preview(options, count=5)
        self.assertNotIn("error", preview)
        matched = [(preview["matches"].get(index) or [False])[0] for index in range(len(header))]
        result = wizard.execute_import(
            matched, header, options | {"date_format": "%Y-%m-%d", "datetime_format": "%Y-%m-%d %H:%M:%S"}, dryrun
        )
        return result, matched

    def test_import(self):
        result, matched = self._import(
            [
                ["Rival Works", "Sole", "It came off", "Q1", "S3 · Serious", "2026-05-03 09:00:00", "Resolved", "4"],
                ["Rival Works", "=1+1", "@SUM(A1)", "D1", "S2 · Impaired", "2026-05-04 09:00:00", "New", "0"],
            ]
        )
        self.assertFalse(result["messages"])
        self.assertEqual(
            matched,
            ["partner_id", "subject", "description", "category_id", "severity", "received_on", "stage_id", "pairs"],
        )
        first, second = self.env["leather.complaint"].browse(result["ids"])
        self.assertEqual(
            (first.partner_id, first.category_id.code, first.severity, first.stage_id, first.pairs, first.channel),
            (self.rival, "Q1", "3", self.stage_resolved, 4, "import"),
        )
        self.assertTrue(first.name != second.name and first.name.startswith("R/"))
        self.assertTrue(first.partner_is_verified)
        mails = self.env["mail.mail"].search([("model", "=", "leather.complaint"), ("res_id", "in", result["ids"])])
        self.assertFalse(mails.filtered("email_to"))

    def test_bad_row(self):
        """One bad row, and nothing is imported."""
        before = self.env["leather.complaint"].search_count([])
        result, _matched = self._import(
            [
                ["Rival Works", "Good", "x", "Q1", "S3 · Serious", "2026-05-03 09:00:00", "New", "4"],
                ["Rival Works", "Bad", "x", "no such", "S3 · Serious", "2026-05-03 09:00:00", "New", "4"],
                ["Rival Works", "Bad too", "x", "Q1", "S3 · Serious", "2026-05-03 09:00:00", "New", "many"],
            ]
        )
        self.assertEqual({message["record"] for message in result["messages"]}, {1, 2})
        self.assertFalse(result["ids"])
        self.assertEqual(self.env["leather.complaint"].search_count([]), before)

    def test_export_is_harmless(self):
        """What strangers write is no formula in a spreadsheet."""
        self.manager.group_ids += self.env.ref("base.group_allow_export")
        complaint = self._complain(subject="=cmd|' /C calc'!A0", partner_name="@SUM(A1)", phone="+213 555 12 34 56")
        rows = complaint.with_user(self.manager).export_data(["subject", "partner_name", "phone", "name", "pairs"])[
            "datas"
        ]
        self.assertEqual(rows[0][:2], ["'=cmd|' /C calc'!A0", "'@SUM(A1)"])
        self.assertEqual(rows[0][3], complaint.name)

    def test_template_is_announced(self):
        [template] = self.env["leather.complaint"].with_user(self.manager).get_import_templates()
        self.assertEqual(template["template"], "/leather_crm_ai/complaint_import_template.xlsx")

    def test_one_mail_one_complaint(self):
        """Two workers with the same mail: the second one is stopped by the database."""
        self._complain(source_message_id="<1@mail.example>")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._complain(source_message_id="<1@mail.example>")
        self._complain(source_message_id=False)
        self._complain(source_message_id=False)


@tagged("post_install", "-at_install")
class TestJson2(HttpCase):
    def test_filed_over_http(self):
        """Another program files with an API key."""
        admin = self.env.ref("base.user_admin")
        key = self.env["res.users.apikeys"].with_user(admin)._generate(None, "test", datetime.now() + timedelta(days=1))

        def call(vals, token=key):
            return self.url_open(
                "/json/2/leather.complaint/file_complaint",
                data=json.dumps({"vals": vals}),
                headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            )

        response = call({"text": "La semelle s'est décollée", "partner_name": "Karim", "pairs": 3})
        self.assertEqual(response.status_code, 200)
        complaint = self.env["leather.complaint"].browse(response.json()["id"])
        self.assertEqual((complaint.channel, complaint.pairs, complaint.partner_name), ("api", 3, "Karim"))
        with mute_logger("odoo.http"):
            self.assertGreaterEqual(call({"text": ""}).status_code, 400)
            self.assertEqual(call({"text": "x"}, token="wrong").status_code, 401)


@tagged("post_install", "-at_install")
class TestGroupedExport(ComplaintCase, HttpCase):
    def _export(self, model, records, groupby):
        """The first column of the exported workbook, without its heading."""
        self.authenticate("admin", "admin")
        params = {
            "model": model,
            "fields": [{"name": "display_name", "label": "Name", "type": "char"}],
            "ids": records.ids,
            "domain": [],
            "groupby": groupby,
            "import_compat": False,
        }
        data = {"data": json.dumps(params), "csrf_token": http.Request.csrf_token(self)}
        response = self.url_open("/web/export/xlsx", data=data)
        self.assertEqual(response.status_code, 200)
        sheet = openpyxl.load_workbook(io.BytesIO(response.content)).worksheets[0]
        return [(cell.value, cell.data_type) for cell in sheet["A"][1:]]

    def test_headings_are_harmless(self):
        """The name that a stranger took is no formula in the heading of a group, at whatever depth."""
        admin = self.env.ref("base.user_admin")
        admin.write({"company_ids": [Command.link(self.company_a.id)], "company_id": self.company_a.id})
        evil = self.env["res.partner"].create({"name": "=cmd|' /C calc'!A0"})
        complaint = self._complain(partner_id=evil.id, partner_name="@SUM(A1)", severity="3")
        rows = self._export(complaint._name, complaint, ["partner_id", "severity", "partner_name"])
        self.assertEqual(rows[0], ("'=cmd|' /C calc'!A0 (1)", "s"))
        self.assertEqual(rows[2][0].strip(), "'@SUM(A1) (1)")
        self.assertEqual({kind for _value, kind in rows}, {"s"})

    def test_others_as_before(self):
        """Other models export what they did, and complaints that belong to nobody have a group."""
        partner = self.env["res.partner"].create({"name": "Works", "ref": "+213"})
        self.assertEqual(self._export("res.partner", partner, ["ref"])[0][0], "+213 (1)")
        complaint = self._complain(partner_id=False, company_id=self.env.ref("base.main_company").id, team_id=False)
        self.assertIn("(1)", self._export(complaint._name, complaint, ["partner_id"])[0][0])


@tagged("post_install", "-at_install")
class TestImportTemplate(HttpCase):
    def test_template(self):
        """The workbook's columns have the names that the import matches."""
        self.authenticate("admin", "admin")
        response = self.url_open("/leather_crm_ai/complaint_import_template.xlsx")
        self.assertEqual(response.status_code, 200)
        book = openpyxl.load_workbook(io.BytesIO(response.content))
        header = [cell.value for cell in book.worksheets[0][1]]
        self.assertLessEqual(set(HEADER), set(header))
        self.assertEqual(book.worksheets[1]["A1"].value, "P1")
