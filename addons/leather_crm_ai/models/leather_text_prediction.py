from odoo import api, fields, models
from odoo.exceptions import UserError

# What a person adds later; everything else is written once.
_LATER = frozenset({"answer", "answered_by_id", "answered_on"})


class LeatherTextPrediction(models.Model):
    """Append-only record of what was proposed for a text, by what, how surely, and what a person made of it.

    One row per record, head (what is predicted: the category, the severity …) and proposal. A person's answer is
    noted on the latest row; answered rows are what the next training learns from. The text itself is not kept here.
    Rows go with the record they are about.
    """

    _name = "leather.text.prediction"
    _description = "AI Text Proposal"
    _order = "predicted_on desc, id desc"
    _rec_name = "label"

    res_model = fields.Char("Kind of record", required=True)
    res_id = fields.Many2oneReference("Record", model_field="res_model", required=True)
    head = fields.Char("What is proposed", required=True)
    company_id = fields.Many2one("res.company", required=True, index=True)
    model_id = fields.Many2one("leather.ai.model", ondelete="restrict", index="btree_not_null")
    version_id = fields.Many2one("leather.ai.version", ondelete="restrict", index="btree_not_null")
    source = fields.Selection([("rules", "Rules"), ("model", "AI model")], required=True, default="rules")
    predicted_on = fields.Datetime("Proposed on", required=True, default=fields.Datetime.now)
    label = fields.Char("Proposal")
    confidence = fields.Float("How sure (%)", digits=(5, 1), aggregator="avg")
    top = fields.Json("Best proposals")
    rules = fields.Json("What the rules said", help="Labels of the rules, best first: input and rival of a training.")
    is_automatic = fields.Boolean("Set by itself")
    answer = fields.Char("What a person chose")
    answered_by_id = fields.Many2one("res.users", "Chosen by", ondelete="set null")
    answered_on = fields.Datetime("Chosen on")
    is_right = fields.Boolean("Proposal was right", compute="_compute_is_right", store=True)

    _record_idx = models.Index("(res_model, res_id, head, id)")
    _answered_idx = models.Index("(res_model, company_id, head) WHERE answer IS NOT NULL")

    @api.depends("label", "answer")
    def _compute_is_right(self):
        for row in self:
            row.is_right = bool(row.answer) and row.answer == row.label

    @api.ondelete(at_uninstall=False)
    def _unlink_with_record_only(self):
        if not self.env.context.get("leather_record_goes"):
            raise UserError(self.env._("The record of proposals is append-only. It goes with the record itself."))

    def write(self, vals):
        if not _LATER.issuperset(vals):
            raise UserError(self.env._("The record of proposals is append-only."))
        return super().write(vals)

    # ------------------------------------------------------------
    # Reading and writing by the mixin
    # ------------------------------------------------------------

    @api.model
    def _append(self, rows):
        """Append proposals.

        :param rows: list of dicts of this model's columns
        """
        # sudo: nobody may create proposals but the classification itself
        return self.sudo().create(rows)

    @api.model
    def _get_latest(self, res_model, res_ids):
        """{(record id, head): its latest row}, in one query."""
        self.flush_model()
        self.env.cr.execute(
            """
            SELECT DISTINCT ON (res_id, head) id
              FROM leather_text_prediction
             WHERE res_model = %s AND res_id = ANY(%s)
             ORDER BY res_id, head, id DESC
            """,
            [res_model, list(res_ids)],
        )
        # sudo: agents work with proposals without a right to the AI menu; access is that of the record they are about
        rows = self.sudo().browse([row_id for (row_id,) in self.env.cr.fetchall()])
        return {(row.res_id, row.head): row for row in rows}

    @api.model
    def _fetch_answered(self, res_model, company_id):
        """The latest answered row of each record and head of one company.

        :return: list of (record id, head, answer, rules)
        """
        self.flush_model()
        self.env.cr.execute(
            """
            SELECT DISTINCT ON (res_id, head) res_id, head, answer, rules
              FROM leather_text_prediction
             WHERE res_model = %s AND company_id = %s AND answer IS NOT NULL
             ORDER BY res_id, head, id DESC
            """,
            [res_model, company_id],
        )
        return self.env.cr.fetchall()
