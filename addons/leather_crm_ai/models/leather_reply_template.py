from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine.text import placeholders
from .leather_complaint_category import FAMILIES, SEVERITIES

REPLY_LANGUAGES = [("fr", "French"), ("ar", "Arabic"), ("en", "English")]
DANGER = "4"


class LeatherReplyTemplate(models.Model):
    """What to answer to a kind of complaint, in one language.

    The language is the customer's, not the reader's, so each is a record; the same ``code`` says that templates say the
    same. Facts stand in braces, sentences that go when a fact is missing in brackets: see
    :mod:`..engine.text.placeholders`. Nothing in a template is ever run.
    """

    _name = "leather.reply.template"
    _description = "Reply Template"
    _order = "sequence, code, language, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        "Kind",
        index=True,
        help="Templates of one kind say the same in different languages: a change of language finds them.",
    )
    language = fields.Selection(REPLY_LANGUAGES, required=True, default="fr")
    category_ids = fields.Many2many(
        "leather.complaint.category", string="Categories", help="Complaints it answers. Empty: all of the family."
    )
    family = fields.Selection(FAMILIES, help="Empty, and no category: every complaint.")
    min_severity = fields.Selection(
        SEVERITIES, "From severity", help="Only for complaints as serious as this or more. S4 comes before all others."
    )
    body = fields.Html(required=True, sanitize_attributes=True, strip_style=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Empty: every company.")
    use_count = fields.Integer("Times sent", compute="_compute_use_count")
    preview_complaint_id = fields.Many2one(
        "leather.complaint",
        "Try it on",
        compute="_compute_preview_complaint_id",
        readonly=False,
        help="Nothing is written to the complaint.",
    )
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    preview_missing = fields.Char("Not known of this complaint", compute="_compute_preview")
    facts_help = fields.Html(compute="_compute_facts_help", sanitize=False)

    # ------------------------------------------------------------
    # Computes, checks
    # ------------------------------------------------------------

    def _compute_use_count(self):
        groups = self.env["leather.reply.use"]._read_group(
            [("template_id", "in", self.ids), ("sent_on", "!=", False)], ["template_id"], ["__count"]
        )
        counts = {template.id: count for template, count in groups}
        for template in self:
            template.use_count = counts.get(template._origin.id, 0)

    @api.depends("category_ids", "family")
    def _compute_preview_complaint_id(self):
        """The latest complaint it may answer, as something to look at."""
        for template in self:
            domain = [("shown_category_id", "in", template.category_ids.ids)] if template.category_ids else []
            if template.family and not template.category_ids:
                domain = [("shown_category_id.family", "=", template.family)]
            template.preview_complaint_id = self.env["leather.complaint"].search(domain, order="id desc", limit=1)

    @api.depends("body", "language", "preview_complaint_id")
    def _compute_preview(self):
        labels = self._get_fact_names()
        for template in self:
            complaint = template.preview_complaint_id
            if not complaint or template._get_problems():
                template.preview = template.preview_missing = False
                continue
            body, missing = template._fill_for(complaint)
            template.preview = body
            template.preview_missing = ", ".join(labels[name] for name in missing) or False

    @api.depends_context("lang")
    def _compute_facts_help(self):
        rows = Markup().join(
            Markup("<tr><td><code>{%s}</code></td><td>%s</td></tr>") % pair for pair in self._get_fact_names().items()
        )
        for template in self:
            template.facts_help = Markup('<table class="table table-sm mb-0"><tbody>%s</tbody></table>') % rows

    @api.constrains("body")
    def _check_body(self):
        for template in self:
            if found := template._get_problems():
                raise ValidationError("\n".join(self._get_problem_words(*problem) for problem in found[:5]))

    def _get_problems(self):
        return placeholders.problems(self.body or "", self._get_fact_names())

    @api.model
    def _get_problem_words(self, kind, detail):
        """A mistake in a template as a sentence that says how to put it right."""
        say = {
            "unknown": lambda: self.env._(
                "There is no fact “%(name)s”. The facts are: %(names)s.",
                name=detail,
                names=", ".join(f"{{{name}}}" for name in self._get_fact_names()),
            ),
            "markup": lambda: self.env._("The name of a fact is partly formatted: {%s}. Type it anew.", detail),
            "link": lambda: self.env._("A fact cannot be part of a link's address: %s", detail),
            "nested": lambda: self.env._("Brackets within brackets: “%s”. Put one sentence in each pair.", detail),
            "paragraphs": lambda: self.env._(
                "A sentence in brackets has to end in the paragraph, and in the formatting, in which it begins: “%s”.",
                detail,
            ),
            "stray": lambda: self.env._(
                "A brace or bracket has no partner: “%s”. Facts stand in braces {}, sentences that may be left out in "
                "brackets [].",
                detail,
            ),
        }
        return say[kind]()

    # ------------------------------------------------------------
    # Choosing
    # ------------------------------------------------------------

    @api.model
    def _get_candidates(self, company):
        """All templates that a company may use, in order."""
        return self.search([("company_id", "in", (company.id, False))])

    def _choose_for(self, category, severity, language):
        """The template that fits best of these, or none.

        For a danger those that are for dangers come first; then those for the category, those for its family, those
        for every complaint; of these the one for the highest severity, and the first in order.
        """
        fitting = self.filtered(lambda one: one.language == language and one._fits(category, severity))
        return fitting.sorted(lambda one: one._get_rank(severity), reverse=True)[:1]

    def _fits(self, category, severity):
        if self.min_severity and (severity or "") < self.min_severity:
            return False
        if self.category_ids:
            return category in self.category_ids
        return not self.family or self.family == category.family

    def _get_rank(self, severity):
        is_for_danger = severity == DANGER == self.min_severity
        closeness = 2 if self.category_ids else 1 if self.family else 0
        return is_for_danger, closeness, self.min_severity or "", -self.sequence, -self.id

    def _in_language(self, language, candidates):
        """The template of the same kind in another language, if there is one."""
        self.ensure_one()
        if self.language == language:
            return self
        return candidates.filtered(lambda one: self.code and one.code == self.code and one.language == language)[:1]

    # ------------------------------------------------------------
    # Filling
    # ------------------------------------------------------------

    def _fill_for(self, complaint):
        """``(body, missing)``: the answer to a complaint, and the names of the facts that left gaps."""
        self.ensure_one()
        facts = complaint._get_reply_facts(self.language)
        body, missing = placeholders.fill(self.body or "", facts, gap=self._get_gap)
        return self._set_direction(Markup(body), self.language), missing  # the body is sanitised, facts are escaped

    @api.model
    def _get_gap(self, name):
        """Where a fact is missing. The class tells which, and that it may not be sent like this."""
        return f'<span class="o_leather_gap o_leather_gap_{name}">…</span>'

    @api.model
    def _set_direction(self, body, language):
        """Mails are read in other programs than ours: each says itself in which direction it runs."""
        return Markup('<div dir="%s" lang="%s">%s</div>') % ("rtl" if language == "ar" else "ltr", language, body)

    @api.model
    def _get_fact_names(self):
        """{name of a fact in templates: what it is}, in the reader's language."""
        return {
            "customer": self.env._("name of the customer, or of the sender"),
            "reference": self.env._("reference of the complaint"),
            "received_on": self.env._("date on which the complaint came"),
            "order": self.env._("number of the order"),
            "order_date": self.env._("date of the order"),
            "delivery_date": self.env._("date for which the delivery is planned"),
            "delivered_on": self.env._("date on which the delivery left"),
            "invoice": self.env._("number of the invoice"),
            "lot": self.env._("number of the lot"),
            "product": self.env._("shoe model"),
            "size": self.env._("size"),
            "pairs": self.env._("number of pairs affected"),
            "resolve_by": self.env._("date until which it is to be resolved"),
            "agent": self.env._("your name"),
            "team": self.env._("name of the team"),
            "company": self.env._("name of our company"),
            "company_phone": self.env._("telephone number of our company"),
        }
