from odoo import api, fields, models

NEW_TYPES = [
    ("number", "Number"),
    ("boolean", "Yes/No"),
    ("date", "Date"),
    ("choice", "Choice"),
    ("text", "Text"),
]


class LeatherLeadImportColumn(models.TransientModel):
    """One column of the file, and what becomes of it."""

    _name = "leather.lead.import.column"
    _description = "Column of a Lead Import"
    _order = "position, id"
    _rec_name = "header"

    import_id = fields.Many2one("leather.lead.import", required=True, ondelete="cascade", index=True)
    position = fields.Integer(readonly=True)
    header = fields.Char("Column", readonly=True)
    samples = fields.Char("Examples", readonly=True)
    filled = fields.Integer("Filled (%)", readonly=True, aggregator=None)
    distinct_count = fields.Integer("Values", readonly=True, aggregator=None)
    kind = fields.Char(readonly=True)
    date_order = fields.Char(readonly=True)
    decimal = fields.Char(readonly=True)
    value_counts = fields.Json(readonly=True)
    is_constant = fields.Boolean(readonly=True)
    is_identifier = fields.Boolean(readonly=True)
    is_long = fields.Boolean(readonly=True)
    action = fields.Selection(selection="_get_actions", string="What becomes of it", required=True, default="ignore")
    field_name = fields.Selection(selection="_get_field_selection", string="Field")
    new_type = fields.Selection(NEW_TYPES, "New field holds", default="text")
    look = fields.Boolean("AI looks at it", help="The values become an input of the company's lead model.")
    may_look = fields.Boolean(compute="_compute_note")
    note = fields.Char("Remark", compute="_compute_note")

    @api.model
    def _get_actions(self):
        actions = [
            ("ignore", self.env._("Leave out")),
            ("field", self.env._("Field of the lead")),
            ("new", self.env._("New field")),
            ("outcome", self.env._("Outcome: won or lost")),
            ("created", self.env._("Creation date or order number")),
            ("closed", self.env._("Closing date")),
            ("extid", self.env._("Identifier of the lead")),
        ]
        if not self.env["leather.lead.import"]._can_create_fields():
            actions = [action for action in actions if action[0] != "new"]
        return actions

    @api.model
    def _get_field_selection(self):
        usable = self.env["leather.lead.import.guess"]._get_fields()
        return [(name, item["string"]) for name, item in usable.items()]

    @api.depends("action", "field_name", "new_type", "kind", "is_constant", "is_identifier")
    @api.depends_context("lang")
    def _compute_note(self):
        for column in self:
            column.may_look = column._may_look()
            column.note = column._get_note()

    @api.onchange("action", "field_name")
    def _onchange_action(self):
        for column in self:
            if column.action != "field":
                column.field_name = False
            if not column._may_look():
                column.look = False

    def _may_look(self):
        self.ensure_one()
        if self.action == "new":
            return True
        if self.action != "field" or not self.field_name:
            return False
        return self.env["leather.lead.import.guess"]._may_look(self.field_name)

    def _get_key(self):
        """How rows name this column's values until its new field exists."""
        return f"new:{self.position}"

    def _get_ttype(self):
        """Type of the new field, as Odoo calls it."""
        self.ensure_one()
        if self.new_type == "number":
            return "integer" if self.kind == "integer" else "float"
        if self.new_type == "date":
            return "datetime" if self.kind == "datetime" else "date"
        if self.new_type == "choice":
            return "selection"
        return "boolean" if self.new_type == "boolean" else "text" if self.is_long else "char"

    def _get_note(self):
        """One short remark on the column: what to know before deciding."""
        self.ensure_one()
        if self.kind == "empty":
            return self.env._("Empty")
        if self.action in ("field", "new") and self.is_constant:
            return self.env._("The same everywhere: nothing to learn")
        if self.action in ("created", "closed"):
            return self._get_date_note()
        if self.action in ("field", "new") and self.is_identifier:
            return self.env._("Different in every row: nothing to learn")
        if self.action == "field" and self.field_name and not self._may_look():
            return self.env._("Personal: the AI never looks at it")
        if self.action == "new" and self.new_type == "choice" and self.distinct_count > 200:
            return self.env._("%s values: better a text", self.distinct_count)
        return False

    def _get_date_note(self):
        if self.kind in ("date", "datetime"):
            return {
                "dmy": self.env._("Read as day/month/year"),
                "mdy": self.env._("Read as month/day/year"),
                "ymd": self.env._("Read as year-month-day"),
            }.get(self.import_id.date_order or self.date_order)
        if self.action == "created" and self.kind in ("integer", "number"):
            return self.env._("Numbers: the order, not the date")
        return self.env._("Not a date")
