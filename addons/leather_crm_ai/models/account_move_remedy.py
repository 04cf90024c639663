from odoo import models


class AccountMove(models.Model):
    """A credit note that puts a complaint right tells the complaint what it cost."""

    _name = "account.move"
    _inherit = ["account.move", "leather.remedy.document"]

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        posted.sudo().remedy_complaint_id._take_credit_cost()  # sudo: accountants may not read complaints
        return posted

    def button_draft(self):
        result = super().button_draft()
        self.sudo().remedy_complaint_id._take_credit_cost()  # sudo: see _post
        return result
