from odoo import fields, models
from odoo.tools import format_date, format_datetime

MOMENT = "d MMMM y, HH:mm"  # no AM and PM, which the PDF program sets over the figures in Arabic
WHYS = ("why_1", "why_2", "why_3", "why_4", "why_5")


class LeatherComplaint(models.Model):
    """The 8D report: what the customer is told about cause and action. No costs, and no other customer's name."""

    _inherit = "leather.complaint"

    prevention = fields.Text(
        "What prevents it elsewhere",
        groups="base.group_user",
        help="Changes to other shoes, lines, instructions. The customer reads this in the 8D report.",
    )

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_print_8d(self):
        """The 8D report as a file."""
        self.check_access("read")
        return self.env.ref("leather_crm_ai.action_report_8d").report_action(self)

    def action_send_8d(self):
        """Write to the customer, with the report attached in the customer's language."""
        self.ensure_one()
        self.check_access("write")
        action = self.action_answer()
        template = self.env.ref("leather_crm_ai.mail_template_8d")
        context = {**action["context"], "default_template_id": template.id}
        context.pop("default_subject")
        return {**action, "context": context}

    # ------------------------------------------------------------
    # What the report says
    # ------------------------------------------------------------

    def _get_8d(self):
        """The report as plain values, in the language of the context.

        :return: dict of ``team``, ``problem``, ``containment``, ``cause``, ``actions``, ``prevention``, ``closing``;
            each is a list of ``(label, value)``, ``actions`` has a dict for each action; a value that is not known is
            false
        """
        self.ensure_one()
        # sudo: names of what is linked, which the agent who prints may not open
        complaint = self.sudo()
        return {
            "team": complaint._get_8d_team(),
            "problem": complaint._get_8d_problem(),
            "containment": complaint._get_8d_containment(),
            "cause": complaint._get_8d_cause(),
            "actions": [complaint._describe_action(action) for action in complaint._get_8d_actions("corrective")],
            "prevention": complaint._get_8d_prevention(),
            "closing": complaint._get_8d_closing(),
        }

    def _get_8d_team(self):
        people = self.action_ids.user_id - self.user_id - self.team_id.user_id
        return [
            (self.env._("Team"), self.team_id.name),
            (self.env._("Team leader"), self.team_id.user_id.name),
            (self.env._("Responsible"), self.user_id.name),
            (self.env._("With"), ", ".join(people.mapped("name"))),
        ]

    def _get_8d_problem(self):
        return [
            (self.env._("Complaint"), self.subject),
            (self.env._("Received on"), self._say_day(self.received_on)),
            (self.env._("Shoe"), self.product_id.display_name),
            (self.env._("Size"), self.size),
            (self.env._("Lot"), self.lot_id.name),
            (self.env._("Pairs affected"), self.pairs),
            (self.env._("Your order"), self.sale_order_id.client_order_ref or self.sale_order_id.name),
            (self.env._("Delivery"), self.picking_id.name),
            (self.env._("Category"), self.shown_category_id.name),
        ]

    def _get_8d_containment(self):
        """Numbers only: who else received the lot is nobody's business but theirs."""
        count = len(self._get_lot_recipients()) if self.lot_id else 0
        held = self.lot_id.held_on if self.lot_id.is_on_hold else False
        return [
            (self.env._("Contained on"), self._say_moment(self.contained_on)),
            (self.env._("The lot is on hold since"), self._say_moment(held)),
            (self.env._("Customers who received this lot"), count),
            *[(action["name"], action["state"]) for action in self._describe_actions("containment")],
        ]

    def _get_8d_cause(self):
        whys = [(self.env._("Why? (%s)", number), self[name]) for number, name in enumerate(WHYS, 1) if self[name]]
        return [
            *(whys or [(self.env._("Why?"), False)]),
            (self.env._("Kind of cause"), self.cause_id.name),
            (self.env._("Root cause"), self.root_cause),
        ]

    def _get_8d_prevention(self):
        done = [(action["name"], action["state"]) for action in self._describe_actions("preventive")]
        return [(self.env._("What prevents it elsewhere"), self.prevention), *done]

    def _get_8d_closing(self):
        return [(self.env._("Settled on"), self._say_moment(self.resolved_on))]

    def _get_8d_actions(self, kind):
        return self.action_ids.filtered(lambda action: action.kind == kind).sorted("id")

    def _describe_actions(self, kind):
        return [self._describe_action(action) for action in self._get_8d_actions(kind)]

    def _describe_action(self, action):
        states = dict(action._fields["state"]._description_selection(self.env))
        effects = dict(action._fields["is_effective"]._description_selection(self.env))
        done = self._say_day(action.done_on)
        return {
            "name": action.name,
            "owner": action.user_id.name,
            "due": self._say_day(action.date_due),
            "state": self.env._("Done on %s", done) if done else states[action.state],
            "effect": effects.get(action.is_effective),
            "verified_by": action.verified_by_id.name,
            "verified_on": self._say_day(action.verified_on),
        }

    def _say_day(self, day):
        return format_date(self.env, day) if day else False

    def _say_moment(self, moment):
        zone = self.team_id._get_calendar(self.company_id).tz or "UTC"
        return format_datetime(self.env, moment, tz=zone, dt_format=MOMENT) if moment else False
