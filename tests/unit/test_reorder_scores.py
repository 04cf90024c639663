import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_orders import made_orders

from bench.engine import load_engine
from conftest import HERE

load_engine()
from leather_engine.metrics import auc  # noqa: E402
from leather_engine.reorder import curve, reasons  # noqa: E402
from leather_engine.reorder.features import NAMES, features_of, medians, rhythm_of  # noqa: E402
from leather_engine.reorder.history import History  # noqa: E402
from leather_engine.reorder.learning import Past, fit_reorder  # noqa: E402
from leather_engine.reorder.quantities import Quantities  # noqa: E402
from leather_engine.reorder.scorer import INPUTS, ReorderScorer  # noqa: E402

CUT = 400
DAYS = st.lists(st.integers(0, CUT), max_size=12)


def history_of(days, quantity=10.0, amount=100.0, customer=1):
    days = np.array(days, dtype=float)
    return History.from_lines(
        np.full(len(days), customer),
        days,
        np.full(len(days), amount),
        np.full(len(days), quantity),
        customers=[customer],
    )


@pytest.fixture(scope="module")
def lines():
    return made_orders(days=600)


@pytest.fixture(scope="module")
def history(lines):
    return History.from_lines(*lines[:4])


@pytest.fixture(scope="module")
def scorer(history):
    return fit_reorder(history, CUT)


@pytest.fixture(scope="module")
def scores(scorer, history):
    return scorer.score(history, CUT)


def test_it_learns_who_orders_again(scorer, scores, history):
    asked = scores.basis != "none"
    soon = history.next_order(CUT)[asked] <= 60
    past = Past(history, CUT)
    baseline = past.bgnbd.buys_within(60, *(values[asked] for values in past.rhythm.statistics))
    assert any(horizon.learned for horizon in scorer.curve)
    assert auc(soon, scores.probability[asked, 1]) > auc(soon, baseline)
    assert auc(soon, scores.probability[asked, 1]) > 0.75


def test_the_expected_day_and_the_intervals_hold_what_they_say(scores, history):
    following = np.where(scores.basis == "none", np.nan, history.next_order(CUT))
    soon = following <= 90
    assert np.abs(scores.expected - following)[soon].mean() < np.abs(45 - following)[soon].mean()
    inside = (scores.window[:, 0] <= following) & (following <= scores.window[:, 2])
    assert 0.7 < inside[following <= 180].mean() < 0.95
    quantity = history.next_quantity(CUT)
    inside = (scores.quantity[:, 0] <= quantity) & (quantity <= scores.quantity[:, 2])
    assert 0.65 < inside[soon].mean() < 0.95


def test_shapes_and_ranges(scores):
    known = scores.basis != "none"
    assert (~known).any()
    assert set(scores.basis) == {"own", "population", "none"}
    for unknown in ("probability", "window", "expected", "overdue", "churn", "orders", "value", "quantity"):
        assert np.isnan(getattr(scores, unknown)[~known]).all(), unknown
    assert ((scores.probability[known] > 0) & (scores.probability[known] < 1)).all()
    assert (np.diff(scores.probability[known], axis=1) >= 0).all()
    assert (np.diff(scores.window[known], axis=1) >= 0).all()
    assert (np.diff(scores.quantity[known], axis=1) >= 0).all()
    assert (scores.churn[known] <= 1 - scores.probability[known, -1]).all()
    assert (scores.orders[known] >= 0).all()
    assert (scores.value[known] >= 0).all()
    assert np.isnan(scores.overdue[scores.basis == "population"]).all()


def test_the_same_with_numpy_alone_after_saving(scorer, scores, history):
    document, arrays = scorer.state()
    again = ReorderScorer.from_state(json.loads(json.dumps(document, allow_nan=False)), arrays)
    told = again.score(history, CUT)
    assert np.array_equal(told.probability, scores.probability, equal_nan=True)
    assert np.array_equal(told.quantity, scores.quantity, equal_nan=True)
    assert told.reasons == scores.reasons


def test_scoring_imports_neither_scikit_learn_nor_scipy():
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]; from bench.engine import load_engine; load_engine();"
        "import leather_engine.reorder.scorer, leather_engine.reorder.products;"
        "print([name for name in ('sklearn', 'scipy') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(HERE.parent.parent)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_chunks_and_resuming_give_what_one_go_gives(scorer, scores, history):
    parts = list(scorer.score_in_chunks(history, CUT, size=150))
    assert [stop for stop, _ in parts] == [150, 300, len(history)]
    assert np.allclose(np.concatenate([p.probability for _, p in parts]), scores.probability, equal_nan=True)
    rest = list(scorer.score_in_chunks(history, CUT, start=300, size=150))
    assert np.array_equal(rest[0][1].customer, scores.customer[300:])
    assert [told for _, p in parts for told in p.reasons] == scores.reasons


def test_nothing_after_the_cut_is_looked_at(lines, scorer, scores):
    known = lines[1] <= CUT
    blind = History.from_lines(*(column[known] for column in lines[:4]), customers=np.unique(lines[0]))
    told = fit_reorder(blind, CUT).score(blind, CUT)
    assert np.array_equal(told.probability, scores.probability, equal_nan=True)
    assert np.array_equal(told.value, scores.value, equal_nan=True)
    assert np.array_equal(told.expected, scores.expected, equal_nan=True)


def test_scaled_amounts_change_no_probability(lines, scorer, scores):
    customer, day, amount, quantity, _ = lines
    scaled = History.from_lines(customer, day, amount * 137.5, quantity)
    told = fit_reorder(scaled, CUT).score(scaled, CUT)
    assert np.allclose(told.probability, scores.probability, equal_nan=True, atol=1e-6)
    assert np.allclose(scorer.score(scaled, CUT).probability, scores.probability, equal_nan=True)
    assert np.allclose(told.value, scores.value * 137.5, equal_nan=True, rtol=1e-4)


def test_the_numbers_of_customers_do_not_matter(lines, scorer, scores):
    customer, day, amount, quantity, _ = lines
    turned = scorer.score(History.from_lines(10_000 - customer, day, amount, quantity), CUT)
    assert np.array_equal(turned.probability[::-1], scores.probability, equal_nan=True)
    assert turned.reasons[::-1] == scores.reasons


@given(DAYS, st.integers(1, 5))
def test_any_history_can_be_scored(days, quantity):
    told = SCORER.score(history_of(days, quantity), CUT)
    if days:
        assert (np.diff(told.probability[0]) >= 0).all()
        assert (told.probability[0] > 0).all()
        assert (told.probability[0] < 1).all()
        assert 0 <= told.churn[0] <= 1
        assert told.value[0] >= 0
        assert told.expected[0] >= 1
        assert 1 <= len(told.reasons[0]) <= 3
        assert told.basis[0] == ("own" if len(set(days)) >= 3 else "population")
    else:
        assert told.basis[0] == "none"
        assert np.isnan(told.probability).all()
        assert told.reasons == [[]]


@given(st.lists(st.integers(0, CUT - 1), min_size=3, max_size=12, unique=True))
def test_an_order_today_resets_the_clock(days):
    before = SCORER.score(history_of(days), CUT)
    after = SCORER.score(history_of([*days, CUT]), CUT)
    assert after.overdue[0] == 0
    assert before.overdue[0] >= 0
    assert not {"overdue", "quiet"} & {key for key, _ in after.reasons[0]}
    assert rhythm_of(history_of([*days, CUT]).at(CUT), CUT).recency[0] == 0


@given(DAYS, st.lists(st.integers(CUT + 1, CUT + 900), max_size=5))
def test_future_orders_are_unknown(days, later):
    told, blind = (SCORER.score(history_of(some), CUT) for some in ([*days, *later], days))
    assert np.array_equal(told.probability, blind.probability, equal_nan=True)
    assert told.reasons == blind.reasons


def test_what_came_back_is_no_order():
    kept = History.from_lines([1, 1], [100, 300], [50, 50], [5, 5])
    returned = History.from_lines([1, 1, 1, 1], [100, 300, 350, 360], [50, 50, 90, -90], [5, 5, 9, -9])
    assert np.array_equal(SCORER.score(kept, CUT).probability, SCORER.score(returned, CUT).probability)


def test_years_without_an_order():
    gap = history_of([0, 30, 60, 90, 120 + 3 * 365])
    told = SCORER.score(gap, 120 + 3 * 365 + 10)
    assert np.isfinite(told.probability).all()
    long_gone = SCORER.score(history_of([0, 30, 60, 90]), 90 + 3 * 365)
    assert long_gone.probability[0, -1] < 0.1
    assert long_gone.churn[0] > 0.8


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_hardly_any_history(rows):
    few = history_of(range(0, 10 * rows, 10))
    fitted = fit_reorder(few, 60)
    assert all(horizon.learned is None for horizon in fitted.curve)
    told = fitted.score(few, 60)
    assert told.probability.shape == (1, 3)
    document, arrays = fitted.state()
    again = ReorderScorer.from_state(json.loads(json.dumps(document, allow_nan=False)), arrays)
    assert np.array_equal(again.score(few, 60).probability, told.probability, equal_nan=True)


def test_other_horizons(history):
    fitted = fit_reorder(history, CUT, horizons=(45, 10, 120), mix=(1.0, 0.0, 0.0))
    told = fitted.score(history, CUT, reasons=0)
    assert told.horizons == (10, 45, 120)
    known = told.basis != "none"
    assert (np.diff(told.probability[known], axis=1) >= 0).all()
    assert told.reasons == [[]] * len(history)
    with pytest.raises(ValueError, match="180"):
        fit_reorder(history, CUT, horizons=(365,))


def test_a_season_of_an_earlier_year_is_expected_by_half():
    horizon = replace(SCORER.curve[0], origins=np.array([0.0, 100.0]), seasons=np.array([0.8, -2.0]))
    assert horizon.season(365) == pytest.approx(0.4)
    assert horizon.season(731) == pytest.approx(0.4)
    assert horizon.season(200) == 0
    assert horizon.season(10) == 0


@given(st.lists(st.floats(0.001, 0.999), min_size=4, max_size=4))
def test_the_curve_goes_there_and_back(chances):
    knots = np.array([14.0, 30.0, 60.0, 90.0])
    cumulated = curve.hazards(np.array([chances]))
    told = [curve.at_day(cumulated, knots, day)[0] for day in range(91)]
    assert (np.diff(told) >= -1e-12).all()
    assert told[14] == pytest.approx(chances[0])
    for share in (0.1, 0.5, 0.9):
        day = curve.day_of(cumulated, knots, 90, share)[0]
        assert curve.at_day(cumulated, knots, day)[0] == pytest.approx(share * told[90], abs=1e-9)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50)), max_size=30))
def test_medians(rows):
    rows = sorted(rows)
    owner, values = np.array([r[0] for r in rows], dtype=int), np.array([r[1] for r in rows], dtype=float)
    for number, median in enumerate(medians(values, owner, 4)):
        mine = values[owner == number]
        assert np.isnan(median) if not len(mine) else median == np.median(mine)


def test_features_by_hand():
    seen = history_of([100, 130, 150, 390], quantity=4).at(CUT)
    row = dict(zip(NAMES, features_of(seen, CUT)[0], strict=True))
    assert (row["recency"], row["tenure"], row["orders"]) == (10, 300, 4)
    assert (row["interval_median"], row["interval_last"]) == (30, 240)
    assert row["interval_mean"] == pytest.approx(290 / 3)
    assert (row["orders_30"], row["orders_365"]) == (1, 4)
    assert row["due_median"] == 20
    assert row["quantity_mean"] == pytest.approx(np.log(4))
    assert row["amount_trend"] == pytest.approx(0)


def test_reasons_are_facts():
    told = SCORER.score(history_of([0, 30, 60, 90, 120]), 160, reasons=9).reasons[0]
    assert ("overdue", 10) in told
    assert ("rhythm", 30) in told
    assert SCORER.score(history_of([0, 30, 60, 90, 120]), 500, reasons=9).reasons[0][0] is not None
    assert ("quiet", 380) in SCORER.score(history_of([0, 30, 60, 90, 120]), 500, reasons=9).reasons[0]
    assert ("first", 7) in SCORER.score(history_of([93]), 100).reasons[0]
    last_year = SCORER.score(history_of([31, 60, 91, 120]), 390, reasons=9).reasons[0]
    assert ("season", 2) in last_year  # day 31 of the year 1970, a year later
    growing = History.from_lines([1] * 4, [0, 30, 60, 90], [1] * 4, [10, 10, 15, 15])
    assert ("growing", 50) in SCORER.score(growing, 100, reasons=9).reasons[0]


def test_every_input_and_fact_has_its_group():
    assert reasons._membership(INPUTS).sum(axis=1).tolist() == [1.0] * len(INPUTS)
    keys = reasons.facts_of(history_of([1]).at(9), 9, rhythm_of(history_of([1]).at(9), 9))
    assert set(keys) == set(reasons.GROUP_OF_KEY)


def test_the_interval_of_quantities_is_measured():
    rng = np.random.default_rng(0)
    past = History.from_lines(np.arange(900), np.zeros(900), np.ones(900), np.full(900, 20.0))
    following = 20.0 * np.exp(rng.normal(0, 0.3, 900))
    fitted = Quantities.fit([(past, following, None)], past)
    told = fitted.predict(past)
    assert ((told[:, 0] <= following) & (following <= told[:, 2])).mean() == pytest.approx(0.8, abs=0.02)
    assert told[0, 1] == pytest.approx(20)


SCORER = fit_reorder(History.from_lines(*made_orders(seed=5)[:4]), CUT)
