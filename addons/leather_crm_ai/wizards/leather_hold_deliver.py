from odoo import fields, models
from odoo.exceptions import AccessError

from ..models.stock_lot_hold import RELEASERS


class LeatherHoldDeliver(models.TransientModel):
    """A manager delivers a lot on hold all the same, and says why."""

    _name = "leather.hold.deliver"
    _description = "Deliver a Lot on Hold"

    picking_ids = fields.Many2many("stock.picking", string="Deliveries", required=True)
    lot_ids = fields.Many2many("stock.lot", string="Lots on hold", required=True)
    description = fields.Text(compute="_compute_description")
    reason = fields.Char(required=True)

    def _compute_description(self):
        for wizard in self:
            wizard.description = "\n".join(lot._describe_hold() for lot in wizard.lot_ids)

    def action_deliver(self):
        """Let the lots go, with a trace, and validate."""
        self.ensure_one()
        if not self.env.user.has_groups(RELEASERS):
            raise AccessError(self.env._("Only a complaint manager or a stock manager delivers a lot on hold."))
        self.picking_ids.check_access("write")
        self.picking_ids._waive_hold(self.lot_ids, self.reason)
        context = {name: value for name, value in self.env.context.items() if not name.startswith("default_")}
        pickings = self.picking_ids.browse(context.get("button_validate_picking_ids") or self.picking_ids.ids)
        return pickings.with_context(**context).button_validate()
