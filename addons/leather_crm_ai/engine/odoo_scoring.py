"""Odoo 19's own predictive lead scoring, rebuilt as a baseline and as a fall-back.

What ``crm.lead._pls_get_naive_bayes_probabilities`` computes for leads of one team in the first stage, written anew:

- a frequency table counts won and lost leads per field and value, 0.1 added to each count of a value that occurs;
- blank values are neither counted nor used, except in ``email_state`` and ``phone_state``;
- each field's counts are divided by that field's own totals, so blanks do not dilute it;
- a tag speaks only if its won and lost counts reach 50;
- the score of each side is its share of all leads times the shares of its values; the probability is
  won / (won + lost), in percent rounded to two digits and clipped to [0.01, 99.99].

The first stage's counts are all won and all lost leads, so as a field it multiplies both sides by 1.
"""

import numpy as np

ADDED = 0.1
MIN_TAG_COUNT = 50
BLANK_COUNTS = ("email_state", "phone_state")
LOW, HIGH = 0.01, 99.99  # percent


class OdooScorer:
    """Naive Bayes as Odoo 19 does it.

    Learned: ``frequencies_`` ({field: {value: (won, lost)}}), ``won_`` and ``lost_`` (with the 0.1 added).
    """

    def fit(self, table, won):
        """Count. ``won``: bool array, one per row of ``table``."""
        won = np.asarray(won, dtype=bool)
        self.won_ = won.sum() + ADDED
        self.lost_ = (~won).sum() + ADDED
        self.frequencies_ = {
            feature.name: _frequencies(feature, table.columns[feature.name], won) for feature in table.features
        }
        self.features_ = table.features
        return self

    def log_odds_tables(self):
        """{field: {value: log-odds added by the value}}: the same model as a sum, before rounding."""
        return {name: _value_log_odds(counts) for name, counts in self.frequencies_.items()}

    def predict_proba(self, table):
        """P(won), shape (n,), rounded and clipped as Odoo does."""
        total = np.full(len(table), np.log(self.won_) - np.log(self.lost_))
        tables = self.log_odds_tables()
        for feature in self.features_:
            scores = tables[feature.name]
            if scores:
                values = pls_values(feature, table.columns[feature.name])
                total += np.fromiter((sum(scores.get(v, 0.0) for v in vs) for vs in values), float, len(table))
        percent = 100.0 / (1.0 + np.exp(-np.clip(total, -700, 700)))
        return np.clip(np.round(percent, 2), LOW, HIGH) / 100.0


def pls_values(feature, column):
    """Per row, the tuple of strings that Odoo would look up for this feature; empty where it would look up none."""
    if feature.kind == "tags":
        return column
    if feature.kind == "number":
        return [() if value != value or value == 0 else (repr(float(value)),) for value in column.tolist()]
    keep_blank = feature.name in BLANK_COUNTS
    return [(value,) if value else (("False",) if keep_blank else ()) for value in column]


def _frequencies(feature, column, won):
    counts = {}
    for values, is_won in zip(pls_values(feature, column), won.tolist(), strict=True):
        for value in values:
            pair = counts.setdefault(value, [ADDED, ADDED])
            pair[0 if is_won else 1] += 1
    if feature.kind == "tags":
        counts = {value: pair for value, pair in counts.items() if sum(pair) >= MIN_TAG_COUNT}
    return {value: tuple(pair) for value, pair in counts.items()}


def _value_log_odds(counts):
    if not counts:
        return {}
    won, lost = (sum(pair[side] for pair in counts.values()) for side in (0, 1))
    return {value: np.log(pair[0] / won) - np.log(pair[1] / lost) for value, pair in counts.items()}
