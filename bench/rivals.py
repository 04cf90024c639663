"""What ours is compared with: Odoo's own scoring and a plain logistic regression."""

import numpy as np

from .engine import load_engine

load_engine()
from leather_engine.odoo_scoring import OdooScorer  # noqa: E402


def odoo(train, won, test):
    """Odoo 19's predictive lead scoring, every discrete column a scoring field.

    Measured amounts are not discrete: Odoo would look up each exact amount and find it almost never.
    """
    names = [feature.name for feature in train.features if feature.kind in ("category", "tags")]
    return OdooScorer().fit(train.select(names), won).predict_proba(test.select(names))


def logistic(train, won, test):
    """One-hot categories, standardised numbers with missing ones at the median, L2, C = 1: the textbook pipeline."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    design = _Design(train)
    model = make_pipeline(StandardScaler(with_mean=False), LogisticRegression(C=1.0, max_iter=1000))
    if not design.width:
        return np.full(len(test), np.mean(won))
    return model.fit(design.matrix(train), won).predict_proba(design.matrix(test))[:, 1]


class _Design:
    def __init__(self, table):
        from sklearn.preprocessing import OneHotEncoder

        self.numbers = [f.name for f in table.features if f.kind == "number"]
        self.levels = [f.name for f in table.features if f.kind == "category"]
        known = [table.columns[n][~np.isnan(table.columns[n])] for n in self.numbers]
        self.medians = [np.median(values) if len(values) else 0.0 for values in known]
        self.encoder = OneHotEncoder(handle_unknown="ignore", min_frequency=5)
        if self.levels:
            self.encoder.fit(self._level_cells(table))
        self.width = len(self.numbers) + len(self.levels)

    def _level_cells(self, table):
        return np.array([[v or "" for v in table.columns[name]] for name in self.levels], dtype=object).T

    def matrix(self, table):
        from scipy import sparse

        blocks = [
            np.where(np.isnan(table.columns[name]), median, table.columns[name])[:, None]
            for name, median in zip(self.numbers, self.medians, strict=True)
        ]
        parts = [sparse.csr_matrix(np.hstack(blocks))] if blocks else []
        if self.levels:
            parts.append(self.encoder.transform(self._level_cells(table)))
        return sparse.hstack(parts, format="csr")
