"""A customer's order history as it stood at a given moment, for many records at once."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True)
class History:
    """Per record: orders placed before (count), their sum (revenue), days since the last one (recency).

    All float (n,); recency is NaN where there is no order before.
    """

    count: np.ndarray
    revenue: np.ndarray
    recency: np.ndarray


def to_days(moments):
    """Days since 1970 (float) of naive UTC datetimes."""
    return np.array([(moment - _EPOCH).total_seconds() / 86400.0 for moment in moments], dtype=float)


def before(customer, when, order_customer, order_when, order_amount):
    """History of each record's customer strictly before its moment.

    :param customer: int (n,), 0 for a record without a customer.
    :param when: float days (n,).
    :param order_customer: int (m,); ``order_when`` float days (m,); ``order_amount`` float (m,).
    :return: :class:`History`.
    """
    customer, when = np.asarray(customer), np.asarray(when, dtype=float)
    order = np.lexsort((order_when, order_customer))
    owner, day = np.asarray(order_customer)[order], np.asarray(order_when, dtype=float)[order]
    total = np.concatenate([[0.0], np.cumsum(np.asarray(order_amount, dtype=float)[order])])
    first = np.searchsorted(owner, customer, side="left")
    last = _search_within(owner, day, customer, when)
    count = (last - first).astype(float)
    latest = day[np.maximum(last - 1, 0)] if len(day) else np.zeros(len(customer))
    recency = np.where(count > 0, when - latest, np.nan)
    return History(count=count, revenue=total[last] - total[first], recency=recency)


def _search_within(owner, day, customer, when):
    """Per record, the position after its customer's last order before ``when``: one merge sort for all."""
    is_order = np.concatenate([np.zeros(len(customer), bool), np.ones(len(owner), bool)])
    # at the same moment the record comes first, so that an order at that very moment is not "before"
    rank = np.lexsort((is_order, np.concatenate([when, day]), np.concatenate([customer, owner])))
    orders_so_far = np.cumsum(is_order[rank])
    position = np.empty(len(rank), dtype=np.int64)
    position[rank] = orders_so_far
    return position[: len(customer)]
