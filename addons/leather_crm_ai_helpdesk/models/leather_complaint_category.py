from odoo import fields, models


class LeatherComplaintCategory(models.Model):
    _inherit = "leather.complaint.category"

    def _prepare_helpdesk_category(self, parent):
        self.ensure_one()
        return {
            "name": self.name,
            "parent_id": parent.id,
            "company_id": False,
            "show_in_portal": False,
            "complaint_category_ids": [fields.Command.set(self.ids)],
        }

    def _get_family_name(self):
        return dict(self._fields["family"]._description_selection(self.env))[self.family]
