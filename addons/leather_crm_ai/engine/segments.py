"""Segments of customers with names that people understand, from when they bought last, how often, and for how much.

**Groups.**  Recency, frequency and monetary value (Hughes, *Strategic database marketing*, 1994), in logarithms, the
outermost hundredths drawn in, standardised; k-means on them.  Of 3 to 7 groups the most are taken whose silhouette
(Rousseeuw, 1987) comes within :data:`NEAR` of the best: more groups say more, as long as they are about as distinct
and none is tiny.

**Names.**  The place of a group is the share of all customers that its centre exceeds in each of the three; each name
has a typical place and bounds (:data:`PLACES`: nobody is lost who is among those that bought last).  Groups and names
are paired so that all together are as near to the typical places as possible, each name once (Kuhn, *The Hungarian
method*, 1955); out of bounds costs more than any distance, and a
number of groups that cannot all be named within bounds is not taken.

**The next night** starts from the former groups: their number stays unless another one's silhouette is clearly
better, their centres are tried as a start, and a new group takes the name of the former one that it is paired with,
while it is near to it and within the name's bounds.  So a customer changes the segment, not a segment its customers.

Below :data:`MIN_CUSTOMERS` customers, or if they hardly differ, fixed rules are used: ``method`` says "rules".

Amounts may be in any one currency: only their ratios count.  Fitting needs scikit-learn, :meth:`SegmentModel.assign`
numpy alone.
"""

from dataclasses import dataclass

import numpy as np

KEYS = ("champions", "loyal", "promising", "new", "at_risk", "lost", "occasional")
# Typical place of each name (recency: 1 bought last; frequency; value), and the bounds of recency and frequency.
PLACES = {
    "champions": ((0.90, 0.94, 0.94), (0.5, 1.0), (0.6, 1.0)),
    "loyal": ((0.58, 0.80, 0.80), (0.4, 1.0), (0.5, 1.0)),
    "promising": ((0.85, 0.58, 0.55), (0.5, 1.0), (0.2, 0.9)),
    "new": ((0.72, 0.28, 0.25), (0.5, 1.0), (0.0, 0.6)),
    "at_risk": ((0.33, 0.60, 0.60), (0.0, 0.5), (0.35, 1.0)),
    "lost": ((0.17, 0.25, 0.16), (0.0, 0.4), (0.0, 0.6)),
    "occasional": ((0.45, 0.32, 0.30), (0.0, 1.0), (0.0, 0.6)),
}
MIN_CUSTOMERS = 30
NUMBERS = range(3, 8)  # of groups
NEAR = 0.04  # of the best silhouette
SMALLEST = 0.03  # share of the customers in a group
STEADY = 0.08  # by which a silhouette has to be better before the number of groups changes
FAR = 1.0  # standard deviations from its former centre beyond which a group is another one
OUT_OF_BOUNDS = 10.0  # above any distance between two places
MAX_FITTED, MAX_JUDGED = 20_000, 2_000  # customers, evenly spread, for k-means and for the silhouette
# Rules for few customers: days since the latest order, and numbers of orders.
RECENT, LATE, GONE = 90, 180, 365
OFTEN, REGULAR, SOMETIMES = 6, 4, 3


@dataclass(frozen=True)
class SegmentModel:
    """What assigns customers to segments.

    :param method: "clusters", or "rules" where there are too few customers, or too little difference
    :param keys: segment of each group, of :data:`KEYS`, each once; by "rules" those that can occur
    :param centres: (groups, 3) days since the latest order, orders, revenue; by "rules" none
    :param silhouette: mean of the customers, or None
    :param scale: what makes coordinates of the three: see :func:`_coordinates`
    """

    method: str
    keys: tuple
    centres: np.ndarray
    silhouette: float | None
    scale: dict

    def assign(self, recency_days, orders, revenue):
        """Segment of each customer, (n,) str; blank for those without an order.

        :param recency_days: days since the latest order
        :param orders: number of orders
        :param revenue: of all orders, returns deducted
        """
        raw, known = _read(recency_days, orders, revenue)
        segments = np.full(len(raw), "", dtype=f"<U{max(map(len, KEYS))}")
        if self.method == "rules":
            segments[known] = _by_rules(raw[known], self.scale["median"])
        elif known.any():
            gap = ((self._place(raw[known])[:, None] - self._place(self.centres)) ** 2).sum(axis=2)
            segments[known] = np.array(self.keys)[gap.round(9).argmin(axis=1)]
        return segments

    def _place(self, raw):
        return _coordinates(raw, self.scale)

    def state(self):
        """JSON-safe, what :meth:`from_state` takes."""
        return {
            "method": self.method,
            "keys": list(self.keys),
            "centres": self.centres.tolist(),
            "silhouette": self.silhouette,
            "scale": self.scale,
        }

    @classmethod
    def from_state(cls, state):
        centres = np.array(state["centres"], dtype=np.float64).reshape(-1, 3)
        return cls(state["method"], tuple(state["keys"]), centres, state["silhouette"], state["scale"])


def fit_segments(recency_days, orders, revenue, previous=None):
    """The :class:`SegmentModel` of all customers of a company.

    :param recency_days: days since the latest order, (n,)
    :param orders: number of orders, (n,); customers without an order are not counted
    :param revenue: of all orders, returns deducted, (n,)
    :param previous: the model of the night before
    """
    raw, known = _read(recency_days, orders, revenue)
    raw = raw[known]
    raw = raw[np.lexsort(raw.T[::-1])]  # so that the order of customers says nothing
    if len(raw) < MIN_CUSTOMERS:
        return _rules(raw)
    scale = _learn_scale(raw)
    points = _coordinates(raw, scale).round(9)
    if len(np.unique(points, axis=0)) < NUMBERS[0]:
        return _rules(raw)
    former = previous if previous is not None and previous.method == "clusters" else None
    centres, silhouette = _group(points, _coordinates(former.centres, scale) if former else None)
    keys = _name(centres, points, former, scale)
    order = np.argsort([KEYS.index(key) for key in keys])
    natural = _natural(centres[order], scale)
    return SegmentModel("clusters", tuple(keys[place] for place in order), natural, silhouette, scale)


# ------------------------------------------------------------
# Customers as points
# ------------------------------------------------------------


def _read(recency_days, orders, revenue):
    """``(values (n, 3), which customers have ordered)``."""
    columns = [np.asarray(column, dtype=np.float64).reshape(-1) for column in (recency_days, orders, revenue)]
    raw = np.stack(columns, axis=1)
    known = np.isfinite(raw).all(axis=1) & (raw[:, 1] > 0)
    raw[:, 0] = np.maximum(raw[:, 0], 0.0)
    return raw, known


def _learn_scale(raw):
    """Least revenue, bounds, mean and spread of the logarithms."""
    positive = raw[:, 2][raw[:, 2] > 0]
    scale = {"least": float(np.quantile(positive, 0.01)) if len(positive) else 1.0}
    logs = _logs(raw, scale)
    low, high = np.quantile(logs, [0.01, 0.99], axis=0)
    inside = np.clip(logs, low, high)
    spread = inside.std(axis=0)
    spread = np.where(spread > 1e-9, spread, 1.0)
    learned = {"low": low, "high": high, "mean": inside.mean(axis=0), "spread": spread}
    return scale | {name: values.tolist() for name, values in learned.items()}


def _logs(raw, scale):
    return np.stack(
        [np.log1p(raw[:, 0]), np.log(np.maximum(raw[:, 1], 1.0)), np.log(np.maximum(raw[:, 2], scale["least"]))], axis=1
    )


def _coordinates(raw, scale):
    """Standardised logarithms, the outermost drawn in."""
    inside = np.clip(_logs(raw, scale), scale["low"], scale["high"])
    return (inside - scale["mean"]) / scale["spread"]


def _natural(points, scale):
    logs = points * scale["spread"] + scale["mean"]
    return np.stack([np.expm1(logs[:, 0]), np.exp(logs[:, 1]), np.exp(logs[:, 2])], axis=1)


# ------------------------------------------------------------
# Groups
# ------------------------------------------------------------


def _group(points, former):
    """``(centres, silhouette)``; ``former``: centres of the night before, or None."""
    fitted, judged = _spread(points, MAX_FITTED), _spread(points, MAX_JUDGED)
    most = min(NUMBERS[-1], len(np.unique(fitted, axis=0)))
    found = {}
    for number in range(NUMBERS[0], most + 1):
        start = former if former is not None and len(former) == number else None
        centres = _k_means(fitted, number, start)
        found[number] = centres, _judge(judged, centres)
    return found[_choose({number: value for number, (_centres, value) in found.items()}, former)]


def _choose(silhouettes, former):
    """The number of groups."""
    good = {number: value for number, value in silhouettes.items() if value is not None}
    if not good:
        return min(silhouettes)
    best = max(good.values())
    if former is not None and good.get(len(former), -1.0) >= best - STEADY:
        return len(former)
    return max(number for number, value in good.items() if value >= best - NEAR)


def _spread(points, limit):
    """Some of the points, evenly spread in their order."""
    if len(points) <= limit:
        return points
    return points[np.linspace(0, len(points) - 1, limit).round().astype(int)]


def _k_means(points, number, start):
    """Centres; those that come from the former ones, unless another start is clearly better."""
    from sklearn.cluster import KMeans

    model = KMeans(number, n_init=10, random_state=0).fit(points)
    if start is not None:
        again = KMeans(number, init=start, n_init=1).fit(points)
        if again.inertia_ <= 1.02 * model.inertia_:
            model = again
    return model.cluster_centers_


def _judge(points, centres):
    """The silhouette; None where a group is too small to be worth a name, or no name suits it."""
    from sklearn.metrics import silhouette_score

    labels = ((points[:, None] - centres) ** 2).sum(axis=2).round(9).argmin(axis=1)
    if np.bincount(labels, minlength=len(centres)).min() < SMALLEST * len(points):
        return None
    places = _places(centres, points)
    cost = np.array([[_cost(place, key) for key in KEYS] for place in places])
    if sum(cost[pair] for pair in _pair(cost)) >= OUT_OF_BOUNDS:
        return None
    return round(float(silhouette_score(points, labels)), 6)


# ------------------------------------------------------------
# Names
# ------------------------------------------------------------


def _name(centres, points, former, scale):
    """Key of each centre: those of the night before where they still suit, the others by their place."""
    places = _places(centres, points)
    cost = np.array([[_cost(place, key) for key in KEYS] for place in places])
    kept = {}
    if former is not None:
        for number, key in _keep(centres, _coordinates(former.centres, scale), former.keys):
            if cost[number, KEYS.index(key)] < OUT_OF_BOUNDS:
                kept[number] = KEYS.index(key)
    columns = _complete(cost, kept)
    if kept and cost[np.arange(len(centres)), columns].max() >= OUT_OF_BOUNDS:
        columns = _complete(cost, {})
    return [KEYS[column] for column in columns]


def _complete(cost, kept):
    """Column of each row: as kept, the others for the least cost."""
    rows = [row for row in range(len(cost)) if row not in kept]
    free = [column for column in range(cost.shape[1]) if column not in kept.values()]
    chosen = dict(kept)
    for row, column in _pair(cost[np.ix_(rows, free)]):
        chosen[rows[row]] = free[column]
    return [chosen[row] for row in range(len(cost))]


def _places(centres, points):
    """Share of the customers that each centre exceeds, equals counted half; recency turned, so that 1 has bought last.

    In between two values that occur, such as one order and two, the share is interpolated.
    """
    places = np.empty_like(centres)
    for column, values in enumerate(points.T):
        distinct, counts = np.unique(values, return_counts=True)
        places[:, column] = np.interp(centres[:, column], distinct, (np.cumsum(counts) - counts / 2) / len(values))
    places[:, 0] = 1.0 - places[:, 0]
    return places.round(6)


def _cost(place, key):
    typical, recency, frequency = PLACES[key]
    outside = sum(not low <= value <= high for value, (low, high) in zip(place, (recency, frequency), strict=False))
    return OUT_OF_BOUNDS * outside + float(((place - typical) ** 2).sum())


def _keep(centres, former, keys):
    """Yield (number of a group, key of the former group that it is)."""
    gap = ((centres[:, None] - former) ** 2).sum(axis=2) ** 0.5
    for row, column in _pair(np.minimum(gap, 2 * FAR)):
        if gap[row, column] <= FAR:
            yield row, keys[column]


def _pair(cost):
    from scipy.optimize import linear_sum_assignment

    return zip(*(side.tolist() for side in linear_sum_assignment(cost)), strict=True)


# ------------------------------------------------------------
# Few customers
# ------------------------------------------------------------


def _rules(raw):
    positive = raw[:, 2][raw[:, 2] > 0]
    scale = {"median": float(np.median(positive)) if len(positive) else 0.0}
    return SegmentModel("rules", KEYS, np.zeros((0, 3)), None, scale)


def _by_rules(raw, median):
    """Segments by fixed numbers of days and orders; revenue only against the median."""
    recency, orders, revenue = raw.T
    cases = [
        (recency > GONE, "lost"),
        ((recency > LATE) & (orders >= SOMETIMES), "at_risk"),
        (recency > LATE, "occasional"),
        ((orders >= OFTEN) & (revenue >= median), "champions"),
        (orders >= REGULAR, "loyal"),
        ((orders > 1) & (recency <= RECENT), "promising"),
        ((orders <= 1) & (recency <= RECENT), "new"),
    ]
    return np.select([case for case, _key in cases], [key for _case, key in cases], "occasional")
