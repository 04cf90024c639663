from odoo import api, fields, models
from odoo.exceptions import UserError


class LeatherComplaint(models.Model):
    """A complaint is put right by repairing the shoes."""

    _inherit = "leather.complaint"

    repair_order_ids = fields.One2many(
        "repair.order", "remedy_complaint_id", "Repairs", groups="stock.group_stock_user"
    )
    repair_count = fields.Integer(compute="_compute_repair_count", groups="stock.group_stock_user")

    @api.depends("repair_order_ids")
    def _compute_repair_count(self):
        self._count_remedies("repair.order", "repair_count")

    def action_repair(self):
        """A repair order for the shoes, not confirmed; those who may make none ask for it."""
        self.ensure_one()
        self.check_access("read")
        repairs = self.env["repair.order"]
        if not repairs.has_access("create"):
            return self._open_request("repair")
        if not self.product_id:
            raise UserError(self.env._("Say which shoe it is first, under Facts."))
        return self._open_document(repairs.with_company(self.company_id).create(self._get_repair_values()))

    def action_view_repairs(self):
        return self._open_document(self.repair_order_ids)

    def _get_repair_values(self):
        return {
            "product_id": self.product_id.id,
            "product_qty": self.pairs or 1,
            "lot_id": self.lot_id.filtered(lambda lot: lot.product_id == self.product_id).id,
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "picking_id": self.return_picking_ids[:1].id,
            "under_warranty": True,
            "remedy_complaint_id": self.id,
        }

    def _get_remedies(self):
        # sudo: numbers and states only are shown
        return [*super()._get_remedies(), (self.env._("Repair"), self.sudo().repair_order_ids)]

    @api.model
    def _get_remedy_links(self):
        return {**super()._get_remedy_links(), "repair.order": "remedy_complaint_id"}
