from odoo import fields, models


class LeatherRemedyDocument(models.AbstractModel):
    """A document of Odoo's own that puts a complaint right: a return, an order, a credit note, a repair."""

    _name = "leather.remedy.document"
    _description = "Document That Puts a Complaint Right"

    remedy_complaint_id = fields.Many2one(
        "leather.complaint",
        "Puts right",
        readonly=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_user",
        help="The complaint that this was made for.",
    )
