import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

import babel
import pytz
from odoo import api, fields, models
from odoo.tools import email_normalize, plaintext2html

from .column_types import DATE_ORDERS, fold, parse_boolean, parse_date, parse_datetime, parse_number

CELL_LIMIT = 32_767  # what a cell of a spreadsheet holds at most
CHAR_LIMIT = 2_000
CREATED_BY_NAME = ("source_id", "medium_id", "campaign_id", "tag_ids")
LEFT_BLANK = ("country_id", "state_id", "team_id", "user_id", "lang_id", "stage_id", "lost_reason_id", "recurring_plan")
ID_LIMIT = 200
OLDEST = datetime(1970, 1, 1)


@dataclass
class Row:
    """One lead to be: values by column target, and its history."""

    number: int
    vals: dict = field(default_factory=dict)
    outcome: str = "open"
    created: datetime | None = None
    order: float | None = None
    closed: datetime | None = None
    extid: str | None = None
    email: str | None = None
    phone: str | None = None
    errors: list = field(default_factory=list)
    duplicate_row: int | None = None
    duplicate_lead: int | None = None

    @property
    def is_duplicate(self):
        return self.duplicate_row is not None or self.duplicate_lead is not None


class LeatherLeadImportReader(models.AbstractModel):
    """Turns the cells of a file into values of leads, with an error for each that cannot be."""

    _name = "leather.lead.import.reader"
    _description = "Reader of Lead Import Rows"

    @api.model
    def _read(self, wizard, table):
        """Rows of a table as the wizard's columns say.

        :param wizard: leather.lead.import
        :param table: dict with header and rows
        :return: list of :class:`Row`
        """
        rows = [Row(number) for number in range(2, len(table["rows"]) + 2)]
        for column in wizard.column_ids.filtered(lambda column: column.action != "ignore"):
            self._read_column(wizard, column, table["rows"], rows)
        self._check_widths(table, rows)
        self._check_dates(rows)
        self._add_identity(wizard, rows)
        self._find_duplicates(wizard, rows)
        return rows

    # ------------------------------------------------------------
    # Columns
    # ------------------------------------------------------------

    @api.model
    def _read_column(self, wizard, column, cells, rows):
        """Read each distinct value once, then hand it to the rows."""
        convert = self._get_converter(wizard, column)
        known = {}
        store = getattr(self, f"_store_{column.action}")
        position = column.position
        for cell_row, row in zip(cells, rows, strict=True):
            text = cell_row[position]
            if text not in known:
                known[text] = self._convert(convert, text)
            value, error = known[text]
            if error:
                row.errors.append((column.header, text, error))
            elif value is not None:
                store(row, column, value)

    @api.model
    def _convert(self, convert, text):
        if not text:
            return convert(text) if getattr(convert, "takes_blank", False) else (None, None)
        if len(text) > CELL_LIMIT:
            return None, self.env._(
                "The text has %(size)s characters, at most %(limit)s are taken. Shorten it.",
                size=len(text),
                limit=CELL_LIMIT,
            )
        return convert(text)

    @api.model
    def _store_field(self, row, column, value):
        if column.field_name == "description" and row.vals.get("description"):
            value = row.vals["description"] + value
        row.vals[column.field_name] = value

    @api.model
    def _store_new(self, row, column, value):
        row.vals[column._get_key()] = value

    @api.model
    def _store_outcome(self, row, _column, value):
        row.outcome = value

    @api.model
    def _store_created(self, row, _column, value):
        if isinstance(value, datetime):
            row.created = value
        else:
            row.order = value

    @api.model
    def _store_closed(self, row, _column, value):
        row.closed = value

    @api.model
    def _store_extid(self, row, _column, value):
        row.extid = value

    # ------------------------------------------------------------
    # Converters: text -> (value, error)
    # ------------------------------------------------------------

    @api.model
    def _get_converter(self, wizard, column):
        order = wizard.date_order or column.date_order or DATE_ORDERS[0]
        if column.action == "outcome":
            return self._make_outcome(wizard)
        if column.action == "extid":
            return self._make_text(ID_LIMIT)
        if column.action == "closed":
            return self._make_datetime(order)
        if column.action == "created":
            numbers = column.kind in ("integer", "number")
            return self._make_number(column.decimal) if numbers else self._make_datetime(order)
        if column.action == "new":
            return self._get_type_converter(column._get_ttype(), column, order)
        return self._get_field_converter(wizard, column, order)

    @api.model
    def _get_type_converter(self, ttype, column, order):
        if ttype in ("integer", "float", "monetary"):
            return self._make_number(column.decimal, whole=ttype == "integer")
        if ttype == "boolean":
            return self._make_boolean()
        if ttype == "date":
            return self._make_date(order)
        if ttype == "datetime":
            return self._make_datetime(order)
        if ttype == "html":
            return self._make_html(column.header)
        return self._make_text(CELL_LIMIT if ttype == "text" else CHAR_LIMIT)

    @api.model
    def _get_field_converter(self, wizard, column, order):
        name = column.field_name
        target = self.env["crm.lead"]._fields[name]
        if name in CREATED_BY_NAME:
            return self._make_names(several=name == "tag_ids")
        if target.type == "many2one":
            return self._make_relation(wizard, name)
        if target.type == "selection":
            return self._make_selection(name)
        return self._get_type_converter(target.type, column, order)

    @api.model
    def _make_outcome(self, wizard):
        meanings = {line.value or "": line.meaning for line in wizard.value_ids}

        def convert(text):
            return meanings.get(text, "open"), None

        convert.takes_blank = True
        return convert

    @api.model
    def _make_text(self, limit):
        message = self.env._("Too long: at most %s characters are taken. Shorten it, or leave the column out.", limit)
        return lambda text: (None, message) if len(text) > limit else (text, None)

    @api.model
    def _make_html(self, header):
        # the name of the column says what the text was
        return lambda text: (plaintext2html(f"{header}: {text}" if header else text), None)

    @api.model
    def _make_number(self, decimal, whole=False):
        message = self.env._("Not a number. Write digits only, or make the column a text.")
        too_large = self.env._("Too large for a whole number. Shorten it, or make the column a text.")

        def convert(text):
            number = parse_number(text, decimal or ".")
            if number is None:
                return None, message
            if whole and abs(number) >= 2**31:
                return None, too_large
            return (int(number) if whole else number), None

        return convert

    @api.model
    def _make_boolean(self):
        message = self.env._("Neither yes nor no. Write yes or no, or make the column a choice.")

        def convert(text):
            value = parse_boolean(text)
            return (None, message) if value is None else (value, None)

        return convert

    @api.model
    def _make_date(self, order):
        message = self._get_date_message(order)

        def convert(text):
            value = parse_date(text, order)
            return (None, message) if value is None else (value, None)

        return convert

    @api.model
    def _make_datetime(self, order):
        message = self._get_date_message(order)
        zone = pytz.timezone(self.env.user.tz or "UTC")

        def convert(text):
            value = parse_datetime(text, order)
            if value is None or value < OLDEST:
                return None, message
            return zone.localize(value).astimezone(UTC).replace(tzinfo=None), None

        return convert

    @api.model
    def _get_date_message(self, order):
        example = {"dmy": "31/12/2024", "mdy": "12/31/2024", "ymd": "2024-12-31"}[order]
        return self.env._("Not a date as the others of this column. Write it like %s.", example)

    @api.model
    def _make_names(self, several):
        message = self._make_text(CHAR_LIMIT)

        def convert(text):
            value, error = message(text)
            if error or not several:
                return value, error
            return [part.strip() for part in re.split("[,;،؛]", text) if part.strip()], None

        return convert

    @api.model
    def _make_selection(self, name):
        known = {}
        for lang in ("en_US", self.env.lang):
            for key, label in self.env["crm.lead"].with_context(lang=lang).fields_get([name])[name]["selection"]:
                known.update({fold(str(key)): key, fold(label): key})
        labels = ", ".join(sorted({str(label) for label in known if label}))
        message = self.env._(
            "Not one of the field's choices: %s. Correct it, or make the column a new field.", labels[:300]
        )
        return lambda text: (known[fold(text)], None) if fold(text) in known else (None, message)

    # ------------------------------------------------------------
    # Records by name
    # ------------------------------------------------------------

    @api.model
    def _make_relation(self, wizard, name):
        found = self._get_names(wizard, name)
        label = self.env["crm.lead"].fields_get([name], ["string"])[name]["string"]
        message = self.env._(
            "“%s” does not know this name. Correct it, create it first, or tick “Leave unknown names blank”.", label
        )

        def convert(text):
            record_id = found.get(fold(text))
            if record_id:
                return record_id, None
            return (None, None) if wizard.leave_unknown else (None, message)

        return convert

    @api.model
    def _get_names(self, wizard, name):
        """{folded name: id} of the records a field can point to, in every installed language."""
        records = self.env[self.env["crm.lead"]._fields[name].comodel_name].search(self._get_name_domain(wizard, name))
        if name == "state_id":  # several countries share names: the company's own comes first
            records = records.sorted(lambda state: state.country_id != wizard.company_id.country_id)
        names = {}
        codes = {"country_id": ("code",), "lang_id": ("code", "iso_code", "url_code"), "user_id": ("login", "email")}
        for lang, _label in self.env["res.lang"].get_installed():
            for record in records.with_context(lang=lang):
                names.setdefault(fold(record.name or ""), record.id)
        if name == "country_id":
            self._add_country_names(names, records)
        for code in codes.get(name, ()):
            for record in records:
                names.setdefault(fold(record[code] or ""), record.id)
        names.pop("", None)
        return names

    @api.model
    def _add_country_names(self, names, countries):
        """Names in the languages that files come in, installed or not."""
        for lang in ("en", "fr", "ar"):
            territories = babel.Locale.parse(lang).territories
            for country in countries:
                names.setdefault(fold(territories.get(country.code) or ""), country.id)

    @api.model
    def _get_name_domain(self, wizard, name):
        company = wizard.company_id
        return {
            "team_id": [("company_id", "in", (company.id, False))],
            "user_id": [("share", "=", False), ("company_ids", "in", company.ids)],
            "stage_id": [("team_ids", "in", [*wizard.team_id.ids, False])],
        }.get(name, [])

    # ------------------------------------------------------------
    # Rows
    # ------------------------------------------------------------

    @api.model
    def _check_widths(self, table, rows):
        width = len(table["header"])
        for cells, row in zip(table["rows"], rows, strict=True):
            if len(cells) > width:
                row.errors.append(
                    (
                        table["header"][-1],
                        cells[width],
                        self.env._(
                            "The row has %(cells)s cells, the line of headers %(width)s. Put texts that hold the "
                            "separator "
                            "between quotes, or remove what is too much.",
                            cells=len(cells),
                            width=width,
                        ),
                    )
                )

    @api.model
    def _check_dates(self, rows):
        now = fields.Datetime.now()
        future = self.env._("The date lies in the future. Correct it.")
        before = self.env._("The lead is closed before it is created. Correct one of the dates.")
        for row in rows:
            for moment in (row.created, row.closed):
                if moment and moment > now:
                    row.errors.append(("", fields.Datetime.to_string(moment), future))
            if row.created and row.closed and row.closed < row.created:
                # a file often gives a time for one date and none for the other
                if row.closed.date() == row.created.date():
                    row.closed = row.created
                else:
                    row.errors.append(("", fields.Datetime.to_string(row.closed), before))

    @api.model
    def _add_identity(self, wizard, rows):
        """Normalised e-mail and phone, as Odoo keeps them."""
        lead = self.env["crm.lead"]
        countries = {}
        phones = {}
        for row in rows:
            if email := row.vals.get("email_from"):
                row.email = email_normalize(email) or None
            if number := row.vals.get("phone"):
                country_id = row.vals.get("country_id") or wizard.company_id.country_id.id
                if country_id not in countries:
                    countries[country_id] = self.env["res.country"].browse(country_id)
                if (number, country_id) not in phones:
                    phones[number, country_id] = lead._phone_format(number=number, country=countries[country_id])
                row.phone = phones[number, country_id] or None

    # ------------------------------------------------------------
    # Duplicates
    # ------------------------------------------------------------

    @api.model
    def _find_duplicates(self, wizard, rows):
        """Mark rows that are an earlier row's or an existing lead's lead; rows with errors do not count."""
        existing = self._get_existing(wizard, rows)
        first = {}
        for index, row in enumerate(rows):
            if row.errors:
                continue
            keys = [(kind, value) for kind in ("extid", "email", "phone") if (value := getattr(row, kind))]
            row.duplicate_lead = next((existing[key] for key in keys if key in existing), None)
            if row.duplicate_lead is None:
                row.duplicate_row = next((first[key] for key in keys if key in first), None)
            if not row.is_duplicate:
                for key in keys:
                    first[key] = index

    @api.model
    def _get_existing(self, wizard, rows):
        """{(kind, value): lead id} of the company's leads, archived and lost ones included."""
        emails = sorted({row.email for row in rows if row.email})
        phones = sorted({row.phone for row in rows if row.phone})
        known = self._get_existing_ids(wizard, rows)
        leads = self.env["crm.lead"].with_context(active_test=False)
        company = [("company_id", "in", (wizard.company_id.id, False))]
        for kind, name, values in (("email", "email_normalized", emails), ("phone", "phone_sanitized", phones)):
            if values:
                for lead in leads.search_fetch([*company, (name, "in", values)], [name], order="id desc"):
                    known[kind, lead[name]] = lead.id
        return known

    @api.model
    def _get_existing_ids(self, wizard, rows):
        names = {wizard._get_xmlid(row.extid).partition(".")[2]: row.extid for row in rows if row.extid}
        if not names:
            return {}
        # sudo: which leads an earlier import made; only those the user may read are kept
        data = (
            self.env["ir.model.data"]
            .sudo()
            .search_fetch(
                [("module", "=", "__import__"), ("model", "=", "crm.lead"), ("name", "in", list(names))],
                ["name", "res_id"],
            )
        )
        leads = self.env["crm.lead"].with_context(active_test=False).search([("id", "in", data.mapped("res_id"))])
        mine = set(leads.ids)
        return {("extid", names[item.name]): item.res_id for item in data if item.res_id in mine}
