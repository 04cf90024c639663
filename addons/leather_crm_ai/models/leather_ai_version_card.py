from markupsafe import Markup
from odoo import api, fields, models
from odoo.tools.misc import formatLang

METRIC_ORDER = ("auc", "logloss", "brier", "ece", "lift10")
PLOT = 240  # side of the calibration plot in pixels
MARGIN = 34


class LeatherAiVersion(models.Model):
    """The model card: what the version is for, how good it is, what it looks at, what it cannot do."""

    _inherit = "leather.ai.version"

    purpose = fields.Char(compute="_compute_card")
    artifact_name = fields.Char(compute="_compute_card")
    card_comparison = fields.Html("Comparison", compute="_compute_card", sanitize=False)
    card_calibration = fields.Html("Calibration", compute="_compute_card", sanitize=False)
    card_influence = fields.Html("Influence", compute="_compute_card", sanitize=False)
    card_limits = fields.Html("Limits", compute="_compute_card", sanitize=False)

    @api.depends("result", "number", "model_id")
    @api.depends_context("lang")
    def _compute_card(self):
        for version in self:
            version.artifact_name = f"{version.model_id.task}-v{version.number}.zip"
            version.update(version._get_task()._get_card(version))

    def _get_lead_card(self):
        result = self.result or {}
        return {
            "purpose": self.env._(
                "Says how likely an open lead is to be won, so that people know whom to call first. "
                "It advises; a person decides."
            ),
            "card_comparison": self._render_comparison(result),
            "card_calibration": self._render_calibration(result),
            "card_influence": self._render_influence(result),
            "card_limits": self._render_limits(result),
        }

    # ------------------------------------------------------------
    # Parts
    # ------------------------------------------------------------

    @api.model
    def _get_metric_labels(self):
        return {
            "auc": (
                self.env._("AUC"),
                self.env._("How often a won lead is ranked above a lost one; 0.5 is chance. Higher is better."),
            ),
            "logloss": (
                self.env._("Log loss"),
                self.env._("How far the percentages are from what happened. Lower is better."),
            ),
            "brier": (self.env._("Brier score"), self.env._("Mean squared error of the percentages. Lower is better.")),
            "ece": (
                self.env._("Calibration error"),
                self.env._("Mean gap between the percentage said and the share won."),
            ),
            "lift10": (
                self.env._("Lift of the best 10 %"),
                self.env._("How many times the average win rate the best tenth has."),
            ),
        }

    @api.model
    def _render_comparison(self, result):
        """Ours beside its rivals on the latest leads, which none of them has seen, with 95 % intervals."""
        metrics = result.get("metrics") or {}
        if not metrics:
            return False
        rivals = [
            ("ours", self.env._("This version")),
            ("live", self.env._("Version live before")),
            ("odoo", self.env._("Odoo's own scoring")),
            ("trivial", self.env._("Win rate alone")),
        ]
        shown = [(key, label) for key, label in rivals if metrics.get(key)]
        head = Markup().join(Markup('<th class="text-end">%s</th>') % label for _key, label in shown)
        intervals = (result.get("intervals") or {}).get("ours") or {}
        rows = Markup().join(
            self._render_metric_row(name, metrics, intervals.get(name), [key for key, _label in shown])
            for name in METRIC_ORDER
        )
        facts = result.get("data") or {}
        note = self.env._(
            "Measured on %(rows)s rows of the latest leads, which the model had not seen. In brackets: 95 %% interval.",
            rows=facts.get("holdout_rows"),
        )
        return Markup(
            '<table class="table table-sm o_leather_card"><thead><tr><th></th>%s</tr></thead><tbody>%s</tbody></table>'
            '<p class="text-muted">%s</p>'
        ) % (head, rows, note)

    @api.model
    def _render_metric_row(self, name, metrics, interval, keys):
        label, explanation = self._get_metric_labels()[name]
        cells = Markup()
        for key in keys:
            text = self._format(metrics[key].get(name))
            # resampling makes the calibration error of a sample larger, so its interval would not hold the value
            if key == "ours" and interval and name != "ece":
                text += f" [{self._format(interval[0])} – {self._format(interval[1])}]"
            weight = "fw-bold" if key == "ours" else ""
            cells += Markup('<td class="text-end text-nowrap %s"><bdi>%s</bdi></td>') % (weight, text)
        return Markup('<tr><td title="%s">%s<div class="text-muted small">%s</div></td>%s</tr>') % (
            explanation,
            label,
            explanation,
            cells,
        )

    @api.model
    def _format(self, value, digits=3):
        return formatLang(self.env, value, digits=digits) if value is not None else "–"

    @api.model
    def _render_calibration(self, result, caption=None):
        """Reliability diagram: percentage said against share won, dots as large as their leads are many."""
        bins = [item for item in result.get("calibration") or () if item["n"]]
        if not bins:
            return False
        most = max(item["n"] for item in bins)
        dots = Markup().join(self._render_dot(item, most) for item in bins)
        return Markup(
            '<figure class="o_leather_plot"><svg direction="ltr" viewBox="0 0 %(size)d %(size)d" width="%(wide)d" '
            'role="img" '
            'aria-label="%(title)s"><rect x="%(m)d" y="6" width="%(plot)d" height="%(plot)d" fill="none" '
            'stroke="currentColor" stroke-opacity=".3"/><line x1="%(m)d" y1="%(bottom)d" x2="%(end)d" y2="6" '
            'stroke="currentColor" stroke-opacity=".4" stroke-dasharray="4 4"/>%(dots)s'
            '<text x="%(m)d" y="%(label)d" font-size="11" fill="currentColor">0 %%</text>'
            '<text x="%(end)d" y="%(label)d" font-size="11" text-anchor="end" fill="currentColor">100 %%</text>'
            '</svg><figcaption class="text-muted">%(caption)s</figcaption></figure>'
        ) % {
            "size": PLOT + MARGIN + 24,
            "wide": PLOT + MARGIN + 24,
            "m": MARGIN,
            "plot": PLOT,
            "bottom": PLOT + 6,
            "end": PLOT + MARGIN,
            "label": PLOT + 22,
            "dots": dots,
            "title": self.env._("Calibration"),
            "caption": caption
            or self.env._(
                "Calibration: the percentage said (across) against the share won (up). Dots on the dashed line: "
                "when the model says 30 %, 30 of 100 such leads are won."
            ),
        }

    @api.model
    def _render_dot(self, item, most):
        across = MARGIN + PLOT * item["mean_probability"]
        up = 6 + PLOT * (1 - item["won_rate"])
        radius = 3 + 6 * (item["n"] / most) ** 0.5
        tip = self.env._(
            "said %(said)s %%, was %(won)s %%, %(count)s cases",
            said=round(100 * item["mean_probability"]),
            won=round(100 * item["won_rate"]),
            count=item["n"],
        )
        return Markup('<circle cx="%.1f" cy="%.1f" r="%.1f" class="o_leather_dot"><title>%s</title></circle>') % (
            across,
            up,
            radius,
            tip,
        )

    def _render_influence(self, result):
        """What each input brings, most influential first, and what was left out and why."""
        labels = {feature.key: feature.label for feature in self.model_id.with_context(active_test=False).feature_ids}
        rows = Markup().join(
            Markup(
                '<tr><td>%s</td><td class="w-50"><div class="progress" style="height: 0.75rem">'
                '<div class="progress-bar" style="width: %d%%"></div></div></td><td class="text-end">%s %%</td></tr>'
            )
            % (labels.get(item["feature"], item["feature"]), round(100 * item["share"]), round(100 * item["share"]))
            for item in result.get("influence") or ()
            if item["share"]
        )
        left_out = [item for item in result.get("features") or () if item["status"] == "left_out"]
        out = Markup().join(
            Markup("<li>%s</li>")
            % self.env._(
                "%(field)s: %(value)s",
                field=labels.get(item["name"], item["name"]),
                value=self._get_left_out_words(item),
            )
            for item in left_out
            if item["reason"] != "denied"
        )
        tail = Markup("<h5>%s</h5><ul>%s</ul>") % (self.env._("Left out"), out) if out else Markup()
        return Markup('<table class="table table-sm o_leather_card">%s</table>%s') % (rows, tail)

    @api.model
    def _get_left_out_words(self, item):
        return {
            "constant": self.env._("it has the same value everywhere"),
            "identifier": self.env._("nearly every lead has its own value"),
            "predicts_too_well": self.env._("alone it predicts the outcome too well, it may be filled in at closing"),
            "changed_after_closing": self.env._("people change it when they close leads"),
        }.get(item["reason"], item["reason"])

    def _render_limits(self, result):
        facts = result.get("data") or {}
        lines = [
            self.env._(
                "It has learned from this company's own leads only, and knows nothing of other companies or markets."
            ),
            self.env._(
                "It sees what is filled in on the lead. What people know and did not write down, it does not know."
            ),
            self.env._(
                "A lead unlike those of the past gets no score; Odoo's own chance is shown and the screen says so."
            ),
            self.env._("Reasons say what moved the score, not what caused the outcome."),
        ]
        if facts.get("leads", 0) < 500:
            lines.append(
                self.env._(
                    "It has learned from only %s closed leads: expect its percentages to be rough.", facts.get("leads")
                )
            )
        if facts.get("holdout") == "random":
            lines.append(
                self.env._("The leads carry no usable dates: it was tested on a random part, not on the latest leads.")
            )
        return Markup("<ul>%s</ul>") % Markup().join(Markup("<li>%s</li>") % line for line in lines)
