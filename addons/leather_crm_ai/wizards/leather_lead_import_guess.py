from odoo import api, models

from ..models.leather_ai_feature import DENIED_FIELDS, KIND_BY_TYPE, OUTCOME_FIELDS
from .column_types import fold, profile
from .header_words import FIELD_BY_HEADER, ROLE_BY_HEADER, guess_meaning

RELATIONS = (
    "source_id",
    "medium_id",
    "campaign_id",
    "country_id",
    "state_id",
    "team_id",
    "user_id",
    "lang_id",
    "stage_id",
    "lost_reason_id",
    "recurring_plan",
    "tag_ids",
)
PLAIN_TYPES = ("char", "text", "html", "integer", "float", "monetary", "boolean", "date", "datetime", "selection")
# Fields that the import sets itself, or that only the machine writes.
HIDDEN_FIELDS = OUTCOME_FIELDS | {
    "color",
    "type",
    "email_normalized",
    "phone_sanitized",
    "message_bounce",
    "lead_properties",
}
HIDDEN_STARTS = (
    "ai_",
    "message_",
    "activity_",
    "my_activity",
    "website_",
    "rating_",
    "reveal_",
    "iap_",
    "email_state",
    "phone_state",
)
TYPE_BY_KIND = {
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "date",
    "choice": "choice",
    "text": "text",
    "empty": "text",
}
MAX_OUTCOMES = 20
LISTED_LENGTH = 40
LONG_TEXT = 200


class LeatherLeadImportGuess(models.AbstractModel):
    """Proposes what becomes of each column of a file of leads."""

    _name = "leather.lead.import.guess"
    _description = "Proposals for a Lead Import"

    @api.model
    def _get_fields(self):
        """Fields of the lead that a column can go to, in the user's language.

        :return: dict field name -> its description, sorted by label
        """
        tree = self.env["base_import.import"].get_fields_tree("crm.lead", depth=1)
        model_fields = self.env["crm.lead"]._fields
        usable = {
            item["name"]: item
            for item in tree
            if item["name"] in model_fields and self._is_usable(model_fields[item["name"]])
        }
        return dict(sorted(usable.items(), key=lambda pair: pair[1]["string"].casefold()))

    @api.model
    def _is_usable(self, field):
        if field.name in HIDDEN_FIELDS or field.name.startswith(HIDDEN_STARTS) or not field.store:
            return False
        return field.type in PLAIN_TYPES or field.name in RELATIONS

    @api.model
    def _propose(self, table, can_create):
        """Proposals for all columns of a table.

        :param can_create: whether the user may add custom fields
        :return: list of values for leather.lead.import.column
        """
        profiles = self._get_profiles(table)
        matches = self._match_headers(table["header"], profiles)
        columns, taken = [], set()
        is_dated = any(
            self._get_role(header, found) == "created" and found.kind != "integer"
            for header, found in zip(table["header"], profiles, strict=True)
        )
        for position, (header, found) in enumerate(zip(table["header"], profiles, strict=True)):
            # a running number does not order leads that have a date
            spoken_for = taken | {"created"} if is_dated and found.kind == "integer" else taken
            target = self._choose_target(header, found, matches.get(position), spoken_for, can_create)
            taken.add(target.get("field_name") or target["action"])
            columns.append(
                {
                    **target,
                    "position": position,
                    "header": header,
                    "samples": " · ".join(_shorten(sample) for sample in found.samples),
                    "filled": round(100 * found.filled / found.rows) if found.rows else 0,
                    "distinct_count": found.distinct,
                    "kind": found.kind,
                    "date_order": found.date_order,
                    "decimal": found.decimal,
                    "new_type": TYPE_BY_KIND[found.kind],
                    "value_counts": self._get_value_counts(found),
                    "is_constant": found.is_constant,
                    "is_identifier": found.is_identifier,
                    "is_long": any(len(value) > LONG_TEXT for value in found.counts),
                }
            )
        return columns

    @api.model
    def _get_profiles(self, table):
        language = self.env["res.lang"]._get_data(code=self.env.user.lang or "en_US")
        day_first = not (language.date_format or "").startswith("%m")
        return [
            profile([row[position] for row in table["rows"]], day_first, language.decimal_point or ".")
            for position in range(len(table["header"]))
        ]

    @api.model
    def _get_value_counts(self, found):
        """The values of a column that may say won or lost, most frequent first; nothing when they are too many."""
        if found.distinct > MAX_OUTCOMES or found.kind == "empty":
            return False
        values = [[value, count] for value, count in found.counts.most_common()]
        blank = found.rows - found.filled
        return values + ([["", blank]] if blank else [])

    # ------------------------------------------------------------
    # Which field
    # ------------------------------------------------------------

    @api.model
    def _match_headers(self, headers, profiles):
        """{position: field name}: words we know first, then Odoo's own matching of headers."""
        usable = self._get_fields()
        found = {}
        for position, header in enumerate(headers):
            name = FIELD_BY_HEADER.get(fold(header))
            if name in usable and name not in found.values():
                found[position] = name
        for position, name in self._match_like_odoo(headers, profiles, usable).items():
            if position not in found and name not in found.values():
                found[position] = name
        return found

    @api.model
    def _match_like_odoo(self, headers, profiles, usable):
        importer = self.env["base_import.import"].new({"res_model": "crm.lead"})
        types = {
            (position, header): _get_field_types(profiles[position].kind) for position, header in enumerate(headers)
        }
        suggestions = importer._get_mapping_suggestions(headers, types, list(usable.values()))
        return {
            position: match["field_path"][0]
            for (position, _header), match in suggestions.items()
            if match and len(match["field_path"]) == 1 and match["field_path"][0] in usable
        }

    # ------------------------------------------------------------
    # What becomes of a column
    # ------------------------------------------------------------

    @api.model
    def _choose_target(self, header, found, field_name, taken, can_create):
        """Action of one column: its role in the history of the lead, a known field, a new one, or nothing."""
        role = self._get_role(header, found)
        if found.kind == "empty":
            return {"action": "ignore"}
        if role and role not in taken and not (role == "outcome" and field_name == "stage_id"):
            return {"action": role}
        if field_name and field_name not in taken:
            return {"action": "field", "field_name": field_name, "look": self._is_useful(found, field_name)}
        if not can_create:
            return {"action": "ignore"}
        if found.is_identifier or found.is_constant:
            return {"action": "ignore"}
        return {"action": "new", "look": self._is_useful(found, None)}

    @api.model
    def _get_role(self, header, found):
        role = ROLE_BY_HEADER.get(fold(header))
        if role == "outcome":
            meanings = {guess_meaning(value) for value in found.counts} if found.distinct <= MAX_OUTCOMES else set()
            return "outcome" if meanings & {"won", "lost"} else None
        if role in ("created", "closed"):
            return role if found.kind in ("date", "datetime") else None
        if role == "order":
            return "created" if found.kind == "integer" and (found.is_identifier or found.is_ordered) else None
        if role == "extid":
            return "extid" if found.distinct >= 0.8 * found.filled else None
        return None

    @api.model
    def _is_useful(self, found, field_name):
        """Whether the AI is proposed to look at a column: no key, no constant, no person, no long free text."""
        if found.is_identifier or found.is_constant:
            return False
        if field_name and not self._may_look(field_name):
            return False
        if field_name in ("tag_ids", "description"):
            return True
        return found.kind != "text" or found.distinct <= max(50, 0.2 * found.filled)

    @api.model
    def _may_look(self, field_name):
        """Whether a field of the lead may be an input of a model at all."""
        field = self.env["crm.lead"]._fields[field_name]
        return field_name not in DENIED_FIELDS | OUTCOME_FIELDS and field.store and field.type in KIND_BY_TYPE


def _get_field_types(kind):
    """Types of fields that Odoo's matching by likeness may propose for a kind of column."""
    texts = ["char", "text", "html", "selection", "many2one", "many2many"]
    return {
        "integer": ["integer", "float", "monetary"],
        "number": ["float", "monetary"],
        "boolean": ["boolean", *texts],
        "date": ["date", "datetime"],
        "datetime": ["datetime", "date"],
        "empty": ["all"],
    }.get(kind, texts)


def _shorten(text, limit=LISTED_LENGTH):
    text = " ".join(text.split())
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
