import io

import xlsxwriter
from odoo import api, models

from .column_types import neutralise

TEMPLATE_FIELDS = (
    "name",
    "contact_name",
    "partner_name",
    "email_from",
    "phone",
    "city",
    "country_id",
    "source_id",
    "medium_id",
    "campaign_id",
    "tag_ids",
    "expected_revenue",
    "description",
)


class LeatherLeadImportTemplate(models.AbstractModel):
    """Workbooks that go to the user: the template to fill in, and the list of errors."""

    _name = "leather.lead.import.template"
    _description = "Workbooks of a Lead Import"

    @api.model
    def _make_template(self):
        """XLSX bytes: a sheet with headers and one example in the user's language, a sheet that explains them."""
        columns = self._get_template_columns()
        guide = [(self.env._("Column"), self.env._("What goes there"), self.env._("Example"))]
        guide += [(header, text, example) for header, example, text in columns]
        rows = [[column[0] for column in columns], [column[1] for column in columns]]
        return self._make_workbook([(self.env._("Leads"), rows, 22), (self.env._("Explanations"), guide, 48)])

    @api.model
    def _make_errors(self, errors):
        """XLSX bytes: the errors of an import, one per line, formulas made harmless."""
        rows = [[self.env._("Row"), self.env._("Column"), self.env._("Value"), self.env._("What to do")]]
        rows += [[error.row, error.column or "", error.value or "", error.message or ""] for error in errors]
        return self._make_workbook([(self.env._("Errors"), rows, 32)])

    @api.model
    def _get_template_columns(self):
        """(header, example, explanation) of each column."""
        labels = self.env["crm.lead"].fields_get(list(TEMPLATE_FIELDS), ["string"])
        examples = self._get_examples()
        columns = [
            (
                self.env._("Identifier"),
                "L-2024-0001",
                self.env._("Your own number of the lead. A second import of the same number is found as a duplicate."),
            ),
            *[(labels[name]["string"], *examples[name]) for name in TEMPLATE_FIELDS],
            (
                self.env._("Result"),
                self.env._("Won"),
                self.env._("Won or Lost. Leave it blank for a lead that is still open."),
            ),
            (self.env._("Creation date"), "2024-03-15", self.env._("When the lead came in.")),
            (self.env._("Closing date"), "2024-05-02", self.env._("When it was won or lost.")),
            (
                self.env._("Number of employees"),
                "120",
                self.env._(
                    "Any column of your own, with any header: whatever you knew of the lead when it came in. It can "
                    "become a new field."
                ),
            ),
        ]
        return columns

    @api.model
    def _get_examples(self):
        return {
            "name": (
                self.env._("300 pairs of safety shoes"),
                self.env._("What the lead is about. Blank: the company or contact is taken."),
            ),
            "contact_name": ("Amina Benali", self.env._("Who to speak to.")),
            "partner_name": ("SARL El Djazair Travaux", self.env._("The customer's company.")),
            "email_from": ("a.benali@example.com", self.env._("Used to find duplicates.")),
            "phone": ("0550 12 34 56", self.env._("Used to find duplicates.")),
            "city": ("Batna", self.env._("Town of the customer.")),
            "country_id": (
                self.env.company.country_id.name or "Algérie",
                self.env._("The name or two-letter code of a country that Odoo knows."),
            ),
            "source_id": (self.env._("Trade fair"), self.env._("Where the lead came from. New names are created.")),
            "medium_id": (self.env._("Phone"), self.env._("The channel it came through. New names are created.")),
            "campaign_id": (
                self.env._("Spring campaign"),
                self.env._("The campaign that brought it. New names are created."),
            ),
            "tag_ids": (
                self.env._("Safety, Construction"),
                self.env._("Labels, with commas between them. New names are created."),
            ),
            "expected_revenue": (
                "1250000",
                self.env._("The amount hoped for, in the company's currency, as it was at the start."),
            ),
            "description": (self.env._("Needs sizes 39 to 46 before the summer."), self.env._("Any remark.")),
        }

    @api.model
    def _make_workbook(self, sheets):
        buffer = io.BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(buffer, options) as book:
            bold = book.add_format({"bold": True, "bg_color": "#EDEDED", "text_wrap": True, "valign": "top"})
            plain = book.add_format({"text_wrap": True, "valign": "top"})
            rtl = self.env["res.lang"]._get_data(code=self.env.lang or "en_US").direction == "rtl"
            for title, rows, width in sheets:
                sheet = book.add_worksheet(str(title)[:31])
                if rtl:
                    sheet.right_to_left()
                sheet.freeze_panes(1, 0)
                sheet.set_column(0, max(map(len, rows)) - 1, width)
                for rank, row in enumerate(rows):
                    for position, value in enumerate(row):
                        self._write_cell(sheet, rank, position, value, plain if rank else bold)
        return buffer.getvalue()

    @api.model
    def _write_cell(self, sheet, rank, position, value, style):
        if isinstance(value, int):
            sheet.write_number(rank, position, value, style)
        else:
            sheet.write_string(rank, position, neutralise(str(value))[:32_767], style)
