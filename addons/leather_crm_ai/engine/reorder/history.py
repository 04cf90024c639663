"""Order lines -> order occasions per customer, and what was known of them on a given day.

An *occasion* is a customer's orders of one day taken together.  What comes back is netted: within a day as it is,
later against the customer's latest occasions before it, so that an order that was returned entirely is no order.  A
return counts from its own day on: on an earlier cut it had not happened yet.
"""

from dataclasses import dataclass, replace

import numpy as np

TINY = 1e-9  # of a quantity: what is left of an occasion below this is rounding


@dataclass(frozen=True)
class History:
    """Occasions and returns of C customers, by customer and day.

    :param customer: (C,) ids, ascending; also of customers without any order.
    :param owner: (m,) position in ``customer`` of each occasion, ascending.
    :param day: (m,) int days, ascending within an owner, no day twice.
    :param amount: (m,) money; ``quantity``: (m,) above zero.
    :param back: :class:`Returns` that are dated later than what they take back.
    """

    customer: np.ndarray
    owner: np.ndarray
    day: np.ndarray
    amount: np.ndarray
    quantity: np.ndarray
    back: "Returns"

    @classmethod
    def from_lines(cls, customer, day, amount, quantity, *, customers=None):
        """Build a history.

        :param customer: (n,) int ids of the customers, lines in any order.
        :param day: (n,) days since any fixed day; fractions are dropped.
        :param amount, quantity: (n,) of the line; negative for what comes back.
        :param customers: ids that must be there even without a line; ids of lines are added.
        :raises ValueError: lengths that differ, or a day, amount or quantity that is no number.
        """
        customer = np.asarray(customer)
        day, amount, quantity = (np.asarray(values, dtype=np.float64) for values in (day, amount, quantity))
        _check_lines(customer, day, amount, quantity)
        known = np.unique(customer if customers is None else np.concatenate([customer, np.asarray(customers)]))
        owner, when, sums = sum_by_day(np.searchsorted(known, customer), day, (amount, quantity))
        bought = sums[1] > TINY
        came_back = sums[1] < -TINY
        return cls(
            customer=known,
            owner=owner[bought],
            day=when[bought],
            amount=sums[0][bought],
            quantity=sums[1][bought],
            back=Returns(owner[came_back], when[came_back], -sums[0][came_back], -sums[1][came_back]),
        )

    def __len__(self):
        return len(self.customer)

    @property
    def start(self):
        """(C + 1,) position of each customer's first occasion, and the end."""
        return np.searchsorted(self.owner, np.arange(len(self.customer) + 1))

    def at(self, cut):
        """The history as it was known at the end of day ``cut``: later occasions left out, returns netted."""
        kept = self.day <= cut
        history = History(
            self.customer, self.owner[kept], self.day[kept], self.amount[kept], self.quantity[kept], Returns.none()
        )
        return _net(history, self.back.up_to(cut)) if len(self.back) and kept.any() else history

    def take(self, customers):
        """The history of the customers at these positions (ascending)."""
        customers = np.asarray(customers, dtype=np.int64)
        place = np.full(len(self.customer), -1)
        place[customers] = np.arange(len(customers))
        kept = place[self.owner] >= 0
        return History(
            self.customer[customers],
            place[self.owner[kept]],
            self.day[kept],
            self.amount[kept],
            self.quantity[kept],
            self.back.of(place),
        )

    def renumbered(self, place, customer):
        """The same occasions among more customers.

        :param place: (C,) ascending, the new position of each customer; ``customer``: the new ids.
        """
        return replace(self, customer=customer, owner=place[self.owner], back=self.back.of(place))

    def between(self, start, stop):
        """The history of the customers from position ``start`` up to but not including ``stop``."""
        low, high = np.searchsorted(self.owner, [start, stop])
        inside = (self.back.owner >= start) & (self.back.owner < stop)
        back = self.back
        return History(
            self.customer[start:stop],
            self.owner[low:high] - start,
            self.day[low:high],
            self.amount[low:high],
            self.quantity[low:high],
            Returns(back.owner[inside] - start, back.day[inside], back.amount[inside], back.quantity[inside]),
        )

    def next_order(self, cut):
        """Days from ``cut`` to each customer's first occasion after it, (C,), NaN where there is none.

        Ask a history at a later cut, so that what was ordered and returned since does not count.
        """
        return self._next(cut, self.day) - cut

    def next_quantity(self, cut):
        """Quantity of that occasion, (C,), NaN where there is none."""
        return self._next(cut, self.quantity)

    def _next(self, cut, values):
        later = np.flatnonzero(self.day > cut)
        owners, first = np.unique(self.owner[later], return_index=True)
        found = np.full(len(self.customer), np.nan)
        found[owners] = values[later[first]]
        return found


@dataclass(frozen=True)
class Returns:
    """What came back on a day of which less was bought, by owner and day; amounts and quantities positive."""

    owner: np.ndarray
    day: np.ndarray
    amount: np.ndarray
    quantity: np.ndarray

    @classmethod
    def none(cls):
        nothing = np.zeros(0, dtype=np.int64)
        return cls(nothing, nothing, np.zeros(0), np.zeros(0))

    def __len__(self):
        return len(self.owner)

    def up_to(self, cut):
        kept = self.day <= cut
        return Returns(self.owner[kept], self.day[kept], self.amount[kept], self.quantity[kept])

    def of(self, place):
        """Those of the owners with a new position in ``place``."""
        kept = place[self.owner] >= 0
        return Returns(place[self.owner[kept]], self.day[kept], self.amount[kept], self.quantity[kept])


def sum_by_day(owner, day, values):
    """``(owner, day, sums)`` of the distinct (owner, day), ascending."""
    whole = np.floor(day).astype(np.int64)
    order = np.lexsort((whole, owner))
    owner, whole = owner[order], whole[order]
    first = np.flatnonzero(_changes(owner) | _changes(whole))
    sums = [np.add.reduceat(column[order], first) if len(first) else column for column in values]
    return owner[first], whole[first], sums


def _changes(sorted_values):
    changes = np.ones(len(sorted_values), dtype=bool)
    changes[1:] = sorted_values[1:] != sorted_values[:-1]
    return changes


def _check_lines(customer, *numbers):
    for values in numbers:
        if len(values) != len(customer):
            raise ValueError(f"{len(customer)} customers but {len(values)} values")
        if not np.isfinite(values).all():
            raise ValueError("a day, an amount or a quantity is not a number")


def _net(history, back):
    """Take what came back off the latest occasions before it, further back where those do not suffice."""
    amount, quantity = history.amount.copy(), history.quantity.copy()
    floor, span = history.day.min(), int(np.ptp(history.day)) + 2
    key = history.owner * span + (history.day - floor)
    wanted = back.owner * span + np.clip(back.day - floor, -1, span - 1)
    place = np.searchsorted(key, wanted, side="right") - 1
    owner, left, price = back.owner, back.quantity, back.amount / back.quantity
    while len(place):
        real = (place >= 0) & (history.owner[np.maximum(place, 0)] == owner)
        place, owner, left, price = place[real], owner[real], left[real], price[real]
        asked = np.bincount(place, weights=left, minlength=len(quantity))
        share = np.minimum(1.0, np.divide(quantity, asked, out=np.zeros_like(quantity), where=asked > 0))
        taken = left * share[place]
        quantity -= np.bincount(place, weights=taken, minlength=len(quantity))
        amount -= np.bincount(place, weights=taken * price, minlength=len(quantity))
        left = left - taken
        more = left > TINY
        place, owner, left, price = place[more] - 1, owner[more], left[more], price[more]
    kept = quantity > TINY
    return History(
        history.customer, history.owner[kept], history.day[kept], amount[kept], quantity[kept], Returns.none()
    )
