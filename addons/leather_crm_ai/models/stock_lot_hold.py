from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import NO_ACCESS, Domain

# Written by holding and releasing alone, which ask for a reason and leave a trace.
HOLD_FIELDS = {
    "is_on_hold",
    "hold_reason",
    "held_for_id",
    "hold_company_id",
    "held_by_id",
    "held_on",
}
RELEASERS = "leather_crm_ai.group_complaint_manager,stock.group_stock_manager"


class StockLot(models.Model):
    """A lot that quality holds: no delivery of it leaves the house, no reservation picks it.

    A lot that companies share is held for all of them; released by those of the company that holds it.
    """

    _inherit = "stock.lot"

    is_on_hold = fields.Boolean("On hold", readonly=True, copy=False, tracking=True)
    hold_reason = fields.Char("Why it is on hold", readonly=True, copy=False)
    held_for_id = fields.Many2one(
        "leather.complaint", readonly=True, copy=False, index="btree_not_null", ondelete="set null", groups=NO_ACCESS
    )
    hold_complaint_id = fields.Many2one(
        "leather.complaint", "Held for", compute="_compute_hold_complaint_id", groups="base.group_user"
    )
    hold_company_id = fields.Many2one("res.company", "Held by company", readonly=True, copy=False)
    held_by_id = fields.Many2one("res.users", "Held by", readonly=True, copy=False)
    held_on = fields.Datetime("Held on", readonly=True, copy=False)
    hold_delivery_count = fields.Integer("Open deliveries", compute="_compute_hold_delivery_count")
    may_release = fields.Boolean(compute="_compute_may_release")

    # Reservations look for lots on hold each time; there are few of them among all lots.
    _on_hold_idx = models.Index("(id) WHERE is_on_hold")

    # ------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------

    @api.depends("held_for_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_hold_complaint_id(self):
        """The complaint, for those who may read it: on a shared lot it may be another company's."""
        complaints = self.sudo().held_for_id.sudo(False)._filtered_access("read")
        for lot in self:
            complaint = lot.sudo().held_for_id  # sudo: what of it is shown was checked above
            lot.hold_complaint_id = complaint if complaint in complaints else False

    @api.depends("is_on_hold")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_hold_delivery_count(self):
        held = self.filtered("is_on_hold")
        counts = {}
        if held:
            lines = self.env["stock.move.line"]
            counts = dict(
                lines._read_group(held._get_open_deliveries_domain(), ["lot_id"], ["picking_id:count_distinct"])
            )
        for lot in self:
            lot.hold_delivery_count = counts.get(lot._origin, 0)

    @api.depends("is_on_hold", "hold_company_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_may_release(self):
        is_releaser = self.env.user.has_groups(RELEASERS)
        for lot in self:
            lot.may_release = is_releaser and lot.hold_company_id <= self.env.user.company_ids

    # ------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------

    def _has_field_access(self, field, operation):
        """Nobody holds or releases a lot by writing fields."""
        if operation == "write" and field.name in HOLD_FIELDS and not self.env.su:
            return False
        return super()._has_field_access(field, operation)

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_hold(self):
        """Ask why, then hold."""
        return self.env["leather.hold.lot"]._open("hold", lots=self)

    def action_release(self):
        """Ask why, then release."""
        self._check_may_release()
        return self.env["leather.hold.lot"]._open("release", lots=self)

    def action_view_hold_deliveries(self):
        """Deliveries that are still to go out and have pairs of this lot."""
        lines = self.env["stock.move.line"].search(self._get_open_deliveries_domain())
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Open deliveries with held lots"),
            "res_model": "stock.picking",
            "view_mode": "list,form",
            "domain": [("id", "in", lines.picking_id.ids)],
        }

    # ------------------------------------------------------------
    # Holding
    # ------------------------------------------------------------

    def _get_open_deliveries_domain(self):
        """Lines of deliveries that these lots have not gone out with yet."""
        return Domain(
            [
                ("lot_id", "in", self.ids),
                ("picking_id.picking_type_id.code", "=", "outgoing"),
                ("state", "not in", ("done", "cancel")),
            ]
        )

    def _hold(self, reason, complaint=None):
        """Hold these lots. One that is on hold keeps its first reason; the new one is noted.

        The caller has checked that the user may.

        :param str reason: for everybody who meets the lot
        :param complaint: the complaint that it is held for, if any
        """
        complaint = complaint or self.env["leather.complaint"]
        lots = self.sudo()  # sudo: agents stop a lot without any right on stock
        fresh = lots.filtered(lambda lot: not lot.is_on_hold)
        fresh._drop_waivers()
        fresh.write(
            {
                "is_on_hold": True,
                "hold_reason": reason,
                "held_for_id": complaint.id,
                "hold_company_id": (complaint.company_id or self.env.company).id,
                "held_by_id": self.env.uid,
                "held_on": fields.Datetime.now(),
            }
        )
        for lot in lots:
            lot._message_log(body=lot._get_hold_note(reason, complaint))

    def _get_hold_note(self, reason, complaint):
        if complaint:
            return self.env._("On hold for %(complaint)s: %(reason)s", complaint=complaint.name, reason=reason)
        return self.env._("On hold: %s", reason)

    def _release(self, reason):
        """Release these lots; the caller has checked that the user may."""
        lots = self.sudo().filtered("is_on_hold")  # sudo: complaint managers release without any right on stock
        for lot in lots:
            lot._message_log(body=self.env._("Released: %s", reason))
            for complaint in lot.held_for_id:
                note = self.env._("Lot %(lot)s is released: %(reason)s", lot=lot.name, reason=reason)
                complaint._message_log(body=note)
        lots.write({"is_on_hold": False, **dict.fromkeys(HOLD_FIELDS - {"is_on_hold"}, False)})

    def _check_may_release(self):
        if not all(self.mapped("may_release")):
            raise AccessError(
                self.env._("Only a complaint manager or a stock manager of the company that holds a lot releases it.")
            )

    def _drop_waivers(self):
        """A lot held anew is held everywhere: what was permitted before does not count."""
        pickings = self.env["stock.picking"].search(
            [("hold_waived_lot_ids", "in", self.ids), ("state", "not in", ("done", "cancel"))]
        )
        pickings.write({"hold_waived_lot_ids": [fields.Command.unlink(lot.id) for lot in self]})

    def _describe_hold(self):
        """One line about the hold, for a message: lot, reason, complaint."""
        self.ensure_one()
        lot = self.sudo()  # sudo: the complaint's reference only, for whoever meets the lot
        if lot.held_for_id:
            return self.env._(
                "Lot %(lot)s: %(reason)s (complaint %(complaint)s)",
                lot=lot.name,
                reason=lot.hold_reason,
                complaint=lot.held_for_id.name,
            )
        return self.env._("Lot %(lot)s: %(reason)s", lot=lot.name, reason=lot.hold_reason)
