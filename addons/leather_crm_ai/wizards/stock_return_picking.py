from odoo import fields, models


class StockReturnPicking(models.TransientModel):
    """A return for a complaint: filled in with its shoe, pairs and lot, and pointing to it."""

    _inherit = "stock.return.picking"

    complaint_id = fields.Many2one("leather.complaint", "Puts right", readonly=True)

    def _fill_from_complaint(self):
        """The complaint's pairs on the lines of its shoe; of the only shoe where it names none."""
        complaint, left = self.complaint_id, self.complaint_id.pairs
        products = complaint.product_id or self.product_return_moves.product_id
        if len(products) > 1:
            return
        for line in self.product_return_moves.filtered(lambda line: line.product_id == products):
            line.quantity = min(left, line.move_quantity)
            left -= line.quantity

    def _prepare_picking_default_values_based_on(self, picking):
        values = super()._prepare_picking_default_values_based_on(picking)
        if self.complaint_id:
            values["remedy_complaint_id"] = self.complaint_id.id
            values["origin"] = f"{values['origin']} · {self.complaint_id.name}"
        return values

    def _create_return(self):
        picking = super()._create_return()
        lot = self.complaint_id.sudo().lot_id  # sudo: which lot, for whoever may return
        if lot:
            for move in picking.move_ids.filtered(lambda move: move.product_id == lot.product_id):
                self._take_lot_back(move, lot)
        return picking

    def _take_lot_back(self, move, lot):
        """Expect the lot of the complaint, if that many pairs of it were delivered."""
        delivered = move.origin_returned_move_id.move_line_ids.filtered(lambda line: line.lot_id == lot)
        if not delivered or sum(delivered.mapped("quantity_product_uom")) < move.product_qty:
            return
        lines = move.move_line_ids
        if lines:
            lines[1:].unlink()
            lines[0].write({"lot_id": lot.id, "quantity": move.product_uom_qty})
