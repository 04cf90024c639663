from odoo import models


class StockLot(models.Model):
    _name = "stock.lot"
    _inherit = ["stock.lot", "leather.complaint.counter"]

    _complaint_field = "lot_id"

    def _get_complaint_context(self):
        return {**super()._get_complaint_context(), "default_product_id": self.product_id.id}
