from odoo import fields, models


class LeatherFaqUse(models.Model):
    """One answer that was given, and whether it helped: a row each, so that chats never wait for one another."""

    _name = "leather.faq.use"
    _description = "Use of an Answer"
    _order = "id desc"

    faq_id = fields.Many2one("leather.faq", "Question", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    language = fields.Char("Language asked in", readonly=True)
    helped = fields.Selection([("yes", "Yes"), ("no", "No")], "It helped", readonly=True)
