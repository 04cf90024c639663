from odoo import api, fields, models
from odoo.exceptions import UserError

VIEWS = "kanban,list,form,calendar,pivot,graph,activity"


class LeatherComplaint(models.Model):
    """A complaint on the agent's desk: the buttons of its form, what else there is of the same customer and lot."""

    _inherit = "leather.complaint"

    partner_complaint_count = fields.Integer("Complaints of this customer", compute="_compute_other_counts")
    lot_complaint_count = fields.Integer("Complaints on this lot", compute="_compute_other_counts")

    @api.depends("commercial_partner_id", "lot_id")
    def _compute_other_counts(self):
        """How many others there are, also closed ones."""
        customers = self._count_by("commercial_partner_id")
        lots = self._count_by("lot_id")
        for complaint in self:
            complaint.partner_complaint_count = max(0, customers.get(complaint.commercial_partner_id, 0) - 1)
            complaint.lot_complaint_count = max(0, lots.get(complaint.lot_id, 0) - 1)

    def _count_by(self, name):
        """dict record -> number of complaints, for what these complaints have in a many2one field."""
        domain = [(name, "in", self.mapped(name).ids)]
        return dict(self.env["leather.complaint"]._read_group(domain, [name], ["__count"]))

    @api.model
    def read_progress_bar(self, domain, group_by, progress_bar):
        """The clock's state hangs on the present moment and is not stored: one grouped count per state."""
        if progress_bar["field"] != "clock_state":
            return super().read_progress_bar(domain, group_by, progress_bar)
        states = progress_bar["colors"]
        result = {}
        for state in states:
            counts = self._read_group([*domain, ("clock_state", "=", state)], [group_by], ["__count"])
            for group, count in counts:
                key = str(group.id if isinstance(group, models.BaseModel) else group)
                result.setdefault(key, dict.fromkeys(states, 0))[state] = count
        return result

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_open(self):
        """The complaint itself."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "leather.complaint",
            "res_id": self.id,
            "view_mode": "form",
        }

    def action_answer(self):
        """Write to the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answer %s", self.name),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_composition_mode": "comment",
                "default_model": "leather.complaint",
                "default_res_ids": self.ids,
                "default_subtype_xmlid": "mail.mt_comment",
                "default_partner_ids": self._get_addressees().ids,
                "default_subject": self.subject or self.name,
            },
        }

    def _get_addressees(self):
        """The customer, else whoever has the sender's address: to answer somebody is to know them."""
        if self.partner_id or not self.email_normalized:
            return self.partner_id
        return self._partner_find_from_emails_single([self.email_from])

    def action_verify_partner(self):
        """Somebody has made sure that the customer wrote this."""
        self.write({"partner_is_verified": True})

    def action_close(self):
        """Into the first stage that closes."""
        self._move_to([("is_closed", "=", True), ("is_cancelled", "=", False)])

    def action_wait(self):
        """Into the first stage that waits for the customer."""
        self._move_to([("is_waiting", "=", True)])

    def action_reopen(self):
        """Back to work."""
        for complaint in self:
            complaint.stage_id = complaint._get_working_stage() or complaint._default_stage_id()

    def _move_to(self, domain):
        stages = self.env["leather.complaint.stage"].search(domain)
        for complaint in self:
            fitting = stages.filtered(
                lambda stage, team=complaint.team_id: not stage.team_ids or team in stage.team_ids
            )
            if not fitting:
                raise UserError(self.env._("No stage is set up for this."))
            complaint.stage_id = fitting[0]

    def action_view_partner_complaints(self):
        """All complaints of the customer's company."""
        self.ensure_one()
        customer = self.commercial_partner_id
        return self._get_list_action(customer.name, [("commercial_partner_id", "=", customer.id)])

    def action_view_lot_complaints(self):
        """All complaints on the lot."""
        self.ensure_one()
        return self._get_list_action(self.env._("Lot %s", self.lot_id.name), [("lot_id", "=", self.lot_id.id)])

    def action_view_recipients(self):
        """Customers who may have received what is dangerous."""
        self.ensure_one()
        partners = self.env["res.partner"].union(*(line["partner"] for line in self._get_lot_recipients()))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Delivered to"),
            "res_model": "res.partner",
            "view_mode": "list,form",
            "domain": [("id", "in", partners.ids)],
        }

    def action_view_order(self):
        self.ensure_one()
        return self.sale_order_id._get_records_action()

    def action_view_picking(self):
        self.ensure_one()
        return self.picking_id._get_records_action()

    def action_view_ratings(self):
        """What the customer thought of the handling."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("leather_crm_ai.action_leather_complaint_ratings")
        return {**action, "domain": [("res_model", "=", "leather.complaint"), ("res_id", "=", self.id)]}

    @api.model
    def _get_list_action(self, name, domain, **context):
        """Complaints that belong together, in all their views."""
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "leather.complaint",
            "view_mode": VIEWS.replace("kanban,list", "list,kanban"),
            "domain": domain,
            "context": context,
        }
