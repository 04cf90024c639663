import html
import re
from types import NoneType

import numpy as np
from odoo import api, fields, models
from odoo.tools import SQL, html2plaintext, ormcache

from ..engine import history
from ..engine.features import Feature, FeatureTable

# Lead columns that derived inputs are made from, besides the date of creation.
DERIVED_COLUMNS = {
    "derived.text": ("name", "description"),
    "derived.has_partner": ("partner_id",),
    "derived.partner_orders": ("partner_id",),
    "derived.partner_revenue": ("partner_id",),
    "derived.partner_recency": ("partner_id",),
}
NUMBER_TYPES = ("integer", "float", "monetary")
TEXT_LIMIT = 2000
_LINK = re.compile(r"<(a|img|style|script)\b|<!", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


class LeatherLeadReader(models.AbstractModel):
    """Reads the inputs of many leads at once into the engine's table.

    A feature declares what it needs; each kind of record is read once for all leads, whatever their number. Stored
    leads are read in SQL (nightly rescoring, training), leads being edited through the ORM; both give the same table.
    """

    _name = "leather.lead.reader"
    _description = "Reader of Lead Inputs"

    # ------------------------------------------------------------
    # Which inputs
    # ------------------------------------------------------------

    @api.model
    @ormcache("company_id")
    def _get_feature_pairs(self, company_id):
        # sudo: a salesperson's lead is scored although they may not open the AI menu
        inputs = (
            self.env["leather.ai.feature"]
            .sudo()
            .search(
                [
                    ("model_id.task", "=", "lead_scoring"),
                    ("model_id.active", "=", True),
                    ("company_id", "=", company_id),
                ]
            )
        )
        return tuple((feature.key, feature.kind) for feature in inputs if feature.kind)

    @api.model
    def _get_features(self, company_id):
        """Inputs that the lead model of a company may look at, as engine features."""
        return [Feature(key, kind) for key, kind in self._get_feature_pairs(company_id)]

    # ------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------

    @api.model
    def _read_records(self, leads, features, company_id):
        """Table of leads as they stand in this transaction, unsaved changes included.

        :param leads: crm.lead records, real or new
        :param features: list of engine Feature
        :param company_id: whose orders count as the customer's history
        :return: FeatureTable, one row per lead in the order given
        """
        names = self._get_lead_columns(features)
        raw = {name: [_to_raw(lead[name]) for lead in leads] for name in names}
        raw["id"] = [lead._origin.id for lead in leads]
        self._restore_blanks(raw, names)
        return self._make_table(features, raw, company_id)

    @api.model
    def _read_stored(self, lead_ids, features, company_id, as_of_creation=False):
        """Table of stored leads, straight from the database: the caller flushes first.

        :param lead_ids: list of ids
        :param company_id: whose orders count as the customer's history
        :param as_of_creation: take the customer's history as it was when the lead was created
        :return: FeatureTable, one row per id in the order given
        """
        names = self._get_lead_columns(features)
        raw = self._fetch_columns(lead_ids, [n for n in names if not self._is_many2many(n)])
        for name in names:
            if self._is_many2many(name):
                raw[name] = self._fetch_many2many(lead_ids, name)
        return self._make_table(features, raw, company_id, as_of_creation)

    @api.model
    def _restore_blanks(self, raw, names):
        """Make numbers blank again that the ORM reads as zero although nobody ever filled them in."""
        numbers = [name for name in names if self.env["crm.lead"]._fields[name].type in NUMBER_TYPES]
        stored = [lead_id for lead_id in raw["id"] if lead_id]
        if not numbers or not stored:
            return
        kept = self._fetch_columns(stored, numbers)
        for name in numbers:
            blank = {lead_id for lead_id, value in zip(kept["id"], kept[name], strict=True) if value is None}
            raw[name] = [
                None if lead_id in blank and not value else value
                for lead_id, value in zip(raw["id"], raw[name], strict=True)
            ]

    @api.model
    def _get_lead_columns(self, features):
        """The columns that these inputs are made from, and no others: a long text nobody asked for costs time."""
        fields_ = self.env["crm.lead"]._fields
        names = ["create_date"]
        for feature in features:
            if feature.name in fields_:
                names.append(feature.name)
            elif feature.name.startswith("lead_properties."):
                names.append("lead_properties")
            else:
                names += DERIVED_COLUMNS.get(feature.name, ())
        return list(dict.fromkeys(names))

    @api.model
    def _is_many2many(self, name):
        return self.env["crm.lead"]._fields[name].type == "many2many"

    @api.model
    def _fetch_columns(self, lead_ids, names):
        columns = SQL(", ").join([SQL.identifier("lead", "id"), *(self._get_column(name) for name in names)])
        self.env.cr.execute(
            SQL(
                "SELECT %s FROM unnest(%s::int[]) WITH ORDINALITY AS wanted(id, rank)"
                " JOIN crm_lead AS lead ON lead.id = wanted.id AND %s ORDER BY wanted.rank",
                columns,
                to_sql_array(lead_ids),
                within_ids(SQL.identifier("lead", "id"), lead_ids),
            )
        )
        rows = self.env.cr.fetchall()
        values = list(zip(*rows, strict=True)) if rows else [()] * (len(names) + 1)
        return dict(zip(["id", *names], values, strict=True))

    @api.model
    def _get_column(self, name):
        column = SQL.identifier("lead", name)
        if self.env["crm.lead"]._fields[name].type in ("float", "monetary"):
            return SQL("%s::float8", column)  # the same number that Odoo reads, without a call into Python for each
        return column

    @api.model
    def _fetch_many2many(self, lead_ids, name):
        field = self.env["crm.lead"]._fields[name]
        lead = SQL.identifier(field.column1)
        self.env.cr.execute(
            SQL(
                "SELECT %(lead)s, array_agg(%(value)s) FROM %(table)s"
                " WHERE %(lead)s = ANY(%(ids)s::int[]) AND %(within)s GROUP BY %(lead)s",
                lead=lead,
                value=SQL.identifier(field.column2),
                table=SQL.identifier(field.relation),
                ids=to_sql_array(lead_ids),
                within=within_ids(lead, lead_ids),
            )
        )
        by_lead = {lead_id: tuple(values) for lead_id, values in self.env.cr.fetchall()}
        return [by_lead.get(lead_id, ()) for lead_id in lead_ids]

    # ------------------------------------------------------------
    # From raw values to the engine's columns
    # ------------------------------------------------------------

    @api.model
    def _make_table(self, features, raw, company_id, as_of_creation=False):
        derive = _Derived(self.env, raw, company_id, as_of_creation)
        columns = {}
        for feature in features:
            if feature.name.startswith("derived."):
                columns[feature.name] = derive.column(feature.name.removeprefix("derived."))
            elif feature.name.startswith("lead_properties."):
                key = feature.name.removeprefix("lead_properties.")
                columns[feature.name] = _CONVERT[feature.kind]([_property(v, key) for v in raw["lead_properties"]], raw)
            else:
                columns[feature.name] = _CONVERT[feature.kind](raw[feature.name], raw)
        return FeatureTable.from_columns(features, columns)

    @api.model
    def _to_json_rows(self, table):
        """One JSON-safe dict per row: blank values are left out."""
        rows = [{} for _row in range(len(table))]
        for feature in table.features:
            column = table.columns[feature.name]
            for row, value in zip(rows, column.tolist(), strict=True):
                if feature.kind == "number":
                    if value == value:  # not NaN
                        row[feature.name] = value
                elif value:
                    row[feature.name] = list(value) if feature.kind == "tags" else value
        return rows

    @api.model
    def _from_json_rows(self, rows, features):
        """The table that :meth:`_to_json_rows` was made from, in the columns asked for; absent ones are blank."""
        blank = {"category": None, "number": np.nan, "tags": (), "text": ""}
        columns = {f.name: [_same_kind(row.get(f.name), f.kind, blank[f.kind]) for row in rows] for f in features}
        return FeatureTable.from_columns(features, columns)


def _same_kind(value, kind, blank):
    """A kept value, unless the input has changed its kind since."""
    if value is None:
        return blank
    if kind == "number":
        return float(value) if isinstance(value, int | float) else np.nan
    if kind == "tags":
        return tuple(value) if isinstance(value, list) else ()
    return value if isinstance(value, str) else str(value)


def _to_raw(value):
    """A field's value as the database would give it."""
    if isinstance(value, models.BaseModel):
        return value._origin.ids
    return value


def to_sql_array(values):
    """Numbers, moments or None as one literal, to be cast. PostgreSQL parses ``ARRAY[…]`` several times as slowly, as
    an expression for each element."""
    return "{" + ",".join(map(str, values)).replace("None", "NULL") + "}"


def within_ids(column, ids):
    """The range of the ids. It excludes nothing; it lets PostgreSQL find neighbours through the index, where it would
    read the whole table for thousands of single ids."""
    return SQL("%s BETWEEN %s AND %s", column, min(ids, default=0), max(ids, default=0))


def map_distinct(function, values):
    """``[function(value) for value in values]``, with one call for each distinct value."""
    known = {value: function(value) for value in set(values)}
    return list(map(known.__getitem__, values))


def _to_category(values, _raw):
    try:
        return map_distinct(_category, values)
    except TypeError:  # records read through the ORM are lists of ids
        return [_category(value) for value in values]


def _category(value):
    if isinstance(value, list | tuple):  # a many2one read through the ORM
        value = value[0] if value else None
    if value is True:
        return "true"
    if value is None or value is False or value == "":
        return None
    return str(value).strip() or None


def _to_number(values, raw):
    if set(map(type, values)) <= {int, float, NoneType}:
        return np.array(values, dtype=float)  # None becomes NaN
    created = raw.get("create_date")
    return [_number(value, created[row] if created else None) for row, value in enumerate(values)]


def _number(value, created):
    if value is None or value is False:
        return np.nan
    if isinstance(value, int | float):
        return float(value)
    if hasattr(value, "__float__"):
        return float(value)
    # a date says something through its distance from the lead's creation
    start = created or fields.Datetime.now()
    return float((fields.Date.to_date(value) - fields.Date.to_date(start)).days)


def _to_tags(values, _raw):
    try:
        return map_distinct(_tags, values)
    except TypeError:  # lists, through the ORM
        return [_tags(value) for value in values]


def _tags(value):
    if not value:
        return ()
    items = value if isinstance(value, list | tuple) else [value]
    return tuple(sorted(str(item) for item in items))


def _to_text(values, _raw):
    return [_plain(value) for value in values]


def _plain(value):
    if not value:
        return ""
    text = str(value)
    if "<" in text:
        text = html2plaintext(text) if _LINK.search(text) else _strip_tags(text)
    return text[:TEXT_LIMIT]


def _strip_tags(markup):
    """The words of a note without links or pictures. Its tree gives the same words fifteen times as slowly."""
    return " ".join(html.unescape(_TAG.sub(" ", markup)).split())


_CONVERT = {"category": _to_category, "number": _to_number, "tags": _to_tags, "text": _to_text}


def _property(values, key):
    """The stored value of one property, from the database's JSON or from the ORM's mapping of it.

    The mapping itself gives labels for choices and False for zero; what is stored underneath is what was learned from.
    """
    stored = getattr(values, "_values", values)
    return stored.get(key) if stored else None


class _Derived:
    """Inputs that follow from others, each read once for all leads and only when asked for."""

    def __init__(self, env, raw, company_id, as_of_creation):
        self.env = env
        self.raw = raw
        self.company_id = company_id
        self.created = [value or fields.Datetime.now() for value in raw["create_date"]]
        self.as_of_creation = as_of_creation
        self._history = None

    def column(self, name):
        return getattr(self, f"_{name}")()

    def _text(self):
        return [
            f"{name or ''}\n{_plain(description)}".strip()
            for name, description in zip(self.raw["name"], self.raw["description"], strict=True)
        ]

    def _has_partner(self):
        return ["true" if _first(partner) else None for partner in self.raw["partner_id"]]

    def _create_weekday(self):
        return [str(created.weekday()) for created in self.created]

    def _create_month(self):
        return [str(created.month) for created in self.created]

    def _partner_orders(self):
        return self._get_history().count

    def _partner_revenue(self):
        return self._get_history().revenue

    def _partner_recency(self):
        return self._get_history().recency

    def _get_history(self):
        if self._history is None:
            commercial = self._get_commercial_partners()
            orders = self._fetch_orders({partner for partner in commercial if partner})
            now = fields.Datetime.now()
            moments = self.created if self.as_of_creation else [now] * len(commercial)
            self._history = history.before(
                np.array([partner or 0 for partner in commercial], dtype=np.int64),
                history.to_days(moments),
                *orders,
            )
        return self._history

    def _get_commercial_partners(self):
        partners = [_first(partner) for partner in self.raw["partner_id"]]
        ids = {partner for partner in partners if partner}
        if not ids:
            return [None] * len(partners)
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        self.env.cr.execute(
            "SELECT id, commercial_partner_id FROM res_partner WHERE id = ANY(%s::int[])", [to_sql_array(ids)]
        )
        commercial = dict(self.env.cr.fetchall())
        return [commercial.get(partner) for partner in partners]

    def _fetch_orders(self, partner_ids):
        """Confirmed orders of these companies' customers: partner, day, amount in the company's currency."""
        if not partner_ids:
            return np.zeros(0, np.int64), np.zeros(0), np.zeros(0)
        self.env["sale.order"].flush_model(["state", "date_order", "amount_total", "currency_rate", "partner_id"])
        self.env.cr.execute(
            """
            SELECT partner.commercial_partner_id,
                   (extract(epoch FROM orders.date_order) / 86400.0)::float8,
                   (orders.amount_untaxed / COALESCE(NULLIF(orders.currency_rate, 0), 1))::float8
              FROM sale_order AS orders
              JOIN res_partner AS partner ON partner.id = orders.partner_id
             WHERE orders.state = 'sale'
               AND partner.commercial_partner_id = ANY(%s::int[])
               AND orders.company_id = %s
            """,
            [to_sql_array(sorted(partner_ids)), self.company_id],
        )
        rows = self.env.cr.fetchall()
        partner, day, amount = zip(*rows, strict=True) if rows else ((), (), ())
        return np.array(partner, np.int64), np.array(day, float), np.array(amount, float)

    def _response_hours(self):
        if self.as_of_creation:
            return [np.nan] * len(self.created)
        first = self._fetch_first_answers([lead_id for lead_id in self.raw["id"] if lead_id])
        return [
            max(0.0, (first[lead_id] - created).total_seconds() / 3600) if lead_id in first else np.nan
            for lead_id, created in zip(self.raw["id"], self.created, strict=True)
        ]

    def _fetch_first_answers(self, lead_ids):
        if not lead_ids:
            return {}
        self.env.cr.execute(
            """
            SELECT message.res_id, min(message.date)
              FROM mail_message AS message
              JOIN res_users AS author ON author.partner_id = message.author_id AND NOT author.share
             WHERE message.model = 'crm.lead'
               AND message.res_id = ANY(%s::int[])
               AND (message.message_type = 'comment' OR message.mail_activity_type_id IS NOT NULL)
             GROUP BY message.res_id
            """,
            [to_sql_array(lead_ids)],
        )
        return dict(self.env.cr.fetchall())


def _first(value):
    """The id of a many2one, read through SQL (a number) or the ORM (a list)."""
    return (value[0] if value else None) if isinstance(value, list | tuple) else value
