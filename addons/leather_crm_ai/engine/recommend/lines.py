"""Order lines as numbers: which customer bought which product in which order."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Lines:
    """One row for each product of each order, in an order that does not depend on how customers are numbered.

    :param customer: number of the customer, from 0
    :param order: number of the order, from 0, of one customer and day
    :param product: number of the product, from 0
    :param day: day of the order
    """

    customer: np.ndarray
    order: np.ndarray
    product: np.ndarray
    day: np.ndarray

    @classmethod
    def from_rows(cls, customer, product, day, order=None):
        """Lines from parallel arrays; an order that is not told is a customer's day.

        :param product: numbers from 0
        """
        day = np.asarray(day, dtype=np.int64)
        customer = _number(customer)
        told = np.zeros(len(day), np.int64) if order is None else _number(order)
        order = _number_rows(customer, day, told)
        rank = _rank_by_content(customer, product, day)
        rows = np.lexsort((product, told, day, rank[customer]))
        fresh = np.ones(len(rows), dtype=bool)
        fresh[1:] = (np.diff(order[rows]) != 0) | (np.diff(product[rows]) != 0)
        rows = rows[fresh]
        return cls(_in_turn(customer[rows]), _in_turn(order[rows]), product[rows], day[rows])

    def __len__(self):
        return len(self.day)

    @property
    def customers(self):
        return int(self.customer.max(initial=-1)) + 1

    @property
    def orders(self):
        return int(self.order.max(initial=-1)) + 1

    def take(self, rows):
        """Some of the lines, numbered anew."""
        customer, order = _in_turn(self.customer[rows]), _in_turn(self.order[rows])
        return Lines(customer, order, self.product[rows], self.day[rows])

    def by_customer(self):
        """``(first line of each customer, its number of lines)``."""
        first = np.searchsorted(self.customer, np.arange(self.customers + 1))
        return first[:-1], np.diff(first)


def _number(values):
    return np.unique(np.asarray(values), return_inverse=True)[1].reshape(-1).astype(np.int64)


def _number_rows(*columns):
    return np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)[1].reshape(-1)


def _in_turn(numbers):
    """0, 0, 1, 2, … from numbers whose equals stand together."""
    changed = np.ones(len(numbers), dtype=np.int64)
    changed[1:] = np.diff(numbers) != 0
    return np.cumsum(changed) - 1


def _rank_by_content(customer, product, day):
    """Place of each customer by a hash of what they bought when, so that sums are the same however they are numbered.

    A sum of floats depends on its order in the last digit, and a ranking may depend on that digit.
    """
    mixed = _mix(_mix(day.astype(np.uint64)) ^ np.asarray(product).astype(np.uint64))
    total = np.zeros(int(customer.max(initial=-1)) + 1, dtype=np.uint64)
    np.add.at(total, customer, mixed)
    rank = np.empty(len(total), dtype=np.int64)
    rank[np.argsort(total, kind="stable")] = np.arange(len(total))
    return rank


def _mix(values):
    """Bits stirred (the finaliser of SplitMix64: Steele, Lea and Flood, 2014)."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
