"""From which confidence on a label may be set without a person: as many texts as the accepted error allows.

The error above a threshold is measured on held-out texts and is itself uncertain, so it is its upper bound that has to
keep within the budget (exact binomial; Clopper and Pearson, "The use of confidence or fiducial limits", 1934).  With
few texts the bound is wide and nothing is automated: 59 right ones in a row justify 5 %.  Needs numpy only.
"""

import math

import numpy as np

LEVEL = 0.95  # of the one-sided bounds
POINTS = 40  # thresholds looked at
LEAST = 10  # texts above a threshold


def automation_curve(confidence, right):
    """How much could be automated at what error, from held-out proposals.

    :param confidence: of each first proposal, 0..1.
    :param right: whether it was right.
    :return: list of {"threshold", "share", "error", "error_upper"}, from the strictest threshold to the loosest; texts
        with equal confidence are on the same side of each.
    """
    confidence, right = np.asarray(confidence, dtype=float), np.asarray(right, dtype=bool)
    count = len(confidence)
    if not count:
        return []
    falling = np.sort(confidence)[::-1]
    positions = np.unique(np.linspace(min(LEAST, count), count, POINTS).astype(int)) - 1
    return [_point(threshold, confidence, right) for threshold in np.unique(falling[positions])[::-1]]


def _point(threshold, confidence, right):
    above = confidence >= threshold
    count, wrong = int(above.sum()), int((~right[above]).sum())
    return {
        "threshold": float(threshold),
        "share": count / len(confidence),
        "error": wrong / count,
        "error_upper": upper_bound(wrong, count),
    }


def choose_threshold(curve, budget):
    """The loosest threshold whose error is surely within the budget (a share, .05 for 5 %); None when none is."""
    fitting = [point["threshold"] for point in curve if point["error_upper"] <= budget]
    return min(fitting, default=None)


def get_share(curve, threshold):
    """Share of texts that a threshold automates, 0 when there is no threshold."""
    if threshold is None:
        return 0.0
    return max((point["share"] for point in curve if point["threshold"] >= threshold), default=0.0)


def exceeds(wrong, count, budget):
    """Are so many wrong that the error is surely above the budget?"""
    return count > 0 and lower_bound(wrong, count) > budget


def upper_bound(wrong, count):
    """The largest error rate that so few wrong ones among ``count`` do not contradict."""
    if wrong >= count:
        return 1.0
    return _root(lambda rate: _at_most(wrong, count, rate) - (1 - LEVEL))


def lower_bound(wrong, count):
    """The smallest error rate that so many wrong ones among ``count`` do not contradict."""
    return 1.0 - upper_bound(count - wrong, count) if wrong else 0.0


def _root(falling):
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return high


def _at_most(wrong, count, rate):
    """P(at most ``wrong`` of ``count``) when each is wrong with probability ``rate``."""
    if not 0.0 < rate < 1.0:
        return float(rate <= 0.0)
    k = np.arange(wrong + 1)
    ways = np.concatenate([[0.0], np.cumsum(np.log((count - k[:-1]) / (k[:-1] + 1)))])
    terms = ways + k * math.log(rate) + (count - k) * math.log1p(-rate)
    top = terms.max()
    return float(np.exp(top) * np.exp(terms - top).sum())
