"""Fit an :class:`.additive.Additive`: a regularised linear model, boosted trees, or a mean of both.

scikit-learn is imported inside the functions, in the training process only.
"""

import numpy as np

from .. import boosting, linear
from ..encoding import NumberEncoder
from .additive import Additive

MIN_BIN = 30  # rows of a bin at least
LEARNING_RATE, LEAVES, ROWS_OF_A_LEAF, RIDGE = 0.05, 8, 50, 3.0
STRENGTH = 0.03  # inverse regularisation of the linear model
LINEAR_ROWS = 120_000  # its design takes 2 KiB a row, and a few hundred coefficients need no more rows


class Codes:
    """Numbers (n, k) and their codes, encoded once for several fits."""

    def __init__(self, numbers):
        self.encoders = [NumberEncoder.fit(numbers[:, i], min_count=MIN_BIN) for i in range(numbers.shape[1])]
        self.columns = [column for i, encoder in enumerate(self.encoders) for column in encoder.columns(i)]
        self.codes = np.concatenate([e.transform(numbers[:, i]) for i, e in enumerate(self.encoders)], axis=1)

    def additive(self, *, tables=None, base=0.0, forest=None):
        tables = tables or [np.zeros(column.size) for column in self.columns]
        return Additive(encoders=self.encoders, tables=tables, base=base, forest=forest)


def fit_logistic(codes, happened, weight=None):
    """Log-odds by L2 logistic regression on values, ranks and hats of each number."""
    some = slice(None, None, -(-len(happened) // LINEAR_ROWS))
    matrix = linear.design(codes.codes[some], codes.columns)
    weight = None if weight is None else weight[some]
    model = linear.fit_logistic(matrix, happened[some], strength=STRENGTH, weight=weight)
    base, tables = linear.compile_tables(model, codes.columns)
    means = [table[codes.codes[:, i]].mean() for i, table in enumerate(tables)]
    return codes.additive(tables=[t - mean for t, mean in zip(tables, means, strict=True)], base=base + sum(means))


def fit_trees(codes, target, *, loss, iterations, weight=None, leaves=LEAVES):
    """Boosted trees.

    :param loss: "log_loss" (target bool, the sum is log-odds) or "absolute_error" (target float).
    """
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    settings = {
        "learning_rate": LEARNING_RATE,
        "max_iter": iterations,
        "max_leaf_nodes": leaves,
        "min_samples_leaf": ROWS_OF_A_LEAF,
        "l2_regularization": RIDGE,
        "early_stopping": False,
        "random_state": 0,
    }
    if loss == "log_loss":
        model = HistGradientBoostingClassifier(**settings)
    else:
        model = HistGradientBoostingRegressor(loss=loss, **settings)
    model.fit(codes.codes.astype(float), target, sample_weight=weight)
    positions = range(len(codes.columns))
    return codes.additive(
        forest=boosting.compile_forest(model, codes.columns, positions=positions, features=len(codes.columns))
    )


def mix(parts):
    """The weighted sum of additives with the same encoders; ``parts``: [(share, Additive), …]."""
    shares = [share for share, _ in parts]
    forests = [(share, part.forest) for share, part in parts if part.forest]
    if len(forests) > 1:
        raise ValueError("only one part may have trees")
    tables = [
        sum(share * table for share, table in zip(shares, same, strict=True))
        for same in zip(*(part.tables for _, part in parts), strict=True)
    ]
    return Additive(
        encoders=parts[0][1].encoders,
        tables=tables,
        base=sum(share * part.base for share, part in parts),
        forest=forests[0][1].scaled(forests[0][0]) if forests else None,
    )
