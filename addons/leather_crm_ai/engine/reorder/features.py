"""What is known of each customer at a cut: numbers for the learned model, and the facts its reasons are made of.

Amounts enter as ratios of a customer's own only, so that no probability depends on the currency or on prices.
Everything is a whole-array operation over the occasions: no Python runs per customer.
"""

from dataclasses import dataclass

import numpy as np

WINDOWS = (30, 90, 180, 365)  # days back
DECAYS = (30.0, 90.0, 365.0)  # days after which an order counts 1/e
YEAR = 365
SEASON = 45  # days around the same day last year

NAMES = (
    "recency", "tenure", "orders", "rate", "interval_mean", "interval_median", "interval_cv", "interval_last",
    "interval_recent", "overdue", "overdue_mean", "overdue_z", "due_median", "due_mean",
    "quantity_mean", "quantity_last", "quantity_trend",
    "amount_trend", "amount_last", "amount_cv", "season_ahead_30", "season_ahead_90", "season_behind",
    *(f"orders_{days}" for days in WINDOWS), *(f"warmth_{days:g}" for days in DECAYS),
)  # fmt: skip


@dataclass(frozen=True)
class Rhythm:
    """Sufficient statistics and rhythm of C customers at a cut; NaN where the history carries none.

    :param orders: (C,) number of occasions.
    :param first, last: (C,) day of the first and the last one.
    :param recency, tenure: (C,) days from those to the cut.
    :param mean, median, spread: (C,) of the days between occasions; spread is the standard deviation.
    """

    orders: np.ndarray
    first: np.ndarray
    last: np.ndarray
    recency: np.ndarray
    tenure: np.ndarray
    mean: np.ndarray
    median: np.ndarray
    spread: np.ndarray

    @property
    def statistics(self):
        """``(x, t_x, T)`` of :mod:`.bgnbd`; meaningless where there is no order."""
        return self.orders - 1.0, self.last - self.first, self.tenure


class Occasions:
    """Sums over the occasions of each customer; the history must be one at a cut."""

    def __init__(self, history):
        self.history = history
        self.start = history.start
        self.orders = np.diff(self.start)
        self.has = self.orders > 0

    def sum(self, values):
        """(C,) sums."""
        return np.bincount(self.history.owner, weights=values, minlength=len(self.orders))

    def mean(self, values):
        return divide(self.sum(values), self.orders)

    def pick(self, values, back=0):
        """(C,) the value of the last occasion, or of the one ``back`` before it; NaN where there is none."""
        place = self.start[1:] - 1 - back
        there = place >= self.start[:-1]
        picked = np.full(len(self.orders), np.nan)
        picked[there] = values[place[there]]
        return picked


def rhythm_of(history, cut):
    """:class:`Rhythm` of a history at a cut."""
    occasions = Occasions(history)
    day = history.day.astype(float)
    last = occasions.pick(day)
    first = np.full(len(history), np.nan)
    first[occasions.has] = day[occasions.start[:-1][occasions.has]]
    gap, owner = gaps(history)
    number = np.bincount(owner, minlength=len(history))
    mean = divide(np.bincount(owner, weights=gap, minlength=len(history)), number)
    square = divide(np.bincount(owner, weights=gap**2, minlength=len(history)), number)
    spread = np.where(number > 1, np.sqrt(np.maximum(square - mean**2, 0)), np.nan)
    orders = occasions.orders.astype(float)
    return Rhythm(orders, first, last, cut - last, cut - first, mean, medians(gap, owner, len(history)), spread)


def gaps(history):
    """``(days, owner)`` between consecutive occasions of one customer."""
    same = history.owner[1:] == history.owner[:-1]
    return np.diff(history.day)[same].astype(float), history.owner[1:][same]


def medians(values, owner, size):
    """(size,) median of each owner's values, NaN without any; ``owner`` ascending."""
    order = np.lexsort((values, owner))
    values = values[order]
    start = np.searchsorted(owner, np.arange(size + 1))
    count = np.diff(start)
    result = np.full(size, np.nan)
    there = count > 0
    low = start[:-1][there] + (count[there] - 1) // 2
    high = start[:-1][there] + count[there] // 2
    result[there] = (values[low] + values[high]) / 2
    return result


def divide(above, below):
    """Quotient, NaN where the divisor is not positive."""
    above, below = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    return np.divide(above, below, out=np.full(np.broadcast(above, below).shape, np.nan), where=below > 0)


def features_of(history, cut, rhythm=None):
    """(C, len(NAMES)) numbers, NaN where the history carries none.

    :param history: as it was known at ``cut``, see :meth:`.history.History.at`.
    """
    rhythm = rhythm or rhythm_of(history, cut)
    occasions = Occasions(history)
    age = (cut - history.day).astype(float)
    columns = {
        **_clock_columns(occasions, rhythm),
        **_size_columns(occasions, rhythm),
        **_season_columns(occasions, rhythm, age),
        **{f"orders_{days}": occasions.sum(age < days) for days in WINDOWS},
        **{f"warmth_{days:g}": np.log(occasions.sum(np.exp(-age / days)) + 1e-6) for days in DECAYS},
    }
    return np.stack([columns[name] for name in NAMES], axis=1)


def _clock_columns(occasions, rhythm):
    day = occasions.history.day.astype(float)
    last = [occasions.pick(day, back) for back in range(4)]
    return {
        "recency": rhythm.recency,
        "tenure": rhythm.tenure,
        "orders": rhythm.orders,
        "rate": divide(rhythm.orders, rhythm.tenure + 30.0),
        "interval_mean": rhythm.mean,
        "interval_median": rhythm.median,
        "interval_cv": divide(rhythm.spread, rhythm.mean),
        "interval_last": last[0] - last[1],
        "interval_recent": (last[0] - last[3]) / 3,
        "overdue": divide(rhythm.recency, rhythm.median),
        "overdue_mean": divide(rhythm.recency, rhythm.mean),
        "overdue_z": divide(rhythm.recency - rhythm.mean, rhythm.spread),
        "due_median": rhythm.median - rhythm.recency,
        "due_mean": rhythm.mean - rhythm.recency,
    }


def _size_columns(occasions, rhythm):
    history = occasions.history
    log_quantity = np.log(history.quantity)
    amount = np.maximum(history.amount, 0.0)
    mean_amount = occasions.mean(amount)
    spread = np.sqrt(np.maximum(occasions.mean(amount**2) - mean_amount**2, 0))
    late = history.day > ((rhythm.first + rhythm.last) / 2)[history.owner]
    ratios = {
        "amount_trend": _trend(occasions, amount, late),
        "amount_last": divide(occasions.pick(amount), mean_amount),
        "amount_cv": np.where(rhythm.orders > 1, divide(spread, mean_amount), np.nan),
    }
    return {
        "quantity_mean": occasions.mean(log_quantity),
        "quantity_last": occasions.pick(log_quantity),
        "quantity_trend": _trend(occasions, history.quantity, late),
        # rounding errors differ from one currency to another; they must not decide on which side of a cut one falls
        **{name: np.round(values, 6) for name, values in ratios.items()},
    }


def _trend(occasions, values, late):
    """Mean of the later half of the time against that of the earlier one, as a logarithm."""
    after = divide(occasions.sum(values * late), occasions.sum(late))
    before = divide(occasions.sum(values * ~late), occasions.sum(~late))
    ratio = divide(after, before)
    return np.log(np.where(ratio > 0, ratio, np.nan))


def _season_columns(occasions, rhythm, age):
    """Orders of the same weeks last year; NaN for customers who were not there yet."""
    there = rhythm.tenure >= YEAR - SEASON
    windows = {
        "season_ahead_30": (age < YEAR) & (age >= YEAR - 30),
        "season_ahead_90": (age < YEAR) & (age >= YEAR - 90),
        "season_behind": (age >= YEAR) & (age < YEAR + 90),
    }
    return {name: np.where(there, occasions.sum(inside), np.nan) for name, inside in windows.items()}
