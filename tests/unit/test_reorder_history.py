import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.engine import load_engine

load_engine()
from leather_engine.reorder.history import History  # noqa: E402

LINE = st.tuples(st.integers(1, 5), st.integers(-40, 400), st.integers(-9, 9), st.integers(-5, 9))


def history(rows, **kwargs):
    columns = [np.array(column, dtype=float) for column in zip(*rows, strict=True)] or [np.zeros(0)] * 4
    return History.from_lines(columns[0].astype(int), *columns[1:], **kwargs)


def net_by_hand(rows, cut):
    """{customer: [[day, quantity], …]} by walking through the days."""
    days = {}
    for customer, day, _amount, quantity in rows:
        if day <= cut:
            days[customer, day] = days.get((customer, day), 0) + quantity
    kept = {}
    for (customer, day), quantity in sorted(days.items()):
        orders = kept.setdefault(customer, [])
        if quantity > 0:
            orders.append([day, quantity])
        while quantity < 0 and orders:
            taken = min(orders[-1][1], -quantity)
            orders[-1][1] -= taken
            quantity += taken
            if not orders[-1][1]:
                orders.pop()
    return {customer: orders for customer, orders in kept.items() if orders}


@given(st.lists(LINE, max_size=40), st.integers(-40, 400))
def test_netting_is_what_walking_through_the_days_gives(rows, cut):
    seen = history(rows).at(cut)
    found = {}
    for owner, day, quantity in zip(seen.owner, seen.day, seen.quantity, strict=True):
        found.setdefault(seen.customer[owner], []).append([day, quantity])
    assert found == net_by_hand(rows, cut)


@given(st.lists(LINE, min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(rows, random):
    shuffled = random.sample(rows, len(rows))
    one, other = history(rows).at(300), history(shuffled).at(300)
    for name in ("customer", "owner", "day", "amount", "quantity"):
        assert np.allclose(getattr(one, name), getattr(other, name))


def test_one_day_is_one_order_and_the_future_is_unknown():
    past = history([(7, 1.2, 10, 1), (7, 1.9, 5, 2), (7, 9, 1, 1), (8, 20, 1, 1)])
    seen = past.at(9)
    assert seen.customer.tolist() == [7, 8]
    assert seen.day.tolist() == [1, 9]
    assert seen.quantity.tolist() == [3, 1]
    assert past.next_order(9)[1] == 11
    assert np.isnan(past.next_order(9)[0])
    assert past.next_quantity(1).tolist() == [1, 1]


def test_a_return_counts_from_its_own_day():
    past = history([(1, 10, 100, 10), (1, 20, 40, 4), (1, 30, -60, -6)])
    assert past.at(29).quantity.tolist() == [10, 4]
    seen = past.at(30)
    assert seen.quantity.tolist() == [8]
    assert seen.amount.tolist() == [80]
    assert seen.day.tolist() == [10]


def test_a_return_of_what_was_never_bought_is_no_order():
    assert len(history([(1, 10, -5, -1), (1, 11, 5, 1)]).at(20).day) == 1
    assert len(history([(1, 10, -5, -1)]).at(20).day) == 0


def test_customers_without_a_line_are_kept():
    past = history([(3, 1, 1, 1)], customers=[5, 1])
    assert past.customer.tolist() == [1, 3, 5]
    assert np.diff(past.start).tolist() == [0, 1, 0]
    assert len(history([], customers=[2])) == 1
    assert len(history([])) == 0


def test_a_part_of_the_customers():
    past = history([(1, 1, 1, 1), (2, 2, 1, 1), (3, 3, 2, 2), (3, 4, -1, -1), (2, 9, 1, 1)])
    part = past.take([1, 2])
    assert part.customer.tolist() == [2, 3]
    assert part.day.tolist() == [2, 9, 3]
    assert part.at(5).quantity.tolist() == [1, 1]


def test_lines_that_cannot_be_read_are_told():
    with pytest.raises(ValueError, match="not a number"):
        history([(1, np.nan, 1, 1)])
    with pytest.raises(ValueError, match="2 customers but 1"):
        History.from_lines([1, 2], [1], [1, 1], [1, 1])
