from odoo import models


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "leather.complaint.counter"]

    _complaint_field = "sale_order_id"

    def _get_complaint_context(self):
        return {
            **super()._get_complaint_context(),
            "default_partner_id": self.partner_id.id,
            "default_company_id": self.company_id.id,
        }
