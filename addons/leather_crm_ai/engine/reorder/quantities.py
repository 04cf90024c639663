"""How many in the next order: the customer's usual quantity, and how far the next one tends to be from it.

Usual is a mean in which recent orders weigh more: of logarithms, drawn towards the population's, or of the quantities
themselves, whichever missed less on earlier cuts; on the UCI orders trees did no better.  The interval is
split-conformal (Vovk, Gammerman and Shafer, 2005): quantiles of what the ratio of next to usual has been on earlier
cuts, apart for customers with few and with many orders.
"""

import numpy as np

HALF_LIFE = 8.0  # occasions after which an order weighs half
PULLS = (1.0, 0.3, 0.1, None)  # orders' worth of the population tried; None: a plain mean of quantities
GROUPS = (2, 5)  # 1 order, 2 to 4, 5 and more
LOW, HIGH = 0.1, 0.9
FEWEST = 30  # ratios that a group needs for an interval of its own
UNKNOWN = (-1.2, 1.2)  # logarithms of the ratio, before anything was measured


class Quantities:
    """Expected quantity and its 80 % interval.

    :param usual: logarithm of the population's median quantity.
    :param pull: one of ``PULLS``.
    :param spread: (groups, 2) logarithms of the 10 % and 90 % ratio of next to expected.
    """

    def __init__(self, *, usual=0.0, pull=PULLS[0], spread=None):
        spread = [UNKNOWN] * (len(GROUPS) + 1) if spread is None else spread
        self.usual, self.pull, self.spread = float(usual), pull, np.asarray(spread, dtype=np.float64)

    @classmethod
    def fit(cls, pairs, now):
        """Learn from earlier cuts.

        :param pairs: iterable of (history at a cut, (C,) quantity of each customer's next order or NaN, usual), the
            last as in :meth:`predict`.
        :param now: the history at the training's own cut.
        """
        fitted = cls(usual=float(np.median(np.log(now.quantity))) if len(now.quantity) else 0.0)
        groups, real = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
        levels = {pull: [np.zeros(0)] for pull in PULLS}
        for history, following, usual in pairs:
            known = ~np.isnan(following) & (np.diff(history.start) > 0)
            groups.append(group_of(history)[known])
            real.append(following[known])
            for pull in PULLS:
                fitted.pull = pull
                levels[pull].append(fitted._level(history, usual)[known])
        real = np.concatenate(real)
        levels = {pull: np.concatenate(parts) for pull, parts in levels.items()}
        fitted.pull = min(PULLS, key=lambda pull: np.abs(np.exp(levels[pull]) - real).sum())
        fitted._measure(np.concatenate(groups), np.log(real) - levels[fitted.pull])
        return fitted

    def _measure(self, group, ratio):
        for number in range(len(self.spread)):
            mine = ratio[group == number]
            mine = mine if len(mine) >= FEWEST else ratio
            if len(mine) >= FEWEST:
                self.spread[number] = np.quantile(mine, [LOW, HIGH])

    def predict(self, history, usual=None):
        """(C, 3): 10 %, expected, 90 %; NaN for customers without an order.

        :param usual: (C,) logarithm of the quantity to draw each towards, in place of the population's.
        """
        level = np.where(np.diff(history.start) > 0, self._level(history, usual), np.nan)
        spread = self.spread[group_of(history)]
        bounds = [np.minimum(spread[:, 0], 0.0), np.zeros(len(history)), np.maximum(spread[:, 1], 0.0)]
        return np.exp(level[:, None] + np.stack(bounds, axis=1))

    def _level(self, history, usual=None):
        back = history.start[history.owner + 1] - 1 - np.arange(len(history.owner))
        weight = 0.5 ** (back / HALF_LIFE)
        values = history.quantity if self.pull is None else np.log(history.quantity)
        total = np.bincount(history.owner, weights=weight * values, minlength=len(history))
        weights = np.bincount(history.owner, weights=weight, minlength=len(history))
        if self.pull is None:
            return np.log(np.where(weights > 0, total / np.maximum(weights, 1e-12), 1.0))
        return (total + self.pull * (self.usual if usual is None else usual)) / (weights + self.pull)

    def state(self):
        return {"usual": self.usual, "pull": self.pull, "spread": self.spread.tolist()}


def group_of(history):
    """(C,) number of the group by count of orders."""
    return np.searchsorted(GROUPS, np.diff(history.start), side="right")
