"""Customer x product: a history of pairs, what is known of each at a cut, and what is known of each product.

A pair of a customer and a product has occasions, returns and a rhythm like a customer has, so it is a
:class:`.history.History` whose "customers" are pairs.
"""

from dataclasses import dataclass, fields

import numpy as np

from .features import Occasions, divide, rhythm_of
from .history import History

LATELY, MONTH = 90, 30  # days in which a product is popular, and in which its trend shows
PAIR_NAMES = (
    "recency", "tenure", "orders", "interval_mean", "overdue", "warmth_30", "warmth_90", "warmth_365", "quantity",
    "share", "since_last", "since_first", "in_last_order", "customer_recency", "customer_orders", "customer_warmth",
    "breadth", "popularity", "popularity_trend", "bought_again", "product_idle", "product_age", "bgnbd",
    "customer_bgnbd",
)  # fmt: skip


@dataclass(frozen=True)
class Pairs:
    """Histories of C customers and of their P pairs, both by customer.

    :param customers: :class:`History` of the customers.
    :param history: :class:`History` of the pairs, its ``customer`` the number of the pair.
    :param owner: (P,) position of each pair's customer; ``product``: (P,) id of its product.
    """

    customers: History
    history: History
    owner: np.ndarray
    product: np.ndarray

    @classmethod
    def from_lines(cls, customer, product, day, amount, quantity, *, customers=None):
        """See :meth:`.history.History.from_lines`; ``product``: (n,) int ids."""
        product = np.asarray(product)
        whole = History.from_lines(customer, day, amount, quantity, customers=customers)
        products, number = np.unique(product, return_inverse=True)
        key = np.searchsorted(whole.customer, customer) * max(len(products), 1) + number.reshape(-1)
        history = History.from_lines(key, day, amount, quantity)
        owner, number = np.divmod(history.customer, max(len(products), 1))
        return cls(whole, history, owner, products[number] if len(products) else product)

    def __len__(self):
        return len(self.owner)

    def with_products(self, products):
        """The same with a pair, without an order where there is none, of every customer and each of these products."""
        wanted = np.unique(np.asarray(products, dtype=np.int64))
        ids, number = np.unique(np.concatenate([self.product, wanted]), return_inverse=True)
        number, size = number.reshape(-1), max(len(ids), 1)
        mine = self.owner * size + number[: len(self)]
        every = (np.arange(len(self.customers))[:, None] * size + number[len(self) :]).reshape(-1)
        key = np.union1d(mine, every)
        owner, number = np.divmod(key, size)
        history = self.history.renumbered(np.searchsorted(key, mine), key)
        return Pairs(self.customers, history, owner, ids[number])

    def at(self, cut):
        return Pairs(self.customers.at(cut), self.history.at(cut), self.owner, self.product)

    def take(self, customers):
        """Those of the customers at these positions (ascending)."""
        place = np.full(len(self.customers), -1)
        place[customers] = np.arange(len(customers))
        kept = np.flatnonzero(place[self.owner] >= 0)
        return Pairs(
            self.customers.take(customers), self.history.take(kept), place[self.owner[kept]], self.product[kept]
        )

    def between(self, start, stop):
        """Those of the customers from position ``start`` up to but not including ``stop``."""
        low, high = np.searchsorted(self.owner, [start, stop])
        return Pairs(
            self.customers.between(start, stop),
            self.history.between(low, high),
            self.owner[low:high] - start,
            self.product[low:high],
        )


@dataclass(frozen=True)
class ProductFacts:
    """What all customers' orders say about each of K products at a cut.

    :param product: (K,) ids, ascending.
    :param popularity: (K,) logarithm of 1 + how many customers bought it in 90 days.
    :param trend: (K,) logarithm of the last 30 days' orders against a third of the last 90 days'.
    :param again: (K,) share of its customers who bought it more than once, drawn towards the mean.
    :param last, first: (K,) day of its latest and its first order.
    :param quantity: (K,) mean logarithm of the quantity in an order.
    """

    product: np.ndarray
    popularity: np.ndarray
    trend: np.ndarray
    again: np.ndarray
    last: np.ndarray
    first: np.ndarray
    quantity: np.ndarray

    @classmethod
    def of(cls, pairs, cut):
        """:param pairs: as known at ``cut``."""
        history = pairs.history
        products, number = np.unique(pairs.product, return_inverse=True)
        number = number.reshape(-1)
        row = number[history.owner]
        size = len(products)
        age = cut - history.day
        count = np.diff(history.start)

        def total(rows, weights=None):
            return np.bincount(rows, weights=weights, minlength=size).astype(float)

        lately = np.unique(history.owner[age < LATELY])
        bought, twice = total(number, count > 0), total(number, count > 1)
        mean = twice.sum() / max(bought.sum(), 1.0)
        last, first = np.full(size, -np.inf), np.full(size, np.inf)
        np.maximum.at(last, row, history.day)
        np.minimum.at(first, row, history.day)
        return cls(
            product=products,
            popularity=np.log1p(total(number[lately])),
            trend=np.log((total(row, age < MONTH) + 1) / (total(row, age < LATELY) / 3 + 1)),
            again=(twice + 10 * mean) / (bought + 10),
            last=last,
            first=first,
            quantity=np.where(total(row) > 0, divide(total(row, np.log(history.quantity)), total(row)), np.nan),
        )

    def places(self, product):
        """(n,) positions of products, -1 of unknown ones."""
        place = np.searchsorted(self.product, product)
        place[place == len(self.product)] = 0
        return np.where(len(self.product) and self.product[place] == product, place, -1) if len(product) else place

    def top(self, most):
        """The ``most`` ids that most customers bought lately, ascending."""
        return np.sort(self.product[np.argsort(-self.popularity, kind="stable")[:most]])

    def arrays(self):
        """{name: array}, to keep."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def pair_numbers(pairs, cut, facts, *, pair_odds, customer_odds):
    """(P, len(PAIR_NAMES)) numbers, NaN where nothing is known.

    :param pairs: as known at ``cut``.
    :param pair_odds, customer_odds: functions of a rhythm that give BG/NBD's log-odds of the next order.
    """
    rhythm, whole = rhythm_of(pairs.history, cut), rhythm_of(pairs.customers, cut)
    occasions = Occasions(pairs.history)
    age = (cut - pairs.history.day).astype(float)
    owner, place = pairs.owner, facts.places(pairs.product)
    since_last = _orders_after(pairs, rhythm.last)
    since_first = _orders_after(pairs, rhythm.first) + 1.0

    def of_product(values):
        return (
            np.where(place >= 0, values[np.maximum(place, 0)], np.nan) if len(values) else np.full(len(pairs), np.nan)
        )

    customer_age = (cut - pairs.customers.day).astype(float)
    warmth = Occasions(pairs.customers).sum(np.exp(-customer_age / 90.0))
    columns = {
        "recency": rhythm.recency,
        "tenure": rhythm.tenure,
        "orders": rhythm.orders,
        "interval_mean": rhythm.mean,
        "overdue": divide(rhythm.recency, rhythm.mean),
        **{f"warmth_{days}": np.log(occasions.sum(np.exp(-age / days)) + 1e-6) for days in (30, 90, 365)},
        "quantity": occasions.mean(np.log(pairs.history.quantity)),
        "share": divide(rhythm.orders, since_first),
        "since_last": since_last,
        "since_first": since_first,
        "in_last_order": (since_last == 0).astype(float),
        "customer_recency": whole.recency[owner],
        "customer_orders": whole.orders[owner],
        "customer_warmth": np.log(warmth + 1e-6)[owner],
        "breadth": np.bincount(owner, weights=rhythm.orders > 0, minlength=len(whole.orders))[owner],
        "popularity": of_product(facts.popularity),
        "popularity_trend": of_product(facts.trend),
        "bought_again": of_product(facts.again),
        "product_idle": cut - of_product(facts.last),
        "product_age": cut - of_product(facts.first),
        "bgnbd": pair_odds(rhythm),
        "customer_bgnbd": customer_odds(whole)[owner],
    }
    numbers = np.stack([columns[name] for name in PAIR_NAMES], axis=1)
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers


def _orders_after(pairs, day):
    """(P,) occasions of the pair's customer after a day."""
    whole = pairs.customers
    if not len(whole.day):
        return np.zeros(len(pairs))
    floor, span = whole.day.min(), int(np.ptp(whole.day)) + 2
    key = whole.owner * span + (whole.day - floor)
    when = np.clip(np.nan_to_num(day, nan=floor) - floor, -1, span - 1)
    return (whole.start[pairs.owner + 1] - np.searchsorted(key, pairs.owner * span + when, side="right")).astype(float)
