import ast

from odoo import api, fields, models


class LeatherComplaintTeam(models.Model):
    _name = "leather.complaint.team"
    _inherit = ["mail.alias.mixin", "mail.thread"]
    _description = "Complaint Team"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, index=True)
    user_id = fields.Many2one("res.users", "Team leader", domain=[("share", "=", False)], check_company=True)
    membership_ids = fields.One2many("leather.complaint.team.member", "team_id", "Members and languages")
    member_ids = fields.Many2many(
        "res.users",
        string="Members",
        compute="_compute_member_ids",
        inverse="_inverse_member_ids",
        search="_search_member_ids",
        domain=[("share", "=", False)],
    )
    safety_user_ids = fields.Many2many(
        "res.users",
        "leather_complaint_team_safety_rel",
        string="Safety managers",
        domain=[("share", "=", False)],
        help="Alerted at once about every safety complaint (S4), with the team leader. Empty: the complaint managers."
        " With the role of an agent they may also open these complaints.",
    )
    resource_calendar_id = fields.Many2one(
        "resource.calendar", "Working hours", check_company=True, help="Empty: those of the company."
    )
    alias_id = fields.Many2one(
        help="Mails to this address become complaints of this team.",
    )
    open_count = fields.Integer("Open", compute="_compute_counts")
    unassigned_count = fields.Integer("Without a responsible", compute="_compute_counts")
    late_count = fields.Integer("Late", compute="_compute_counts")
    safety_count = fields.Integer("Safety (S4)", compute="_compute_counts")

    # ------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------

    @api.depends("membership_ids.user_id")
    def _compute_member_ids(self):
        for team in self:
            team.member_ids = team.membership_ids.user_id

    def _inverse_member_ids(self):
        for team in self:
            wanted, present = team.member_ids, team.membership_ids.user_id
            team.membership_ids = [
                *(fields.Command.create({"user_id": user.id}) for user in wanted - present),
                *(
                    fields.Command.delete(member.id)
                    for member in team.membership_ids.filtered(lambda member, users=wanted: member.user_id not in users)
                ),
            ]

    def _search_member_ids(self, operator, value):
        return [("membership_ids.user_id", operator, value)]

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_counts(self):
        now = fields.Datetime.now()
        open_ones = [("team_id", "in", self.ids), ("stage_id.is_closed", "=", False)]
        conditions = {
            "open_count": [],
            "unassigned_count": [("user_id", "=", False)],
            "late_count": [("waiting_since", "=", False), ("next_deadline", "<", now)],
            "safety_count": [("severity", "=", "4")],
        }
        for name, condition in conditions.items():
            counts = dict(self.env["leather.complaint"]._read_group(open_ones + condition, ["team_id"], ["__count"]))
            for team in self:
                team[name] = counts.get(team, 0)

    # ------------------------------------------------------------
    # Mail
    # ------------------------------------------------------------

    def _alias_get_creation_values(self):
        """Mails to the alias become complaints of this team."""
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("leather.complaint")
        if self.id:
            defaults = ast.literal_eval(self.alias_defaults or "{}")
            defaults["team_id"] = self.id
            if self.company_id:
                defaults["company_id"] = self.company_id.id
            values["alias_defaults"] = defaults
        return values

    def write(self, vals):
        result = super().write(vals)
        if "company_id" in vals:
            for team in self:
                team.alias_id.sudo().write(team._alias_get_creation_values())  # sudo: part of the team's own record
        return result

    @api.model
    def _give_alias(self, xmlid, name):
        """Name the alias of a shipped team, unless the address is taken."""
        team = self.env.ref(xmlid, raise_if_not_found=False)
        if not team or team.alias_name:
            return
        taken = self.env["mail.alias"].search_count(
            [("alias_name", "=", name), ("alias_domain_id", "=", team.alias_domain_id.id)]
        )
        if not taken:
            team.alias_name = name

    # ------------------------------------------------------------
    # People
    # ------------------------------------------------------------

    def _get_calendar(self, company):
        """Working hours that the clocks of the team's complaints run on."""
        return self.resource_calendar_id or company.resource_calendar_id

    def _get_safety_users(self, company):
        """Who hears of a safety complaint at once: leader and safety managers, else the managers."""
        users = self.user_id | self.safety_user_ids
        if not self.safety_user_ids:
            managers = self.env.ref("leather_crm_ai.group_complaint_manager")
            users |= managers.all_user_ids.filtered(
                lambda user: not user.share and company in user.company_ids and user != self.env.ref("base.user_root")
            )
        return users.filtered("active")

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_view_complaints(self):
        """The team's open complaints."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "leather.complaint",
            "view_mode": "kanban,list,form,calendar,pivot,graph,activity",
            "domain": [("team_id", "=", self.id)],
            "context": {"default_team_id": self.id, "search_default_filter_open": 1},
        }
