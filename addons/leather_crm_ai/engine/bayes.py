"""Naive Bayes on codes: Odoo's own method as a member of a blend.

It needs little data and extrapolates steadily when the world moves, which is why it is worth its place beside the
logistic regression when the order in time matters.  As Odoo does: every known level of a category and each tag
speaks, blanks and numbers do not, 0.1 is added to each count.
"""

import numpy as np

from .encoding import BLANK

ADDED = 0.1


class NaiveBayes:
    """Learned: ``base_`` and ``tables_`` (one array of log-odds per column of codes)."""

    def fit(self, codes, won, columns, *, weight=None):
        """Count; ``weight``: (n,) or None."""
        weight = np.ones(len(won)) if weight is None else weight
        weights = (np.where(won, weight, 0.0), np.where(won, 0.0, weight))
        totals = [side.sum() + ADDED for side in weights]
        self.base_ = float(np.log(totals[0]) - np.log(totals[1]))
        self.tables_ = [_table(codes[:, i], column, weights) for i, column in enumerate(columns)]
        return self

    def log_odds(self, codes):
        """Log-odds of each row."""
        return self.base_ + sum(table[codes[:, i]] for i, table in enumerate(self.tables_))


def _table(codes, column, weights):
    table = np.zeros(column.size)
    if column.ordered:
        return table
    counts = [np.bincount(codes, weights=side, minlength=column.size) for side in weights]
    seen = (counts[0] + counts[1]) > 0
    seen[BLANK] = False
    if seen.any():
        shares = [np.log(side[seen] + ADDED) - np.log((side[seen] + ADDED).sum()) for side in counts]
        table[seen] = shares[0] - shares[1]
    return table
