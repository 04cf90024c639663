from odoo import api, fields, models
from odoo.exceptions import ValidationError

# A sensible start; the admin adds and removes.
DEFAULT_FEATURES = (
    "source_id",
    "medium_id",
    "campaign_id",
    "team_id",
    "stage_id",
    "type",
    "country_id",
    "state_id",
    "lang_id",
    "tag_ids",
    "email_state",
    "phone_state",
    "expected_revenue",
)

# Inputs that are no field of the lead but follow from it; names are translated through the selection below.
DERIVED_FEATURES = (
    "text",
    "has_partner",
    "partner_orders",
    "partner_revenue",
    "partner_recency",
    "create_weekday",
    "create_month",
    "response_hours",
)

# Never an input: who a person is, how to reach them, what salutation they use.
DENIED_FIELDS = frozenset(
    {
        "name",
        "contact_name",
        "partner_name",
        "partner_id",
        "commercial_partner_id",
        "title",
        "function",
        "email_from",
        "email_normalized",
        "email_cc",
        "email_domain_criterion",
        "phone",
        "phone_sanitized",
        "mobile",
        "website",
        "street",
        "street2",
        "zip",
        "referred",
    }
)

# Never an input: they are the outcome, or are written because of it, or by the score itself.
OUTCOME_FIELDS = frozenset(
    {
        "active",
        "won_status",
        "probability",
        "automated_probability",
        "prorated_revenue",
        "recurring_revenue_prorated",
        "recurring_revenue_monthly_prorated",
        "lost_reason_id",
        "date_closed",
        "day_close",
        "date_last_stage_update",
        "date_automation_last",
        "duration_tracking",
        "write_date",
        "write_uid",
        "id",
    }
)

KIND_BY_TYPE = {
    "boolean": "category",
    "char": "category",
    "selection": "category",
    "many2one": "category",
    "many2one_reference": "category",
    "integer": "number",
    "float": "number",
    "monetary": "number",
    "date": "number",
    "datetime": "number",
    "many2many": "tags",
    "tags": "tags",
    "text": "text",
    "html": "text",
}

DERIVED_KINDS = {
    "text": "text",
    "has_partner": "category",
    "partner_orders": "number",
    "partner_revenue": "number",
    "partner_recency": "number",
    "create_weekday": "category",
    "create_month": "category",
    "response_hours": "number",
}


class LeatherAiFeature(models.Model):
    """One input a model may look at: a stored field of the lead, one of its properties, or a derived value."""

    _name = "leather.ai.feature"
    _description = "AI Model Input"
    _order = "model_id, sequence, id"
    _rec_name = "label"

    model_id = fields.Many2one("leather.ai.model", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="model_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=50)
    active = fields.Boolean(default=True)
    source = fields.Selection(
        [("field", "Field of the lead"), ("property", "Property of the lead"), ("derived", "Derived value")],
        required=True,
        default="field",
    )
    field_id = fields.Many2one(
        "ir.model.fields",
        ondelete="cascade",
        domain=lambda self: self._get_field_domain(),
    )
    property_key = fields.Selection(
        lambda self: self._get_property_selection(), "Property", help="A property that a sales team's leads have."
    )
    derived = fields.Selection(
        [
            ("text", "Words of the title and notes"),
            ("has_partner", "Already a contact"),
            ("partner_orders", "Orders placed before"),
            ("partner_revenue", "Revenue before"),
            ("partner_recency", "Days since the last order"),
            ("create_weekday", "Weekday of creation"),
            ("create_month", "Month of creation"),
            ("response_hours", "Hours until the first activity"),
        ],
        string="Value derived",
    )
    key = fields.Char(compute="_compute_key", store=True, help="Technical name of the input.")
    kind = fields.Selection(
        [("category", "Choice"), ("number", "Number"), ("tags", "Tags"), ("text", "Text")],
        compute="_compute_kind",
    )
    label = fields.Char("Input", compute="_compute_label")
    influence = fields.Float(
        "Influence (%)",
        readonly=True,
        copy=False,
        digits=(5, 1),
        aggregator=None,
        help="Share of this input in what the live version knows: how much worse it predicts when the input is "
        "shuffled.",
    )
    is_leak = fields.Boolean(
        "Suspected leak",
        readonly=True,
        copy=False,
        help="This input alone tells the outcome nearly perfectly, or it is changed when leads are closed. "
        "It is left out unless you insist.",
    )
    leak_reason = fields.Selection(
        [("auc", "Alone it predicts the outcome too well"), ("changed", "Changed when leads are closed")],
        string="Why suspected",
        readonly=True,
        copy=False,
    )
    keep_leak = fields.Boolean("Use it all the same")

    _key_uniq = models.UniqueIndex("(model_id, key)", "This input is already in the list.")

    @api.depends("source", "field_id", "property_key", "derived")
    def _compute_key(self):
        for feature in self:
            if feature.source == "field":
                feature.key = feature.field_id.name
            elif feature.source == "property":
                feature.key = f"lead_properties.{feature.property_key}"
            else:
                feature.key = f"derived.{feature.derived}"

    @api.depends("source", "field_id", "derived", "property_key")
    def _compute_kind(self):
        properties = self._get_lead_properties() if "property" in self.mapped("source") else {}
        for feature in self:
            if feature.source == "field":
                feature.kind = KIND_BY_TYPE.get(feature.field_id.ttype)
            elif feature.source == "property":
                definition = properties.get(feature.property_key, {})
                feature.kind = KIND_BY_TYPE.get(definition.get("type"), "category")
            else:
                feature.kind = DERIVED_KINDS.get(feature.derived)

    @api.depends("source", "field_id", "derived", "property_key")
    @api.depends_context("lang")
    def _compute_label(self):
        properties = self._get_lead_properties() if "property" in self.mapped("source") else {}
        derived = dict(self._fields["derived"]._description_selection(self.env))
        for feature in self:
            if feature.source == "field":
                # sudo: a reader of the model card needs the field's label, not access to the settings
                feature.label = feature.sudo().field_id.field_description
            elif feature.source == "property":
                feature.label = properties.get(feature.property_key, {}).get("string") or feature.property_key
            else:
                feature.label = derived.get(feature.derived)

    @api.constrains("source", "field_id", "property_key", "derived")
    def _check_allowed(self):
        for feature in self:
            if not feature[{"field": "field_id", "property": "property_key", "derived": "derived"}[feature.source]]:
                raise ValidationError(self.env._("Choose which field, property or derived value this input is."))
            if feature.source == "field":
                feature._check_field_allowed()

    @api.model_create_multi
    def create(self, vals_list):
        features = super().create(vals_list)
        self._watch_fields()
        return features

    def write(self, vals):
        result = super().write(vals)
        if {"field_id", "active", "source"} & vals.keys():
            self._watch_fields()
        return result

    def unlink(self):
        result = super().unlink()
        self._watch_fields()
        return result

    @api.model
    def _get_field_domain(self):
        return [
            ("model", "=", "crm.lead"),
            ("store", "=", True),
            ("ttype", "in", sorted(set(KIND_BY_TYPE) - {"tags", "many2one_reference"})),
            ("name", "not in", sorted(DENIED_FIELDS | OUTCOME_FIELDS)),
            ("name", "not like", "ai\\_"),
        ]

    def _check_field_allowed(self):
        self.ensure_one()
        field = self.field_id
        if field.name in DENIED_FIELDS:
            raise ValidationError(
                self.env._(
                    "“%(field)s” says who a person is or how to reach them. The AI never looks at that.",
                    field=field.field_description,
                )
            )
        if field.name in OUTCOME_FIELDS or field.name.startswith("ai_"):
            raise ValidationError(
                self.env._(
                    "“%(field)s” is the outcome itself or is written because of it. It cannot be an input.",
                    field=field.field_description,
                )
            )
        if field.model != "crm.lead" or not field.store or not KIND_BY_TYPE.get(field.ttype):
            raise ValidationError(
                self.env._(
                    "“%(field)s” is not a stored field of the lead that can be learned from.",
                    field=field.field_description,
                )
            )

    @api.model
    def _get_lead_properties(self):
        """Definitions of the lead properties of all teams, by technical name."""
        # sudo: the label of a property is no secret, and teams of other salespersons define some of them
        teams = self.env["crm.team"].sudo().search([("lead_properties_definition", "!=", False)])
        return {
            definition["name"]: definition
            for team in teams
            for definition in team.lead_properties_definition or ()
            if definition.get("name")
        }

    @api.model
    def _get_property_selection(self):
        return [(name, definition.get("string") or name) for name, definition in self._get_lead_properties().items()]

    @api.model
    def _watch_fields(self):
        """Keep the list of lead fields whose change must rescore a lead, read when the registry is built."""
        # sudo: the parameter is written by whoever may change inputs, through this method only
        features = self.sudo().search([("source", "=", "field")])
        names = ",".join(sorted(set(features.field_id.mapped("name"))))
        params = self.env["ir.config_parameter"].sudo()
        if params.get_param("leather_crm_ai.watched_fields") != names:
            params.set_param("leather_crm_ai.watched_fields", names)
            if self.pool.ready:
                # the triggers of crm.lead's probabilities are built from the parameter
                self.env.flush_all()
                self.pool._setup_models__(self.env.cr, ["crm.lead"])
