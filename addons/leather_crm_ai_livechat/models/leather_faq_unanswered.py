from odoo import api, fields, models
from odoo.fields import Domain
from psycopg2.errors import SerializationFailure

from odoo.addons.leather_crm_ai.engine.text.faq import ANSWER, FaqMatcher, strip_personal

COMPARED = 300  # the latest ones, that a new one is compared with
LEAST = 3  # letters of a question worth keeping


class LeatherFaqUnanswered(models.Model):
    """What visitors asked and the chat could not answer: the text without what tells whose it is, and how often."""

    _name = "leather.faq.unanswered"
    _description = "Unanswered Question"
    _order = "count desc, last_on desc, id desc"
    _rec_name = "text"

    text = fields.Char("Asked", required=True, readonly=True)
    language = fields.Selection(
        [("fr", "French"), ("ar", "Arabic"), ("arabizi", "Algerian in Latin letters"), ("en", "English")], readonly=True
    )
    count = fields.Integer("Times asked", readonly=True, default=1, help="Similar questions are counted together.")
    last_on = fields.Datetime("Last asked", readonly=True, default=fields.Datetime.now)
    faq_id = fields.Many2one("leather.faq", "Became", readonly=True, ondelete="set null")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)

    def action_make_question(self):
        """A new question, filled with what was asked; it counts as soon as it is saved."""
        self.ensure_one()
        self.env["leather.faq"].check_access("create")
        language = self.language if self.language in ("fr", "ar", "en") else False
        context = {"default_company_id": self.company_id.id, "leather_unanswered_id": self.id}
        context[f"default_question_{language}" if language else "default_phrasings"] = self.text
        return {
            "type": "ir.actions.act_window",
            "res_model": "leather.faq",
            "view_mode": "form",
            "name": self.env._("New question"),
            "context": context,
        }

    @api.model
    def _collect(self, text, language, company):
        """Note a question; one that is like it is counted once more."""
        text = strip_personal(text)
        if sum(map(str.isalpha, text)) < LEAST:
            return self.browse()
        language = language if language in dict(self._fields["language"].selection) else False
        similar = self._find_similar(text, company)
        if similar:
            similar._count_once_more()
            return similar
        return self.create({"text": text, "language": language, "company_id": company.id})

    def _count_once_more(self):
        """Two visitors may ask the same in the same instant; their answers are worth more than an exact count."""
        try:
            with self.env.cr.savepoint():
                self.write({"count": self.count + 1, "last_on": fields.Datetime.now()})
        except SerializationFailure:
            self.invalidate_recordset()

    @api.model
    def _find_similar(self, text, company):
        latest = self.search(Domain("company_id", "=", company.id), order="last_on desc, id desc", limit=COMPARED)
        match = FaqMatcher([(one.id, [one.text]) for one in latest]).match(text)
        return self.browse(match.keys) if match.kind == ANSWER else self.browse()
