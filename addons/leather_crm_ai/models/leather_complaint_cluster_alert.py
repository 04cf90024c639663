from odoo import fields, models

from .leather_complaint_cluster import OPEN

GROWTH = 1.5  # people are told again when it has grown by half
ACTIVITY = "leather_crm_ai.activity_type_cluster"


class LeatherComplaintCluster(models.Model):
    """Who is called when a cluster is an alarm: once, and again when it has grown by half."""

    _inherit = "leather.complaint.cluster"

    def _alert_due(self):
        """Call out what leads, is an alarm, and is new or has grown."""
        for cluster in self:
            if cluster._is_alert_due():
                cluster._call_out()

    def _is_alert_due(self):
        return (
            self.state in OPEN
            and self.grade == "alarm"
            and not self.leading_id
            and (not self.alerted_count or self.complaint_count >= GROWTH * self.alerted_count)
            and not self.env.context.get("leather_quiet")
        )

    def _call_out(self):
        self.ensure_one()
        users = self._get_alert_users()
        self.write({"alerted_count": self.complaint_count, "alerted_on": fields.Datetime.now()})
        for user in users:
            cluster = self.with_context(lang=user.lang)
            open_ones = cluster.activity_ids.filtered(lambda one, user=user: one.user_id == user)
            values = {"summary": cluster._get_alert_title(), "note": cluster._render_complaints()}
            if open_ones:
                open_ones[0].write(values)
            else:
                cluster.activity_schedule(ACTIVITY, user_id=user.id, **values)
        self._mail_alert("leather_crm_ai.mail_template_cluster", users)

    def _get_alert_title(self):
        return self.env._("%(count)s complaints: %(cluster)s", count=self.complaint_count, cluster=self.display_name)

    def _get_alert_users(self):
        """Leaders and safety managers of the teams whose complaints they are, else the complaint managers."""
        teams = self.complaint_ids.team_id
        users = self.env["res.users"].union(*(team._get_safety_users(self.company_id) for team in teams))
        users = users or teams._get_safety_users(self.company_id)
        return (users | self.user_id).filtered(lambda user: self.company_id in user.company_ids)

    def _settle_alerts(self):
        """Somebody has seen it: nobody else has to look."""
        # sudo: the activities are those of several people
        self.sudo().activity_feedback([ACTIVITY])
