from odoo import api, fields, models


class LeatherComplaintAction(models.Model):
    """What kind of action it is, and whether somebody has seen it work."""

    _inherit = "leather.complaint.action"

    kind = fields.Selection(
        [("containment", "Containment"), ("corrective", "Corrective"), ("preventive", "Preventive")],
        default="corrective",
        required=True,
    )
    is_effective = fields.Selection([("yes", "Effective"), ("no", "Not effective")], "Verified", copy=False)
    verified_by_id = fields.Many2one(
        "res.users", "Verified by", copy=False, readonly=True, domain=[("share", "=", False)]
    )
    verified_on = fields.Date("Verified on", copy=False, readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._stamp_verification(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._stamp_verification(vals))

    @api.model
    def _stamp_verification(self, vals):
        """Who says whether an action works, and when, is written down with it."""
        if "is_effective" not in vals:
            return vals
        says = bool(vals["is_effective"])
        stamp = {
            "verified_by_id": self.env.uid if says else False,
            "verified_on": fields.Date.context_today(self) if says else False,
        }
        return {**stamp, **vals}
