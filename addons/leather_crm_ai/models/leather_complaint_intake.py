from odoo import api, models


class LeatherComplaint(models.Model):
    """The ways in other than mail: other programs, chats, imports; and the way out into spreadsheets."""

    _inherit = "leather.complaint"

    @api.model
    def file_complaint(self, vals):
        """File a complaint.

        :return: dict with ``id``, ``reference`` and ``url``
        """
        self.check_access("create")
        complaint = self.create(vals)
        return {"id": complaint.id, "reference": complaint.name, "url": complaint.get_base_url() + complaint.access_url}
