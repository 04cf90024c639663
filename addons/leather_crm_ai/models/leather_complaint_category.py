from odoo import api, fields, models

FAMILIES = [
    ("P", "Product safety"),
    ("Q", "Product quality"),
    ("F", "Fit and size"),
    ("D", "Delivery"),
    ("K", "Packaging and label"),
    ("C", "Price and invoice"),
    ("S", "Service"),
    ("N", "Not a complaint"),
]
SEVERITIES = [
    ("0", "S0 · Question"),
    ("1", "S1 · Cosmetic or paper"),
    ("2", "S2 · Impaired"),
    ("3", "S3 · Serious"),
    ("4", "S4 · Safety"),
]


class LeatherComplaintCategory(models.Model):
    """What a complaint is about. The code is the stable key that rules and models know."""

    _name = "leather.complaint.category"
    _description = "Complaint Category"
    _order = "family_sequence, code"
    _rec_names_search = ["code", "name"]

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    family = fields.Selection(FAMILIES, required=True)
    family_sequence = fields.Integer(compute="_compute_family_sequence", store=True)
    default_severity = fields.Selection(SEVERITIES, required=True, default="2")
    description = fields.Text("What belongs here", translate=True)
    active = fields.Boolean(default=True)
    color = fields.Integer()

    _code_unique = models.Constraint("UNIQUE(code)", "Another category has this code.")

    @api.depends("family")
    def _compute_family_sequence(self):
        ranks = {family: rank for rank, (family, _label) in enumerate(FAMILIES)}
        for category in self:
            category.family_sequence = ranks.get(category.family, len(FAMILIES))

    @api.depends("code", "name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for category in self:
            category.display_name = f"{category.code} {category.name or ''}".strip() if category.code else False
