from odoo import fields, models


class AccountMove(models.Model):
    """A credit note that puts a complaint right tells the complaint what it cost."""

    _inherit = "account.move"

    remedy_complaint_id = fields.Many2one(
        "leather.complaint",
        "Puts right",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_user",
        help="The complaint that this was made for.",
    )

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        posted.sudo().remedy_complaint_id._take_credit_cost()  # sudo: accountants may not read complaints
        return posted

    def button_draft(self):
        result = super().button_draft()
        self.sudo().remedy_complaint_id._take_credit_cost()  # sudo: see _post
        return result
