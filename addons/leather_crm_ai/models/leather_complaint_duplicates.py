from odoo import api, fields, models


class LeatherComplaint(models.Model):
    """Complaints that tell the same story twice."""

    _inherit = "leather.complaint"

    duplicate_of_id = fields.Many2one(
        "leather.complaint",
        "Merged into",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_user",
    )
    duplicate_ids = fields.One2many(
        "leather.complaint",
        "duplicate_of_id",
        "Merged complaints",
        context={"active_test": False},
        groups="base.group_user",
    )
    duplicate_count = fields.Integer(
        "Possible duplicates", compute="_compute_duplicate_count", groups="base.group_user"
    )

    @api.depends("partner_id", "email_normalized", "sale_order_id", "lot_id", "category_id")
    def _compute_duplicate_count(self):
        found = self._find_possible_duplicates()
        for complaint in self:
            complaint.duplicate_count = len(found.get(complaint.id, ()))

    def _find_possible_duplicates(self):
        """dict complaint id -> complaints that may tell the same story."""
        return {complaint.id: self.browse() for complaint in self}
