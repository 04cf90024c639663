from odoo import api, fields, models


class LeatherComplaint(models.Model):
    """Which team and person take a complaint, and why."""

    _inherit = "leather.complaint"

    is_team_manual = fields.Boolean("Team set by a person", copy=False, groups="base.group_user")
    is_user_manual = fields.Boolean("Responsible set by a person", copy=False, groups="base.group_user")
    route_facts = fields.Json(readonly=True, copy=False, groups="base.group_user")
    route_reason = fields.Char("Why here", compute="_compute_route_reason", groups="base.group_user")

    @api.depends("route_facts")
    @api.depends_context("lang")
    def _compute_route_reason(self):
        for complaint in self:
            complaint.route_reason = False

    def _route(self):
        """Pick team and responsible."""
