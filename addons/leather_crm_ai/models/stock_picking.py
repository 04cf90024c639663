from odoo import models


class StockPicking(models.Model):
    _name = "stock.picking"
    _inherit = ["stock.picking", "leather.complaint.counter"]

    _complaint_field = "picking_id"

    def _get_complaint_context(self):
        return {
            **super()._get_complaint_context(),
            "default_partner_id": self.partner_id.id,
            "default_company_id": self.company_id.id,
        }
