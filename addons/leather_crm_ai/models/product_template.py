from odoo import api, fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    complaint_count = fields.Integer("Complaints", compute="_compute_complaint_count")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_complaint_count(self):
        """One grouped read; zero for whoever may not read complaints."""
        counts = self._count_complaints()
        for template in self:
            template.complaint_count = counts.get(template._origin, 0)

    def _count_complaints(self):
        complaints = self.env["leather.complaint"]
        if not self.ids or not complaints.has_access("read"):
            return {}
        return dict(complaints._read_group([("product_tmpl_id", "in", self.ids)], ["product_tmpl_id"], ["__count"]))

    def action_view_complaints(self):
        """The complaints about this shoe model."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Complaints"),
            "res_model": "leather.complaint",
            "view_mode": "list,kanban,form",
            "domain": [("product_tmpl_id", "=", self.id)],
            "context": {"default_product_id": self.product_variant_id.id},
        }
