from datetime import timedelta

from markupsafe import Markup
from odoo import api, fields, models

ESCALATION_BATCH = 100
# How long a person has before the team leader is told, by severity.
PATIENCE = {"4": timedelta(hours=1), "3": timedelta(hours=8)}
PATIENCE_ELSE = timedelta(days=1)
PATIENT, TEAM_LEADER = 1, 2  # levels of escalation: responsible told, team leader told
RECENT_DAYS = 90
LISTED = 10  # customers named in the conversation; the button lists them all


class LeatherComplaint(models.Model):
    """A safety complaint is called out at once; a late one is brought to the attention of people, once each."""

    _inherit = "leather.complaint"

    safety_alerted_on = fields.Datetime("Safety alert sent on", readonly=True, copy=False)
    escalation_level = fields.Integer(
        "Escalation", readonly=True, copy=False, help="1: the responsible was told, 2: the team leader."
    )
    escalated_deadline = fields.Datetime("Escalated for", readonly=True, copy=False)
    escalated_on = fields.Datetime(readonly=True, copy=False)

    # ------------------------------------------------------------
    # Safety
    # ------------------------------------------------------------

    def _alert_safety(self):
        """Call out complaints that have become S4: activities and mails to those who can stop the lot.

        One whose severity is taken back may be called out again.
        """
        calmed = self.filtered(lambda complaint: complaint.severity != "4" and complaint.safety_alerted_on)
        calmed.write({"safety_alerted_on": False})
        for complaint in self:
            if complaint.severity == "4" and not complaint.safety_alerted_on and not complaint.stage_id.is_closed:
                complaint._call_out()

    def _call_out(self):
        self.ensure_one()
        users = self.team_id._get_safety_users(self.company_id) | self.user_id
        self.safety_alerted_on = fields.Datetime.now()
        recipients = self._get_lot_recipients()
        self._log_recipients(recipients)
        for user in users:
            complaint = self.with_context(lang=user.lang)
            complaint.activity_schedule(
                "leather_crm_ai.activity_type_safety",
                summary=complaint._get_alert_title(),
                note=complaint._count_recipients(recipients),
                user_id=user.id,
            )
        self._mail_alert("leather_crm_ai.mail_template_safety_alert", users)

    def _get_alert_title(self):
        if self.lot_id:
            return self.env._("Safety complaint: stop lot %s", self.lot_id.name)
        return self.env._("Safety complaint: stop what may be dangerous")

    def _get_lot_recipients(self):
        """Customers who received the lot; without a lot, those who received the shoe in the last 90 days.

        :return: list of dicts with ``partner``, ``pairs``, ``last_date`` and ``lots``, most pairs first
        """
        self.ensure_one()
        domain = self._get_recipients_domain()
        if not domain:
            return []
        # sudo: for whoever has to warn them; agents have no access to stock
        groups = (
            self.env["stock.move.line"]
            .sudo()
            ._read_group(domain, ["picking_id"], ["quantity_product_uom:sum", "date:max", "lot_id:recordset"])
        )
        found = {}
        for picking, pairs, date, lots in groups:
            partner = picking.partner_id.commercial_partner_id
            line = found.setdefault(partner, {"partner": partner, "pairs": 0.0, "last_date": date, "lots": lots})
            line["pairs"] += pairs
            line["last_date"] = max(line["last_date"], date)
            line["lots"] |= lots
        return sorted(found.values(), key=lambda line: -line["pairs"])

    def _get_recipients_domain(self):
        """Deliveries that the danger may have gone out with; None when neither lot nor shoe is known."""
        lots = self.lot_id or self._get_named_lots()
        if lots:
            what = [("lot_id", "in", lots.ids)]
        elif self.product_tmpl_id:
            since = fields.Datetime.now() - timedelta(days=RECENT_DAYS)
            what = [("product_id", "in", self.product_tmpl_id.product_variant_ids.ids), ("date", ">=", since)]
        else:
            return None
        return [
            *what,
            ("company_id", "=", self.company_id.id),
            ("state", "=", "done"),
            ("picking_id.picking_type_id.code", "=", "outgoing"),
        ]

    def _log_recipients(self, recipients):
        """Who received it, once in the conversation, for everybody who was called."""
        if recipients:
            lang = self.team_id.user_id.lang or self.user_id.lang or self.env.lang
            self._message_log(body=self.with_context(lang=lang)._render_recipients(recipients))

    def _render_recipients(self, recipients):
        rows = [
            self.env._("%(name)s: %(pairs)s pairs", name=line["partner"].name or "?", pairs=round(line["pairs"]))
            for line in recipients[:LISTED]
        ]
        if len(recipients) > LISTED:
            rows.append(self.env._("and %s more: “Who received it?” lists them all", len(recipients) - LISTED))
        title = self.env._("Delivered to:")
        return Markup("<p>%s</p><ul>%s</ul>") % (title, Markup().join(Markup("<li>%s</li>") % row for row in rows))

    def _count_recipients(self, recipients):
        """In one sentence, for the note of an activity: each person who is called has one."""
        if not recipients:
            return self.env._("No delivery of it is known: neither lot nor shoe is given.")
        return self.env._(
            "Customers who received it: %(count)s (%(pairs)s pairs). The button “Who received it?” lists them.",
            count=len(recipients),
            pairs=round(sum(line["pairs"] for line in recipients)),
        )

    # ------------------------------------------------------------
    # Escalation
    # ------------------------------------------------------------

    @api.model
    def _cron_escalate(self):
        """Tell people about late complaints: first the responsible, later the team leader; never twice the same."""
        for company, _count in self._read_group(self._get_late_domain(), ["company_id"], ["__count"]):
            domain = [("company_id", "=", company.id), *self._get_late_domain()]
            complaints = self.with_company(company).search(domain, order="next_deadline, id")
            complaints = complaints.filtered(lambda complaint: complaint._get_due_level())
            for start in range(0, len(complaints), ESCALATION_BATCH):
                batch = complaints[start : start + ESCALATION_BATCH]
                batch.with_context(leather_ai_writes=True)._escalate()
                left = len(complaints) - start - len(batch)
                if not self.env["ir.cron"]._commit_ai_progress(len(batch), left):
                    return

    @api.model
    def _get_late_domain(self):
        return [
            ("stage_id.is_closed", "=", False),
            ("waiting_since", "=", False),
            ("next_deadline", "<", fields.Datetime.now()),
        ]

    def _get_due_level(self):
        """The level of escalation that is due now; 0: none."""
        if self.escalated_deadline != self.next_deadline:
            return PATIENT
        patience = PATIENCE.get(self.severity, PATIENCE_ELSE)
        if self.escalation_level == PATIENT and self.escalated_on + patience <= fields.Datetime.now():
            return TEAM_LEADER
        return 0

    def _escalate(self):
        now = fields.Datetime.now()
        for complaint in self:
            level = complaint._get_due_level()
            user = complaint._get_escalation_user(level)
            if user and not (level == TEAM_LEADER and user == complaint._get_escalation_user(PATIENT)):
                complaint._remind(user, level)
            complaint.write(
                {"escalation_level": level, "escalated_deadline": complaint.next_deadline, "escalated_on": now}
            )

    def _get_escalation_user(self, level):
        leader = self.team_id.user_id
        if level == PATIENT:
            return self.user_id or leader
        return leader

    def _remind(self, user, level):
        complaint = self.with_context(lang=user.lang)
        summary = (
            complaint.env._("This complaint is late")
            if level == PATIENT
            else complaint.env._("Still late: please help %s", self.user_id.name or self.team_id.name or "")
        )
        complaint.activity_schedule("mail.mail_activity_data_todo", summary=summary, user_id=user.id)
