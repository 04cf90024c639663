"""Segments of customers: groups, names, and that neither jumps."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.engine import load_engine

load_engine()
from leather_engine import segments  # noqa: E402
from leather_engine.segments import KEYS, MIN_CUSTOMERS, PLACES, SegmentModel, fit_segments  # noqa: E402

# Days since the latest order, orders, revenue, customers: as clear as life is not.
KINDS = {
    "champions": (8, 24, 90_000, 60),
    "loyal": (40, 9, 20_000, 120),
    "promising": (12, 4, 6_000, 90),
    "new": (25, 1, 900, 110),
    "at_risk": (170, 5, 9_000, 130),
    "lost": (420, 1, 700, 160),
}


def made(seed=0, kinds=KINDS, noise=0.15):
    """``(recency, orders, revenue, kind of each customer)``."""
    rng = np.random.default_rng(seed)
    parts = []
    for name, (recency, orders, revenue, count) in kinds.items():
        spread = np.exp(rng.normal(0, noise, (3, count)))
        parts.append((recency * spread[0], np.maximum(1, np.round(orders * spread[1])), revenue * spread[2]))
        parts[-1] += (np.full(count, name),)
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


@pytest.fixture(scope="module")
def customers():
    return made()


@pytest.fixture(scope="module")
def model(customers):
    return fit_segments(*customers[:3])


# ------------------------------------------------------------
# Groups and names
# ------------------------------------------------------------


def test_kinds_of_customers_are_found_and_named(customers, model):
    assert model.method == "clusters"
    assert model.keys == tuple(key for key in KEYS if key in KINDS)
    assert (model.assign(*customers[:3]) == customers[3]).mean() > 0.98
    assert model.silhouette > 0.5


def test_centres_are_in_days_orders_and_money(model):
    for key, centre in zip(model.keys, model.centres, strict=True):
        assert centre == pytest.approx(KINDS[key][:3], rel=0.2)


@pytest.mark.parametrize("left_out", KINDS)
def test_with_a_kind_less_the_others_keep_their_sense(left_out):
    *columns, kind = made(kinds={name: kind for name, kind in KINDS.items() if name != left_out})
    found = fit_segments(*columns)
    segment = found.assign(*columns)
    assert len(set(found.keys)) == len(found.keys)
    named = {name: set(segment[kind == name]) for name in KINDS if name != left_out}
    assert named.get("lost", {"lost"}) <= {"lost", "at_risk"}
    assert named.get("champions", {"champions"}) == {"champions"} or left_out == "loyal"
    assert not named.get("new", set()) & {"lost", "at_risk", "champions", "loyal"}


@given(seed=st.integers(0, 10_000), count=st.integers(MIN_CUSTOMERS, 200))
def test_names_are_within_their_bounds_and_each_is_there_once(seed, count):
    rng = np.random.default_rng(seed)
    columns = rng.exponential(150, count), rng.geometric(0.3, count), rng.lognormal(7, 1.5, count)
    found = fit_segments(*columns)
    assert len(set(found.keys)) == len(found.keys)
    assert set(found.assign(*columns)) <= set(found.keys)
    recency = dict(zip(found.keys, found.centres[:, 0], strict=True))
    for late in {"lost", "at_risk"} & set(recency):
        assert all(recency[late] >= recency[early] for early in {"new", "promising", "champions"} & set(recency))


def test_a_name_s_typical_place_is_within_its_bounds():
    for typical, *bounds in PLACES.values():
        assert all(low <= value <= high for value, (low, high) in zip(typical, bounds, strict=False))


# ------------------------------------------------------------
# What changes nothing
# ------------------------------------------------------------


@given(seed=st.integers(0, 10_000), factor=st.sampled_from([1e-3, 0.01, 133.7, 1e6]))
def test_order_of_customers_and_currency_change_nothing(customers, model, seed, factor):
    rows = np.random.default_rng(seed).permutation(len(customers[0]))
    recency, orders, revenue = (column[rows] for column in customers[:3])
    other = fit_segments(recency, orders, revenue * factor)
    assert other.keys == model.keys
    assert other.assign(recency, orders, revenue * factor).tolist() == model.assign(recency, orders, revenue).tolist()
    assert other.centres == pytest.approx(model.centres * [1, 1, factor])


def test_a_permutation_gives_the_very_same_model(customers, model):
    rows = np.random.default_rng(3).permutation(len(customers[0]))
    assert fit_segments(*(column[rows] for column in customers[:3])).state() == model.state()


@pytest.mark.parametrize("seed", range(3))
def test_a_few_more_customers_change_no_name(customers, model, seed):
    rng = np.random.default_rng(seed)
    more = rng.exponential(100, 12), rng.geometric(0.3, 12), rng.lognormal(8, 1, 12)
    grown = [np.append(column, added) for column, added in zip(customers[:3], more, strict=True)]
    for previous in (None, model):
        found = fit_segments(*grown, previous=previous)
        assert found.keys == model.keys
        assert (found.assign(*customers[:3]) == model.assign(*customers[:3])).mean() > 0.98


@given(seed=st.integers(0, 1000), size=st.sampled_from([0, 1, 5, 29, 30, 60]))
def test_kept_and_read_again(seed, size):
    rng = np.random.default_rng(seed)
    columns = rng.exponential(150, size), rng.geometric(0.3, size), rng.lognormal(7, 1.5, size)
    found = fit_segments(*columns)
    again = SegmentModel.from_state(json.loads(json.dumps(found.state())))
    assert again.state() == found.state()
    assert again.assign(*columns).tolist() == found.assign(*columns).tolist()


# ------------------------------------------------------------
# Night after night
# ------------------------------------------------------------


def test_the_number_of_groups_and_names_stay_while_customers_drift(customers, model):
    """Unclear customers: alone, each night would choose its own number of groups."""
    rng = np.random.default_rng(0)
    recency, orders, revenue, _kind = made(noise=0.9)
    previous, changed = fit_segments(recency, orders, revenue), []
    for _night in range(8):
        before = previous.assign(recency, orders, revenue)
        recency = np.where(rng.random(len(recency)) < 0.01, 0.0, recency + 1)
        found = fit_segments(recency, orders, revenue, previous=previous)
        assert set(found.keys) == set(previous.keys)
        changed.append((found.assign(recency, orders, revenue) != before).mean())
        previous = found
    assert max(changed) < 0.12


def test_a_group_keeps_its_name_until_it_leaves_its_bounds(customers):
    """Names that were given otherwise are kept as long as they make sense."""
    recency, orders, revenue, _kind = customers
    model = fit_segments(recency, orders, revenue)
    swapped = {"loyal": "occasional"}
    renamed = SegmentModel(
        model.method, tuple(swapped.get(k, k) for k in model.keys), model.centres, model.silhouette, model.scale
    )
    found = fit_segments(recency, orders, revenue, previous=renamed)
    assert set(found.keys) == set(KINDS), "occasional customers do not order that often: the name is given anew"
    swapped = {"at_risk": "lost", "lost": "occasional"}
    renamed = SegmentModel(
        model.method, tuple(swapped.get(k, k) for k in model.keys), model.centres, model.silhouette, model.scale
    )
    found = fit_segments(recency, orders, revenue, previous=renamed)
    assert dict(zip(found.keys, found.centres[:, 0], strict=True))["occasional"] == pytest.approx(420, rel=0.1)


def test_a_model_of_rules_is_no_former_night(customers, model):
    few = fit_segments(*(column[:10] for column in customers[:3]))
    assert few.method == "rules"
    assert fit_segments(*customers[:3], previous=few).state() == model.state()
    assert fit_segments(*(column[:10] for column in customers[:3]), previous=model).state() == few.state()


# ------------------------------------------------------------
# Little to go by
# ------------------------------------------------------------

RULES = [
    ((10, 1, 100), "new"),
    ((10, 3, 100), "promising"),
    ((10, 5, 100), "loyal"),
    ((10, 8, 9000), "champions"),
    ((10, 8, 1), "loyal"),
    ((120, 1, 100), "occasional"),
    ((120, 2, 100), "occasional"),
    ((200, 1, 100), "occasional"),
    ((200, 3, 100), "at_risk"),
    ((400, 9, 9000), "lost"),
]


def test_few_customers_are_told_apart_by_rules():
    columns = np.array([row for row, _key in RULES], dtype=float).T
    found = fit_segments(*columns)
    assert found.method == "rules"
    assert found.assign(*columns).tolist() == [key for _row, key in RULES]
    assert found.silhouette is None
    assert found.centres.shape == (0, 3)
    dinars = fit_segments(columns[0], columns[1], columns[2] * 140)
    assert dinars.assign(columns[0], columns[1], columns[2] * 140).tolist() == [key for _row, key in RULES]


def test_none_one_and_all_alike():
    assert fit_segments([], [], []).assign([], [], []).tolist() == []
    assert fit_segments([], [], []).assign([5], [1], [10]).tolist() == ["new"]
    assert fit_segments([5], [1], [10]).assign([5], [1], [10]).tolist() == ["new"]
    alike = np.full(100, 30.0), np.full(100, 5.0), np.full(100, 1000.0)
    found = fit_segments(*alike)
    assert found.method == "rules"
    assert set(found.assign(*alike)) == {"loyal"}


def test_customers_without_an_order_are_in_no_segment(customers, model):
    nobody = ([np.nan, 5.0, 3.0], [2, 0, np.nan], [10.0, 10.0, 10.0])
    assert model.assign(*nobody).tolist() == [""] * 3
    more = [np.append(column, added) for column, added in zip(customers[:3], nobody, strict=True)]
    assert fit_segments(*more).state() == model.state()


def test_returns_that_exceed_the_orders_and_future_days_are_no_error(customers, model):
    assert model.assign([-3, 8], [24, 1], [90_000, -50]).tolist() == ["champions", "new"]
    recency, orders, revenue = (column.copy() for column in customers[:3])
    revenue[:5], recency[5:9] = -10.0, -2.0
    assert fit_segments(recency, orders, revenue).keys == model.keys
    nothing_paid = fit_segments(recency, orders, revenue * 0)
    assert set(nothing_paid.assign(recency, orders, revenue * 0)) <= set(KEYS)


def test_many_customers_are_fitted_on_a_part_of_them(customers, model, monkeypatch):
    monkeypatch.setattr(segments, "MAX_FITTED", 200)
    monkeypatch.setattr(segments, "MAX_JUDGED", 150)
    found = fit_segments(*customers[:3])
    assert found.keys == model.keys
    assert (found.assign(*customers[:3]) == customers[3]).mean() > 0.97
