from odoo import models


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "leather.complaint.counter"]

    _complaint_field = "invoice_id"

    def _get_complaint_context(self):
        return {
            **super()._get_complaint_context(),
            "default_partner_id": self.partner_id.id,
            "default_company_id": self.company_id.id,
        }
