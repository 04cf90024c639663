import base64
import csv
import io
import random
import zipfile
from datetime import datetime
from unittest.mock import patch

import openpyxl
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

HEADER = [
    "Ref",
    "Company",
    "E-mail",
    "Phone",
    "Source",
    "Créé le",
    "Date de clôture",
    "Status",
    "Employees",
    "Sector",
    "VIP",
]
SECTORS = ("Oil", "Construction", "Public")


def make_rows(count, start=1):
    """Leads of an invented past: won, lost and open ones, one a day."""
    rows = []
    for rank in range(start, start + count):
        day = f"{rank % 27 + 1:02d}/{rank % 11 + 1:02d}/2023"
        status = ("Gagné", "Perdu", "")[rank % 3]
        rows.append(
            [
                f"L-{rank}",
                f"Company {rank}",
                f"buyer{rank}@example.com",
                f"0550 {rank // 100:02d} {rank % 100:02d} 00",
                ("Trade fair", "Web")[rank % 2],
                day,
                day if status else "",
                status,
                str(10 * rank),
                SECTORS[rank % 3],
                ("Oui", "Non")[rank % 2],
            ]
        )
    return rows


def to_csv(rows, header=HEADER, encoding="utf-8", delimiter=","):
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter)
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue().encode(encoding)


def to_xlsx(rows, header=HEADER):
    book = openpyxl.Workbook()
    book.active.append(header)
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


class LeadImportCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.tz = "Africa/Algiers"
        cls.company = cls.env["res.company"].create({"name": "Import Co", "country_id": cls.env.ref("base.dz").id})
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=cls.company.ids))
        cls.team = cls.env["crm.team"].create({"name": "Import team", "company_id": cls.company.id})
        cls.leads = cls.env["crm.lead"].with_context(active_test=False)

    def setUp(self):
        self.addCleanup(self._forget_fields)  # before super: it runs after the test's rollback
        super().setUp()

    def _forget_fields(self):
        """What the server does after a failed request: the registry follows the database again."""
        self.env.invalidate_all()
        self.registry.clear_all_caches()
        self.registry._setup_models__(self.cr, ["crm.lead"])

    def _start(self, content, env=None, **values):
        wizard = (env or self.env)["leather.lead.import"].create(
            {"file": base64.b64encode(content), "file_name": "leads.csv", "team_id": self.team.id, **values}
        )
        wizard.action_read()
        return wizard

    def _run(self, content, env=None, **values):
        wizard = self._start(content, env, **values)
        wizard.action_check()
        wizard.action_import()
        return wizard

    def _columns(self, wizard):
        return {column.header: column for column in wizard.column_ids}

    def _imported(self, wizard):
        return self.leads.search(wizard._get_lead_domain(), order="id")

    def _assert_refused(self, content, words, **values):
        """The file is refused with these words and nothing has changed."""
        before = self.leads.search_count([])
        fields_before = self._count_fields()
        with self.assertRaisesRegex(UserError, words):
            self._start(content, **values)
        self.assertEqual(self.leads.search_count([]), before)
        self.assertEqual(self._count_fields(), fields_before)

    def _count_fields(self):
        return self.env["ir.model.fields"].search_count([("model", "=", "crm.lead")])


@tagged("post_install", "-at_install")
class TestLeadImport(LeadImportCase):
    """The three steps with sound files."""

    def test_proposals(self):
        columns = self._columns(self._start(to_csv(make_rows(30))))
        actions = {header: column.action for header, column in columns.items()}
        self.assertEqual(
            actions,
            {
                "Ref": "extid",
                "Company": "field",
                "E-mail": "field",
                "Phone": "field",
                "Source": "field",
                "Créé le": "created",
                "Date de clôture": "closed",
                "Status": "outcome",
                "Employees": "new",
                "Sector": "new",
                "VIP": "new",
            },
        )
        self.assertEqual(columns["Company"].field_name, "partner_name")
        self.assertEqual(columns["E-mail"].field_name, "email_from")
        self.assertEqual(columns["Source"].field_name, "source_id")
        self.assertEqual(columns["Employees"].new_type, "number")
        self.assertEqual(columns["Sector"].new_type, "choice")
        self.assertEqual(columns["VIP"].new_type, "boolean")
        self.assertEqual({h for h, column in columns.items() if column.look}, {"Source", "Employees", "Sector", "VIP"})

    def test_closed_leads_with_their_history(self):
        wizard = self._start(to_csv(make_rows(30)))
        wizard.action_check()
        self.assertEqual((wizard.lead_count, wizard.won_count, wizard.lost_count, wizard.open_count), (30, 10, 10, 10))
        self.assertIn("buyer", wizard.preview_html)
        wizard.action_import()
        leads = self._imported(wizard)
        self.assertEqual(len(leads), 30)
        self.assertEqual(leads.company_id, self.company)
        self.assertEqual(leads.team_id, self.team)
        self.assertFalse(leads.user_id)
        won = leads.filtered(lambda lead: lead.won_status == "won")
        lost = leads.filtered(lambda lead: lead.won_status == "lost")
        self.assertEqual((len(won), len(lost)), (10, 10))
        self.assertTrue(all(won.mapped("active")) and all(won.stage_id.mapped("is_won")))
        self.assertEqual(set(won.mapped("probability")), {100.0})
        self.assertEqual((set(lost.mapped("active")), set(lost.mapped("probability"))), ({False}, {0.0}))
        self.assertEqual((set(won.mapped("ai_win_rate")), set(lost.mapped("ai_win_rate"))), ({100.0}, {0.0}))
        first = leads[0]
        self.assertEqual(first.name, "Company 1")
        # midnight in Algiers, an hour east of Greenwich
        self.assertEqual(first.create_date, datetime(2023, 2, 1, 23, 0))
        self.assertEqual(first.date_closed, datetime(2023, 2, 1, 23, 0))
        self.assertFalse(leads[1].date_closed)

    def test_given_values_equal_computed_ones(self):
        """The values given to spare their computation are those that Odoo computes."""
        wizard = self._run(to_csv(make_rows(6)))
        leads = self._imported(wizard)
        names = [
            "won_status",
            "ai_win_rate",
            "prorated_revenue",
            "recurring_revenue_monthly",
            "recurring_revenue_prorated",
            "day_close",
            "email_normalized",
            "phone_sanitized",
            "email_state",
        ]
        before = [{name: lead[name] for name in names} for lead in leads]
        for name in names:
            self.env.add_to_compute(leads._fields[name], leads)
        leads.flush_recordset()
        self.assertEqual([{name: lead[name] for name in names} for lead in leads], before)

    def test_new_fields_and_inputs(self):
        wizard = self._run(to_csv(make_rows(30)))
        self.assertEqual((wizard.field_count, wizard.input_count), (3, 3))  # the source is an input from the start
        fields_ = self.leads.fields_get(["x_leather_employees", "x_leather_sector", "x_leather_vip"])
        self.assertEqual(fields_["x_leather_employees"]["type"], "integer")
        self.assertEqual([key for key, _label in fields_["x_leather_sector"]["selection"]], sorted(SECTORS))
        self.assertEqual(fields_["x_leather_vip"]["type"], "boolean")
        lead = self._imported(wizard)[4]
        self.assertEqual((lead.x_leather_employees, lead.x_leather_sector, lead.x_leather_vip), (50, "Public", False))
        keys = wizard._get_model().feature_ids.mapped("key")
        self.assertLessEqual({"x_leather_employees", "x_leather_sector", "x_leather_vip"}, set(keys))

    def test_second_import_reuses_the_fields(self):
        self._run(to_csv(make_rows(30)))
        wizard = self._start(to_csv(make_rows(30, start=100)))
        columns = self._columns(wizard)
        self.assertEqual(columns["Employees"].field_name, "x_leather_employees")
        self.assertEqual(columns["Sector"].field_name, "x_leather_sector")
        wizard.action_check()
        wizard.action_import()
        self.assertEqual((wizard.created_count, wizard.field_count, wizard.input_count), (30, 0, 0))

    def test_snapshots(self):
        wizard = self._run(to_csv(make_rows(30)))
        leads = self._imported(wizard)
        snapshots = self.env["leather.lead.snapshot"].search([("lead_id", "in", leads.ids)])
        self.assertEqual(len(snapshots), 30)
        for snapshot in snapshots:
            self.assertEqual(snapshot.taken_on, snapshot.lead_id.create_date)
            self.assertEqual(snapshot.kind, "creation" if snapshot.lead_id.won_status == "pending" else "import")
            self.assertEqual(snapshot.values["x_leather_employees"], snapshot.lead_id.x_leather_employees)

    def test_blank_number_stays_blank_in_the_snapshot(self):
        rows = make_rows(30)
        rows[0][8] = ""
        rows[1][8] = "0"
        leads = self._imported(self._run(to_csv(rows)))
        snapshots = self.env["leather.lead.snapshot"].search([("lead_id", "in", leads[:2].ids)])
        values = {snapshot.lead_id: snapshot.values for snapshot in snapshots}
        self.assertNotIn("x_leather_employees", values[leads[0]])
        self.assertEqual(values[leads[1]]["x_leather_employees"], 0)

    def test_nothing_is_written_before_the_last_step(self):
        before = (self.leads.search_count([]), self._count_fields())
        self._start(to_csv(make_rows(30))).action_check()
        self.assertEqual((self.leads.search_count([]), self._count_fields()), before)

    def test_xlsx(self):
        rows = make_rows(12)
        for rank, row in enumerate(rows):
            row[5], row[6] = datetime(2023, 3, rank + 1), datetime(2023, 4, 1)
            row[8] = float(rank) + 0.5
        wizard = self._run(to_xlsx(rows))
        lead = self._imported(wizard)[2]
        self.assertEqual(lead.create_date, datetime(2023, 3, 2, 23, 0))
        self.assertEqual(lead.x_leather_employees, 2.5)

    def test_semicolons_and_decimal_comma(self):
        header = ["Nom", "Montant", "Statut"]
        rows = [[f"Affaire {n}", f"1 {n:03d},50 DA", "gagné" if n % 2 else "perdu"] for n in range(10)]
        wizard = self._run(to_csv(rows, header, "windows-1252", ";"))
        self.assertIn("WINDOWS-1252", wizard.file_info)
        leads = self._imported(wizard)
        self.assertEqual(leads[7].expected_revenue, 1007.5)
        self.assertEqual(leads[7].won_status, "won")

    def test_arabic_file(self):
        header = ["اسم الشركة", "البريد الإلكتروني", "المدينة", "النتيجة", "عدد العمال"]
        rows = [[f"شركة {n}", f"a{n}@example.com", "باتنة", "مكسوب" if n % 2 else "مفقود", str(n)] for n in range(12)]
        for encoding in ("utf-8", "windows-1256", "utf-16"):
            with self.subTest(encoding=encoding), self.cr.savepoint() as savepoint:
                wizard = self._start(to_csv(rows, header, encoding))
                columns = self._columns(wizard)
                self.assertEqual(columns["اسم الشركة"].field_name, "partner_name")
                self.assertEqual(columns["النتيجة"].action, "outcome")
                self.assertEqual(wizard.value_ids.mapped("meaning"), ["lost", "won"])
                savepoint.rollback()
        self.assertEqual(self._imported(self._run(to_csv(rows, header)))[1].partner_name, "شركة 1")

    def test_order_numbers_keep_the_order(self):
        header = ["Lead Number", "Result", "Colour"]
        rows = [[str(1000 - n), "won" if n % 2 else "lost", ("red", "blue")[n % 2]] for n in range(20)]
        wizard = self._start(to_csv(rows, header))
        self.assertEqual(self._columns(wizard)["Lead Number"].action, "created")
        wizard.action_check()
        self.assertIn("in the order of their numbers", wizard.dates_note)
        wizard.action_import()
        leads = self._imported(wizard)
        self.assertEqual(leads.sorted("create_date"), leads.sorted("id", reverse=True))
        self.assertLess((datetime.now() - max(leads.mapped("create_date"))).total_seconds(), 60)

    def test_file_order_when_nothing_else(self):
        rows = [["won" if n % 2 else "lost", ("red", "blue")[n % 2]] for n in range(20)]
        wizard = self._start(to_csv(rows, ["Result", "Colour"]))
        wizard.action_check()
        self.assertIn("in the order of the file", wizard.dates_note)
        wizard.action_import()
        leads = self._imported(wizard)
        self.assertEqual(leads.sorted("create_date"), leads.sorted("id"))

    def test_dates(self):
        for text, order, expected in (
            ("25/12/2023", "", datetime(2023, 12, 24, 23)),
            ("2023-12-25", "", datetime(2023, 12, 24, 23)),
            ("2023-12-25 10:30:00", "", datetime(2023, 12, 25, 9, 30)),
            ("12/25/2023", "", datetime(2023, 12, 24, 23)),
            ("03/04/2023", "dmy", datetime(2023, 4, 2, 23)),
            ("03/04/2023", "mdy", datetime(2023, 3, 3, 23)),
        ):
            with self.subTest(text=text, order=order):
                wizard = self._start(to_csv([["A", text, "won"]], ["Name", "Creation date", "Result"]))
                wizard.date_order = order
                wizard.action_check()
                wizard.action_import()
                self.assertEqual(self._imported(wizard).create_date, expected)

    def test_outcome_values_can_be_changed(self):
        rows = [[f"A{n}", ("cold", "hot", "yes")[n % 3]] for n in range(9)]
        wizard = self._start(to_csv(rows, ["Name", "Result"]))
        self.assertEqual(sorted(wizard.value_ids.mapped("value")), ["cold", "hot", "yes"])
        wizard.value_ids.filtered(lambda line: line.value == "cold").meaning = "lost"
        wizard.action_check()
        self.assertEqual((wizard.won_count, wizard.lost_count, wizard.open_count), (3, 3, 3))

    def test_choose_the_outcome_on_screen(self):
        rows = [[f"A{n}", ("cold", "hot", "")[n % 3]] for n in range(9)]
        wizard = self._start(to_csv(rows, ["Name", "Temperature"]))
        self.assertFalse(wizard.value_ids)
        with Form(wizard) as form:
            with form.column_ids.edit(1) as column:
                column.action = "outcome"
            with form.value_ids.edit(0) as line:
                line.meaning = "lost"
            with form.value_ids.edit(1) as line:
                line.meaning = "won"
        self.assertEqual(wizard.value_ids.sorted("id").mapped("value"), ["cold", "hot", ""])
        self.assertEqual(wizard.value_ids.mapped("row_count"), [3, 3, 3])
        wizard.action_check()
        self.assertEqual((wizard.won_count, wizard.lost_count, wizard.open_count), (3, 3, 3))

    def test_relations_by_name(self):
        user = new_test_user(
            self.env,
            "import_seller",
            "sales_team.group_sale_salesman",
            name="Import Seller",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        header = ["Name", "Country", "Wilaya", "Salesperson", "Team", "Source", "Tags", "Language", "Stage"]
        row = [
            "A",
            "ALGERIA",
            "batna",
            "Import Seller",
            "Import team",
            "Import fair",
            "Gold; Safety",
            "en_US",
            "Qualified",
        ]
        self.env["res.country.state"].create({"name": "Batna", "code": "T05", "country_id": self.env.ref("base.dz").id})
        wizard = self._run(to_csv([row], header))
        lead = self._imported(wizard)
        self.assertEqual(lead.country_id.code, "DZ")
        self.assertEqual(lead.state_id.name, "Batna")
        self.assertEqual(lead.user_id, user)
        self.assertEqual(lead.team_id, self.team)
        self.assertEqual(lead.source_id.name, "Import fair")
        self.assertEqual(sorted(lead.tag_ids.mapped("name")), ["Gold", "Safety"])
        self.assertEqual(lead.lang_id.code, "en_US")

    def test_open_lead_in_won_stage_is_won(self):
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        wizard = self._run(to_csv([["A", won.name]], ["Name", "Stage"]))
        self.assertEqual(self._imported(wizard).won_status, "won")

    def test_formulas_stay_text(self):
        texts = ['=HYPERLINK("http://x","y")', "+1+1", "-2+3", "@SUM(A1)"]
        wizard = self._run(to_csv([[text, "won"] for text in texts], ["Name", "Result"]))
        self.assertEqual(self._imported(wizard).mapped("name"), texts)

    def test_template(self):
        wizard = self.env["leather.lead.import"].create({})
        book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(wizard.template_file)))
        self.assertEqual(len(book.sheetnames), 2)
        self.assertEqual(book.worksheets[0].max_row, 2)
        self.assertIn("template_file", wizard.action_download_template()["url"])
        filled = self._start(base64.b64decode(wizard.template_file))
        actions = {column.action for column in filled.column_ids}
        self.assertLessEqual({"extid", "field", "outcome", "created", "closed"}, actions)
        filled.action_check()
        self.assertEqual((filled.error_count, filled.won_count), (0, 1))

    def test_wide_file(self):
        header = [f"Question {n}" for n in range(198)] + ["Result", "Name"]
        rows = [[("yes", "no", "maybe")[(n + r) % 3] for n in range(198)] + ["won", f"N{r}"] for r in range(9)]
        wizard = self._start(to_csv(rows, header))
        self.assertEqual(len(wizard.column_ids), 200)
        wizard.column_ids[20:198].action = "ignore"
        wizard.action_check()
        wizard.action_import()
        self.assertEqual((wizard.created_count, wizard.field_count), (9, 20))

    def test_duplicate_and_blank_headers(self):
        wizard = self._start(to_csv([["a", "b", "c", "d", ""]], ["Colour", "colour", "", "Colour", ""]))
        self.assertEqual(wizard.column_ids.mapped("header"), ["Colour", "colour (2)", "Column 3", "Colour (3)"])

    def test_steps_follow_each_other(self):
        wizard = self._start(to_csv(make_rows(3)))
        with self.assertRaisesRegex(UserError, "step is over"):
            wizard.action_import()
        wizard.action_check()
        wizard.action_back()
        wizard.action_back()
        self.assertEqual(wizard.state, "file")

    def test_two_columns_to_one_field(self):
        wizard = self._start(to_csv([["a", "b"]], ["Name", "Other"]))
        wizard.column_ids[1].write({"action": "field", "field_name": wizard.column_ids[0].field_name})
        with self.assertRaisesRegex(UserError, "2 columns go to"):
            wizard.action_check()

    def test_queries_do_not_grow_with_rows(self):
        """Per batch: ten leads and a hundred cost the same number of queries."""

        def count(rows):
            wizard = self._start(to_csv(rows))
            wizard.action_check()
            self.env.flush_all()
            before = self.cr.sql_log_count
            wizard.action_import()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        count(make_rows(30, start=1000))  # warms the caches and makes the fields
        few, many = count(make_rows(12, start=2000)), count(make_rows(99, start=3000))
        self.assertLessEqual(many, few + 3)


@tagged("post_install", "-at_install")
class TestLeadImportErrors(LeadImportCase):
    """Broken files, wrong cells, duplicates, rights."""

    def test_errors_refuse_the_import(self):
        rows = make_rows(12)
        rows[3][8] = "many"
        rows[5][5] = "31/02/2023"
        wizard = self._start(to_csv(rows))
        columns = self._columns(wizard)
        self.assertEqual((columns["Employees"].new_type, columns["Créé le"].action), ("number", "created"))
        wizard.action_check()
        self.assertEqual((wizard.error_count, wizard.error_row_count, wizard.can_import), (2, 2, False))
        self.assertEqual(wizard.error_ids.mapped("row"), [5, 7])
        self.assertEqual(wizard.error_ids[0].value, "many")
        with self.assertRaisesRegex(UserError, "2 rows have errors"):
            wizard.action_import()
        wizard.skip_errors = True
        self.assertTrue(wizard.can_import)
        wizard.action_import()
        self.assertEqual((wizard.created_count, wizard.left_out_count), (10, 2))

    def test_errors_workbook_is_harmless(self):
        rows = [["a", "12"], ["b", "=1+1"], ["c", "@x"]]
        wizard = self._start(to_csv(rows, ["Name", "Expected Revenue"]))
        wizard.column_ids[1].write({"action": "field", "field_name": "expected_revenue"})
        wizard.action_check()
        self.assertEqual(wizard.error_count, 2)
        book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(wizard.errors_file)))
        cells = [cell for row in book.active.iter_rows(values_only=True) for cell in row]
        self.assertIn("'=1+1", cells)
        self.assertIn("'@x", cells)

    def test_unknown_names(self):
        rows = [["A", "Atlantis"], ["B", "Algeria"], ["C", "Algérie"], ["D", "الجزائر"], ["E", "dz"]]
        wizard = self._start(to_csv(rows, ["Name", "Country"]))
        wizard.action_check()
        self.assertEqual((wizard.error_count, wizard.error_ids.value), (1, "Atlantis"))
        wizard.action_back()
        wizard.leave_unknown = True
        wizard.action_check()
        self.assertFalse(wizard.error_count)

    def test_dates_that_cannot_be(self):
        rows = [["A", "01/01/2093", ""], ["B", "05/05/2023", "01/05/2023"]]
        wizard = self._start(to_csv(rows, ["Name", "Creation date", "Closing date"]))
        wizard.action_check()
        self.assertEqual(wizard.error_count, 2)

    def test_ragged_rows(self):
        content = b"Name,City,Result\nA,Batna,won\nB\nC,Oran,lost,too,many\n"
        wizard = self._start(content)
        wizard.action_check()
        self.assertEqual((wizard.row_count, wizard.error_row_count), (3, 1))
        self.assertEqual(wizard.error_ids.row, 4)

    def test_million_characters(self):
        wizard = self._start(to_csv([["A", "x" * 1_000_000], ["B", "y"]], ["Name", "Notes"]))
        wizard.action_check()
        self.assertEqual((wizard.error_count, wizard.error_ids.row), (1, 2))
        self.assertIn("Shorten it", wizard.error_ids.message)

    @mute_logger("odoo.addons.base_import.models.base_import")
    def test_broken_files(self):
        xlsx = to_xlsx(make_rows(3))
        rng = random.Random(1)
        self._assert_refused(b"", "Choose a file first|empty")
        self._assert_refused(b"\n\n", "empty")
        self._assert_refused(to_csv([]), "nothing below it")
        self._assert_refused(rng.randbytes(5000), "not a text file|cannot be read")
        self._assert_refused(b"Name,City\nA\x00B,C\n", "NUL")
        self._assert_refused(xlsx[: len(xlsx) // 2], "damaged")
        self._assert_refused(b"PK\x03\x04" + rng.randbytes(500), "damaged")
        self._assert_refused(b"Name;" * 600 + b"\n" + b"a;" * 600, "columns, at most")
        locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
        self._assert_refused(locked, "password")
        self._assert_refused(locked.replace("Encrypted".encode("utf-16-le"), b""), "cannot be read")
        self._assert_refused("Name\nÉté\n".encode("windows-1252"), "another encoding", encoding="utf-8")

    def test_too_large(self):
        with self.assertRaisesRegex(UserError, "too large: 50 MB"):
            self.env["leather.lead.import.file"]._read(bytes(50 * 2**20), {})
        self._assert_refused(b"Name,City\n" + b"a,b\n" * 30_001, "Split it")

    def test_zip_bomb(self):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/worksheets/sheet1.xml", b"<c " * 1_000_000)
        self._assert_refused(stream.getvalue(), "too many cells")

    def test_rollback_leaves_nothing(self):
        before = (self.leads.search_count([]), self._count_fields())
        wizard = self._start(to_csv(make_rows(30)))
        wizard.action_check()
        loader = type(self.env["leather.lead.import.loader"])
        with (
            patch.object(loader, "_take_snapshots", side_effect=ValueError("broken on purpose")),
            self.assertRaises(ValueError),
            self.cr.savepoint(),
        ):
            wizard.action_import()
        self._forget_fields()
        self.assertEqual((self.leads.search_count([]), self._count_fields()), before)
        self.assertNotIn("x_leather_employees", self.env["crm.lead"]._fields)
        self.assertEqual(wizard.state, "check")

    # ------------------------------------------------------------
    # Duplicates
    # ------------------------------------------------------------

    def test_duplicates_in_the_file(self):
        header = ["Name", "Email", "Phone", "City"]
        rows = [
            ["A", "a@example.com", "", ""],
            ["B", "A <A@Example.com>", "", "Oran"],
            ["C", "", "0550 00 00 01", ""],
            ["D", "", "+213550000001", ""],
        ]
        wizard = self._run(to_csv(rows, header))
        self.assertEqual((wizard.duplicate_count, wizard.created_count, wizard.skipped_count), (2, 2, 2))
        self.assertFalse(self._imported(wizard)[0].city)

    def test_duplicates_of_existing_leads(self):
        self._run(to_csv(make_rows(9)))
        wizard = self._start(to_csv(make_rows(12)))
        wizard.action_check()
        self.assertEqual((wizard.duplicate_count, wizard.lead_count), (9, 3))
        wizard.duplicate_policy = "create"
        self.assertEqual(wizard.lead_count, 12)
        wizard.action_import()
        self.assertEqual(wizard.created_count, 12)

    def test_duplicates_by_identifier_only(self):
        header, rows = ["Ref", "Name"], [["77 / A", "x"], ["78", "y"]]
        self._run(to_csv(rows, header))
        wizard = self._start(to_csv(rows, header))
        wizard.column_ids[0].action = "extid"
        wizard.action_check()
        self.assertEqual(wizard.duplicate_count, 2)

    def test_duplicates_fill_blanks(self):
        lead = self.leads.create(
            {
                "name": "Old",
                "email_from": "old@example.com",
                "city": "Batna",
                "company_id": self.company.id,
                "active": False,
            }
        )
        rows = [
            ["New", "old@example.com", "Oran", "Rue 1"],
            ["New", "n@example.com", "", ""],
            ["N", "n@example.com", "", "Rue 2"],
        ]
        wizard = self._start(to_csv(rows, ["Name", "Email", "City", "Street"]))
        wizard.duplicate_policy = "update"
        wizard.action_check()
        wizard.action_import()
        self.assertEqual((wizard.created_count, wizard.updated_count), (1, 2))
        self.assertEqual((lead.name, lead.city, lead.street), ("Old", "Batna", "Rue 1"))
        self.assertEqual(self._imported(wizard).street, "Rue 2")

    # ------------------------------------------------------------
    # Rights and companies
    # ------------------------------------------------------------

    def _env_of(self, groups):
        user = new_test_user(
            self.env, f"import_{len(groups)}", groups, company_id=self.company.id, company_ids=self.company.ids
        )
        return self.env(user=user)

    def test_salesperson_may_not(self):
        env = self._env_of("sales_team.group_sale_salesman_all_leads")
        with self.assertRaises(AccessError):
            env["leather.lead.import"].create({})

    def test_ai_manager_needs_the_right_to_create_leads(self):
        env = self._env_of("leather_crm_ai.group_ai_manager")
        with self.assertRaisesRegex(AccessError, "right to create leads"):
            self._start(to_csv(make_rows(3)), env)

    def test_ai_manager_imports_known_fields(self):
        env = self._env_of("leather_crm_ai.group_ai_manager,sales_team.group_sale_manager")
        wizard = self._start(to_csv(make_rows(30)), env)
        self.assertFalse(wizard.can_create_fields)
        columns = self._columns(wizard)
        self.assertEqual(columns["Sector"].action, "ignore")
        columns["Sector"].write({"action": "field", "field_name": "city", "look": True})
        wizard.action_check()
        wizard.action_import()
        self.assertEqual((wizard.created_count, wizard.field_count, wizard.input_count), (30, 0, 1))
        self.assertEqual(self._imported(wizard)[0].city, "Construction")
        self.assertEqual(wizard.action_view_leads()["res_model"], "crm.lead")

    def test_ai_manager_may_not_add_fields(self):
        env = self._env_of("leather_crm_ai.group_ai_manager,sales_team.group_sale_manager")
        wizard = self._start(to_csv(make_rows(30)), env)
        self.assertNotIn("new", dict(wizard.column_ids._get_actions()))
        wizard.column_ids[-1].action = "new"
        with self.assertRaisesRegex(AccessError, "Settings rights"):
            wizard.action_check()

    def test_wizard_is_its_users_own(self):
        env = self._env_of("leather_crm_ai.group_ai_manager,sales_team.group_sale_manager")
        wizard = self._start(to_csv(make_rows(3)))
        with self.assertRaises(AccessError):
            wizard.with_env(env).read(["file_info"])

    def test_companies_stay_apart(self):
        other = self.env["res.company"].create({"name": "Other Co"})
        self.env.user.company_ids |= other
        self._run(to_csv(make_rows(30)))
        both = self.env(context=dict(self.env.context, allowed_company_ids=[other.id, self.company.id]))
        wizard = self._start(to_csv(make_rows(30)), both, company_id=other.id, team_id=False)
        wizard.action_check()
        self.assertEqual(wizard.duplicate_count, 0)
        wizard.action_import()
        self.assertEqual(self._imported(wizard).company_id, other)
        models = self.env["leather.ai.model"].with_context(allowed_company_ids=[other.id, self.company.id]).search([])
        mine = models.filtered(lambda model: model.company_id == self.company)
        theirs = models.filtered(lambda model: model.company_id == other)
        self.assertIn("x_leather_sector", mine.feature_ids.mapped("key"))
        self.assertIn("x_leather_sector", theirs.feature_ids.mapped("key"))

    def test_company_must_be_active(self):
        other = self.env["res.company"].create({"name": "Other Co"})
        wizard = self._start(to_csv(make_rows(3)), company_id=self.company.id)
        self.env.user.company_ids |= other
        wizard.team_id = False
        wizard.company_id = other
        with self.assertRaises(AccessError):
            wizard.action_check()

    def test_train_needs_enough_leads(self):
        wizard = self._run(to_csv(make_rows(9)))
        self.assertFalse(wizard.can_train)
        self.assertIn("37 more won", wizard.model_message)
        with self.assertRaises(UserError):
            wizard.action_train()
        wizard = self._run(to_csv(make_rows(130, start=100)))
        self.assertTrue(wizard.can_train)
        self.assertEqual(wizard.action_train()["res_model"], "leather.ai.run")
