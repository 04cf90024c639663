"""P(ordered by day t) between the horizons that were learned, and back: the day by which a share has ordered.

Between two knots the hazard (the rate of ordering among those who have not yet) is taken as constant.
"""

import numpy as np

ALMOST = 1.0 - 1e-9


def hazards(probability):
    """Cumulative hazard (C, k + 1) at 0 and the k knots; never falling, so that probability grows with the horizon."""
    grown = np.maximum.accumulate(np.clip(probability, 0.0, ALMOST), axis=1)
    return np.concatenate([np.zeros((len(grown), 1)), -np.log1p(-grown)], axis=1)


def at_day(cumulated, knots, day):
    """(C,) P(ordered within ``day`` days), ``day`` at most the last knot."""
    ends = np.concatenate([[0.0], knots])
    place = int(np.clip(np.searchsorted(ends, day), 1, len(knots)))
    share = (day - ends[place - 1]) / (ends[place] - ends[place - 1])
    return -np.expm1(-((1.0 - share) * cumulated[:, place - 1] + share * cumulated[:, place]))


def day_of(cumulated, knots, within, share):
    """(C,) days until ``share`` of those who order within ``within`` days have ordered.

    :param within: one of the knots.
    """
    ends = np.concatenate([[0.0], knots])
    last = int(np.searchsorted(ends, within))
    wanted = -np.log1p(share * np.expm1(-cumulated[:, last]))
    place = (cumulated[:, 1 : last + 1] < wanted[:, None]).sum(axis=1)
    place = np.minimum(place, last - 1)
    rows = np.arange(len(cumulated))
    low, high = cumulated[rows, place], cumulated[rows, place + 1]
    inside = np.divide(wanted - low, high - low, out=np.full(len(rows), share), where=high > low)
    days = ends[place] + np.clip(inside, 0.0, 1.0) * (ends[place + 1] - ends[place])
    return np.where(np.isnan(wanted), np.nan, days)
