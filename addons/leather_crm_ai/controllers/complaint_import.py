import io

import xlsxwriter
from odoo import http
from odoo.http import request

FIELDS = (
    "partner_id",
    "partner_name",
    "email_from",
    "phone",
    "subject",
    "description",
    "category_id",
    "severity",
    "received_on",
    "stage_id",
    "sale_order_id",
    "lot_id",
    "pairs",
    "size",
    "team_id",
    "user_id",
    "resolution",
    "resolution_type",
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ComplaintImport(http.Controller):
    @http.route("/leather_crm_ai/complaint_import_template.xlsx", type="http", auth="user", methods=["GET"])
    def complaint_import_template(self):
        """A workbook whose columns have the names that the import knows, in the user's language."""
        request.env["leather.complaint"].check_access("create")
        headers = [("Content-Type", XLSX), ("Content-Disposition", http.content_disposition("complaints.xlsx"))]
        return request.make_response(self._make_workbook(), headers)

    def _make_workbook(self):
        env = request.env
        labels = env["leather.complaint"].fields_get(FIELDS, ["string"])
        categories = env["leather.complaint.category"].search([])
        sheets = [
            (env._("Complaints"), [[labels[name]["string"] for name in FIELDS if name in labels]]),
            (env._("Categories"), [[category.code, category.name, category.description] for category in categories]),
        ]
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as workbook:
            for title, rows in sheets:
                sheet = workbook.add_worksheet(title)
                for number, row in enumerate(rows):
                    sheet.write_row(number, 0, [value or "" for value in row])
        return stream.getvalue()
