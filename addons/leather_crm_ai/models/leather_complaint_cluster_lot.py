from odoo import models


class StockLot(models.Model):
    _name = "stock.lot"
    _inherit = ["stock.lot", "leather.complaint.cluster.counter"]

    _cluster_field = "lot_id"
