from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    complaint_count = fields.Integer("Complaints", compute="_compute_complaint_count")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_complaint_count(self):
        """Complaints of the whole company that a contact belongs to, in one grouped read."""
        companies = self.commercial_partner_id
        complaints = self.env["leather.complaint"]
        counts = {}
        if companies.ids and complaints.has_access("read"):
            counts = dict(
                complaints._read_group(
                    [("commercial_partner_id", "in", companies.ids)], ["commercial_partner_id"], ["__count"]
                )
            )
        for partner in self:
            partner.complaint_count = counts.get(partner.commercial_partner_id._origin, 0)

    def action_view_complaints(self):
        """The complaints of the company that this contact belongs to."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Complaints"),
            "res_model": "leather.complaint",
            "view_mode": "list,kanban,form",
            "domain": [("commercial_partner_id", "=", self.commercial_partner_id.id)],
            "context": {"default_partner_id": self.id},
        }
