from odoo import fields, models


class LeatherLeadImportError(models.TransientModel):
    """One cell that cannot be imported as it is, and what to do about it."""

    _name = "leather.lead.import.error"
    _description = "Error of a Lead Import"
    _order = "row, id"
    _rec_name = "message"

    import_id = fields.Many2one("leather.lead.import", required=True, ondelete="cascade", index=True)
    row = fields.Integer(help="The line of headers is row 1; blank rows are not counted.")
    column = fields.Char()
    value = fields.Char()
    message = fields.Char("What to do")
