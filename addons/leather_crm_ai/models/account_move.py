from odoo import api, fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    complaint_count = fields.Integer("Complaints", compute="_compute_complaint_count")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_complaint_count(self):
        """One grouped read; zero for whoever may not read complaints."""
        counts = self._count_complaints()
        for move in self:
            move.complaint_count = counts.get(move._origin, 0)

    def _count_complaints(self):
        complaints = self.env["leather.complaint"]
        if not self.ids or not complaints.has_access("read"):
            return {}
        return dict(complaints._read_group([("invoice_id", "in", self.ids)], ["invoice_id"], ["__count"]))

    def action_view_complaints(self):
        """The complaints about this invoice."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Complaints"),
            "res_model": "leather.complaint",
            "view_mode": "list,kanban,form",
            "domain": [("invoice_id", "=", self.id)],
            "context": {
                "default_invoice_id": self.id,
                "default_partner_id": self.partner_id.id,
                "default_company_id": self.company_id.id,
            },
        }
