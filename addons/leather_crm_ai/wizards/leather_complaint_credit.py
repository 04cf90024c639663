from odoo import api, fields, models


class LeatherComplaintCredit(models.TransientModel):
    """Which of the order's invoices is credited."""

    _name = "leather.complaint.credit"
    _description = "Invoice to Credit for a Complaint"

    complaint_id = fields.Many2one("leather.complaint", required=True)
    invoice_ids = fields.Many2many("account.move", compute="_compute_invoice_ids")
    invoice_id = fields.Many2one("account.move", required=True, domain="[('id', 'in', invoice_ids)]")

    @api.depends("complaint_id")
    def _compute_invoice_ids(self):
        for wizard in self:
            wizard.invoice_ids = wizard.complaint_id._get_creditable_invoices()

    def action_continue(self):
        """On to Odoo's credit note."""
        self.ensure_one()
        return self.complaint_id._open_reversal(self.invoice_id)
