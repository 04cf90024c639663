from markupsafe import Markup, escape
from odoo import api, fields, models

from ..engine.text.severity import Facts

COLOURS = {"P": "danger", "Q": "warning", "N": "secondary"}


class LeatherComplaintRuleTest(models.TransientModel):
    """A box to try the rules on a text: what would it get, and which words did it? Nothing is kept."""

    _name = "leather.complaint.rule.test"
    _description = "Try the Rules on a Text"

    text = fields.Text("The customer's words")
    pairs = fields.Integer("Pairs affected", help="As on the complaint; 0: what the text says.")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    language = fields.Selection(
        [
            ("fr", "French"),
            ("ar", "Arabic"),
            ("arabizi", "Arabizi"),
            ("en", "English"),
            ("unknown", "Unknown"),
        ],
        compute="_compute_result",
    )
    severity = fields.Selection(
        [("0", "S0"), ("1", "S1"), ("2", "S2"), ("3", "S3"), ("4", "S4")], compute="_compute_result"
    )
    categories = fields.Html(compute="_compute_result", sanitize=False)
    reasons = fields.Html("Why this severity", compute="_compute_result", sanitize=False)
    marked_text = fields.Html("Words that did it", compute="_compute_result", sanitize=False)

    @api.depends("text", "pairs", "company_id")
    def _compute_result(self):
        for test in self:
            if not (test.text or "").strip():
                test.language = test.severity = test.categories = test.reasons = test.marked_text = False
                continue
            rules = self.env["leather.complaint.rule"]
            analysis = rules._analyse_text(test.text, test.company_id, facts=Facts(pairs=test.pairs))
            test.language = analysis.language
            test.severity = str(analysis.severity)
            test.categories = test._render_categories(analysis)
            test.reasons = test._render_reasons(analysis)
            test.marked_text = test._render_text(analysis)

    @api.model
    def _render_categories(self, analysis):
        """The codes found, best first, with how sure the rules are."""
        complaint = self.env["leather.complaint"]
        names = complaint._get_label_names({("code", code) for code, _confidence in analysis.codes})
        rows = Markup().join(
            Markup(
                '<li class="mb-1"><span class="badge text-bg-%s">%s</span> %s '
                '<span class="text-muted">%d %%</span>%s</li>'
            )
            % (
                COLOURS.get(code[0], "info"),
                code,
                names.get(("code", code), code),
                round(100 * confidence),
                self._render_read_words(analysis.words.get(code)),
            )
            for code, confidence in analysis.codes[:5]
        )
        if not rows:
            return Markup("<p>%s</p>") % self.env._("No rule fits. Somebody will have to sort it.")
        return Markup('<ul class="list-unstyled mb-0">%s</ul>') % rows

    @api.model
    def _render_read_words(self, words):
        """What a category that no rule has found was read from."""
        if not words:
            return ""
        return Markup('<div class="text-muted small">%s</div>') % self.env._(
            "No rule: read from the whole text, most of all from %s", ", ".join(f"“{word}”" for word in words)
        )

    @api.model
    def _render_reasons(self, analysis):
        sentences = self.env["leather.complaint"]._get_severity_sentences(analysis.severity_reasons)
        items = Markup().join(Markup("<li>%s</li>") % sentence for sentence in sentences)
        return Markup('<ul class="mb-0">%s</ul>') % items

    def _render_text(self, analysis):
        """The text with the words marked that a rule found, and the label each points to."""
        marked, position = Markup('<p dir="auto" class="mb-0">'), 0
        for hit in _without_overlaps(analysis.hits):
            marked += escape(self.text[position : hit.start])
            marked += Markup('<mark title="%s">%s<sub>%s</sub></mark>') % (
                hit.label,
                self.text[hit.start : hit.end],
                hit.label,
            )
            position = hit.end
        return marked + escape(self.text[position:]) + Markup("</p>")


def _without_overlaps(hits):
    """The longest matches, in the order of the text, none over another."""
    kept = []
    for hit in sorted(hits, key=lambda item: (item.start - item.end, item.start)):
        if all(hit.end <= other.start or other.end <= hit.start for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda item: item.start)
