from odoo import fields, models


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    complaint_id = fields.Many2one("leather.complaint", "Puts right", readonly=True)

    def _prepare_default_reversal(self, move):
        values = super()._prepare_default_reversal(move)
        if self.complaint_id:
            values["remedy_complaint_id"] = self.complaint_id.id
        return values
