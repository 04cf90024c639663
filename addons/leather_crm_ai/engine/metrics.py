"""How good probabilities are: ranking, calibration, and intervals by resampling leads.

All metrics take ``won`` (bool, (n,)) and ``probability`` (float in [0, 1], (n,)) and return a float, NaN where the
metric is undefined (no rows, or one outcome only for the ranking metrics).
"""

import numpy as np

from .folds import lead_ids

EPSILON = 1e-15  # probabilities are clipped to [EPSILON, 1 - EPSILON] in the log loss, as scikit-learn does


def _arrays(won, probability):
    return np.asarray(won, dtype=bool), np.asarray(probability, dtype=np.float64)


def auc(won, probability):
    """Area under the ROC curve by the rank-sum identity, ties counted half (Mann and Whitney, 1947)."""
    won, probability = _arrays(won, probability)
    positives = int(won.sum())
    negatives = len(won) - positives
    if not positives or not negatives:
        return float("nan")
    _, inverse, counts = np.unique(probability, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    rank = (last - (counts - 1) / 2)[inverse.reshape(-1)]
    return float((rank[won].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def pr_auc(won, probability):
    """Average precision: sum of precision times the step in recall, at each distinct score from the top."""
    won, probability = _arrays(won, probability)
    if not won.any():
        return float("nan")
    order = np.argsort(-probability, kind="stable")
    hits = np.cumsum(won[order])
    last_of_tie = np.append(np.diff(probability[order]) != 0, True)
    hits_at, rows_at = hits[last_of_tie], np.flatnonzero(last_of_tie) + 1
    return float(np.sum(np.diff(hits_at, prepend=0) / hits[-1] * (hits_at / rows_at)))


def logloss(won, probability):
    """Mean negative log-likelihood, natural logarithm."""
    won, probability = _arrays(won, probability)
    if not len(won):
        return float("nan")
    likelihood = np.where(won, probability, 1.0 - probability)
    return float(-np.mean(np.log(np.clip(likelihood, EPSILON, 1.0))))


def brier(won, probability):
    """Mean squared error of the probability (Brier, 1950)."""
    won, probability = _arrays(won, probability)
    return float(np.mean((probability - won) ** 2)) if len(won) else float("nan")


def ece(won, probability, bins=10):
    """Expected calibration error over bins of equal count: mean of |won rate - mean probability|."""
    curve = calibration_bins(won, probability, bins=bins)
    total = sum(row["n"] for row in curve)
    if not total:
        return float("nan")
    return float(sum(row["n"] * abs(row["won_rate"] - row["mean_probability"]) for row in curve) / total)


def lift10(won, probability):
    """Won rate among the tenth of rows with the highest probability, divided by the overall won rate.

    Rows that tie at the border count with their average, so the order of rows does not matter.
    """
    won, probability = _arrays(won, probability)
    if not won.any():
        return float("nan")
    wanted = max(1, round(len(won) * 0.1))
    border = np.partition(probability, len(won) - wanted)[len(won) - wanted]
    above, tied = probability > border, probability == border
    hits = won[above].sum() + (wanted - above.sum()) * won[tied].mean()
    return float(hits / wanted / won.mean())


METRICS = {"auc": auc, "pr_auc": pr_auc, "logloss": logloss, "brier": brier, "ece": ece, "lift10": lift10}


def all_metrics(won, probability):
    """{name: value} of every metric."""
    return {name: metric(won, probability) for name, metric in METRICS.items()}


def calibration_bins(won, probability, bins=10):
    """Points of a reliability diagram, bins of equal count.

    :return: list of {"low", "high", "n", "mean_probability", "won_rate"}, ascending, no empty bin.  Equal
        probabilities always share a bin, so the curve does not depend on the order of rows.
    """
    won, probability = _arrays(won, probability)
    if not len(won):
        return []
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, bins + 1)[1:-1], method="lower"))
    member = np.searchsorted(edges, probability, side="right")
    curve = []
    for position in np.unique(member):
        inside = member == position
        values = probability[inside]
        curve.append(
            {
                "low": float(values.min()),
                "high": float(values.max()),
                "n": int(inside.sum()),
                "mean_probability": float(values.mean()),
                "won_rate": float(won[inside].mean()),
            }
        )
    return curve


def bootstrap(won, probability, *, lead=None, repeats=200, random_state=0, names=tuple(METRICS)):
    """95 % percentile intervals {name: [low, high]}, resampling whole leads (Efron, 1979)."""
    won, probability = _arrays(won, probability)
    groups = lead_ids(lead, len(won))
    rows_of = np.split(np.argsort(groups, kind="stable"), np.cumsum(np.bincount(groups))[:-1]) if len(won) else []
    single = len(rows_of) == len(won)
    rng = np.random.default_rng(random_state)
    draws = {name: [] for name in names}
    for _ in range(repeats if rows_of else 0):
        drawn = rng.integers(0, len(rows_of), len(rows_of))
        rows = drawn if single else np.concatenate([rows_of[position] for position in drawn])
        for name in names:
            draws[name].append(METRICS[name](won[rows], probability[rows]))
    return {name: _interval(values) for name, values in draws.items()}


def _interval(values):
    known = np.array([value for value in values if value == value])
    return [float(bound) for bound in np.percentile(known, [2.5, 97.5])] if len(known) else [None, None]


def label_metrics(labels, classes, probability):
    """Of a choice among several labels: {"accuracy", "macro_f1", "logloss", "ece"}.

    :param labels: true label of each row; one that is not in ``classes`` counts as wrong.
    :param classes: labels, one per column of ``probability``.
    :param probability: (n, classes).  The calibration error is that of the first choice.
    """
    labels, classes = np.asarray(labels, dtype=str), np.asarray(classes, dtype=str)
    probability = np.asarray(probability, dtype=np.float64)
    if not len(labels):
        return dict.fromkeys(("accuracy", "macro_f1", "logloss", "ece"), float("nan"))
    chosen = classes[probability.argmax(axis=1)]
    right = chosen == labels
    likelihood = (probability * (labels[:, None] == classes)).sum(axis=1)
    return {
        "accuracy": float(right.mean()),
        "macro_f1": macro_f1(labels, chosen),
        "logloss": float(-np.mean(np.log(np.clip(likelihood, EPSILON, 1.0)))),
        "ece": ece(right, probability.max(axis=1)),
    }


def macro_f1(labels, chosen):
    """Mean over the labels that occur, truly or as chosen, of 2 x hits / (times true + times chosen)."""
    labels, chosen = np.asarray(labels, dtype=str), np.asarray(chosen, dtype=str)
    scores = []
    for name in np.unique(np.concatenate([labels, chosen])):
        truly, said = labels == name, chosen == name
        scores.append(2 * (truly & said).sum() / (truly.sum() + said.sum()))
    return float(np.mean(scores)) if scores else float("nan")
