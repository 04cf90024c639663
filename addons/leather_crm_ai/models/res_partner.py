from odoo import models


class ResPartner(models.Model):
    """Complaints count for the whole company that a contact belongs to."""

    _name = "res.partner"
    _inherit = ["res.partner", "leather.complaint.counter"]

    _complaint_field = "commercial_partner_id"

    def _get_complained_of(self):
        return self.commercial_partner_id

    def _get_complaint_context(self):
        return {"default_partner_id": self.id}
