from odoo import api, fields, models
from odoo.exceptions import UserError


class LeatherComplaint(models.Model):
    """The lot of a complaint, stopped from the complaint by people who have no access to stock."""

    _inherit = "leather.complaint"

    is_lot_held = fields.Boolean("Lot on hold", compute="_compute_lot_hold", groups="base.group_user")
    lot_hold_words = fields.Char("The hold", compute="_compute_lot_hold", groups="base.group_user")
    may_release_lot = fields.Boolean(compute="_compute_lot_hold", groups="base.group_user")

    @api.depends("lot_id.is_on_hold")
    @api.depends_context("uid", "lang")
    def _compute_lot_hold(self):
        for complaint in self:
            lot = complaint.sudo().lot_id  # sudo: agents have no access to stock
            complaint.is_lot_held = lot.is_on_hold
            complaint.lot_hold_words = lot._describe_hold() if lot.is_on_hold else False
            complaint.may_release_lot = lot.is_on_hold and lot.may_release

    def action_contained(self):
        """A dangerous lot that people say is stopped is held at the same moment."""
        result = super().action_contained()
        for complaint in self.filtered(lambda complaint: complaint.severity == "4" and complaint.lot_id):
            complaint.check_access("write")
            if not complaint.is_lot_held:
                complaint._hold_lot(complaint._get_hold_reason())
        return result

    def action_hold_lot(self):
        """Ask why, then hold the lot."""
        self.ensure_one()
        self.check_access("write")
        if not self.lot_id:
            raise UserError(self.env._("Say which lot it is first, under Facts."))
        return self.env["leather.hold.lot"]._open("hold", complaint=self)

    def action_release_lot(self):
        """Ask why, then release the lot."""
        self.ensure_one()
        self.sudo().lot_id._check_may_release()  # sudo: complaint managers have no access to stock
        return self.env["leather.hold.lot"]._open("release", complaint=self)

    def _hold_lot(self, reason):
        """Hold the lot for this complaint; the clock of containing stops."""
        self.ensure_one()
        self.sudo().lot_id._hold(reason, self)  # sudo: see StockLot._hold
        self._message_log(
            body=self.env._("Lot %(lot)s is on hold: %(reason)s", lot=self.sudo().lot_id.name, reason=reason)
        )
        if not self.contained_on:
            self.contained_on = fields.Datetime.now()

    def _get_hold_reason(self):
        """What people who meet the lot read: the category, for a complaint's own words may name the customer."""
        category = self.shown_category_id.name
        return category or self.env._("Under examination by quality")
