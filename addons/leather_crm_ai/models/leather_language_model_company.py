from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import chat_completion
from ..tools.chat_completion import ChatError

SYSTEM = "base.group_system"


class ResCompany(models.Model):
    """Where the company's language model is asked; off by default."""

    _inherit = "res.company"

    language_model_enabled = fields.Boolean("Language model", groups=SYSTEM)
    language_model_url = fields.Char("Address of the language model", groups=SYSTEM)
    language_model_name = fields.Char("Name of the language model", groups=SYSTEM)
    language_model_key = fields.Char("Key of the language model", groups=SYSTEM, copy=False)
    language_model_timeout = fields.Integer("Seconds to wait for the language model", default=45, groups=SYSTEM)
    language_model_tokens = fields.Integer("Longest answer of the language model (tokens)", default=800, groups=SYSTEM)
    language_model_days = fields.Integer("Days to keep what the language model was sent", default=90, groups=SYSTEM)

    # a web worker ends after two minutes by default
    _language_model_timeout_range = models.Constraint(
        "CHECK (language_model_timeout IS NULL OR language_model_timeout BETWEEN 1 AND 90)",
        "The language model gets between 1 and 90 seconds.",
    )
    _language_model_tokens_range = models.Constraint(
        "CHECK (language_model_tokens IS NULL OR language_model_tokens BETWEEN 50 AND 4000)",
        "An answer of the language model has between 50 and 4,000 tokens.",
    )
    _language_model_days_range = models.Constraint(
        "CHECK (language_model_days IS NULL OR language_model_days >= 1)",
        "What a language model was sent is kept for at least a day.",
    )

    @api.constrains("language_model_url")
    def _check_language_model_url(self):
        for company in self.filtered("language_model_url"):
            try:
                chat_completion.locate(company.language_model_url)
            except ChatError as error:
                words = self.env["leather.language.model"]._get_problem_words(error)
                raise ValidationError(words) from error
