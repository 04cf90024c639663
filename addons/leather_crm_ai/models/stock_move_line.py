from odoo import models


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _is_leaving(self):
        """Do these pairs leave the house, other than back to their supplier?"""
        self.ensure_one()
        usage = self.location_dest_id.usage
        return usage == "customer" or (self.picking_id.picking_type_code == "outgoing" and usage != "supplier")
