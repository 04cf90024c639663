from datetime import timedelta

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError

MAX_PEOPLE = 200  # looked at for who may; a list to choose from is no longer
DAYS_TO_LOOK = 1


class LeatherComplaintRequest(models.TransientModel):
    """Ask somebody to make a document that one may not make, or to look at a complaint: an activity with the facts."""

    _name = "leather.complaint.request"
    _description = "Request to Put a Complaint Right"

    complaint_id = fields.Many2one("leather.complaint", required=True)
    kind = fields.Selection(
        [
            ("return", "Ask for a return"),
            ("replacement", "Ask for a replacement order"),
            ("credit_note", "Ask for a credit note"),
            ("quality", "Ask quality to look"),
        ],
        required=True,
    )
    allowed_user_ids = fields.Many2many("res.users", compute="_compute_allowed_user_ids")
    user_id = fields.Many2one(
        "res.users",
        "Whom",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', allowed_user_ids)]",
    )
    note = fields.Text("What for")

    @api.depends("complaint_id", "kind")
    def _compute_allowed_user_ids(self):
        for wizard in self:
            wizard.allowed_user_ids = wizard._get_able_users() | wizard._get_usual_users()

    @api.depends("complaint_id", "kind")
    def _compute_user_id(self):
        for wizard in self:
            wizard.user_id = (wizard._get_usual_users() or wizard.allowed_user_ids - wizard.env.user)[:1]

    def action_ask(self):
        """Schedule the activity."""
        self.ensure_one()
        complaint = self.complaint_id
        complaint.check_access("write")
        if self.user_id not in self.allowed_user_ids:
            raise UserError(self.env._("Choose somebody who may do this and may read the complaint."))
        # sudo: in the words of the person asked
        there = self.with_context(lang=self.user_id.sudo().lang)
        complaint.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=dict(there._fields["kind"]._description_selection(there.env))[self.kind],
            note=there._render_note(),
            user_id=self.user_id.id,
            date_deadline=fields.Date.context_today(self) + timedelta(days=DAYS_TO_LOOK),
        )
        return {"type": "ir.actions.act_window_close"}

    @api.model
    def _get_makers(self):
        """{kind: XML id of the group that may do it}"""
        return {
            "return": "stock.group_stock_user",
            "replacement": "sales_team.group_sale_salesman",
            "credit_note": "account.group_account_invoice",
            "quality": "leather_crm_ai.group_complaint_user",
        }

    def _get_able_users(self):
        """People of the company with the right to do it who may read the complaint."""
        company = self.complaint_id.company_id
        # sudo: who is in a group, for the choice of a colleague
        users = (
            self.env.ref(self._get_makers()[self.kind])
            .sudo()
            .all_user_ids.filtered(lambda user: user.active and not user.share and company in user.company_ids)[
                :MAX_PEOPLE
            ]
        )
        return self._keep_readers(users).sudo(False)

    def _get_usual_users(self):
        """Whom one would ask first: for quality the cause's owner and the safety managers, else the team leader."""
        complaint = self.complaint_id.sudo()  # sudo: people of the team, nothing else
        leader = complaint.team_id.user_id
        if self.kind == "quality":
            users = complaint.cause_id.user_id | complaint.team_id.safety_user_ids | leader
            return self._keep_readers(users).sudo(False)
        able = self._get_able_users()
        return able & leader or able[:1] or self._keep_readers(leader).sudo(False)

    def _keep_readers(self, users):
        complaint = self.complaint_id
        return users.filtered(lambda user: user.active and complaint.with_user(user).has_access("read"))

    def _render_note(self):
        """The facts as a list, then what was asked."""
        rows = [
            Markup("<li>%s: %s</li>") % (label, value)
            for label, value in self.complaint_id._get_remedy_facts()
            if value
        ]
        note = Markup("<p>%s</p>") % self.note if self.note else Markup()
        return note + Markup("<ul>%s</ul>") % Markup().join(rows)
