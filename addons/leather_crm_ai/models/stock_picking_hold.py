from odoo import api, fields, models
from odoo.exceptions import UserError

from .stock_lot_hold import RELEASERS


class StockPicking(models.Model):
    """A delivery with a lot on hold does not leave, unless a manager lets it for a reason."""

    _inherit = "stock.picking"

    held_lot_ids = fields.Many2many("stock.lot", string="Lots on hold", compute="_compute_held_lot_ids")
    hold_warning = fields.Text(compute="_compute_held_lot_ids")
    hold_waived_lot_ids = fields.Many2many(
        "stock.lot",
        "leather_hold_waived_lot_rel",
        "picking_id",
        "lot_id",
        "Held lots delivered all the same",
        readonly=True,
        copy=False,
    )

    # ------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------

    @api.depends("state", "move_line_ids.lot_id.is_on_hold")
    @api.depends_context("lang", "uid")
    def _compute_held_lot_ids(self):
        for picking in self:
            lots = picking.move_line_ids.lot_id if picking.state not in ("done", "cancel") else self.env["stock.lot"]
            held = lots.filtered("is_on_hold")
            picking.held_lot_ids = held
            picking.hold_warning = "\n".join(lot._describe_hold() for lot in held)

    # ------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------

    def _has_field_access(self, field, operation):
        """A waiver is given by the wizard alone, which asks who and why."""
        if operation == "write" and field.name == "hold_waived_lot_ids" and not self.env.su:
            return False
        return super()._has_field_access(field, operation)

    # ------------------------------------------------------------
    # Delivering
    # ------------------------------------------------------------

    def _pre_action_done_hook(self):
        """Stop here, where Odoo asks its own questions before a transfer is done."""
        held = self._get_held_leaving()
        if not held:
            return super()._pre_action_done_hook()
        if self.env.user.has_groups(RELEASERS):
            return self._open_waiver_wizard(held)
        raise UserError(self._get_hold_message(held))

    def _action_done(self):
        """The last door, for programs that do not use the button."""
        if held := self._get_held_leaving():
            raise UserError(self._get_hold_message(held))
        return super()._action_done()

    def _get_held_leaving(self):
        """Lots on hold that would leave the house with these transfers, without those let go by a manager."""
        held = self.env["stock.lot"]
        for picking in self.filtered(lambda picking: picking.state not in ("done", "cancel")):
            lines = picking.move_line_ids
            lines = lines.filtered("picked") or lines  # Odoo delivers what is picked, all of it if nothing is
            lots = lines.filtered(lambda line: line.lot_id.is_on_hold and line.quantity and line._is_leaving()).lot_id
            held |= lots - picking.sudo().hold_waived_lot_ids  # sudo: whether it was let go, nothing else
        return held

    def _get_hold_message(self, lots):
        lines = "\n".join(lot._describe_hold() for lot in lots)
        return self.env._(
            "This delivery holds a lot that may not leave:\n%s\n\nTake other lots, or ask a complaint manager or a"
            " stock manager to release the lot or to deliver all the same.",
            lines,
        )

    def _open_waiver_wizard(self, lots):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Lot on hold"),
            "res_model": "leather.hold.deliver",
            "view_mode": "form",
            "target": "new",
            "context": {
                **self.env.context,
                "default_picking_ids": [fields.Command.set(self.ids)],
                "default_lot_ids": [fields.Command.set(lots.ids)],
            },
        }

    def _waive_hold(self, lots, reason):
        """Let these lots go with these deliveries, for a reason; the caller has checked that the user may."""
        for picking in self:
            mine = lots & picking.move_line_ids.lot_id
            # sudo: nobody writes it by hand
            picking.sudo().hold_waived_lot_ids |= mine
            for lot in mine:
                note = self.env._(
                    "Delivered all the same with %(delivery)s, though on hold (%(hold)s): %(reason)s",
                    delivery=picking.name,
                    hold=lot._describe_hold(),
                    reason=reason,
                )
                picking._message_log(body=note)
                lot.sudo()._message_log(body=note)  # sudo: managers of complaints may not write lots
