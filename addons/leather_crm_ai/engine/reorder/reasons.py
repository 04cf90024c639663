"""Why a customer is or is not due: facts of their history, the most telling ones first.

=============  ==============================================  =========================
key            says                                            detail
=============  ==============================================  =========================
``overdue``    beyond the usual interval                       days overdue
``due``        the usual interval ends soon                    days until then
``rhythm``     orders regularly                                median days between orders
``often``      has ordered lately                              orders in 180 days
``again``      has ordered twice                               days since the second order
``quiet``      no order for longer than three intervals        days since the last one
``first``      one order only                                  days since it
``growing``    orders more than before                         percent
``shrinking``  orders less than before                         percent
``season``     ordered in the coming weeks last year           month, 1 to 12, of that order
=============  ==============================================  =========================

A fact is told only where it holds; facts are ranked by how much the inputs behind them move this customer's log-odds.
"""

from datetime import date, timedelta

import numpy as np

from .features import Occasions, divide

TREND = 0.15  # relative change from which orders are growing or shrinking
TREND_FROM = 4  # orders
REGULAR = 0.6  # coefficient of variation of the intervals up to which a rhythm is regular
QUIET = 3.0  # usual intervals without an order
SEASON_AHEAD, YEAR = 60, 365
EPOCH = date(1970, 1, 1)
OFTEN = 180

GROUP_OF_KEY = {
    "overdue": "clock", "due": "clock", "quiet": "clock", "first": "clock", "again": "clock",
    "rhythm": "rhythm", "often": "activity", "growing": "trend", "shrinking": "trend", "season": "season",
}  # fmt: skip
GROUPS = ("clock", "rhythm", "activity", "trend", "season")
PREFIXES = {
    "clock": ("recency", "overdue", "due_", "alive"),
    "rhythm": ("interval_",),
    "activity": ("orders", "warmth_", "rate", "tenure", "bgnbd", "quantity_mean"),
    "trend": ("quantity_", "amount_"),
    "season": ("season_",),
}


def facts_of(history, cut, rhythm):
    """{key: (C,) detail, NaN where the fact does not hold}."""
    late = rhythm.recency - rhythm.median
    own = rhythm.orders >= 3
    quiet = own & (rhythm.recency > QUIET * rhythm.median)
    growth = _growth(history, rhythm)
    with np.errstate(invalid="ignore"):
        variation = divide(rhythm.spread, rhythm.mean)
        recent = np.bincount(history.owner, weights=cut - history.day < OFTEN, minlength=len(history))
        return {
            "overdue": np.where(own & (late > 0) & ~quiet, late, np.nan),
            "due": np.where(own & (late <= 0), -late, np.nan),
            "quiet": np.where(quiet, rhythm.recency, np.nan),
            "first": np.where(rhythm.orders == 1, rhythm.recency, np.nan),
            "again": np.where(rhythm.orders == 2, rhythm.recency, np.nan),
            "rhythm": np.where(own & (variation <= REGULAR), rhythm.median, np.nan),
            "often": np.where(recent > 1, recent, np.nan),
            "growing": np.where(growth >= TREND, growth * 100, np.nan),
            "shrinking": np.where(growth <= -TREND, -growth * 100, np.nan),
            "season": _season(history, cut),
        }


def reasons_of(facts, contributions, inputs, top):
    """C lists of at most ``top`` (key, detail).

    :param contributions: (C, len(inputs)) log-odds.
    """
    weight = np.abs(contributions @ _membership(inputs))
    keys = list(facts)
    detail = np.stack([facts[key] for key in keys], axis=1)
    strength = weight[:, [GROUPS.index(GROUP_OF_KEY[key]) for key in keys]]
    strength = np.where(np.isnan(detail), -1.0, strength)
    order = np.argsort(-strength, axis=1, kind="stable")[:, :top]
    ranked = np.take_along_axis(detail, order, axis=1)
    return [
        [(keys[k], round(float(value))) for k, value in zip(row, values, strict=True) if value == value]
        for row, values in zip(order.tolist(), ranked.tolist(), strict=True)
    ]


def _membership(inputs):
    """(len(inputs), groups) 1 where an input belongs to a group, the first that names it."""
    table = np.zeros((len(inputs), len(GROUPS)))
    for row, name in enumerate(inputs):
        table[row, next(i for i, group in enumerate(GROUPS) if name.startswith(PREFIXES[group]))] = 1.0
    return table


def _growth(history, rhythm):
    """Mean quantity of the later half of the orders against the earlier half, less 1; NaN with few orders."""
    occasions = Occasions(history)
    number = np.arange(len(history.owner)) - occasions.start[history.owner]
    later = number >= occasions.orders[history.owner] / 2
    after = divide(occasions.sum(history.quantity * later), occasions.sum(later))
    before = divide(occasions.sum(history.quantity * ~later), occasions.sum(~later))
    return np.where(rhythm.orders >= TREND_FROM, divide(after, before) - 1, np.nan)


def _season(history, cut):
    """Month of the first order in the coming weeks of last year; days are counted from 1970."""
    age = cut - history.day
    inside = np.flatnonzero((age < YEAR) & (age >= YEAR - SEASON_AHEAD))
    owner, first = np.unique(history.owner[inside], return_index=True)
    month = np.full(len(history), np.nan)
    month[owner] = [(EPOCH + timedelta(days=int(day))).month for day in history.day[inside[first]]]
    return month
