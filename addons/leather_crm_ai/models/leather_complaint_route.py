from odoo import api, fields, models

from .leather_complaint_category import FAMILIES, SEVERITIES

LANGUAGES = ("fr", "ar", "arabizi", "en")


class LeatherComplaintRoute(models.Model):
    """Which team and person take a kind of complaint. The first rule that matches decides."""

    _name = "leather.complaint.route"
    _description = "Complaint Routing Rule"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, help="Empty: all companies.")
    family = fields.Selection(FAMILIES, help="Empty: all families.")
    category_ids = fields.Many2many("leather.complaint.category", string="Categories", help="Empty: all categories.")
    product_categ_id = fields.Many2one("product.category", "Product line", help="With the lines below it.")
    lang_fr = fields.Boolean("French")
    lang_ar = fields.Boolean("Arabic")
    lang_arabizi = fields.Boolean("Arabic in Latin letters")
    lang_en = fields.Boolean("English")
    min_severity = fields.Selection(SEVERITIES, "At least")
    team_id = fields.Many2one("leather.complaint.team", required=True, check_company=True, ondelete="cascade")
    user_id = fields.Many2one(
        "res.users",
        "Person",
        check_company=True,
        domain=[("share", "=", False)],
        help="Empty: the member of the team with the least open complaints who reads the language.",
    )

    def _get_languages(self):
        """Codes of the languages this rule is for; empty: all."""
        self.ensure_one()
        return {code for code in LANGUAGES if self[f"lang_{code}"]}

    @api.model
    def _get_rules(self, companies):
        """dict company id -> rules of that company in their order, those for all companies included."""
        # sudo: a complaint is routed whoever saves it
        rules = self.sudo().search([("company_id", "in", [*companies.ids, False]), ("team_id.active", "=", True)])
        return {
            company.id: rules.filtered(lambda rule, own=company: not rule.company_id or rule.company_id == own)
            for company in companies
        }

    def _matches(self, complaint):
        """Does this rule take the complaint?"""
        self.ensure_one()
        return (
            (not self.family or self.family == complaint.shown_category_id.family)
            and (not self.category_ids or complaint.shown_category_id in self.category_ids)
            and self._matches_product(complaint.product_id.categ_id)
            and (not (languages := self._get_languages()) or complaint.language in languages)
            and (not self.min_severity or complaint.severity >= self.min_severity)
            and (not self.team_id.company_id or self.team_id.company_id == complaint.company_id)
        )

    def _matches_product(self, line):
        wanted = self.product_categ_id
        return not wanted or bool(line and (line.parent_path or "").startswith(wanted.parent_path))
