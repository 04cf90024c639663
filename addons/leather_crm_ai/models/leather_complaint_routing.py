from odoo import api, fields, models


class LeatherComplaint(models.Model):
    """Which team and person take a complaint, and why.

    The first rule that matches gives the team; without one the team that it came to keeps it, else the first team of
    the company takes it. The person is the rule's, else the member with the least open complaints who reads the
    language. A team or person that somebody has chosen stays.
    """

    _inherit = "leather.complaint"

    is_team_manual = fields.Boolean("Team set by a person", copy=False, groups="base.group_user")
    is_user_manual = fields.Boolean("Responsible set by a person", copy=False, groups="base.group_user")
    route_facts = fields.Json(readonly=True, copy=False, groups="base.group_user")
    route_reason = fields.Char("Why here", compute="_compute_route_reason", groups="base.group_user")

    @api.depends("route_facts")
    @api.depends_context("lang")
    def _compute_route_reason(self):
        for complaint in self:
            complaint.route_reason = " ".join(complaint._get_route_sentences()) or False

    def action_route(self):
        """Give up what was chosen by hand, and have team and responsible picked anew."""
        self.check_access("write")
        routed = self.with_context(leather_ai_writes=True)
        routed.write({"is_team_manual": False, "is_user_manual": False, "user_id": False})
        routed._route()

    # ------------------------------------------------------------
    # Picking
    # ------------------------------------------------------------

    def _route(self):
        """Pick team and responsible. A few queries, whatever the number of complaints."""
        open_ones = self.filtered(lambda complaint: not complaint.is_team_manual or not complaint.is_user_manual)
        if not open_ones:
            return
        rules = self.env["leather.complaint.route"]._get_rules(open_ones.company_id)
        teams = open_ones._get_fallback_teams()
        picked = {complaint: complaint._pick_team(rules, teams) for complaint in open_ones}
        loads = self._get_workloads(
            self.env["leather.complaint.team"].union(*(team for team, _rule in picked.values()))
        )
        for complaint, (team, rule) in picked.items():
            complaint._set_route(team, rule, loads)

    def _get_fallback_teams(self):
        """dict company -> its first team, for complaints that came to no team."""
        # sudo: a complaint is routed whoever saves it
        teams = self.env["leather.complaint.team"].sudo().search([("company_id", "in", [*self.company_id.ids, False])])
        shared = teams.filtered(lambda team: not team.company_id)
        return {
            company: (teams.filtered(lambda team, own=company: team.company_id == own) or shared)[:1]
            for company in self.company_id
        }

    def _pick_team(self, rules, fallback):
        """(team, rule or none) for one complaint."""
        none = self.env["leather.complaint.route"]
        if self.is_team_manual:
            return self.team_id, none
        rule = next((rule for rule in rules[self.company_id.id] if rule._matches(self)), none)
        return rule.team_id or self.team_id or fallback[self.company_id], rule

    @api.model
    def _get_workloads(self, teams):
        """dict user -> open complaints, for the members of these teams."""
        users = teams.membership_ids.user_id
        # sudo: members may have complaints in teams that whoever saves does not see
        counts = self.sudo()._read_group(
            [("user_id", "in", users.ids), ("stage_id.is_closed", "=", False)], ["user_id"], ["__count"]
        )
        return {**dict.fromkeys(users, 0), **dict(counts)}

    def _set_route(self, team, rule, loads):
        """Write team, responsible and the facts that led to them."""
        facts = [["rule", rule.name]] if rule else [["fallback", ""]]
        vals = {"team_id": team.id} if not self.is_team_manual and team != self.team_id else {}
        user, why = self._pick_user(team, rule, loads)
        if user and user != self.user_id:
            vals["user_id"] = user.id
            loads[user] = loads.get(user, 0) + 1
        facts += why
        if vals or not self.route_facts:
            self.with_context(leather_ai_writes=True).write({**vals, "route_facts": facts})

    def _pick_user(self, team, rule, loads):
        """(responsible or none, facts). Who is a member already and has the complaint keeps it."""
        if self.is_user_manual:
            return self.user_id, []
        if rule.user_id.active:
            return rule.user_id, [["person", rule.user_id.name]]
        # sudo: members are picked whoever saves the complaint
        members = team.sudo().membership_ids.filtered(lambda member: self._may_take(member.user_id))
        if self.user_id and self.user_id in members.user_id:
            return self.user_id, []
        able = members.filtered(lambda member: member._speaks(self.language))
        best = min((able or members).user_id, key=lambda user: (loads.get(user, 0), user.id), default=None)
        if not best:
            return self.env["res.users"], []
        facts = [["workload", [best.name, loads.get(best, 0)]]]
        if able and len(able) < len(members):
            facts.insert(0, ["language", self.language])
        return best, facts

    def _may_take(self, user):
        return user.active and not user.share and self.company_id in user.company_ids

    # ------------------------------------------------------------
    # Words
    # ------------------------------------------------------------

    def _get_route_sentences(self):
        """The facts of the last routing as sentences in the reader's language."""
        return [sentence for name, detail in self.route_facts or [] if (sentence := self._say_route(name, detail))]

    def _say_route(self, name, detail):
        if name == "rule":
            return self.env._("Rule “%s” matched.", detail)
        if name == "fallback":
            return self.env._("No rule matched: the team it came to keeps it.")
        if name == "person":
            return self.env._("The rule names %s.", detail)
        if name == "language":
            languages = dict(self._fields["language"]._description_selection(self.env))
            return self.env._("Only members who read it were considered: %s.", languages.get(detail, detail))
        return self.env._("%(name)s had the least open complaints (%(count)s).", name=detail[0], count=detail[1])
