from odoo import api, fields, models
from odoo.tools import ormcache


class LeatherAiModel(models.Model):
    """Models that read texts: how sure they must be before they set a label by themselves."""

    _inherit = "leather.ai.model"

    error_budget = fields.Float(
        "Errors accepted (%)",
        default=5.0,
        digits=(5, 1),
        help="A label is set by itself only where, on corrections that the model had not seen, at most this share of "
        "such labels was wrong. Everything else is proposed, and a person decides.",
    )
    is_automatic = fields.Boolean(
        "Set labels by itself",
        default=True,
        tracking=True,
        help="Unticked: everything is proposed only.",
    )
    min_per_label = fields.Integer(
        "Confirmed texts needed per label", default=20, help="A label is learned from this many confirmed texts on."
    )
    confirmed_count = fields.Integer("Confirmed texts", compute="_compute_confirmed_count")
    accuracy = fields.Float("Right at training (%)", related="live_version_id.accuracy", digits=(5, 1))
    live_accuracy = fields.Float("Right since publication (%)", readonly=True, copy=False, digits=(5, 1))
    live_automatic_count = fields.Integer("Set by itself and checked", readonly=True, copy=False)
    live_automatic_error = fields.Float("Of these wrong (%)", readonly=True, copy=False, digits=(5, 1))

    _error_budget_range = models.Constraint(
        "CHECK (error_budget >= 0 AND error_budget <= 50)",
        "The share of errors accepted lies between 0 and 50 %.",
    )

    @api.depends("task")
    def _compute_confirmed_count(self):
        for model in self:
            task = model._get_task()
            model.confirmed_count = task._count_confirmed_texts(model) if hasattr(task, "_text_model") else 0

    @api.model
    @ormcache("task")
    def _get_text_scopes(self, task):
        """What classification needs to know of each company's live text model, cached until one changes.

        :return: dict company id -> {"model_id", "version_id", "heads": {head: {"labels", "threshold"}}}
        """
        scopes = {}
        # sudo: an agent's complaint is sorted although they may not open the AI menu
        for model in self.sudo().search([("task", "=", task)], order="id desc"):
            version = model.live_version_id
            if version.has_artifact:
                scopes[model.company_id.id] = {
                    "model_id": model.id,
                    "version_id": version.id,
                    "heads": model._get_task()._get_head_scopes(model, version),
                }
        return scopes

    @api.model
    @ormcache("task", "company_id")
    def _get_text_model_id(self, task, company_id):
        # sudo: see _get_text_scopes
        return self.sudo().search([("task", "=", task), ("company_id", "=", company_id)], limit=1).id
