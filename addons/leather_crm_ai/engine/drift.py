"""Has the world moved since training: population stability of inputs and scores, base rate, live accuracy.

The reference (histograms of the training rows) is JSON-safe and is stored with the version; the nightly job compares
it with the leads of today.
"""

import numpy as np

from .encoding import quantile_edges
from .metrics import all_metrics, calibration_bins

SHOWN_LEVELS = 30
BINS = 10
FLOOR = 1e-4  # share that an empty bin counts as, so that the index stays finite
PSI_WATCH, PSI_ALARM = 0.1, 0.25  # customary reading of the index: below .1 stable, above .25 moved


def reference(table, won, probability):
    """Histograms of the training rows.

    :return: {"features": {name: histogram}, "score": histogram, "base_rate": float, "n": int}; a histogram is
        {"levels": [..]} or {"edges": [..]}, and "shares" (blank first; in levels, all others last).
    """
    histograms = {f.name: _histogram(f.kind, table.columns[f.name]) for f in table.features}
    edges = np.linspace(0.1, 0.9, 9)
    score = {"edges": edges.tolist(), "shares": _number_shares(np.asarray(probability), edges)}
    return {"features": histograms, "score": score, "base_rate": float(np.mean(won)), "n": len(table)}


def drift(stored, table, probability, *, won=None):
    """Population stability index of each feature and of the score, and the change of the base rate.

    PSI = sum over bins of (now - then) x ln(now / then), a symmetrised Kullback-Leibler divergence.

    :param won: outcomes of recently closed leads, for the base rate; None if there are none.
    :return: {"features": {name: psi}, "score": psi, "base_rate": {"then", "now"}}; unknown features are left out.
    """
    features = {}
    for feature in table.features:
        histogram = stored["features"].get(feature.name)
        if histogram is not None:
            now = _shares(histogram, feature.kind, table.columns[feature.name])
            features[feature.name] = psi(histogram["shares"], now)
    rate = None if won is None or not len(won) else float(np.mean(won))
    return {
        "features": features,
        "score": psi(stored["score"]["shares"], _number_shares(np.asarray(probability), stored["score"]["edges"])),
        "base_rate": {"then": stored["base_rate"], "now": rate},
    }


def psi(then, now):
    """Population stability index of two lists of shares; None if there is nothing to compare."""
    if not sum(now):
        return None
    then, now = (np.maximum(np.asarray(shares, dtype=float), FLOOR) for shares in (then, now))
    return float(np.sum((now - then) * np.log(now / then)))


def live_accuracy(won, probability):
    """Metrics and calibration bins of predictions whose outcome is now known; NaN becomes None."""
    metrics = {name: None if value != value else value for name, value in all_metrics(won, probability).items()}
    return {"n": len(won), "metrics": metrics, "calibration": calibration_bins(won, probability)}


def _histogram(kind, column):
    if kind == "number":
        known = np.sort(column[~np.isnan(column)])
        edges = quantile_edges(known, BINS) if len(known) else np.zeros(0)
        return {"edges": edges.tolist(), "shares": _number_shares(column, edges)}
    counts = {}
    for value in _values(kind, column):
        counts[value] = counts.get(value, 0) + 1
    levels = sorted((v for v in counts if v is not None), key=lambda v: (-counts[v], v))[:SHOWN_LEVELS]
    histogram = {"levels": levels}
    return {**histogram, "shares": _shares(histogram, kind, column)}


def _shares(histogram, kind, column):
    if kind == "number":
        return _number_shares(column, histogram["edges"])
    position = {None: 0, **{level: 1 + i for i, level in enumerate(histogram["levels"])}}
    counts = [0] * (len(position) + 1)
    for value in _values(kind, column):
        counts[position.get(value, -1)] += 1
    return [count / max(sum(counts), 1) for count in counts]


def _number_shares(column, edges):
    codes = np.where(np.isnan(column), 0, np.searchsorted(edges, column, side="right") + 1)
    return (np.bincount(codes, minlength=len(edges) + 2) / max(len(codes), 1)).tolist()


def _values(kind, column):
    """Values to count: a category's, each tag of each row, or for text only whether there is any and how long."""
    if kind == "tags":
        return [tag for tags in column for tag in (tags or (None,))]
    if kind == "text":
        return [f"{len(text).bit_length()}" if text else None for text in column]
    return column
