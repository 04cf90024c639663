from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache

from odoo.addons.leather_crm_ai.engine.text.faq import FaqMatcher

LANGUAGES = ("fr", "ar", "en")
QUESTIONS = tuple(f"question_{language}" for language in LANGUAGES)
ANSWERS = tuple(f"answer_{language}" for language in LANGUAGES)
MATCHED = {*QUESTIONS, "phrasings", "company_id", "active", "sequence"}
ACTIONS = [
    ("answer", "Answer"),
    ("talk", "Answer, without asking whether it helped"),
    ("order", "Answer, then the status of an order"),
    ("complaint", "Answer, then file a complaint"),
    ("person", "Call a person"),
]
TOPICS = [
    ("product", "Products"),
    ("order", "Orders"),
    ("delivery", "Delivery"),
    ("payment", "Payment"),
    ("returns", "Returns and warranty"),
    ("care", "Care and wear"),
    ("complaint", "Complaints"),
    ("contact", "Contact"),
    ("talk", "Small talk"),
]


class LeatherFaq(models.Model):
    """A question that visitors ask, in their words and languages, and what the chat answers.

    The language is the visitor's, not the reader's: so question and answer have a field for each language and are not
    translated ones. Arabizi is answered in the language that the company chose; its phrasings stand with the others.
    """

    _name = "leather.faq"
    _description = "Question and Answer"
    _order = "sequence, id"
    _rec_names_search = [*QUESTIONS, "phrasings"]

    name = fields.Char("Question", compute="_compute_name")
    question_fr = fields.Char("French question")
    question_ar = fields.Char("Arabic question")
    question_en = fields.Char("English question")
    phrasings = fields.Text(
        "Other ways to ask",
        help="One a line, in French, Arabic, Algerian in Latin letters or English: the more, the better",
    )
    answer_fr = fields.Text("French answer")
    answer_ar = fields.Text("Arabic answer")
    answer_en = fields.Text("English answer")
    action = fields.Selection(ACTIONS, "Then", required=True, default="answer")
    topic = fields.Selection(TOPICS)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: every company.")
    use_ids = fields.One2many("leather.faq.use", "faq_id", "Uses")
    use_count = fields.Integer("Times answered", compute="_compute_counts")
    helpful_count = fields.Integer("It helped", compute="_compute_counts")
    unhelpful_count = fields.Integer("It did not help", compute="_compute_counts")

    @api.depends(*QUESTIONS)
    @api.depends_context("lang")
    def _compute_name(self):
        for entry in self:
            entry.name = entry._get_question((self.env.lang or "en")[:2])

    @api.depends("use_ids.helped")
    def _compute_counts(self):
        groups = self.env["leather.faq.use"]._read_group(
            [("faq_id", "in", self.ids)], ["faq_id", "helped"], ["__count"]
        )
        counts = {}
        for entry, helped, count in groups:
            counts.setdefault(entry.id, {})[helped] = count
        for entry in self:
            found = counts.get(entry._origin.id, {})
            entry.use_count = sum(found.values())
            entry.helpful_count, entry.unhelpful_count = found.get("yes", 0), found.get("no", 0)

    @api.constrains(*QUESTIONS, *ANSWERS)
    def _check_texts(self):
        for entry in self:
            if not any(entry[name] for name in QUESTIONS) or not any(entry[name] for name in ANSWERS):
                raise ValidationError(self.env._("Write the question and the answer in one language at least."))

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        entries = super().create(vals_list)
        asked = self.env.context.get("leather_unanswered_id")
        if asked and len(entries) == 1:
            unanswered = self.env["leather.faq.unanswered"].browse(asked).exists()
            unanswered.write({"faq_id": entries.id, "active": False})
        return entries

    def write(self, vals):
        if MATCHED & set(vals):
            self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    # ------------------------------------------------------------
    # Answering
    # ------------------------------------------------------------

    @api.model
    def _match(self, text, company):
        """``(kind, entries)`` for a visitor's text: see :class:`FaqMatcher`."""
        match = self._get_matcher(company.id).match(text)
        return match.kind, self.browse(match.keys).exists()

    @api.model
    @ormcache("company_id")
    def _get_matcher(self, company_id):
        """Built in a fraction of a second from the entries of a company; any edit makes it anew, in every worker."""
        # sudo: visitors read nothing of the entries but the answers
        entries = self.sudo().search(Domain("company_id", "in", (company_id, False)), limit=2000)
        return FaqMatcher([(entry.id, entry._get_phrasings()) for entry in entries])

    def _get_phrasings(self):
        return [*(self[name] for name in QUESTIONS), *(self.phrasings or "").splitlines()]

    def _get_question(self, language):
        return self._in_language("question", language)

    def _get_answer(self, language):
        return self._in_language("answer", language)

    def _in_language(self, kind, language):
        """The text in a language, or in the first one that has it."""
        first = [language] if language in LANGUAGES else []
        return next((self[f"{kind}_{code}"] for code in (*first, *LANGUAGES) if self[f"{kind}_{code}"]), "") or ""
