"""Clusters of complaints: what is usual, what is too much, whose fault it is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, nbinom, poisson

from bench.engine import load_engine

load_engine()
from leather_engine import clusters  # noqa: E402
from leather_engine.clusters import Baseline, Complaints, Deliveries, Signal, explain, judge, scan  # noqa: E402

TODAY = 900
SHAPES, LOTS = 6, 40  # models, lots of each


def made(seed=0, rates=(0.004, 0.001), slope=None):
    """Two years of lots of six models, and their complaints after 20 days in the mean; two codes."""
    rng = np.random.default_rng(seed)
    model = np.repeat(np.arange(SHAPES), LOTS)
    start = np.tile(np.linspace(60, TODAY - 30, LOTS).astype(int), SHAPES)
    cell = np.repeat(np.arange(len(model)), 3)
    day = np.repeat(start, 3) + rng.integers(0, 20, len(cell))
    pairs = np.full(len(cell), 100)
    deliveries = Deliveries(cell, day, pairs, model)
    parts = []
    for code, rate in enumerate(rates):
        factor = np.ones(SHAPES) if slope is None else np.asarray(slope)
        count = rng.poisson(pairs * rate * factor[model[cell]])
        age = rng.gamma(1.5, 20 / 1.5, count.sum()).astype(int)
        parts.append((np.repeat(cell, count), np.repeat(day, count) + age, np.full(count.sum(), code), age))
    cells, days, codes, ages = (np.concatenate(column) for column in zip(*parts, strict=True))
    keep = days <= TODAY
    return deliveries, Complaints(cells[keep], days[keep], codes[keep], ages[keep].astype(float))


def add(complaints, rows):
    """More complaints: (cell, day, code)."""
    cell, day, code = (np.array(column) for column in zip(*rows, strict=True))
    return Complaints(
        np.append(complaints.cell, cell),
        np.append(complaints.day, day),
        np.append(complaints.code, code),
        np.append(complaints.age, np.full(len(rows), np.nan)),
    )


def units_of(deliveries, complaints, material=None):
    """Lot and model of each complaint; ``material``: models that it is in."""
    units = []
    for cell in complaints.cell:
        model = int(deliveries.model[cell])
        own = [("lot", int(cell)), ("model", model)]
        units.append(own + ([("material", 0)] if model in (material or ()) else []))
    cells = {("lot", cell): np.array([cell]) for cell in range(deliveries.cells)}
    cells |= {("model", one): np.flatnonzero(deliveries.model == one) for one in range(SHAPES)}
    cells["material", 0] = np.flatnonzero(np.isin(deliveries.model, list(material or ())))
    return units, cells


def look(deliveries, complaints, material=None, **options):
    baseline = Baseline().fit(deliveries, complaints, codes=2, today=TODAY)
    units, cells = units_of(deliveries, complaints, material)
    return scan(baseline, deliveries, complaints, units, cells, today=TODAY, **options)


# ------------------------------------------------------------
# What is usual
# ------------------------------------------------------------


def test_exposure_is_pairs_times_days():
    deliveries = Deliveries(np.array([0, 1]), np.array([10, 25]), np.array([5, 2]), np.array([0, 0]))
    at_risk = clusters.exposure(deliveries, 20, 40)
    assert at_risk[0].sum() == 5 * 20
    assert at_risk[0, :2].tolist() == [5 * 4, 5 * 16]  # until the 14th day, and from then on
    assert at_risk[1].sum() == 2 * 15
    assert clusters.exposure(deliveries, 0, 10).sum() == 0


def test_expectation_meets_what_comes():
    deliveries, complaints = made(seed=3)
    baseline = Baseline().fit(deliveries, complaints, codes=2, today=TODAY)
    expected = baseline.expect(deliveries, TODAY - 365, TODAY).mean.sum(axis=0)
    seen = np.bincount(complaints.code[complaints.day > TODAY - 365], minlength=2)
    assert expected == pytest.approx(seen, rel=0.2)


def test_a_models_own_rate_is_learned_and_shrunk():
    slope = (4, 1, 1, 1, 1, 0.25)
    deliveries, complaints = made(seed=1, slope=slope)
    baseline = Baseline().fit(deliveries, complaints, codes=2, today=TODAY)
    factor = baseline.factor_[:, 0]
    assert factor[0] > 1.6 * np.median(factor) > 2.5 * factor[5]
    even = Baseline().fit(*made(seed=1), codes=2, today=TODAY)
    assert np.ptp(even.factor_[:, 0]) < 0.5 * np.ptp(factor)


def test_a_new_model_has_the_rate_of_its_code():
    deliveries, complaints = made()
    new = Deliveries(
        np.append(deliveries.cell, deliveries.cells),
        np.append(deliveries.day, TODAY - 20),
        np.append(deliveries.pairs, 300),
        np.append(deliveries.model, SHAPES),
    )
    baseline = Baseline().fit(new, complaints, codes=2, today=TODAY)
    assert baseline.factor_[SHAPES] == pytest.approx(1.0, abs=0.05)
    mean, variance = baseline.expect(new, TODAY - 30, TODAY).of(np.array([deliveries.cells]), 0)
    assert 0 < mean < 2
    assert variance > 0


def test_the_level_follows_a_year_in_which_more_is_reported():
    deliveries, complaints = made()
    often = np.flatnonzero(complaints.day > TODAY - 80)
    more = add(complaints, [(complaints.cell[n], complaints.day[n], complaints.code[n]) for n in often])
    usual, busy = (Baseline().fit(deliveries, one, codes=2, today=TODAY).level_ for one in (complaints, more))
    assert busy > 1.15 * usual


def test_without_history_nothing_is_known():
    deliveries, complaints = made()
    few = Complaints(*(column[:3] for column in vars(complaints).values()))
    baseline = Baseline().fit(deliveries, few, codes=2, today=TODAY)
    assert not baseline.is_known
    assert np.isfinite(baseline.expect(deliveries, TODAY - 30, TODAY).mean).all()


def test_nothing_at_all():
    empty = np.zeros(0, dtype=int)
    deliveries = Deliveries(empty, empty, empty, empty)
    complaints = Complaints(empty, empty, empty, empty.astype(float))
    baseline = Baseline().fit(deliveries, complaints, codes=3, today=TODAY)
    assert not baseline.is_known
    assert scan(baseline, deliveries, complaints, [], {}, today=TODAY) == []


def test_complaints_without_a_known_age_count_as_well():
    deliveries, complaints = made()
    blind = Complaints(complaints.cell, complaints.day, complaints.code, np.full(len(complaints.day), np.nan))
    baseline = Baseline().fit(deliveries, blind, codes=2, today=TODAY)
    expected = baseline.expect(deliveries, TODAY - 365, TODAY).mean.sum()
    assert expected == pytest.approx((complaints.day > TODAY - 365).sum(), rel=0.3)


# ------------------------------------------------------------
# What is too much
# ------------------------------------------------------------


@given(st.integers(1, 30), st.floats(0.01, 20), st.floats(0.01, 50))
def test_tail_is_that_of_the_distributions(count, mean, variance):
    assert clusters.tail(count, mean, 0.0) == pytest.approx(poisson.sf(count - 1, mean), rel=1e-6, abs=1e-300)
    shape = mean**2 / variance
    expected = nbinom.sf(count - 1, shape, shape / (shape + mean))
    assert clusters.tail(count, mean, variance) == pytest.approx(expected, rel=1e-6, abs=1e-12)


@given(st.floats(0.01, 20), st.floats(0.0, 5), st.sampled_from([1e-3, 1e-4]))
def test_limit_is_the_last_that_is_usual(mean, variance, level):
    most = clusters.limit(mean, variance, level)
    assert clusters.tail(most + 1, mean, variance) < level <= clusters.tail(most, mean, variance)


def test_tail_without_deliveries_or_complaints():
    assert np.isnan(clusters.tail(3, 0.0, 0.0))
    assert clusters.tail(0, 1.0, 0.1) == 1.0
    assert clusters.limit(0.0, 0.0, 1e-3) == 0


@pytest.mark.parametrize(
    ("count", "mean", "rule", "known", "grade"),
    [
        (3, 0.02, "both", True, "alarm"),
        (3, 2.0, "both", True, "watch"),
        (3, 2.0, "own", True, None),
        (3, 2.0, "fixed", True, "alarm"),
        (2, 0.001, "both", True, "alarm"),
        (2, 0.001, "fixed", True, None),
        (3, 2.0, "both", False, "alarm"),  # nobody knows what is usual
        (3, 0.0, "both", True, "alarm"),  # nor how many pairs went out
        (3, 0.0, "own", True, "alarm"),
        (2, 0.0, "both", True, None),
        (1, 1e-9, "both", True, None),
    ],
)
def test_grades(count, mean, rule, known, grade):
    counts = dict.fromkeys(clusters.WINDOWS, count)
    expected = dict.fromkeys(clusters.WINDOWS, (mean, 0.1 * mean**2))
    signal = judge("lot", 1, 0, counts, expected, rule=rule, is_known=known)
    assert signal.grade == grade
    if grade == "watch":
        assert signal.window == 30


def test_three_on_a_material_are_no_cluster_by_the_fixed_rule():
    counts, expected = dict.fromkeys(clusters.WINDOWS, 3), dict.fromkeys(clusters.WINDOWS, (2.0, 0.1))
    assert judge("material", 1, 0, counts, expected, rule="fixed").grade is None


# ------------------------------------------------------------
# All units at once
# ------------------------------------------------------------


def test_a_quiet_year_raises_next_to_nothing():
    alarms = sum(found.signal.grade == "alarm" for seed in range(10) for found in look(*made(seed), material={0, 1, 2}))
    assert alarms <= 1


def test_a_bad_lot_leads_and_its_model_says_the_same():
    deliveries, complaints = made()
    lot = LOTS - 2
    bad = add(complaints, [(lot, TODAY - age, 1) for age in (1, 2, 4, 6, 9, 12)])
    found = look(deliveries, bad, material={0, 1, 2})
    leads = [one for place, one in enumerate(found) if one.leader == place and one.signal.grade == "alarm"]
    assert [(one.signal.kind, one.signal.unit, one.signal.code) for one in leads] == [("lot", lot, 1)]
    assert (leads[0].signal.window, leads[0].signal.count) == (7, 4)
    assert {one.signal.kind for one in found} >= {"lot", "model"}


def test_a_bad_material_leads_over_lots_of_several_models():
    deliveries, complaints = made()
    lots = [model * LOTS + LOTS - 2 for model in (0, 1, 2)]
    bad = add(complaints, [(lot, TODAY - age, 1) for lot in lots for age in (1, 3, 5, 8)])
    found = look(deliveries, bad, material={0, 1, 2})
    leads = [one.signal for place, one in enumerate(found) if one.leader == place and one.signal.grade == "alarm"]
    assert [signal.kind for signal in leads] == ["material"]


def test_two_bad_lots_are_two_clusters():
    deliveries, complaints = made()
    lots = [LOTS - 2, 4 * LOTS + LOTS - 3]
    bad = add(complaints, [(lot, TODAY - age, 1) for lot in lots for age in (1, 3, 5, 8)])
    found = look(deliveries, bad)
    leads = [one.signal for place, one in enumerate(found) if one.leader == place and one.signal.grade == "alarm"]
    assert {(signal.kind, signal.unit) for signal in leads} == {("lot", lot) for lot in lots}


def test_only_what_is_asked_for():
    deliveries, complaints = made()
    bad = add(complaints, [(LOTS - 2, TODAY - age, 1) for age in (1, 2, 4, 6, 9, 12)])
    found = look(deliveries, bad, only={("lot", LOTS - 2, 1)})
    assert [(one.signal.kind, one.signal.unit) for one in found] == [("lot", LOTS - 2)]
    assert look(deliveries, bad, only=set()) == []


def test_what_was_dealt_with_does_not_count_again():
    deliveries, complaints = made()
    key = ("lot", LOTS - 2, 1)
    bad = add(complaints, [(LOTS - 2, TODAY - age, 1) for age in (5, 6, 8, 9)])
    assert look(deliveries, bad, only={key})
    assert look(deliveries, bad, only={key}, since={key: TODAY - 4}) == []
    again = add(bad, [(LOTS - 2, TODAY - age, 1) for age in (0, 1, 2)])
    [found] = look(deliveries, again, only={key}, since={key: TODAY - 4})
    assert found.signal.count == 3


def test_explain_prefers_the_narrower_of_two_alike():
    def signal(kind, unit, ratio):
        return Signal(kind, unit, 0, 30, 3, 0.1, 0.0, 1e-4, ratio, "alarm")

    signals = [signal("model", 1, 9.0), signal("lot", 7, 9.0), signal("supplier", 2, 3.0)]
    leaders = explain(signals, [{1, 2, 3}, {1, 2, 3}, {8, 9}], still_alarms=lambda s, count: count >= 2)
    assert leaders == {0: 1, 1: 1, 2: 2}


def test_weeks_for_a_plot():
    deliveries, complaints = made()
    baseline = Baseline().fit(deliveries, complaints, codes=2, today=TODAY)
    weeks = clusters.weekly(baseline, deliveries, np.array([3]), 0, [TODAY, TODAY - 6, TODAY - 7], today=TODAY)
    assert [count for _day, count, _mean in weeks[-2:]] == [1, 2]
    assert len(weeks) == 26
    assert weeks[-1][0] == TODAY - 6
    cells = np.flatnonzero(deliveries.model == 2)
    [*_before, (_day, _count, mean)] = clusters.weekly(baseline, deliveries, cells, 0, [], today=TODAY)
    assert mean == pytest.approx(baseline.expect(deliveries, TODAY - 7, TODAY).of(cells, 0)[0])


@pytest.mark.parametrize("count", [0, 1, 4, 250])
def test_rates_have_garwoods_interval(count):
    value, low, high = clusters.rate(count, 2000)
    assert value == pytest.approx(count / 2)
    assert low == pytest.approx(chi2.ppf(0.025, 2 * count) / 2 / 2 if count else 0.0)
    assert high == pytest.approx(chi2.ppf(0.975, 2 * count + 2) / 2 / 2)
    assert clusters.rate(count, 0) is None
