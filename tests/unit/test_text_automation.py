import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom

from leather_engine.text.automation import (
    automation_curve,
    choose_threshold,
    exceeds,
    get_share,
    lower_bound,
    upper_bound,
)

proposals = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=150)


@given(st.integers(0, 60), st.integers(1, 3000))
def test_the_bounds_are_those_of_clopper_and_pearson(wrong, count):
    wrong = min(wrong, count)
    upper = beta.ppf(0.95, wrong + 1, count - wrong) if wrong < count else 1.0
    lower = beta.ppf(0.05, wrong, count - wrong + 1) if wrong else 0.0
    assert upper_bound(wrong, count) == pytest.approx(upper, abs=1e-9)
    assert lower_bound(wrong, count) == pytest.approx(lower, abs=1e-9)


def test_fifty_nine_right_ones_justify_five_percent_and_fifty_eight_do_not():
    assert upper_bound(0, 59) <= 0.05 < upper_bound(0, 58)


def test_a_large_count_is_no_problem():
    assert upper_bound(500, 20_000) == pytest.approx(0.02690, abs=1e-4)


@given(proposals)
def test_the_curve_says_what_happened(pairs):
    confidence, right = (np.array(column) for column in zip(*pairs, strict=True))
    curve = automation_curve(confidence, right)
    thresholds = [point["threshold"] for point in curve]
    assert thresholds == sorted(set(thresholds), reverse=True)
    assert curve[-1]["share"] == 1.0
    for point in curve:
        above = confidence >= point["threshold"]
        assert point["share"] == above.mean()
        assert point["error"] == pytest.approx((~right[above]).mean())
        assert point["error_upper"] >= point["error"]


@given(proposals, st.floats(0.01, 0.5))
def test_the_threshold_keeps_the_budget_and_a_larger_budget_automates_no_less(pairs, budget):
    curve = automation_curve(*zip(*pairs, strict=True))
    threshold = choose_threshold(curve, budget)
    if threshold is not None:
        chosen = next(point for point in curve if point["threshold"] == threshold)
        assert chosen["error_upper"] <= budget
        assert get_share(curve, threshold) == chosen["share"]
    assert get_share(curve, choose_threshold(curve, budget)) <= get_share(curve, choose_threshold(curve, 2 * budget))


@given(st.permutations(range(60)), st.integers(0, 2**32 - 1))
def test_the_order_of_the_proposals_does_not_matter(order, seed):
    rng = np.random.default_rng(seed)
    confidence, right = rng.integers(0, 10, 60) / 10, rng.random(60) < 0.8
    assert automation_curve(confidence, right) == automation_curve(confidence[order], right[order])


def test_nothing_is_automated_without_evidence():
    assert automation_curve([], []) == []
    assert choose_threshold([], 0.05) is None
    assert get_share([], None) == 0.0
    assert choose_threshold(automation_curve([0.99] * 20, [True] * 20), 0.05) is None


def test_mistakes_that_are_sure_of_themselves_forbid_automation():
    confidence = np.linspace(0, 1, 500)
    assert choose_threshold(automation_curve(confidence, confidence < 0.9), 0.05) is None
    threshold = choose_threshold(automation_curve(confidence, confidence > 0.4), 0.05)
    assert 0.3 < threshold < 0.45


@pytest.mark.parametrize(
    ("wrong", "count", "too_many"), [(0, 0, False), (3, 30, False), (6, 30, True), (60, 1000, False), (70, 1000, True)]
)
def test_only_an_error_that_is_surely_too_large_is_an_alarm(wrong, count, too_many):
    assert exceeds(wrong, count, 0.05) is too_many
    assert too_many is bool(count and binom.sf(wrong - 1, count, 0.05) < 0.05)
