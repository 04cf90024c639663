"""Which shoes are complained about more than they usually are: clusters of one code on one lot, model, material or
supplier, judged against their own expected rate.

**What is expected.** Pairs delivered are at risk, and how much depends on how long a customer has had them: a hazard
for each code and age, from the history of all models. A model has a factor of its own on each code, shrunk towards 1
the less is known of it (gamma-Poisson: DuMouchel, *Bayesian data mining in large frequency tables*, The American
Statistician 1999). So a new model, and a lot without history, start from the rate of the code and of their model. The
level of all complaints together follows the latest 90 days, so that a year in which people report more is no alarm on
everything.

**What is too much.** The number of complaints in the last 7, 30 and 90 days (scan windows: Wallenstein and Neff, *An
approximation for the distribution of the scan statistic*, 1987) against the negative binomial distribution that a
Poisson count has when its rate is uncertain. Many units times many codes are watched every day, so the level is not
5 % but one chosen by simulation (``script/bench clusters``) for the false alarms it costs in a year.

**Whose fault it is.** A bad lot is also seen in its model, its materials and their suppliers. The unit with the
greatest likelihood ratio leads (Kulldorff, *A spatial scan statistic*, 1997), and what is no longer remarkable without
the leader's complaints is the same story seen from further away.

Plain numpy and scipy; days are whole numbers from any origin, pairs are pairs, rates are complaints per pair and day.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.special import betainc, gammainc, gammaincinv, gammaln

WINDOWS = (7, 30, 90)  # days
AGES = (0, 14, 30, 60, 120, 240, 480, np.inf)  # days since the delivery between which the hazard is taken as constant
HISTORY_DAYS = 730
GAP_DAYS = 30  # the latest days say what is to be judged, not what is usual
LEVEL_DAYS, LEVEL_WEIGHT = 90, 50.0
MIN_HISTORY = 30  # complaints from which on a rate is known at all
MIN_COUNT = 2  # one complaint is no cluster
# Chance that so many complaints are luck, below which they are an alarm; chosen by script/bench clusters.
LEVELS = {"lot": 5e-4, "model": 2e-4, "material": 5e-5, "supplier": 5e-5}
FIXED_COUNT, FIXED_DAYS, FIXED_KINDS = 3, 30, ("lot", "model")
KINDS = ("lot", "model", "material", "supplier")  # from the narrowest to the widest
_SHAPES = np.array([0.5, 1, 2, 4, 8, 16, 32, 64, 128])
_LOT_SHAPES = np.array([1, 2, 4, 8, 16, 32, 64, 128])


@dataclass(frozen=True)
class Deliveries:
    """What was delivered when: parallel arrays.

    :param cell: number of the cell, the smallest unit there is: a lot, or all of a model that has no lot
    :param day: day of the delivery
    :param pairs: pairs
    :param model: for each *cell* the number of its model
    """

    cell: np.ndarray
    day: np.ndarray
    pairs: np.ndarray
    model: np.ndarray

    @property
    def cells(self):
        return len(self.model)

    @property
    def models(self):
        return int(self.model.max()) + 1 if len(self.model) else 0


@dataclass(frozen=True)
class Complaints:
    """What was complained of when: parallel arrays.

    :param cell: number of the cell
    :param day: day on which it came
    :param code: number of the code
    :param age: days since the delivery; NaN where nobody knows
    """

    cell: np.ndarray
    day: np.ndarray
    code: np.ndarray
    age: np.ndarray


@dataclass(frozen=True)
class Expectation:
    """How many complaints of each code are usual on each cell in a window of days.

    :param mean: cells x codes
    :param model: for each cell the number of its model
    :param known: models x codes: evidence (as complaints) behind the model's rate
    :param lot_shape: how even lots are among themselves (shape of a gamma; large: very even)
    """

    mean: np.ndarray
    model: np.ndarray
    known: np.ndarray
    lot_shape: float

    def of(self, cells, code):
        """``(mean, variance of the mean)`` of a unit made of these cells."""
        each = self.mean[cells, code]
        by_model = np.bincount(self.model[cells], weights=each, minlength=len(self.known))
        variance = (by_model**2 / self.known[:, code]).sum() + (each**2).sum() / self.lot_shape
        return float(each.sum()), float(variance)


def exposure(deliveries, since, until):
    """Pair-days at risk from ``since`` (excluded) to ``until`` (included), cells x ages."""
    result = np.zeros((deliveries.cells, len(AGES) - 1))
    for place, (start, end) in enumerate(pairwise(AGES)):
        first = np.maximum(deliveries.day + start, since)
        last = np.minimum(deliveries.day + end, until)
        days = deliveries.pairs * np.maximum(last - first, 0)
        result[:, place] = np.bincount(deliveries.cell, weights=days, minlength=deliveries.cells)
    return result


class Baseline:
    """What is usual: hazards of codes by age, factors of models, evenness of lots.

    ``fit`` learns it; attributes that end in ``_`` are what was learned: ``hazard_`` (codes x ages), ``factor_`` and
    ``known_`` (models x codes), ``level_``, ``lot_shape_``, ``count_`` (complaints of the history).
    """

    def fit(self, deliveries, complaints, *, codes, today):
        """Learn from the two years before ``today``.

        :param deliveries: :class:`Deliveries`
        :param complaints: :class:`Complaints`
        :param codes: number of codes
        """
        since, until = today - HISTORY_DAYS, today - GAP_DAYS
        at_risk = exposure(deliveries, since, until)
        past = (complaints.day > since) & (complaints.day <= until)
        self.count_ = int(past.sum())
        self.hazard_ = _hazards(complaints, past, at_risk.sum(axis=0), codes)
        self._fit_factors(deliveries, complaints, past, at_risk, codes)
        self.level_ = 1.0
        self.level_ = self._get_level(deliveries, complaints, today)
        return self

    @property
    def is_known(self):
        """Is there enough history to say what is usual?"""
        return self.count_ >= MIN_HISTORY

    def expect(self, deliveries, since, until):
        """The :class:`Expectation` from ``since`` (excluded) to ``until`` (included)."""
        usual = exposure(deliveries, since, until) @ self.hazard_.T
        mean = self.level_ * usual * self.factor_[deliveries.model]
        return Expectation(mean, deliveries.model, self.known_, self.lot_shape_)

    def _fit_factors(self, deliveries, complaints, past, at_risk, codes):
        """Empirical Bayes: how uneven models, and lots of a model, are, by the likelihood of the history."""
        usual = at_risk @ self.hazard_.T
        seen = np.zeros_like(usual)
        np.add.at(seen, (complaints.cell[past], complaints.code[past]), 1)
        expected, counted = (_sum_by(deliveries.model, values, deliveries.models) for values in (usual, seen))
        shape = _best_shape(counted, expected, _SHAPES)
        self.known_ = counted + shape
        self.factor_ = self.known_ / (expected + shape)
        self.lot_shape_ = _best_shape(seen, usual * self.factor_[deliveries.model], _LOT_SHAPES)

    def _get_level(self, deliveries, complaints, today):
        since = today - LEVEL_DAYS
        counted = ((complaints.day > since) & (complaints.day <= today)).sum()
        expected = self.expect(deliveries, since, today).mean.sum()
        return float((counted + LEVEL_WEIGHT) / (expected + LEVEL_WEIGHT))


def _hazards(complaints, past, at_risk, codes):
    """Complaints per pair and day, codes x ages; the shape of a rare code leans on that of all codes together."""
    code, age = complaints.code[past], complaints.age[past]
    total = np.bincount(code, minlength=codes)
    share = (total + 0.5) / (total.sum() + 0.5 * codes)
    place = np.clip(np.searchsorted(AGES, age, side="right") - 1, 0, len(AGES) - 2)
    dated = ~np.isnan(age)
    counts = np.zeros((codes, len(AGES) - 1))
    np.add.at(counts, (code[dated], place[dated]), 1)
    if not dated.any():
        counts += total[:, None] * at_risk / max(at_risk.sum(), 1.0)  # as likely at any age
        known = total
    else:
        known = counts.sum(axis=1)
    pooled = (counts.sum(axis=0) + 0.5) / (at_risk + 0.5 * at_risk.sum() / max(counts.sum(), 1.0) + 1.0)
    # one complaint's worth of the pooled shape for each age
    hazard = (counts + 1.0) / (at_risk + 1.0 / (share[:, None] * pooled))
    missing = (total + 1.0) / (known + 1.0)
    return hazard * missing[:, None]


def _sum_by(group, values, groups):
    result = np.zeros((groups, values.shape[1]))
    np.add.at(result, group, values)
    return result


def _best_shape(counts, expected, shapes):
    """The shape of the gamma distribution of rates under which the counts are most likely."""
    used = expected > 0
    if not used.any():
        return float(shapes[len(shapes) // 2])
    n, mean = counts[used], expected[used]
    fit = [_log_likelihood(n, mean, shape) for shape in shapes]
    return float(shapes[int(np.argmax(fit))])


def _log_likelihood(n, mean, shape):
    """Of negative binomial counts, without the term that does not depend on the shape."""
    terms = gammaln(n + shape) - gammaln(shape) - shape * np.log1p(mean / shape) - n * np.log(shape + mean)
    return float(terms.sum())


# ------------------------------------------------------------
# Is it too much?
# ------------------------------------------------------------


def tail(count, mean, variance):
    """Chance of ``count`` complaints or more when ``mean`` is usual, and known with this variance; NaN if none is."""
    if mean <= 0:
        return np.nan  # nothing is known to have been delivered
    if count <= 0:
        return 1.0
    if variance <= 1e-9 * mean**2:
        return float(gammainc(count, mean))  # Poisson
    shape = mean**2 / variance
    return float(betainc(count, shape, mean / (shape + mean)))  # negative binomial


def limit(mean, variance, level):
    """The greatest number of complaints that is still usual at this level."""
    count = 1
    while mean > 0 and tail(count, mean, variance) >= level:
        count += 1
    return count - 1


def likelihood_ratio(count, mean):
    """Kulldorff's log likelihood ratio of a count against its expectation; 0 where it is not above it."""
    return float(count * np.log(count / mean) - (count - mean)) if count > mean > 0 else 0.0


@dataclass(frozen=True)
class Signal:
    """One unit and code with what was found: the window in which it stands out most.

    :param chance: that so many are luck; NaN where nothing is known to have been delivered
    :param grade: ``alarm``, ``watch`` or None
    """

    kind: str
    unit: int
    code: int
    window: int
    count: int
    mean: float
    variance: float
    chance: float
    ratio: float
    grade: str | None


def judge(kind, unit, code, counts, expected, *, rule="both", is_known=True, levels=None):
    """The :class:`Signal` of a unit and code.

    :param counts: {window: complaints in it}
    :param expected: {window: (mean, variance)}
    :param rule: ``own`` (above its own rate), ``fixed`` (three in 30 days on a lot or model), ``both``: an alarm is
        above its own rate, three in 30 days within what is usual are watched
    :param is_known: False while there is too little history to say what is usual: then three in 30 days are an alarm
    """
    level = (levels or LEVELS)[kind]
    tests = {window: tail(counts[window], *expected[window]) if is_known else np.nan for window in counts}
    above = [window for window in counts if counts[window] >= MIN_COUNT and tests[window] < level and rule != "fixed"]
    ratios = {window: likelihood_ratio(counts[window], expected[window][0]) for window in counts}
    window = max(above, key=ratios.get) if above else FIXED_DAYS
    chance = tests.get(window, np.nan)
    grade = "alarm" if above else None
    if not above and kind in FIXED_KINDS and counts.get(FIXED_DAYS, 0) >= FIXED_COUNT:
        grade = _grade_fixed(rule, is_usual_known=chance == chance)
    mean, variance = expected.get(window, (0.0, 0.0))
    return Signal(
        kind, unit, code, window, counts.get(window, 0), mean, variance, chance, ratios.get(window, 0.0), grade
    )


def _grade_fixed(rule, *, is_usual_known):
    """What three in 30 days are that are not above their own rate, or of which it is not known."""
    if rule == "fixed" or not is_usual_known:
        return "alarm"
    return "watch" if rule == "both" else None


# ------------------------------------------------------------
# The same story seen from further away
# ------------------------------------------------------------


def explain(signals, complaints, *, still_alarms):
    """Which of the units of one code lead, and which show the same complaints: {place of a signal: its leader's}.

    The signal with the greatest likelihood ratio leads; of two alike, the narrower. Another one that shares complaints
    with it, and would be no alarm without them, is the same story. What is left goes on likewise.

    :param signals: list of :class:`Signal`, all of one code
    :param complaints: for each signal, the set of ids of its complaints
    :param still_alarms: ``still_alarms(signal, count)``: would it be one with this number of complaints?
    """
    order = sorted(range(len(signals)), key=lambda place: _lead_key(signals[place]))
    leaders = {}
    for place in order:
        mine = complaints[place]
        for leader in dict.fromkeys(leaders.values()):
            shared = len(mine & complaints[leader])
            if shared and not still_alarms(signals[place], signals[place].count - shared):
                leaders[place] = leader
                break
        else:
            leaders[place] = place
    return leaders


def _lead_key(signal):
    return signal.grade != "alarm", -signal.ratio, KINDS.index(signal.kind), -signal.count, signal.unit


# ------------------------------------------------------------
# All units at once
# ------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """A signal with its complaints (places in the table) and the place of its leader in the list of what was found."""

    signal: Signal
    complaints: tuple
    leader: int


def scan(baseline, deliveries, complaints, units, cells, *, today, rule="both", only=None, since=None):
    """Every unit and code that stands out today.

    :param baseline: a fitted :class:`Baseline`
    :param complaints: :class:`Complaints`; all that count, also those of confirmed defects
    :param units: for each complaint the units it belongs to, a list of (kind, number)
    :param cells: {(kind, number): array of its cells}
    :param only: set of (kind, number, code) to look at; None: all
    :param since: {(kind, number, code): day}: complaints up to this day have been dealt with
    :return: list of :class:`Found`
    """
    groups = _group(complaints, units, today)
    usual = _Usual(baseline, deliveries, today)
    tests = {}
    for key, places in groups.items():
        if only is None or key in only:
            handled = (since or {}).get(key)
            test = _test(key, places, complaints.day, cells[key[:2]], usual, handled)
            if test["counts"][max(WINDOWS)] >= MIN_COUNT:
                tests[key] = test
    return _find(tests, rule, baseline.is_known)


class _Usual:
    """Expectations of windows of days, each computed once."""

    def __init__(self, baseline, deliveries, today):
        self.baseline, self.deliveries, self.today = baseline, deliveries, today
        self.known = {}

    def of(self, cells, code, since):
        if since not in self.known:
            self.known[since] = self.baseline.expect(self.deliveries, since, self.today)
        return self.known[since].of(cells, code)


def _group(complaints, units, today):
    """{(kind, number, code): places of the complaints of the longest window, oldest first}."""
    groups = {}
    recent = np.flatnonzero((complaints.day > today - max(WINDOWS)) & (complaints.day <= today))
    for place in recent[np.argsort(complaints.day[recent], kind="stable")]:
        for kind, number in units[place]:
            groups.setdefault((kind, number, int(complaints.code[place])), []).append(int(place))
    return groups


def _test(key, places, day, cells, usual, handled):
    """Counts and expectations of the windows, as far back as nothing has been dealt with."""
    counts, expected, windows = {}, {}, {}
    for window in WINDOWS:
        since = usual.today - window if handled is None else max(usual.today - window, handled)
        windows[window] = [place for place in places if day[place] > since]
        counts[window] = len(windows[window])
        enough = counts[window] >= MIN_COUNT
        expected[window] = usual.of(cells, key[2], since) if enough else (0.0, 0.0)
    return {"counts": counts, "expected": expected, "places": windows}


def _find(tests, rule, is_known):
    def grade(key, counts, expected):
        return judge(*key, counts, expected, rule=rule, is_known=is_known)

    signals = [grade(key, test["counts"], test["expected"]) for key, test in tests.items()]
    signals = [signal for signal in signals if signal.grade]
    found = []
    for code in sorted({signal.code for signal in signals}):
        chosen = [signal for signal in signals if signal.code == code]
        places = [tuple(tests[s.kind, s.unit, s.code]["places"][s.window]) for s in chosen]
        leaders = explain(
            chosen,
            [set(own) for own in places],
            still_alarms=lambda s, count: (
                grade(
                    (s.kind, s.unit, s.code),
                    {s.window: count},
                    {s.window: tests[s.kind, s.unit, s.code]["expected"][s.window]},
                ).grade
                is not None
            ),
        )
        start = len(found)
        found += [Found(chosen[n], places[n], start + leaders[n]) for n in range(len(chosen))]
    return found


def weekly(baseline, deliveries, cells, code, days, *, today, weeks=26):
    """Complaints and what is usual, week by week, the latest last: for a plot.

    :param days: days of the complaints
    :return: list of (first day of the week, complaints, expected)
    """
    deliveries, cells = _only(deliveries, cells), np.arange(len(cells))
    rows = []
    for back in range(weeks, 0, -1):
        since, until = today - 7 * back, today - 7 * (back - 1)
        mean = baseline.expect(deliveries, since, until).of(cells, code)[0]
        rows.append((since + 1, sum(since < day <= until for day in days), mean))
    return rows


def _only(deliveries, cells):
    """The deliveries of these cells, which get the numbers from 0 on."""
    number = np.full(deliveries.cells, -1)
    number[cells] = np.arange(len(cells))
    mine = number[deliveries.cell] >= 0
    cell = number[deliveries.cell[mine]]
    return Deliveries(cell, deliveries.day[mine], deliveries.pairs[mine], deliveries.model[cells])


def rate(count, pairs, *, per=1000, confidence=0.95):
    """``(rate, lowest, highest)`` of complaints per so many pairs, with the exact Poisson interval.

    Garwood, *Fiducial limits for the Poisson distribution*, Biometrika 1936. None without pairs.
    """
    if pairs <= 0:
        return None
    tail_share = (1 - confidence) / 2
    low = gammaincinv(count, tail_share) if count else 0.0
    high = gammaincinv(count + 1, 1 - tail_share)
    return tuple(float(per * value / pairs) for value in (count, low, high))
