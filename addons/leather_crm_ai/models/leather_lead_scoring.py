from dataclasses import dataclass

import numpy as np
from odoo import api, models

LOWEST, HIGHEST = 0.01, 99.99  # the bounds Odoo gives its own probabilities


@dataclass(frozen=True)
class Score:
    """What the live version says of one lead. Probability is None when it does not know the kind of lead."""

    probability: float | None
    grade: str | bool
    reasons: list | bool
    status: str
    version_id: int


class LeatherLeadScoring(models.AbstractModel):
    """Applies the live version of a company's lead model: table in, scores out."""

    _name = "leather.lead.scoring"
    _description = "Lead Scoring"

    @api.model
    def _score_records(self, leads, scope):
        """Scores of leads as they stand in this transaction.

        :param scope: see ``leather.ai.model._get_live_scopes``
        :return: dict lead id -> :class:`Score`; empty when the artifact cannot be read
        """
        scorer = self._get_scorer(scope)
        if not scorer or not leads:
            return {}
        table = self.env["leather.lead.reader"]._read_records(leads, scorer.features, scope["company_id"])
        return dict(zip(leads._ids, self._score_table(table, scorer, scope), strict=True))

    @api.model
    def _get_scorer(self, scope):
        return self.env["leather.ai.version"].browse(scope["version_id"])._get_scorer()

    @api.model
    def _score_table(self, table, scorer, scope):
        """One :class:`Score` per row of the table."""
        probability, explanation = scorer.score(table)
        percent = np.clip(np.round(100 * probability, 2), LOWEST, HIGHEST)
        familiar = scorer.in_domain(table) >= scope["min_domain"]
        grades = self._get_grades(percent, scope["bounds"])
        reasons = self._get_reason_codes(table, scorer, explanation)
        return [
            Score(float(p), g, r, "scored", scope["version_id"])
            if known
            else Score(None, False, False, "unfamiliar", scope["version_id"])
            for p, g, r, known in zip(percent, grades, reasons, familiar, strict=True)
        ]

    @api.model
    def _get_grades(self, percent, bounds):
        rank = np.searchsorted(np.array(bounds[::-1]), percent, side="right")
        return np.array(["D", "C", "B", "A"])[rank].tolist()

    @api.model
    def _get_reason_codes(self, table, scorer, explanation):
        """``[[input key, value key, contribution], …]`` per row, strongest for first, then strongest against."""
        columns = [table.columns[feature.name].tolist() for feature in scorer.features]
        names = [feature.name for feature in scorer.features]
        kinds = [feature.kind for feature in scorer.features]
        codes = []
        for row, (positions, amounts) in enumerate(
            zip(explanation.feature.tolist(), np.round(explanation.contribution, 3).tolist(), strict=True)
        ):
            codes.append(
                [
                    [names[p], _value_key(kinds[p], columns[p][row]), amount]
                    for p, amount in zip(positions, amounts, strict=True)
                    if p >= 0 and amount
                ]
            )
        return codes


def _value_key(kind, value):
    """What is kept of a value for the words later: nothing of a text, one number or choice, the tags joined."""
    if kind == "text":
        return None
    if kind == "number":
        return None if value != value else round(value, 4)
    if kind == "tags":
        return ",".join(value) or None
    return value
