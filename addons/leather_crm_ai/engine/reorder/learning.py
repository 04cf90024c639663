"""Learn who orders again: :func:`fit_reorder`, in the training process.

From earlier cuts of the same history (*origins*): what was known there, and whether the customer ordered within the
horizon.  Three members: BG/NBD, logistic regression, boosted trees; their mix is chosen on later origins than those
they were fitted on.  Every origin is weighted so that as many order as BG/NBD expects there: seasons come and go, and
a model that learns them as if they were customers is wrong in the next one.  They are remembered apart, see
:meth:`.scorer.Horizon.season`.
"""

from dataclasses import dataclass

import numpy as np

from ..metrics import logloss
from ..scoring import sigmoid
from . import fitting
from .bgnbd import BgNbd
from .features import rhythm_of
from .quantities import Quantities
from .scorer import SILENCE, Horizon, Inputs, ReorderScorer

HORIZONS = (30, 60, 90)
KNOTS = (14, 30, 60, 90, SILENCE)
STEP = 30  # days between two origins
YOUNGEST = 60  # days of history that an origin needs
SEASONED = 180  # days of history from which an origin tells a season apart from its own ignorance
MOST_ORIGINS = 24
MOST_ROWS = 120_000  # over all origins; customers are drawn at random beyond
FEWEST_ROWS, FEWEST_OUTCOMES = 300, 30  # to learn anything: rows; of each outcome
FEWEST_CUSTOMERS, FEWEST_REPEATS = 30, 20  # to fit BG/NBD
USUAL_CUSTOMERS = BgNbd(r=0.7, alpha=70.0, a=0.15, b=3.0)  # where the history is too short to say
TREES = 120
MIXES = ((1 / 3, 1 / 3, 1 / 3), (0.5, 0.25, 0.25), (0.2, 0.4, 0.4), (1.0, 0.0, 0.0))  # BG/NBD, linear, trees
MIN_GAIN = 0.003  # of log loss, for another mix than the first
TRIAL_ORIGINS, TRIAL_STEP = 3, 30
TRIAL_HORIZON = 90


def fit_reorder(history, cut, *, horizons=HORIZONS, mix=None, random_state=0):
    """A :class:`.scorer.ReorderScorer` that has seen nothing after ``cut``.

    :param history: :class:`.history.History` of all customers.
    :param horizons: days, at most ``SILENCE``.
    :param mix: weights of (BG/NBD, linear, trees) in place of the chosen one.
    :raises ValueError: a horizon out of range.
    """
    if not horizons or min(horizons) < 1 or max(horizons) > SILENCE:
        raise ValueError(f"horizons are 1 to {SILENCE} days, not {horizons}")
    past = Past(history, cut, random_state)
    mix = mix or choose_mix(past)
    days = sorted({*KNOTS, *(int(h) for h in horizons)})
    return ReorderScorer(
        horizons=sorted(horizons),
        curve=[fit_horizon(past, horizon, mix) for horizon in days],
        bgnbd=past.bgnbd,
        population=past.population(),
        quantities=past.quantities(),
        recipe={"mix": list(mix), "origins": len(past.origins(TRIAL_HORIZON)), "customers": len(history)},
    )


@dataclass(frozen=True)
class Rows:
    """Customers at one origin: what was known, and the days until the next order (NaN: none until the cut)."""

    origin: int
    inputs: Inputs
    next_order: np.ndarray

    def __len__(self):
        return len(self.next_order)


class Past:
    """A history at a cut, and what earlier cuts would have known; computed once for all horizons."""

    def __init__(self, history, cut, random_state=0):
        self.history, self.cut, self.random_state = history, int(cut), random_state
        self.now = history.at(cut)
        self.rhythm = rhythm_of(self.now, cut)
        self.first = int(self.now.day.min()) if len(self.now.day) else self.cut
        self.bgnbd = fit_baseline(self.rhythm, random_state)
        self._sample = self._draw()
        self._rows = {}

    def origins(self, horizon):
        """Days of the earlier cuts whose outcome is known, latest first."""
        return range(self.cut - horizon, self.first + YOUNGEST - 1, -STEP)[:MOST_ORIGINS]

    def rows(self, origin):
        """:class:`Rows` of the customers who had ordered by then."""
        if origin not in self._rows:
            raw, known = self._sample
            past = raw.at(origin)
            rhythm = rhythm_of(past, origin)
            has = rhythm.orders > 0
            inputs = scorer_inputs(self.bgnbd, past, origin, rhythm).of(has)
            self._rows[origin] = Rows(origin, inputs, known.next_order(origin)[has])
        return self._rows[origin]

    def current(self):
        """Inputs at the cut itself."""
        return self.rows(self.cut).inputs

    def population(self):
        """What customers without a history of their own are given."""
        interval = self.rhythm.mean[self.rhythm.orders > 1]
        baseline = self.current().within(TRIAL_HORIZON)[:, -2]
        return {
            "interval": float(np.median(interval)) if len(interval) else None,
            "amount": float(np.median(self.now.amount)) if len(self.now.amount) else 0.0,
            "bgnbd": float(baseline.mean()) if len(baseline) else 0.0,
        }

    def quantities(self):
        raw, known = self._sample
        pairs = ((raw.at(origin), self._soon(known, origin), None) for origin in self.origins(TRIAL_HORIZON))
        return Quantities.fit(pairs, self.now)

    def _soon(self, known, origin):
        return np.where(known.next_order(origin) <= TRIAL_HORIZON, known.next_quantity(origin), np.nan)

    def _draw(self):
        """``(history, the same at the cut)`` of all customers, or of as many as training can take."""
        most = MOST_ROWS // max(len(self.origins(min(KNOTS))), 1)
        if len(self.history) <= most:
            return self.history, self.now
        drawn = np.random.default_rng(self.random_state).choice(len(self.history), most, replace=False)
        drawn.sort()
        return self.history.take(drawn), self.now.take(drawn)


def scorer_inputs(bgnbd, past, cut, rhythm):
    """The inputs as the scorer computes them."""
    blank = ReorderScorer(horizons=(), curve=(), bgnbd=bgnbd, population={}, quantities=None, recipe={})
    return blank.inputs(past, cut, rhythm)


def fit_baseline(rhythm, random_state=0):
    """BG/NBD of the customers with an order, the usual parameters where these are too few."""
    has = rhythm.orders > 0
    if has.sum() < FEWEST_CUSTOMERS or (rhythm.orders > 1).sum() < FEWEST_REPEATS:
        return USUAL_CUSTOMERS
    return BgNbd.fit(*(values[has] for values in rhythm.statistics), random_state=random_state)


def fit_horizon(past, days, mix):
    """A fitted :class:`.scorer.Horizon`; BG/NBD alone where there is too little to learn from."""
    parts = [past.rows(origin) for origin in past.origins(days)]
    share, learned = fit_mix(parts, days, mix)
    horizon = Horizon(days, share, learned, 0.0, np.zeros(0), np.zeros(0))
    horizon.shift = centring(horizon, past.current())
    seasoned = [rows for rows in parts if rows.origin >= past.first + SEASONED and len(rows)]
    horizon.origins = np.array([rows.origin for rows in seasoned], dtype=float)
    horizon.seasons = np.array([deviation(horizon, rows) for rows in seasoned])
    return horizon


def fit_mix(parts, days, mix):
    """``(share of BG/NBD, Additive or None)`` learned from the rows of several origins."""
    share, linear, trees = mix
    happened = np.concatenate([np.zeros(0, dtype=bool), *(rows.next_order <= days for rows in parts)])
    if share == 1.0 or len(happened) < FEWEST_ROWS or min(happened.sum(), (~happened).sum()) < FEWEST_OUTCOMES:
        return 1.0, None
    numbers = np.concatenate([rows.inputs.within(days) for rows in parts])
    weight = np.concatenate([balance(rows, days) for rows in parts])
    codes = fitting.Codes(numbers)
    learned = []
    if linear:
        learned.append((linear, fitting.fit_logistic(codes, happened, weight)))
    if trees:
        fitted = fitting.fit_trees(codes, happened, loss="log_loss", iterations=TREES, weight=weight)
        learned.append((trees, fitted))
    return share, fitting.mix(learned)


def balance(rows, days):
    """(n,) weights with which as many order as BG/NBD expects at this origin."""
    expected = sigmoid(rows.inputs.within(days)[:, -2])
    return balance_to(rows.next_order <= days, expected.mean() if len(rows) else 0.0)


def balance_to(happened, wanted):
    """(n,) weights with which the share of ``happened`` is ``wanted``."""
    if not happened.any() or happened.all():
        return np.ones(len(happened))
    rate = happened.mean()
    return np.where(happened, wanted / rate, (1 - wanted) / (1 - rate))


def choose_mix(past):
    """The mix with the lowest log loss on the latest origins, fitted on origins whose outcome was known by then.

    The level is left out of the comparison.  Another mix than the first has to be better by ``MIN_GAIN``.
    """
    days = TRIAL_HORIZON
    judged = [past.rows(o) for o in past.origins(days)[:TRIAL_ORIGINS]]
    until = past.cut - days - (len(judged) - 1) * STEP - days
    parts = [past.rows(o) for o in past.origins(days) if o <= until]
    fitted = {mix: fit_mix(parts, days, mix) for mix in MIXES}
    if fitted[MIXES[0]][1] is None:
        return MIXES[0]
    loss = {
        mix: np.mean([level_loss(Horizon(days, *fit, 0.0, *[np.zeros(0)] * 2), r) for r in judged if len(r)])
        for mix, fit in fitted.items()
    }
    best = min(MIXES, key=loss.get)
    return best if loss[best] < loss[MIXES[0]] - MIN_GAIN else MIXES[0]


def level_loss(horizon, rows):
    """Log loss after the level has been set right."""
    happened = rows.next_order <= horizon.days
    scores = horizon.log_odds(rows.inputs.within(horizon.days), rows.origin)
    return logloss(happened, sigmoid(scores + shift_to(scores, happened.mean())))


def centring(horizon, inputs):
    """The shift with which the mean probability is BG/NBD's."""
    numbers = inputs.within(horizon.days)
    if not len(numbers) or horizon.learned is None:
        return 0.0
    raw = horizon.share * numbers[:, -2] + horizon.learned.value(numbers)
    return shift_to(raw, sigmoid(numbers[:, -2]).mean())


def deviation(horizon, rows):
    """By how many log-odds an origin's outcome was off, the mean probability there being BG/NBD's."""
    numbers = rows.inputs.within(horizon.days)
    scores = horizon.share * numbers[:, -2] + centring(horizon, rows.inputs)
    if horizon.learned:
        scores = scores + horizon.learned.value(numbers)
    return shift_to(scores, (rows.next_order <= horizon.days).mean())


def shift_to(scores, mean):
    """Log-odds to add to all so that the mean probability becomes ``mean``, by bisection."""
    mean = float(np.clip(mean, 1e-3, 1 - 1e-3))
    low, high = -8.0, 8.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if sigmoid(scores + middle).mean() < mean else (low, middle)
    return (low + high) / 2
