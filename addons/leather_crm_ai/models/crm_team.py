from odoo import api, fields, models
from odoo.tools.misc import format_date


class CrmTeam(models.Model):
    _inherit = "crm.team"

    ai_before_after = fields.Char("AI: before and after", compute="_compute_ai_before_after")

    @api.depends_context("lang")
    def _compute_ai_before_after(self):
        """One line for the team's dashboard: win rate before and since the model's publication."""
        for team in self:
            team.ai_before_after = team._get_ai_before_after()

    def _get_ai_before_after(self):
        self.ensure_one()
        # sudo: a rate over the whole team, no lead is shown
        model = (
            self.env["leather.ai.model"]
            .sudo()
            .search(
                [
                    ("task", "=", "lead_scoring"),
                    ("company_id", "=", (self.company_id or self.env.company).id),
                    ("live_version_id", "!=", False),
                ],
                limit=1,
            )
        )
        if not model.pilot_start or (model.team_ids and self not in model.team_ids):
            return False
        before, since = self._get_ai_win_rates(model.pilot_start)
        if not before[1] or not since[1]:
            return self.env._("AI since %s: too few closed leads to compare", format_date(self.env, model.pilot_start))
        return self.env._(
            "AI since %(date)s: win rate %(before)d %% → %(since)d %% (%(count)s closed)",
            date=format_date(self.env, model.pilot_start),
            before=before[0],
            since=since[0],
            count=since[1],
        )

    def _get_ai_win_rates(self, start):
        """(win rate in percent, closed leads) of the team, created before and since a date."""
        self.ensure_one()
        # sudo: see _get_ai_before_after
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        domain = [("team_id", "=", self.id), ("won_status", "in", ("won", "lost"))]
        results = []
        for operator in ("<", ">="):
            [(rate, count)] = leads._read_group(
                domain + [("create_date", operator, start)], aggregates=["ai_win_rate:avg", "__count"]
            )
            results.append((rate or 0.0, count))
        return results
