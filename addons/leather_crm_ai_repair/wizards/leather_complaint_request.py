from odoo import api, fields, models


class LeatherComplaintRequest(models.TransientModel):
    _inherit = "leather.complaint.request"

    kind = fields.Selection(selection_add=[("repair", "Ask for a repair")], ondelete={"repair": "cascade"})

    @api.model
    def _get_makers(self):
        return {**super()._get_makers(), "repair": "stock.group_stock_user"}
