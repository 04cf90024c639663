import base64
import gzip
import hashlib
import json
import re
from collections import Counter
from datetime import date, datetime, time

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date, format_datetime, formatLang

from .header_words import guess_meaning

LISTED_ERRORS = 200
PREVIEW_ROWS = 10
PREVIEW_LENGTH = 40
MAX_CHOICES = 200
TABLE = Markup(
    '<table class="table table-sm table-striped o_leather_import_preview"><thead>%s</thead><tbody>%s</tbody></table>'
)


class LeatherLeadImport(models.TransientModel):
    """Turns a file of past leads into leads with their history, in three steps: file, columns, check.

    The file is read once; its cells are kept packed with the wizard, so that the later steps do not read it again.
    """

    _name = "leather.lead.import"
    _description = "Import of Leads with History"
    _rec_name = "file_name"
    _transient_max_hours = 12.0

    state = fields.Selection(
        [("file", "File"), ("columns", "Columns"), ("check", "Check"), ("done", "Done")], default="file", readonly=True
    )
    file = fields.Binary(attachment=True)
    file_name = fields.Char()
    encoding = fields.Selection(
        [
            ("utf-8", "UTF-8"),
            ("windows-1252", "Western European (Windows-1252)"),
            ("windows-1256", "Arabic (Windows-1256)"),
            ("utf-16", "UTF-16"),
        ],
        help="Blank: found out from the file.",
    )
    separator = fields.Selection(
        [("comma", "Comma"), ("semicolon", "Semicolon"), ("tab", "Tab"), ("pipe", "Vertical bar")],
        help="Blank: found out from the file.",
    )
    sheet = fields.Char(help="Blank: the first sheet of the workbook.")
    sheets = fields.Char(readonly=True)
    date_order = fields.Selection(
        [("dmy", "Day/month/year"), ("mdy", "Month/day/year"), ("ymd", "Year-month-day")],
        string="Dates are written",
        help="Blank: found out from each column.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        domain=lambda self: [("id", "in", self.env.companies.ids)],
    )
    team_id = fields.Many2one(
        "crm.team", "Sales team", domain="[('company_id', 'in', (company_id, False))]", check_company=False
    )
    template_file = fields.Binary(compute="_compute_template_file")
    errors_file = fields.Binary(compute="_compute_errors_file")
    table = fields.Binary(attachment=True, readonly=True)
    file_info = fields.Char(readonly=True)
    row_count = fields.Integer("Rows", readonly=True)
    column_ids = fields.One2many("leather.lead.import.column", "import_id", string="Columns")
    value_ids = fields.One2many("leather.lead.import.value", "import_id", string="Outcomes")
    has_outcome = fields.Boolean(compute="_compute_has_outcome")
    leave_unknown = fields.Boolean(
        "Leave unknown names blank",
        help="Countries, states, teams, salespersons, languages, stages and lost reasons that Odoo does not know.",
    )
    can_create_fields = fields.Boolean(compute="_compute_can_create_fields")

    duplicate_policy = fields.Selection(
        [
            ("skip", "Skip them"),
            ("update", "Fill what is blank in the existing leads"),
            ("create", "Import them all the same"),
        ],
        string="Duplicates",
        required=True,
        default="skip",
    )
    skip_errors = fields.Boolean("Skip the rows with errors")
    error_ids = fields.One2many("leather.lead.import.error", "import_id", string="Errors", readonly=True)
    error_count = fields.Integer("Errors found", readonly=True)
    error_row_count = fields.Integer("Rows with errors", readonly=True)
    duplicate_count = fields.Integer("Duplicates found", readonly=True)
    counts = fields.Json(readonly=True)
    lead_count = fields.Integer("Leads to import", compute="_compute_planned")
    won_count = fields.Integer("Won", compute="_compute_planned")
    lost_count = fields.Integer("Lost", compute="_compute_planned")
    open_count = fields.Integer("Open", compute="_compute_planned")
    dates_note = fields.Char(readonly=True)
    preview_html = fields.Html(readonly=True)
    can_import = fields.Boolean(compute="_compute_planned")

    created_count = fields.Integer("Leads imported", readonly=True)
    updated_count = fields.Integer("Leads completed", readonly=True)
    skipped_count = fields.Integer("Duplicates skipped", readonly=True)
    left_out_count = fields.Integer("Rows left out for errors", readonly=True)
    field_count = fields.Integer("Fields added", readonly=True)
    input_count = fields.Integer("Inputs added to the AI", readonly=True)
    lead_ids = fields.Json(readonly=True)
    model_message = fields.Char(compute="_compute_model_message")
    can_train = fields.Boolean(compute="_compute_model_message")

    # ------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------

    def _compute_template_file(self):
        # file_name is needed for the download's name only; the content is the same for every wizard
        content = base64.b64encode(self.env["leather.lead.import.template"]._make_template())
        for wizard in self:
            wizard.template_file = content

    def _compute_errors_file(self):
        for wizard in self:
            content = self.env["leather.lead.import.template"]._make_errors(wizard.error_ids)
            wizard.errors_file = base64.b64encode(content)

    @api.depends("column_ids.action")
    def _compute_has_outcome(self):
        for wizard in self:
            wizard.has_outcome = "outcome" in wizard.column_ids.mapped("action")

    @api.depends_context("uid")
    def _compute_can_create_fields(self):
        for wizard in self:
            wizard.can_create_fields = self._can_create_fields()

    @api.depends("counts", "duplicate_policy", "skip_errors", "error_row_count")
    def _compute_planned(self):
        for wizard in self:
            counts = Counter((wizard.counts or {}).get("unique"))
            if wizard.duplicate_policy == "create":
                counts.update((wizard.counts or {}).get("duplicate"))
            wizard.won_count, wizard.lost_count = counts["won"], counts["lost"]
            wizard.open_count = counts["open"]
            wizard.lead_count = sum(counts.values())
            something = wizard.lead_count or (wizard.duplicate_policy == "update" and wizard.duplicate_count)
            wizard.can_import = bool(something and (wizard.skip_errors or not wizard.error_row_count))

    @api.depends("state", "company_id")
    def _compute_model_message(self):
        for wizard in self:
            model = wizard._get_model() if wizard.state == "done" else self.env["leather.ai.model"]
            wizard.can_train = bool(model) and not (model.missing_won or model.missing_lost)
            if wizard.state != "done":
                wizard.model_message = False
            elif not model:
                wizard.model_message = self.env._(
                    "This company has no lead model. Create one in AI > Models to train it on these leads."
                )
            elif wizard.can_train:
                wizard.model_message = self.env._(
                    "There are enough closed leads. Train the model to have open leads scored."
                )
            else:
                wizard.model_message = model._get_missing_message()

    @api.onchange("column_ids")
    def _onchange_columns(self):
        """Show the values of the column that is the outcome now."""
        column = self.column_ids.filtered(lambda column: column.action == "outcome")[:1]
        wanted = column.value_counts or []
        if [line.value or "" for line in self.value_ids] != [value for value, _count in wanted]:
            self.value_ids = self._get_value_commands(wanted)

    @api.onchange("company_id")
    def _onchange_company_id(self):
        if self.team_id.company_id and self.team_id.company_id != self.company_id:
            self.team_id = False

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_read(self):
        """Step 1 to 2: read the file and propose what becomes of its columns."""
        self._check_step("file")
        table = self.env["leather.lead.import.file"]._read(self._get_content(), self._get_options())
        columns = self.env["leather.lead.import.guess"]._propose(table, self._can_create_fields())
        outcome = next((column for column in columns if column["action"] == "outcome"), {})
        self.value_ids.unlink()
        self.column_ids.unlink()
        self.write(
            {
                "state": "columns",
                "table": _pack({"header": table["header"], "rows": table["rows"]}),
                "row_count": len(table["rows"]),
                "file_info": self._describe_file(table),
                "sheets": ", ".join(table["sheets"]) if len(table["sheets"]) > 1 else False,
                "sheet": table["sheet"] if len(table["sheets"]) > 1 else False,
                "column_ids": [fields.Command.create(column) for column in columns],
                "value_ids": self._get_value_commands(outcome.get("value_counts") or []),
            }
        )
        return self._reopen()

    def action_check(self):
        """Step 2 to 3: read every cell as the columns say and show what would be imported."""
        self._check_step("columns", "check")
        self._check_mapping()
        rows = self._read_rows()
        errors = [(row, *error) for row in rows for error in row.errors]
        self.error_ids.unlink()
        sound = [row for row in rows if not row.errors]
        self._write_stage_outcomes(sound)
        self.write(
            {
                "state": "check",
                "error_ids": [
                    fields.Command.create(self._get_error_values(*error)) for error in errors[:LISTED_ERRORS]
                ],
                "error_count": len(errors),
                "error_row_count": len(rows) - len(sound),
                "skip_errors": False,
                "duplicate_count": sum(row.is_duplicate for row in sound),
                "counts": {
                    "unique": Counter(row.outcome for row in sound if not row.is_duplicate),
                    "duplicate": Counter(row.outcome for row in sound if row.is_duplicate),
                },
                "dates_note": self._get_dates_note(sound),
                "preview_html": self._make_preview(sound),
            }
        )
        return self._reopen()

    def action_import(self):
        """Step 3 to the end: create the leads, all or none.

        :raises UserError: there are rows with errors and the user has not chosen to skip them, or nothing to import.
        """
        self._check_step("check")
        self._check_mapping()
        rows = self._read_rows()
        sound = [row for row in rows if not row.errors]
        if len(sound) < len(rows) and not self.skip_errors:
            raise UserError(
                self.env._(
                    "%s rows have errors. Correct them in the file, or tick “Skip the rows with errors”.",
                    self._format_count(len(rows) - len(sound)),
                )
            )
        if not sound:
            raise UserError(self.env._("No row is without errors: there is nothing to import."))
        done = self.env["leather.lead.import.loader"]._load(self, sound)
        self._write_result(done, len(rows) - len(sound))
        return self._reopen()

    def action_back(self):
        """One step back; nothing is lost."""
        self._check_step("columns", "check")
        self.state = {"columns": "file", "check": "columns"}[self.state]
        return self._reopen()

    def action_view_leads(self):
        """The leads of this import, lost ones included."""
        self._check_step("done")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Imported leads"),
            "res_model": "crm.lead",
            "view_mode": "list,form,pivot,graph",
            "views": [
                (self.env.ref("crm.crm_case_tree_view_oppor").id, "list"),
                (False, "form"),
                (False, "pivot"),
                (False, "graph"),
            ],
            "domain": self._get_lead_domain(),
            "context": {"active_test": False, "create": False},
        }

    def action_train(self):
        """Train the company's lead model now."""
        self._check_step("done")
        return self._get_model().action_train()

    def action_download_template(self):
        """Download the template workbook in the user's language."""
        self.ensure_one()
        self._check_rights()
        return self._get_download("template_file", self.env._("leads_template"))

    def action_download_errors(self):
        """Download the errors of the check as a workbook."""
        self._check_step("check")
        return self._get_download("errors_file", self.env._("leads_errors"))

    # ------------------------------------------------------------
    # Rights and steps
    # ------------------------------------------------------------

    @api.model
    def _can_create_fields(self):
        return self.env.user.has_group("base.group_system")

    @api.model
    def _check_rights(self):
        self.check_access("create")
        if not self.env["crm.lead"].has_access("create"):
            raise AccessError(
                self.env._(
                    "Importing leads needs the right to create leads. Ask your administrator for a role in Sales."
                )
            )

    def _check_step(self, *states):
        self.ensure_one()
        self._check_rights()
        if self.state not in states:
            raise UserError(self.env._("This step is over. Go on from what the screen shows, or start a new import."))
        if self.company_id not in self.env.companies:
            raise AccessError(
                self.env._("Switch to the company “%s” first.", self.company_id.sudo().name)
            )  # sudo: its name only

    def _check_mapping(self):
        """What is wrong with the choice of columns, in words."""
        used = self.column_ids.filtered(lambda column: column.action != "ignore")
        if not used:
            raise UserError(self.env._("Every column is left out. Choose what becomes of at least one."))
        if not self._can_create_fields() and "new" in used.mapped("action"):
            raise AccessError(self._get_no_fields_message())
        for column in used:
            self._check_column(column)
        targets = Counter(
            column.field_name if column.action == "field" else column.action
            for column in used
            if column.action != "new"
        )
        for target, count in targets.items():
            if count > 1 and target != "description":
                labels = {**dict(used._get_actions()), **dict(used._get_field_selection())}
                raise UserError(
                    self.env._(
                        "%(count)s columns go to “%(target)s”. Keep one and leave the others out, or make them new "
                        "fields.",
                        count=count,
                        target=labels[target],
                    )
                )
        meanings = set(self.value_ids.mapped("meaning"))
        if self.has_outcome and not meanings & {"won", "lost"}:
            raise UserError(self.env._("Say which values of the outcome mean won and which mean lost."))

    def _check_column(self, column):
        names = {"column": column.header}
        if column.action == "field" and not column.field_name:
            raise UserError(
                self.env._("Choose the field that the column “%(column)s” goes to, or leave it out.", **names)
            )
        if column.action == "new" and column.new_type == "choice" and column.distinct_count > MAX_CHOICES:
            raise UserError(
                self.env._(
                    "The column “%(column)s” has %(count)s values: too many for a choice. Make it a text.",
                    count=column.distinct_count,
                    **names,
                )
            )
        if column.action == "outcome" and not column.value_counts:
            raise UserError(
                self.env._("The column “%(column)s” cannot be the outcome: it has too many values, or none.", **names)
            )
        if column.action in ("created", "closed") and column.note == self.env._("Not a date"):
            raise UserError(
                self.env._(
                    "The column “%(column)s” does not hold dates throughout. Choose how dates are written, correct "
                    "them in the file, or leave the column out.",
                    **names,
                )
            )

    @api.model
    def _get_no_fields_message(self):
        return self.env._(
            "Only a user with Settings rights (Administration: Settings) can add new fields. Ask your administrator "
            "to do this import, or use known fields only."
        )

    # ------------------------------------------------------------
    # Parts of the steps
    # ------------------------------------------------------------

    def _get_content(self):
        if not self.file:
            raise UserError(self.env._("Choose a file first: CSV, XLSX, XLS or ODS."))
        return base64.b64decode(self.with_context(bin_size=False).file)

    def _get_options(self):
        separators = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
        sheet = self.sheet if self.sheets and self.sheet in self.sheets.split(", ") else ""
        return {
            "encoding": self.encoding or "",
            "separator": separators.get(self.separator, ""),
            "sheet": sheet,
        }

    def _describe_file(self, table):
        columns, rows = len(table["header"]), len(table["rows"])
        if table["kind"] == "csv":
            names = {
                ",": self.env._("comma"),
                ";": self.env._("semicolon"),
                "\t": self.env._("tab"),
                "|": self.env._("vertical bar"),
            }
            return self.env._(
                "%(rows)s rows and %(columns)s columns, read as %(encoding)s, separated by %(separator)s.",
                rows=self._format_count(rows),
                columns=columns,
                encoding=table["encoding"].upper(),
                separator=names.get(table["separator"], table["separator"]),
            )
        return self.env._(
            "%(rows)s rows and %(columns)s columns, from the sheet “%(sheet)s”.",
            rows=self._format_count(rows),
            columns=columns,
            sheet=table["sheet"],
        )

    @api.model
    def _get_value_commands(self, value_counts):
        return [fields.Command.clear()] + [
            fields.Command.create({"value": value, "row_count": count, "meaning": guess_meaning(value)})
            for value, count in value_counts
        ]

    def _read_rows(self):
        table = _unpack(self.with_context(bin_size=False).table)
        return self.env["leather.lead.import.reader"]._read(self, table)

    def _write_stage_outcomes(self, rows):
        """An open lead in a won stage is a won lead."""
        won = set(self.env["crm.stage"].search([("is_won", "=", True)]).ids)
        for row in rows:
            if row.outcome == "open" and row.vals.get("stage_id") in won:
                row.outcome = "won"

    @api.model
    def _get_error_values(self, row, column, value, message):
        return {"row": row.number, "column": column, "value": value[:100], "message": message}

    def _get_dates_note(self, rows):
        """How the leads get their dates, said before anything is written."""
        undated = [row for row in rows if not row.created and not row.closed]
        if not undated:
            if any(row.created for row in rows) and any(row.closed for row in rows):
                return self.env._("Creation and closing dates are the file's.")
            if any(row.closed for row in rows):
                return self.env._("The file gives closing dates only: they are taken as creation dates too.")
            return self.env._(
                "Creation dates are the file's. The file gives no closing dates: leads count as closed when they "
                "were created."
            )
        how = (
            self.env._("in the order of their numbers")
            if any(row.order is not None for row in undated)
            else self.env._("in the order of the file, the oldest first")
        )
        return self.env._(
            "%(count)s leads have no date in the file. They are dated one second apart, %(how)s, the last one now: "
            "their "
            "order is kept, their dates mean nothing.",
            count=self._format_count(len(undated)),
            how=how,
        )

    def _write_result(self, done, left_out):
        self.write(
            {
                "state": "done",
                "created_count": len(done["leads"]),
                "updated_count": done["updated"],
                "skipped_count": done["skipped"],
                "left_out_count": left_out,
                "field_count": len(done["fields"]),
                "input_count": done["inputs"],
                "lead_ids": _to_ranges(done["leads"].ids),
                "table": False,
                "file": False,
            }
        )

    def _get_lead_domain(self):
        ranges = [["&", ("id", ">=", first), ("id", "<=", last)] for first, last in self.lead_ids or []]
        domain = [("company_id", "=", self.company_id.id)]
        if not ranges:
            return [*domain, ("id", "=", 0)]
        return ["&", *domain, *["|"] * (len(ranges) - 1), *[term for part in ranges for term in part]]

    def _get_model(self):
        self.ensure_one()
        return self.env["leather.ai.model"].search(
            [("task", "=", "lead_scoring"), ("company_id", "=", self.company_id.id)], limit=1
        )

    def _get_xmlid(self, extid):
        """Name under which Odoo keeps the file's identifier, apart from other companies' and other models'."""
        plain = re.sub(r"\W", "_", extid)
        if plain != extid.replace("-", "_") or not plain.isascii() or len(plain) > 100:
            plain = f"{plain[:60]}_{hashlib.sha256(extid.encode()).hexdigest()[:12]}"
        return f"__import__.crm_lead_{self.company_id.id}_{plain}"

    # ------------------------------------------------------------
    # Screens
    # ------------------------------------------------------------

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import leads with history"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "main",
        }

    def _get_download(self, name, title):
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/{name}/{title}.xlsx?download=true",
            "target": "download",
        }

    def _make_preview(self, rows):
        """The first rows as they will be, as a table."""
        columns = self.column_ids.filtered(lambda column: column.action in ("field", "new"))
        cells = _unpack(self.with_context(bin_size=False).table)["rows"]
        outcomes = {"won": self.env._("Won"), "lost": self.env._("Lost"), "open": self.env._("Open")}
        labels = dict(columns._get_field_selection())
        dates = {"created": self.env._("Created"), "closed": self.env._("Closed")}
        dates = {name: label for name, label in dates.items() if any(getattr(row, name) for row in rows)}
        head = [self.env._("Row"), self.env._("Outcome"), *dates.values()]
        head += [labels.get(column.field_name, column.header) for column in columns]
        lines = []
        for row in rows[:PREVIEW_ROWS]:
            line = [str(row.number), outcomes[row.outcome], *[self._format(getattr(row, name)) for name in dates]]
            line += [self._format_cell(row, column, cells) for column in columns]
            lines.append(line)
        return TABLE % (_make_line(head, "th"), Markup().join(_make_line(line, "td") for line in lines))

    def _format_count(self, number):
        return formatLang(self.env, number, digits=0)

    def _format_cell(self, row, column, cells):
        value = row.vals.get(column._get_key() if column.action == "new" else column.field_name)
        if value is None:
            return ""
        if isinstance(value, bool):
            return self.env._("Yes") if value else self.env._("No")
        if isinstance(value, str | list) or (column.action == "field" and isinstance(value, int)):
            return cells[row.number - 2][column.position]  # names, texts and records as the file has them
        return self._format(value)

    def _format(self, value):
        if value is None:
            return ""
        if isinstance(value, datetime):
            local = fields.Datetime.context_timestamp(self, value)
            if local.time() == time.min:
                return format_date(self.env, local.date())
            return format_datetime(self.env, value, dt_format="short")
        if isinstance(value, date):
            return format_date(self.env, value)
        return f"{value:.15g}" if isinstance(value, float) else str(value)


def _make_line(texts, tag):
    cell = Markup("<%s>{}</%s>" % (tag, tag))  # noqa: UP031
    return Markup("<tr>%s</tr>") % Markup().join(cell.format(_shorten(text)) for text in texts)


def _shorten(text):
    text = " ".join(str(text).split())
    return text if len(text) <= PREVIEW_LENGTH else f"{text[: PREVIEW_LENGTH - 1]}…"


def _pack(table):
    return base64.b64encode(gzip.compress(json.dumps(table, ensure_ascii=False).encode(), 3))


def _unpack(packed):
    return json.loads(gzip.decompress(base64.b64decode(packed)))


def _to_ranges(ids):
    """[[first, last], …] of sorted ids: thousands of leads in a few numbers."""
    ranges = []
    for lead_id in sorted(ids):
        if ranges and lead_id == ranges[-1][1] + 1:
            ranges[-1][1] = lead_id
        else:
            ranges.append([lead_id, lead_id])
    return ranges
