import json
from dataclasses import dataclass

import numpy as np
from odoo import api, models

from .leather_lead_reader import map_distinct

LOWEST, HIGHEST = 0.01, 99.99  # the bounds Odoo gives its own probabilities
_quote = json.JSONEncoder(ensure_ascii=False).encode  # PostgreSQL does not escape letters either


@dataclass(frozen=True)
class Score:
    """What the live version says of one lead. Probability is None when it does not know the kind of lead."""

    probability: float | None
    grade: str | bool
    reasons: list | bool
    status: str
    version_id: int


@dataclass(frozen=True)
class ScoreColumns:
    """What the live version says of many leads, one value per lead in each column: no object is made for each.

    :param familiar: whether the version knows this kind of lead; where it does not, the other columns do not count.
    :param reasons: JSON text as PostgreSQL writes it, so that it can be compared with what is stored without parsing.
    """

    probability: list
    grade: list
    reasons: list
    familiar: list
    version_id: int

    def to_scores(self):
        return [
            Score(probability, grade, json.loads(reasons), "scored", self.version_id)
            if familiar
            else Score(None, False, False, "unfamiliar", self.version_id)
            for probability, grade, reasons, familiar in zip(
                self.probability, self.grade, self.reasons, self.familiar, strict=True
            )
        ]


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
        return dict(zip(leads._ids, self._score_table(table, scorer, scope).to_scores(), strict=True))

    @api.model
    def _get_scorer(self, scope):
        return self.env["leather.ai.version"].browse(scope["version_id"])._get_scorer()

    @api.model
    def _score_table(self, table, scorer, scope):
        """:class:`ScoreColumns` of the rows of the table."""
        probability, explanation, share = scorer.assess(table)
        percent = np.clip(np.round(100 * probability, 2), LOWEST, HIGHEST)
        return ScoreColumns(
            probability=percent.tolist(),
            grade=self._get_grades(percent, scope["bounds"]),
            reasons=self._get_reason_texts(table, scorer, explanation),
            familiar=(share >= scope["min_domain"]).tolist(),
            version_id=scope["version_id"],
        )

    @api.model
    def _get_grades(self, percent, bounds):
        rank = np.searchsorted(np.array(bounds[::-1]), percent, side="right")
        return np.array(["D", "C", "B", "A"])[rank].tolist()

    @api.model
    def _get_reason_texts(self, table, scorer, explanation):
        """``[[input key, value key, contribution], …]`` per row as JSON, strongest for first, then strongest against.

        Put together from pieces: an input with its value occurs in many leads, and so does an amount in thousandths.
        """
        amounts = np.round(explanation.contribution, 3)
        present = (explanation.feature >= 0) & (amounts != 0)
        pieces = np.full(present.shape, "", dtype=object)
        for position, feature in enumerate(scorer.features):
            where = present & (explanation.feature == position)
            values = table.columns[feature.name][where.nonzero()[0]].tolist()
            pieces[where] = _to_heads(feature, values)
        pieces[present] += np.array(map_distinct(_to_tail, amounts[present].tolist()), dtype=object)
        return [f"[{', '.join(filter(None, row))}]" for row in pieces.tolist()]


def _to_heads(feature, values):
    """The beginning of a reason, ``["input key", value key``, for each of the values."""
    if feature.kind == "text":
        values = [None] * len(values)  # nothing of a text is kept
    elif feature.kind == "number":
        values = [value if value == value else None for value in values]  # NaN equals nothing, not even itself
    start = f"[{_quote(feature.name)}, "
    return map_distinct(lambda value: start + _to_value_key(value), values)


def _to_value_key(value):
    """What is kept of a value for the words later, in JSON: one number or choice, the tags joined."""
    if isinstance(value, float):
        return repr(round(value, 4))
    if isinstance(value, tuple):
        value = ",".join(value)
    return _quote(value) if value else "null"


def _to_tail(amount):
    return f", {amount}]"
