"""The evidence that a customer will take a product, and what each piece of it is worth.

All products are looked at for one customer at once: a column for each piece of evidence.  The columns belong to groups,
which are the reasons people are told.  Their worth is a logistic regression on an earlier window: from the evidence at
its beginning, was the product bought in it?  Small data do without and take the worth found on a wholesaler's orders.
"""

from dataclasses import dataclass

import numpy as np

from ..scoring import sigmoid

COLUMNS = {
    "again": ("bought", "times", "share", "age", "due", "latest", "often", "rebought"),
    "similar": ("similar", "similar_known", "similar_late", "bought_similar"),
    "goes_with": ("beside", "lift", "confidence"),
    "popular": ("popular", "popular_late"),
    "customer": ("orders", "breadth", "pause"),
}
NAMES = tuple(name for group in COLUMNS.values() for name in group)
GROUP = np.array([list(COLUMNS).index(group) for group, names in COLUMNS.items() for _name in names])
# These speak for a product or not at all: evidence that speaks against it by chance would be a strange reason.
_FAVOURABLE = {
    "times",
    "rebought",
    "similar",
    "similar_known",
    "similar_late",
    *COLUMNS["goes_with"],
    *COLUMNS["popular"],
}
FAVOURABLE = np.array([name in _FAVOURABLE for name in NAMES])
USUAL_REBUYING = 0.003  # repeats a day; only sets where zero is
# What the evidence is worth where the orders are too few to say, after UCI's Online Retail; the rest is worth nothing.
USUAL = {
    "next": {
        "bought": 2.0, "times": 1.9, "due": -0.1, "often": 0.2, "rebought": 0.4, "similar_known": 0.65,
        "similar_late": 1.5, "bought_similar": -0.65, "popular_late": 0.35, "constant": -4.6,
    },
    "quotation": {
        "bought": 2.6, "times": 1.6, "due": -0.3, "rebought": 0.35, "similar_known": 0.25, "bought_similar": -0.55,
        "beside": 11.6, "lift": 0.65, "confidence": 2.1, "popular_late": 0.15, "constant": -6.1,
    },
}  # fmt: skip
FADE = 90.0  # days after which a purchase counts less by a factor e
RIDGE = 1.0
ROUNDS = 25


@dataclass(frozen=True)
class Evidence:
    """Of one customer on all products.

    :param values: (products, columns)
    :param times: orders with the product
    :param age: days since the latest one; infinite where there was none
    :param similar: ``(product of the customer, row of the links)`` of what similar customers bought
    :param together: the same of what goes with the quotation
    """

    values: np.ndarray
    times: np.ndarray
    age: np.ndarray
    similar: tuple
    together: tuple


def gather(products, product, day, today, basket):
    """The :class:`Evidence` of one customer.

    :param products: :class:`.products.Products`
    :param product: number of the product of each purchase; one row for each order that holds it
    :param day: its day
    :param basket: numbers of the products in the quotation
    """
    count = len(products)
    times = np.bincount(product, minlength=count)
    since = np.maximum(today - day, 0)
    age = np.full(count, np.inf)
    np.minimum.at(age, product, since)
    columns = dict.fromkeys(NAMES, 0.0)
    bought = np.flatnonzero(times)
    columns |= _own(products, bought, times, age, product, since)
    similar = products.similar.leaving(bought)
    columns |= _similar(products.similar, bought, times, age, similar)
    together = products.together.leaving(basket)
    columns |= _beside(products, basket, together)
    columns["popular"] = np.log(products.bought + 1e-4)
    columns["popular_late"] = np.log(products.recent + 1e-4)
    columns |= _customer(bought, day, since)
    values = np.zeros((count, len(NAMES)))
    for place, name in enumerate(NAMES):
        values[:, place] = columns[name]
    return Evidence(
        values, times, age, (bought[similar[0]], similar[1]), (np.asarray(basket)[together[0]], together[1])
    )


def _own(products, bought, times, age, product, since):
    count = len(products)
    if not len(bought):
        return {}
    known = times > 0
    orders = len(np.unique(since))
    passed = np.where(known, age, 0.0)
    ratio = passed / products.rhythm
    return {
        "bought": known.astype(float),
        "times": np.log1p(times),
        "share": times / orders,
        "age": np.log1p(passed),
        "due": np.log1p(ratio),
        "latest": known & (age == age.min()),
        "often": np.log1p(np.bincount(product, weights=np.exp(-since / FADE), minlength=count)),
        "rebought": known * np.log(products.rebuying / USUAL_REBUYING),
    }


def _similar(links, bought, times, age, found):
    place, rows = found
    target, weight = links.target[rows], links.weight[rows]
    count = len(times)
    every = np.bincount(target, weights=weight, minlength=count)
    late = np.bincount(target, weights=weight * np.exp(-age[bought] / FADE)[place], minlength=count)
    positive = np.log(np.maximum(every, 0.0) + 0.01) - np.log(0.01)
    return {
        "similar": every,
        "similar_known": positive,
        "similar_late": late,
        "bought_similar": positive * (times > 0),
    }


def _beside(products, basket, found):
    if not len(basket):
        return {}
    count = len(products)
    _place, links = products.similar.leaving(basket)
    beside = np.bincount(products.similar.target[links], weights=products.similar.weight[links], minlength=count)
    lift, confidence = np.zeros(count), np.zeros(count)
    target = products.together.target[found[1]]
    np.maximum.at(lift, target, products.together.weight[found[1]])
    np.maximum.at(confidence, target, products.together.share[found[1]])
    return {"beside": beside, "lift": lift, "confidence": confidence}


def _customer(bought, day, since):
    if not len(bought):
        return {}
    return {
        "orders": np.log1p(len(np.unique(day))),
        "breadth": np.log1p(len(bought)),
        "pause": np.log1p(since.min()),
    }


def usual_worth():
    """{"next", "quotation": worth of each column, the constant last}."""
    return {
        name: np.array([worth.get(column, 0.0) for column in (*NAMES, "constant")]) for name, worth in USUAL.items()
    }


def fit_worth(values, taken, weight):
    """Worth of each column, the constant last: logistic regression with a small ridge, by Newton's method.

    What should speak for a product but does not is left out, the most contrary one first.

    :param values: (n, columns)
    :param taken: bool (n,)
    :param weight: of the rows, (n,)
    """
    mean, spread = values.mean(axis=0), values.std(axis=0)
    used = spread > 1e-9  # what never varied has no worth
    spread = np.where(used, spread, 1.0)
    scaled = np.column_stack([(values - mean) / spread, np.ones(len(values))])
    used, favourable = np.append(used, True), np.append(FAVOURABLE, False)
    share = np.average(taken, weights=weight)
    worth = np.append(np.zeros(len(mean)), np.log(share / (1 - share)))
    while True:
        worth[used] = _newton(scaled[:, used], taken, weight, worth[used])
        worth[~used] = 0.0
        wrong = np.where(favourable & used, worth, 0.0)
        if wrong.min() >= 0.0:
            break
        used[wrong.argmin()] = False
    plain = worth[:-1] / spread
    return np.append(plain, worth[-1] - mean @ plain).round(6)


def _newton(scaled, taken, weight, worth):
    """The worth with the least loss, from a first guess; the last column is the constant."""
    ridge = np.append(np.full(len(worth) - 1, RIDGE), 1e-6)
    loss = _loss(scaled, taken, weight, ridge, worth)
    for _round in range(ROUNDS):
        step = _newton_step(scaled, taken, weight, ridge, worth)
        for _halving in range(30):
            better = _loss(scaled, taken, weight, ridge, worth + step)
            if better <= loss:
                break
            step = step / 2
        worth, gain, loss = worth + step, loss - better, better
        if gain < 1e-9 * abs(loss):
            break
    return worth


def _loss(scaled, taken, weight, ridge, worth):
    log_odds = scaled @ worth
    return (weight * (np.logaddexp(0.0, log_odds) - taken * log_odds)).sum() + 0.5 * ridge @ worth**2


def _newton_step(scaled, taken, weight, ridge, worth):
    chance = sigmoid(scaled @ worth)
    slope = scaled.T @ (weight * (taken - chance)) - ridge * worth
    curve = (scaled * (weight * chance * (1 - chance))[:, None]).T @ scaled + np.diag(ridge)
    return np.linalg.solve(curve, slope)
