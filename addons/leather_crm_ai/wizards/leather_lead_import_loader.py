import re
import unicodedata
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL, clean_context, split_every

from .column_types import fold

BATCH = 1000
QUIET = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "mail_create_nolog": True,
    "mail_notrack": True,
    "leather_no_snapshot": True,
}
NAME_MODELS = {
    "source_id": "utm.source",
    "medium_id": "utm.medium",
    "campaign_id": "utm.campaign",
    "tag_ids": "crm.tag",
}
# Computed from the contact, and blank as long as there is none.
CONTACT_FIELDS = (
    "contact_name",
    "partner_name",
    "function",
    "email_from",
    "phone",
    "website",
    "lang_id",
    "street",
    "street2",
    "zip",
    "city",
    "state_id",
    "country_id",
)
RECURRING_FIELDS = ("recurring_revenue_monthly", "recurring_revenue_monthly_prorated", "recurring_revenue_prorated")


class LeatherLeadImportLoader(models.AbstractModel):
    """Writes the rows of a lead import: new fields, AI inputs, leads with their history. All or nothing: the caller's
    transaction is never committed here."""

    _name = "leather.lead.import.loader"
    _description = "Writer of Lead Import Rows"

    @api.model
    def _load(self, wizard, rows):
        """Create the leads of some rows.

        :param wizard: leather.lead.import
        :param rows: rows without errors, see leather.lead.import.reader
        :return: dict with leads (records created), updated, skipped, fields (names) and inputs (count)
        """
        names = self._create_fields(wizard, rows)
        inputs = self._add_inputs(wizard, names)
        self._rename(rows, names)
        self._resolve_names(rows)
        to_create, skipped = self._pick(wizard, rows)
        updated = self._update_blanks(wizard, rows) if wizard.duplicate_policy == "update" else 0
        self._add_dates(to_create)
        leads = self.env["crm.lead"]
        for batch in split_every(BATCH, to_create, list):
            leads |= self._create_batch(wizard, batch)
        return {
            "leads": leads,
            "updated": updated,
            "skipped": skipped,
            "fields": list(names.values()),
            "inputs": inputs,
        }

    # ------------------------------------------------------------
    # New fields and inputs
    # ------------------------------------------------------------

    @api.model
    def _create_fields(self, wizard, rows):
        """One custom field for each column that asks for it, all at once: {key of the column: field name}."""
        columns = wizard.column_ids.filtered(lambda column: column.action == "new")
        if not columns:
            return {}
        model_id = self.env["ir.model"]._get_id("crm.lead")
        taken = set(self.env["crm.lead"]._fields)
        names = {}
        for column in columns:
            names[column._get_key()] = _make_name(column.header, column.position, taken)
        self.env["ir.model.fields"].create(
            [
                {
                    "model_id": model_id,
                    "name": names[column._get_key()],
                    "field_description": column.header,
                    "ttype": column._get_ttype(),
                    "state": "manual",
                    **self._get_choices(column, rows),
                }
                for column in columns
            ]
        )
        self.env.registry.clear_cache("stable")  # else the new fields' ids are looked up in what was known before
        return names

    @api.model
    def _get_choices(self, column, rows):
        if column.new_type != "choice":
            return {}
        values = sorted({row.vals[column._get_key()] for row in rows if column._get_key() in row.vals})
        return {
            "selection_ids": [
                Command.create({"value": value, "name": value, "sequence": rank}) for rank, value in enumerate(values)
            ]
        }

    @api.model
    def _add_inputs(self, wizard, names):
        """Make the ticked columns inputs of the company's lead model; how many were added."""
        model = wizard._get_model()
        ticked = wizard.column_ids.filtered(lambda column: column.look and column._may_look())
        wanted = [names.get(column._get_key(), column.field_name) for column in ticked]
        present = set(model.with_context(active_test=False).feature_ids.mapped("key"))
        missing = [name for name in wanted if name and name not in present]
        if not model or not missing:
            return 0
        get_field = self.env["ir.model.fields"]._get
        self.env["leather.ai.feature"].create(
            [{"model_id": model.id, "sequence": 60, "field_id": get_field("crm.lead", name).id} for name in missing]
        )
        self.env.registry.clear_cache()  # what the AI looks at is cached
        return len(missing)

    @api.model
    def _rename(self, rows, names):
        for row in rows:
            row.vals = {names.get(key, key): value for key, value in row.vals.items()}

    # ------------------------------------------------------------
    # Sources, media, campaigns and tags by name
    # ------------------------------------------------------------

    @api.model
    def _resolve_names(self, rows):
        """Replace names by records, creating those that do not exist yet."""
        for name, model in NAME_MODELS.items():
            wanted = {}
            for row in rows:
                if name in row.vals:
                    for text in _as_list(row.vals[name]):
                        wanted.setdefault(fold(text) or text, text)
            if wanted:
                ids = self._find_or_create(model, wanted)
                self._replace_names(rows, name, ids)

    @api.model
    def _find_or_create(self, model, wanted):
        title = "title" if model == "utm.campaign" else "name"
        records = self.env[model].with_context(active_test=False).search([(title, "!=", False)])
        ids = {}
        for lang, _label in self.env["res.lang"].get_installed():
            for record in records.with_context(lang=lang):
                ids.setdefault(fold(record[title] or "") or record[title], record.id)
        missing = {key: text for key, text in wanted.items() if key not in ids}
        created = self.env[model].create([{title: text} for text in missing.values()])
        return {**ids, **dict(zip(missing, created.ids, strict=True))}

    @api.model
    def _replace_names(self, rows, name, ids):
        for row in rows:
            if name not in row.vals:
                continue
            found = [ids[fold(text) or text] for text in _as_list(row.vals[name])]
            row.vals[name] = [Command.set(found)] if name == "tag_ids" else found[0]

    # ------------------------------------------------------------
    # Duplicates
    # ------------------------------------------------------------

    @api.model
    def _pick(self, wizard, rows):
        """Rows to create and how many are skipped."""
        if wizard.duplicate_policy == "create":
            return rows, 0
        chosen = [row for row in rows if not row.is_duplicate]
        return chosen, len(rows) - len(chosen) if wizard.duplicate_policy == "skip" else 0

    @api.model
    def _update_blanks(self, wizard, rows):
        """Fill what is blank in the lead or row that a duplicate repeats; how many were filled."""
        by_number = {row.number: row for row in rows}
        updated, writes = 0, {}
        leads = self.env["crm.lead"].with_context(active_test=False, **QUIET)
        leads = leads.browse([row.duplicate_lead for row in rows if row.duplicate_lead])
        for row in rows:
            if row.duplicate_lead:
                vals = _get_blanks(leads.browse(row.duplicate_lead).with_prefetch(leads.ids), row.vals)
                if vals:
                    writes.setdefault(repr(sorted(vals.items())), (vals, []))[1].append(row.duplicate_lead)
            elif row.duplicate_row is not None and (first := by_number.get(row.duplicate_row + 2)):
                before = len(first.vals)
                first.vals = {**row.vals, **first.vals}
                updated += len(first.vals) > before
        for vals, lead_ids in writes.values():
            leads.browse(lead_ids).write(vals)
            updated += len(set(lead_ids))
        return updated

    # ------------------------------------------------------------
    # Dates
    # ------------------------------------------------------------

    @api.model
    def _add_dates(self, rows):
        """Every row gets a creation date. Without one in the file: one second apart in the order of the numbers or of
        the file, the last one now. Nothing about weekdays or months is made up that way."""
        dated = [row for row in rows if row.created or row.closed]
        undated = [row for row in rows if not row.created and not row.closed]
        for row in dated:
            row.created = row.created or row.closed
        undated.sort(key=lambda row: (row.order is None, row.order or 0, row.number))
        now = fields.Datetime.now()
        for rank, row in enumerate(undated):
            row.created = now - timedelta(seconds=len(undated) - 1 - rank)

    # ------------------------------------------------------------
    # Leads
    # ------------------------------------------------------------

    @api.model
    def _create_batch(self, wizard, rows):
        lead_model = self.env["crm.lead"].with_context(**clean_context(self.env.context), **QUIET)
        lead_model = lead_model.with_company(wizard.company_id)
        stages = self._get_stages(wizard)
        leads = lead_model.create([self._get_values(wizard, row, stages) for row in rows])
        self._write_dates(leads, rows)
        self._add_xmlids(wizard, leads, rows)
        self._take_snapshots(leads, rows)
        return self.env["crm.lead"].browse(leads.ids)

    @api.model
    def _get_stages(self, wizard):
        find = self.env["crm.lead"]._stage_find
        team_id = wizard.team_id.id
        first = find(team_id=team_id, domain=[("fold", "=", False), ("is_won", "=", False)])
        won = find(team_id=team_id, domain=[("is_won", "=", True)])
        return {"first": first, "won": won, "won_ids": set(self.env["crm.stage"].search([("is_won", "=", True)]).ids)}

    @api.model
    def _get_values(self, wizard, row, stages):
        """Values of one lead: the file's, and what makes it won, lost or open in Odoo's sense."""
        vals = {
            "type": "opportunity",
            "company_id": wizard.company_id.id,
            "team_id": wizard.team_id.id,
            "user_id": False,
            "stage_id": stages["first"].id,
            "date_last_stage_update": row.closed or row.created,
            **row.vals,
        }
        vals["name"] = self._get_lead_name(row)
        if vals["user_id"]:
            vals["date_open"] = row.created
        if row.outcome == "open" and vals["stage_id"] in stages["won_ids"]:
            row.outcome = "won"
        if row.outcome == "won":
            won = vals["stage_id"] if vals["stage_id"] in stages["won_ids"] else stages["won"].id
            vals.update(stage_id=won, probability=100, automated_probability=100, date_closed=row.closed or row.created)
        elif row.outcome == "lost":
            stage = stages["first"].id if vals["stage_id"] in stages["won_ids"] else vals["stage_id"]
            vals.update(stage_id=stage, active=False, probability=0, automated_probability=0)
            vals["date_closed"] = row.closed or row.created
        return self._settle(vals, row)

    @api.model
    def _settle(self, vals, row):
        """Give the computed fields whose value is known beforehand: each one given is neither computed nor written a
        second time, which halves the cost of a lead."""
        for name in CONTACT_FIELDS:
            vals.setdefault(name, False)
        if not vals["email_from"]:
            vals.update(email_normalized=False, email_domain_criterion=False, email_state=False)
        if not vals["phone"]:
            vals.update(phone_sanitized=False, phone_state=False)
        vals.setdefault("date_open", False)
        if not vals.get("recurring_revenue"):
            vals.update(dict.fromkeys(RECURRING_FIELDS, 0.0))
        if row.outcome in ("won", "lost"):
            won = row.outcome == "won"
            vals.update(
                won_status=row.outcome,
                ai_win_rate=100.0 if won else 0.0,
                prorated_revenue=vals.get("expected_revenue", 0.0) if won else 0.0,
            )
        return vals

    @api.model
    def _get_lead_name(self, row):
        given = [row.vals.get(name) for name in ("name", "partner_name", "contact_name", "email_from", "phone")]
        found = next((name for name in given if name), None)
        if found:
            return found
        if row.extid or row.order is not None:
            return self.env._("Lead %s", row.extid if row.order is None else f"{row.order:.0f}")
        return self.env._("Imported lead, row %s", row.number)

    @api.model
    def _write_dates(self, leads, rows):
        """Creation dates of the past: the ORM always writes now."""
        leads.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE crm_lead AS lead SET create_date = given.created"
                " FROM unnest(%s, %s::timestamp[]) AS given(id, created) WHERE lead.id = given.id",
                leads.ids,
                [row.created for row in rows],
            )
        )
        leads.invalidate_recordset(["create_date"])
        leads.modified(["create_date"])

    @api.model
    def _add_xmlids(self, wizard, leads, rows):
        pairs = zip(leads, rows, strict=True)
        data = [
            {"xml_id": wizard._get_xmlid(row.extid), "record": lead, "noupdate": True}
            for lead, row in pairs
            if row.extid and not row.is_duplicate
        ]
        # sudo: as Odoo's own import does; the names lie in a space of their own
        self.env["ir.model.data"].sudo()._update_xmlids(data)

    @api.model
    def _take_snapshots(self, leads, rows):
        created = {lead.id: row.created for lead, row in zip(leads, rows, strict=True)}
        is_open = {lead.id: row.outcome == "open" for lead, row in zip(leads, rows, strict=True)}
        still_open = leads.filtered(lambda lead: is_open[lead.id])
        snapshot = self.env["leather.lead.snapshot"]
        snapshot._take(leads - still_open, "import", taken_on=created, stored=True)
        snapshot._take(still_open, "creation", taken_on=created, stored=True)


def _as_list(value):
    return value if isinstance(value, list) else [value]


def _get_blanks(lead, vals):
    """The values for fields that are blank in a lead; a yes/no field and a number are never blank."""
    return {
        name: value
        for name, value in vals.items()
        if value and not lead[name] and lead._fields[name].type not in ("boolean", "integer", "float", "monetary")
    }


def _make_name(header, position, taken):
    """Technical name of a new field: the header in plain letters, never one that exists."""
    plain = unicodedata.normalize("NFKD", header.casefold()).encode("ascii", "ignore").decode()
    plain = re.sub(r"\W+", "_", plain).strip("_")[:40].strip("_") or f"column_{position + 1}"
    name, rank = f"x_leather_{plain}", 2
    while name in taken:
        name, rank = f"x_leather_{plain}_{rank}", rank + 1
    taken.add(name)
    return name
