from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

BATCH = 10_000  # rows deleted in a night


class LeatherLanguageModelUse(models.Model):
    """Append-only record of what a language model was sent, and what it answered: both without names and numbers.

    Nobody may change it. Rows go after the days that the company has set.
    """

    _name = "leather.language.model.use"
    _description = "Use of a Language Model"
    _order = "id desc"
    _rec_name = "used_on"

    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade")
    complaint_id = fields.Many2one("leather.complaint", ondelete="set null", index="btree_not_null")
    user_id = fields.Many2one("res.users", "By", required=True, default=lambda self: self.env.user, ondelete="restrict")
    used_on = fields.Datetime("Asked on", required=True, default=fields.Datetime.now, index=True)
    purpose = fields.Selection(
        [("draft", "Draft of an answer"), ("translation", "Translation"), ("test", "Test of the connection")],
        required=True,
    )
    address = fields.Char()
    model_name = fields.Char("Model")
    sent = fields.Text(help="Names, addresses, numbers and the like stand as placeholders: so it was sent.")
    received = fields.Text(help="As it came, before anything was put back or taken out.")
    error = fields.Char("Failed")
    seconds = fields.Float(digits=(8, 2), aggregator="avg")

    def write(self, vals):
        if vals:
            raise UserError(self.env._("The record of what a language model was sent is append-only."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_when_due_only(self):
        if not self.env.context.get("leather_is_due"):
            raise UserError(self.env._("The record of what a language model was sent is append-only."))

    @api.model
    def _append(self, vals):
        # sudo: nobody may write the record but the exchange itself
        return self.sudo().create({**vals, "user_id": self.env.uid})

    @api.autovacuum
    def _gc_old_rows(self):
        """Delete what is older than each company keeps."""
        left = 0
        for company in self.env["res.company"].with_context(active_test=False).search([("id", "!=", False)]):
            since = fields.Datetime.now() - timedelta(days=company.language_model_days)
            due = self.search([("company_id", "=", company.id), ("used_on", "<", since)], order="id", limit=BATCH)
            due.with_context(leather_is_due=True).unlink()
            left += len(due) == BATCH
        return BATCH, left
