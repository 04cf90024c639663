from odoo import fields, models


class LeatherComplaintCause(models.Model):
    """Where the root of a complaint lies: the branches of the fishbone, transport and use."""

    _name = "leather.complaint.cause"
    _description = "Complaint Cause"
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint("UNIQUE(code)", "Another cause has this code.")
