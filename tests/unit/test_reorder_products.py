import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_orders import made_orders

from bench.engine import load_engine

load_engine()
from leather_engine.metrics import auc  # noqa: E402
from leather_engine.reorder.pairs import Pairs, ProductFacts  # noqa: E402
from leather_engine.reorder.products import ProductScorer, fit_products, learnable  # noqa: E402

CUT = 400
LINE = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(0, 60), st.integers(-3, 9))


def pairs_of(rows):
    columns = [np.array(column) for column in zip(*rows, strict=True)] or [np.zeros(0, dtype=int)] * 4
    customer, product, day, quantity = columns
    return Pairs.from_lines(customer, product, day, quantity * 2, quantity)


@pytest.fixture(scope="module")
def pairs():
    customer, day, amount, quantity, product = made_orders()
    return Pairs.from_lines(customer, product, day, amount, quantity)


@pytest.fixture(scope="module")
def scorer(pairs):
    return fit_products(pairs, CUT)


def test_it_learns_which_product(pairs, scorer):
    asked = pairs.with_products(scorer.candidates)
    told = scorer.score(asked, CUT)
    known = ~np.isnan(told.probability)
    bought = asked.history.next_order(CUT) <= 90
    count = np.diff(asked.at(CUT).history.start)
    again = told.bought
    assert scorer.learned is not None
    assert auc(bought[known], told.probability[known]) > auc(bought[known], count[known])
    assert auc(bought[again], told.probability[again]) > auc(bought[again], count[again]) + 0.05
    assert told.probability[again].mean() == pytest.approx(bought[again].mean(), abs=0.08)


def test_quantities_of_products(pairs, scorer):
    told = scorer.score(pairs, CUT)
    real = pairs.history.next_quantity(CUT)
    soon = told.bought & (pairs.history.next_order(CUT) <= 90)
    inside = (told.quantity[:, 0] <= real) & (real <= told.quantity[:, 2])
    assert 0.65 < inside[soon].mean() < 0.95


def test_saving_and_chunks(pairs, scorer):
    told = scorer.score(pairs, CUT)
    document, arrays = scorer.state()
    again = ProductScorer.from_state(json.loads(json.dumps(document, allow_nan=False)), arrays)
    parts = [part for _, part in again.score_in_chunks(pairs, CUT, size=130)]
    assert np.allclose(np.concatenate([part.probability for part in parts]), told.probability, equal_nan=True)
    assert np.array_equal(np.concatenate([part.product for part in parts]), told.product)
    assert np.array_equal(np.concatenate([part.customer for part in parts]), told.customer)


def test_nothing_after_the_cut_is_looked_at(pairs, scorer):
    customer, day, amount, quantity, product = made_orders()
    known = day <= CUT
    blind = Pairs.from_lines(
        *(column[known] for column in (customer, product, day, amount, quantity)), customers=np.unique(customer)
    )
    told = fit_products(blind, CUT).score(blind, CUT)
    seen = {(c, p): v for c, p, v in zip(told.customer, told.product, told.probability, strict=True)}
    full = scorer.score(pairs, CUT)
    for customer, product, value, bought in zip(
        full.customer, full.product, full.probability, full.bought, strict=True
    ):
        if bought:
            assert seen[customer, product] == pytest.approx(value)


@given(st.lists(LINE, max_size=30), st.integers(0, 60))
def test_any_pairs_can_be_scored(rows, cut):
    asked = pairs_of(rows).with_products([1, 7])
    told = SCORER.score(asked, cut)
    known = ~np.isnan(told.probability)
    assert ((told.probability[known] >= 0) & (told.probability[known] <= 1)).all()
    assert not (told.bought & ~known).any()
    wanted = {(customer, product) for customer, product, _, _ in rows}
    wanted |= {(customer, product) for customer, _, _, _ in rows for product in (1, 7)}
    assert set(zip(told.customer.tolist(), told.product.tolist(), strict=True)) == wanted


@given(st.lists(LINE, min_size=1, max_size=30), st.integers(0, 60))
def test_more_products_move_no_order(rows, cut):
    before, after = pairs_of(rows), pairs_of(rows).with_products([2, 9])
    for one, other in ((before, after), (before.at(cut), after.at(cut))):
        history, wider = one.history, other.history
        assert np.array_equal(one.owner[history.owner], other.owner[wider.owner])
        assert np.array_equal(one.product[history.owner], other.product[wider.owner])
        assert np.array_equal(history.quantity, wider.quantity)


def test_a_part_of_the_customers(pairs):
    part = pairs.take([3, 5])
    assert part.customers.customer.tolist() == pairs.customers.customer[[3, 5]].tolist()
    mine = np.isin(pairs.owner, [3, 5])
    assert part.product.tolist() == pairs.product[mine].tolist()
    assert len(part.history.day) == np.isin(pairs.owner[pairs.history.owner], [3, 5]).sum()


def test_facts_of_products():
    past = pairs_of([(1, 5, 10, 4), (1, 5, 50, 4), (2, 5, 55, 9), (2, 6, 1, 2)]).at(60)
    facts = ProductFacts.of(past, 60)
    assert facts.product.tolist() == [5, 6]
    assert np.expm1(facts.popularity).round().tolist() == [2, 1]
    assert facts.last.tolist() == [55, 1]
    assert facts.first.tolist() == [10, 1]
    assert facts.places(np.array([6, 9, 5, 1])).tolist() == [1, -1, 0, -1]
    assert facts.top(1).tolist() == [5]


def test_hardly_any_history():
    few = pairs_of([(1, 1, 3, 2), (2, 1, 5, 1)])
    fitted = fit_products(few, 20)
    assert fitted.learned is None
    assert ((fitted.score(few, 20).probability > 0) & (fitted.score(few, 20).probability < 1)).all()
    empty = pairs_of([])
    assert len(fit_products(empty, 20).score(empty, 20).probability) == 0


def test_a_short_history_teaches_a_shorter_horizon():
    assert learnable(400, 90) == 90
    assert learnable(103, 90) == 36
    assert learnable(10, 90) == 14
    assert learnable(10, 7) == 7


SCORER = fit_products(pairs_of([(c, p, d, q) for c, d, _, q, p in zip(*made_orders(seed=3), strict=True)]), CUT)
