"""Score customers: numpy alone, any part of the customers at a time, the same answer for each whoever is beside them.

Log-odds of ordering within a horizon::

    share x BG/NBD + learned (tables and trees) + shift + half of what the same weeks of earlier years showed

The shift puts the mean where BG/NBD has it: the learned part tells customers apart, the baseline sets the level.
"""

from dataclasses import dataclass

import numpy as np

from ..scoring import sigmoid
from . import curve
from .additive import Additive
from .bgnbd import BgNbd
from .features import NAMES, features_of, rhythm_of
from .quantities import Quantities
from .reasons import facts_of, reasons_of

CHUNK = 5_000  # customers at once
MONTHS_12 = 365
SILENCE = 180  # days without an order that count as churn
WINDOW = 90  # the expected date is that of the next order if it comes within these days
OWN_FROM = 3  # orders from which a customer has a rhythm of their own
NONE, POPULATION, OWN = "none", "population", "own"
SEASON_SHARE, SEASON_NEAR = 0.5, 16  # of an earlier year's deviation that is expected again; days it may be off
INPUTS = (*NAMES, "bgnbd", "alive")
SMALLEST = 1e-6


@dataclass(frozen=True)
class Scores:
    """What is expected of C customers at a cut; NaN in the rows of customers without any order.

    :param customer: (C,) ids.
    :param basis: (C,) "own", "population" (too few orders for a rhythm of their own) or "none" (no order at all).
    :param probability: (C, horizons) of ordering again within each horizon, growing with it.
    :param horizons: days.
    :param window: (C, 3) days from the cut until the next order, 10 %, 50 % and 90 %, if it comes within
        ``SILENCE`` days.
    :param expected: (C,) days from the cut until the next order, median if it comes within ``WINDOW`` days.
    :param overdue: (C,) days beyond the customer's own median interval, 0 if not yet; NaN without a rhythm.
    :param churn: (C,) probability of no order for ``SILENCE`` days.
    :param orders: (C,) expected number of orders in the next 12 months; ``value``: (C,) their amount.
    :param quantity: (C, 3) of the next order: 10 %, expected, 90 %.
    :param reasons: C lists of (key, detail), strongest first, see :mod:`.reasons`.
    """

    customer: np.ndarray
    basis: np.ndarray
    probability: np.ndarray
    horizons: tuple
    window: np.ndarray
    expected: np.ndarray
    overdue: np.ndarray
    churn: np.ndarray
    orders: np.ndarray
    value: np.ndarray
    quantity: np.ndarray
    reasons: list


@dataclass
class Horizon:
    """What was learned for one horizon.

    :param days: the horizon.
    :param share: weight of BG/NBD's log-odds; 1 where ``learned`` is None.
    :param learned: :class:`Additive` over ``INPUTS``, or None.
    :param shift: log-odds added to everybody.
    :param origins, seasons: (k,) days of earlier cuts, and by how many log-odds reality was off there.
    """

    days: int
    share: float
    learned: Additive | None
    shift: float
    origins: np.ndarray
    seasons: np.ndarray

    def log_odds(self, numbers, cut):
        """(C,) of numbers (C, len(INPUTS))."""
        total = self.share * numbers[:, -2] + self.shift + self.season(cut)
        return total + self.learned.value(numbers) if self.learned else total

    def season(self, cut):
        """Log-odds that the season adds at ``cut``: half of the mean deviation in the same weeks of earlier years."""
        years = np.round((cut - self.origins) / 365.25)
        near = (years >= 1) & (np.abs(cut - self.origins - years * 365.25) <= SEASON_NEAR)
        return SEASON_SHARE * float(self.seasons[near].mean()) if near.any() else 0.0


class ReorderScorer:
    """Predict reorders; :func:`.learning.fit_reorder` makes one.

    :param horizons: days that users see; each is among the days of ``curve``.
    :param curve: :class:`Horizon` list, ascending, the last one ``SILENCE`` days or more.
    :param population: {"interval": median days between orders, "amount": mean of an order}.
    :param recipe: what was chosen, JSON-safe.
    """

    def __init__(self, *, horizons, curve, bgnbd, population, quantities, recipe):
        self.horizons = tuple(int(days) for days in horizons)
        self.curve, self.bgnbd, self.population = list(curve), bgnbd, dict(population)
        self.quantities, self.recipe = quantities, recipe
        self.knots = np.array([horizon.days for horizon in self.curve], dtype=float)

    def score(self, history, cut, *, reasons=3):
        """:class:`Scores` of all customers of a history.

        :param history: :class:`.history.History`; what it holds after ``cut`` is not looked at.
        :param reasons: how many each customer gets at most; 0 saves their time.
        """
        past = history.at(cut)
        rhythm = rhythm_of(past, cut)
        has = rhythm.orders > 0
        inputs = self.inputs(past, cut, rhythm)
        cumulated = np.where(has[:, None], self._cumulated(inputs, cut), np.nan)
        probability = np.stack([curve.at_day(cumulated, self.knots, days) for days in self.horizons], axis=1)
        orders, value = self._year_ahead(past, rhythm, cumulated)
        overdue = np.where(rhythm.orders >= OWN_FROM, np.maximum(rhythm.recency - rhythm.median, 0.0), np.nan)
        return Scores(
            customer=past.customer,
            basis=np.where(rhythm.orders >= OWN_FROM, OWN, np.where(has, POPULATION, NONE)),
            probability=probability,
            horizons=self.horizons,
            window=np.stack([self._day(cumulated, SILENCE, share) for share in (0.1, 0.5, 0.9)], axis=1),
            expected=self._day(cumulated, WINDOW, 0.5),
            overdue=overdue,
            churn=1.0 - curve.at_day(cumulated, self.knots, SILENCE),
            orders=orders,
            value=value,
            quantity=self.quantities.predict(past),
            reasons=self._reasons(past, cut, rhythm, inputs, reasons),
        )

    def score_in_chunks(self, history, cut, *, start=0, size=CHUNK, reasons=3):
        """Yield ``(next start, Scores)`` of ``size`` customers at a time, from customer number ``start`` on.

        Keep the number with the results: whoever was stopped goes on from there.
        """
        while start < len(history):
            stop = min(start + size, len(history))
            yield stop, self.score(history.between(start, stop), cut, reasons=reasons)
            start = stop

    def probabilities(self, history, cut, days):
        """(C,) P(order within ``days`` days)."""
        past = history.at(cut)
        rhythm = rhythm_of(past, cut)
        cumulated = self._cumulated(self.inputs(past, cut, rhythm), cut)
        return np.where(rhythm.orders > 0, curve.at_day(cumulated, self.knots, days), np.nan)

    def inputs(self, past, cut, rhythm):
        """(C, len(INPUTS)) with BG/NBD's log-odds left blank, they differ by horizon."""
        x, t_x, T = statistics_of(rhythm)
        alive = log_odds(self.bgnbd.alive(x, t_x, T))
        blank = np.full(len(past), np.nan)
        self_known = np.column_stack([features_of(past, cut, rhythm), blank, alive])
        return Inputs(self_known, (x, t_x, T), self.bgnbd)

    def _cumulated(self, inputs, cut):
        scores = [horizon.log_odds(inputs.within(horizon.days), cut) for horizon in self.curve]
        return curve.hazards(sigmoid(np.stack(scores, axis=1)))

    def _day(self, cumulated, within, share):
        return np.maximum(curve.day_of(cumulated, self.knots, within, share), 1.0)

    def _year_ahead(self, past, rhythm, cumulated):
        """Expected orders and their amount in 12 months: BG/NBD's, corrected by what was learned for 180 days."""
        x, t_x, T = statistics_of(rhythm)
        count = self.bgnbd.expected_purchases(MONTHS_12, x, t_x, T)
        baseline = np.maximum(self.bgnbd.buys_within(SILENCE, x, t_x, T), SMALLEST)
        count = count * np.clip(curve.at_day(cumulated, self.knots, SILENCE) / baseline, 0.25, 4.0)
        spent = np.bincount(past.owner, weights=past.amount, minlength=len(past))
        mean = (spent + self.population["amount"]) / (rhythm.orders + 1.0)
        return count, count * np.maximum(mean, 0.0)

    def _reasons(self, past, cut, rhythm, inputs, top):
        if not top:
            return [[] for _ in range(len(past))]
        main = self.curve[int(np.searchsorted(self.knots, min(self.horizons[-1], WINDOW)))]
        numbers = inputs.within(main.days)
        parts = main.learned.contributions(numbers) if main.learned else np.zeros(numbers.shape)
        parts[:, -2] += main.share * (numbers[:, -2] - self.population["bgnbd"])
        return reasons_of(facts_of(past, cut, rhythm), parts, INPUTS, top)

    def state(self):
        """``(document, arrays)``: JSON-safe state and arrays, what :meth:`from_state` takes."""
        document, arrays = {"kind": "reorder", "horizons": list(self.horizons), "curve": []}, {}
        for horizon in self.curve:
            entry = {name: getattr(horizon, name) for name in ("days", "share", "shift")}
            entry |= {name: getattr(horizon, name).tolist() for name in ("origins", "seasons")}
            if horizon.learned:
                entry["learned"], state = horizon.learned.state()
                arrays.update({f"h{horizon.days}_{name}": array for name, array in state.items()})
            document["curve"].append(entry)
        document["bgnbd"], document["population"] = self.bgnbd.state(), self.population
        document["quantities"], document["recipe"] = self.quantities.state(), self.recipe
        return document, arrays

    @classmethod
    def from_state(cls, document, arrays):
        return cls(
            horizons=document["horizons"],
            curve=[_horizon_from_state(entry, arrays) for entry in document["curve"]],
            bgnbd=BgNbd(**document["bgnbd"]),
            population=document["population"],
            quantities=Quantities(**document["quantities"]),
            recipe=document["recipe"],
        )


@dataclass(frozen=True)
class Inputs:
    """Numbers of C customers at a cut; only BG/NBD's column depends on the horizon."""

    numbers: np.ndarray
    statistics: tuple
    bgnbd: BgNbd

    def within(self, days):
        """(C, len(INPUTS)) for one horizon."""
        numbers = self.numbers.copy()
        numbers[:, -2] = log_odds(self.bgnbd.buys_within(days, *self.statistics))
        return numbers

    def of(self, rows):
        return Inputs(self.numbers[rows], tuple(values[rows] for values in self.statistics), self.bgnbd)


def statistics_of(rhythm):
    """``(x, t_x, T)`` for BG/NBD, zeros for customers without an order."""
    return tuple(np.nan_to_num(np.maximum(values, 0.0)) for values in rhythm.statistics)


def log_odds(probability):
    clipped = np.clip(probability, SMALLEST, 1.0 - SMALLEST)
    return np.log(clipped) - np.log1p(-clipped)


def _horizon_from_state(entry, arrays):
    learned = None
    if "learned" in entry:
        prefix = f"h{entry['days']}_"
        mine = {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)}
        learned = Additive.from_state(entry["learned"], mine)
    return Horizon(
        days=entry["days"],
        share=entry["share"],
        learned=learned,
        shift=entry["shift"],
        origins=np.asarray(entry["origins"], dtype=float),
        seasons=np.asarray(entry["seasons"], dtype=float),
    )
