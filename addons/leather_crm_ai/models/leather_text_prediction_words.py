from odoo import api, fields, models


class LeatherTextPrediction(models.Model):
    """The record of proposals in the reader's words: labels are keys that no person knows by heart."""

    _inherit = "leather.text.prediction"

    head_name = fields.Char("About", compute="_compute_names")
    label_name = fields.Char("Proposed", compute="_compute_names")
    answer_name = fields.Char("Chosen", compute="_compute_names")

    @api.depends("res_model", "head", "label", "answer")
    @api.depends_context("lang")
    def _compute_names(self):
        for name, rows in self.grouped("res_model").items():
            model = self.env.get(name)
            if model is None or not hasattr(model, "_get_head_names"):  # its addon is gone
                heads, labels = {}, {}
            else:
                heads = model._get_head_names()
                labels = model._get_label_names(
                    {(row.head, label) for row in rows for label in (row.label, row.answer)}
                )
            for row in rows:
                row.head_name = heads.get(row.head, row.head)
                row.label_name = labels.get((row.head, row.label), row.label)
                row.answer_name = labels.get((row.head, row.answer), row.answer)
