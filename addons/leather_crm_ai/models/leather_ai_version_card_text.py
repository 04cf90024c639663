from markupsafe import Markup
from odoo import api, fields, models

from ..engine.text import automation

METRICS = ("accuracy", "macro_f1", "logloss", "ece")


class LeatherAiVersion(models.Model):
    """The part of the model card that shows how well texts are labelled."""

    _inherit = "leather.ai.version"

    family = fields.Selection(selection_add=[("text", "Small networks over words and letter groups")])
    confirmed_count = fields.Integer("Confirmed texts", readonly=True, aggregator=None)
    accuracy = fields.Float("Right (%)", readonly=True, aggregator=None, digits=(5, 1))
    macro_f1 = fields.Float("F1 over labels", readonly=True, aggregator=None, digits=(4, 3))

    @api.model
    def _get_text_metric_labels(self):
        return {
            "accuracy": (self.env._("Accuracy"), self.env._("Share of texts whose first proposal is right.")),
            "macro_f1": (
                self.env._("F1 over labels"),
                self.env._("Rare labels count as much as frequent ones. Higher is better."),
            ),
            "logloss": (
                self.env._("Log loss"),
                self.env._("How far the percentages are from what people chose. Lower is better."),
            ),
            "ece": (
                self.env._("Calibration error"),
                self.env._("Mean gap between the percentage said and the share that was right."),
            ),
        }

    @api.model
    def _render_text_head(self, name, report, budget):
        """One head: ours beside its rivals on the latest texts, and what may be set by itself."""
        rivals = [
            ("ours", self.env._("This version")),
            ("live", self.env._("Version live before")),
            ("rules", self.env._("The rules")),
            ("trivial", self.env._("Most frequent label")),
        ]
        shown = [(key, label) for key, label in rivals if report["metrics"].get(key)]
        head = Markup().join(Markup('<th class="text-end">%s</th>') % label for _key, label in shown)
        rows = Markup().join(
            self._render_text_metric(metric, report["metrics"], [key for key, _label in shown]) for metric in METRICS
        )
        return Markup(
            '<h5>%s</h5><table class="table table-sm o_leather_card"><thead><tr><th></th>%s</tr></thead>'
            '<tbody>%s</tbody></table><p class="text-muted">%s</p>'
        ) % (name, head, rows, self._get_automation_words(report, budget))

    @api.model
    def _render_text_metric(self, metric, metrics, keys):
        label, explanation = self._get_text_metric_labels()[metric]
        cells = Markup().join(
            Markup('<td class="text-end text-nowrap %s"><bdi>%s</bdi></td>')
            % ("fw-bold" if key == "ours" else "", self._format(metrics[key].get(metric)))
            for key in keys
        )
        return Markup('<tr><td>%s<div class="text-muted small">%s</div></td>%s</tr>') % (label, explanation, cells)

    @api.model
    def _get_automation_words(self, report, budget):
        if not (report.get("verdict") or {}).get("publish"):
            return self.env._("Not better than its rivals: not used, the rules propose.")
        threshold = automation.choose_threshold(report.get("automation") or [], budget)
        if threshold is None:
            return self.env._(
                "With at most %(budget)s %% errors accepted, nothing may be set by itself yet; everything is proposed.",
                budget=self._format(100 * budget, 1),
            )
        share = automation.get_share(report["automation"], threshold)
        return self.env._(
            "With at most %(budget)s %% errors accepted, %(share)s %% of the texts may be set by themselves: those it "
            "is at least %(threshold)s %% sure of.",
            budget=self._format(100 * budget, 1),
            share=round(100 * share),
            threshold=round(100 * threshold),
        )

    @api.model
    def _render_text_calibration(self, report):
        bins = [
            {"n": item["n"], "mean_probability": item["mean_probability"], "won_rate": item["right_rate"]}
            for item in report.get("calibration") or ()
        ]
        return self._render_calibration(
            {"calibration": bins},
            self.env._(
                "Calibration: the percentage said (across) against the share that was right (up). Dots on the dashed "
                "line: when the model says 80 %, 80 of 100 such proposals are right."
            ),
        )
