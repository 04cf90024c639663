from odoo import api, fields, models
from odoo.exceptions import UserError


class LeatherComplaintMerge(models.TransientModel):
    """Merge complaints that tell the same story: one is kept, the others are archived and point to it."""

    _name = "leather.complaint.merge"
    _description = "Merge Complaints"

    complaint_ids = fields.Many2many("leather.complaint", string="Complaints", required=True)
    target_id = fields.Many2one(
        "leather.complaint",
        "Keep",
        compute="_compute_target_id",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        domain="[('id', 'in', complaint_ids)]",
        help="The most severe, else the oldest.",
    )

    @api.depends("complaint_ids")
    def _compute_target_id(self):
        for wizard in self:
            ranked = wizard.complaint_ids._origin.sorted(lambda one: (-int(one.severity), one.received_on, one.id))
            wizard.target_id = ranked[:1]

    def action_merge(self):
        """Move everything to the kept complaint and open it."""
        self.ensure_one()
        self._check_mergeable()
        others = self.complaint_ids - self.target_id
        self.target_id._absorb(others)
        return {
            "type": "ir.actions.act_window",
            "res_model": "leather.complaint",
            "res_id": self.target_id.id,
            "view_mode": "form",
        }

    def _check_mergeable(self):
        """Customers read the whole conversation: what belongs to different ones stays apart."""
        complaints = self.complaint_ids
        complaints.check_access("write")
        if len(complaints) < 2 or self.target_id not in complaints:
            raise UserError(self.env._("Choose at least two complaints, and one of them to keep."))
        if len(complaints.company_id) > 1:
            raise UserError(self.env._("Complaints of different companies cannot be merged."))
        customers = complaints.commercial_partner_id
        strangers = complaints.filtered(lambda complaint: not complaint.partner_id)
        known = {email for complaint in complaints - strangers for email in complaint._get_known_addresses()}
        addresses = {complaint.email_normalized for complaint in strangers}
        if len(customers) > 1 or (addresses - known if customers else len(addresses) > 1):
            raise UserError(
                self.env._(
                    "These complaints are not all of one customer. Customers read the whole conversation: set the"
                    " customer of each complaint first."
                )
            )
