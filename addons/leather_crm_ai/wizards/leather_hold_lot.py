from odoo import api, fields, models
from odoo.exceptions import UserError


class LeatherHoldLot(models.TransientModel):
    """Why lots are held or released: those of the list, or that of a complaint."""

    _name = "leather.hold.lot"
    _description = "Hold or Release a Lot"

    lot_ids = fields.Many2many("stock.lot", string="Lots")
    complaint_id = fields.Many2one("leather.complaint")
    decision = fields.Selection([("hold", "Hold"), ("release", "Release")], required=True, default="hold")
    lot_names = fields.Char("Lot", compute="_compute_lot_names")
    reason = fields.Char()

    @api.depends("lot_ids", "complaint_id")
    def _compute_lot_names(self):
        for wizard in self:
            wizard.lot_names = ", ".join(wizard._get_lots().mapped("name"))

    @api.model
    def _open(self, decision, lots=None, complaint=None):
        """Window action that asks for the reason."""
        values = {"decision": decision}
        if complaint:
            values["complaint_id"] = complaint.id
            values["reason"] = complaint._get_hold_reason() if decision == "hold" else False
        else:
            values["lot_ids"] = [fields.Command.set(lots.ids)]
        names = {"hold": self.env._("Hold the lot"), "release": self.env._("Release the lot")}
        return {
            "type": "ir.actions.act_window",
            "name": names[decision],
            "res_model": self._name,
            "res_id": self.create(values).id,
            "view_mode": "form",
            "target": "new",
        }

    def _get_lots(self):
        self.complaint_id.check_access("read")
        # sudo: the lot of a complaint that the user may read; agents have no access to stock
        return self.complaint_id.sudo().lot_id if self.complaint_id else self.lot_ids

    def action_confirm(self):
        """Hold, or release, what was chosen."""
        self.ensure_one()
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why."))
        lots = self._get_lots()
        if self.complaint_id:
            self.complaint_id.check_access("write")
        else:
            self.lot_ids.check_access("write")
        if self.decision == "release":
            lots._check_may_release()
            lots._release(self.reason)
        elif self.complaint_id:
            self.complaint_id._hold_lot(self.reason)
        else:
            lots._hold(self.reason)
        return {"type": "ir.actions.act_window_close"}
