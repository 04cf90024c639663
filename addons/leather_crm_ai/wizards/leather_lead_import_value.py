from odoo import fields, models


class LeatherLeadImportValue(models.TransientModel):
    """One value of the outcome column, and what it means."""

    _name = "leather.lead.import.value"
    _description = "Outcome Value of a Lead Import"
    _order = "row_count desc, id"
    _rec_name = "value"

    import_id = fields.Many2one("leather.lead.import", required=True, ondelete="cascade", index=True)
    value = fields.Char()
    label = fields.Char("Value in the file", compute="_compute_label")
    row_count = fields.Integer("Rows")
    meaning = fields.Selection(
        [("won", "Won"), ("lost", "Lost"), ("open", "Still open")], "Means", required=True, default="open"
    )

    def _compute_label(self):
        for value in self:
            value.label = value.value or self.env._("(blank)")
