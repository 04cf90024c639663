"""Recommendations on order lines: ours against popularity, own frequency and similar customers alone.

Three cuts 90 days apart, the last one 90 days before the end of the data.  What was bought until the cut is known; the
products a customer bought in the 90 days after it are to be found.  Customers count who bought before and after.
"all": any product; "new": only products the customer had not bought before, which are then the only ones ranked;
"quotation": half of the products (drawn with --seed) of the customer's first order after the cut are in the quotation,
the other half is to be found.

Popularity: customers who bought the product in the last 90 days before the cut, or ever, whichever is better on this
cut.  Own frequency: orders of the customer with the product, then popularity.  "similar" is our item-to-item model
without the rest.  Lines of zero or less are left out.  hit: one of the first 5 (10) was bought; recall: the share of
what was bought that is among the first 5 (10).
"""

import time

import numpy as np

from .engine import load_engine
from .errors import UsageError
from .options import check_writable, cost_since, say, write_figures
from .orders import add_order_arguments, read_orders

load_engine()
from leather_engine.recommend import Recommender  # noqa: E402

WINDOW = 90  # days
CUTS = 3
SIZES = (5, 10)
MEASURES = ("hit5", "recall5", "hit10", "recall10")
VIEWS = {"all": "any product", "new": "new to the customer", "quotation": "the rest of an order"}
NAMES = {
    "ours": "ours",
    "next": "ours, quotation unread",
    "similar": "similar alone",
    "own_frequency": "own frequency",
    "popularity": "popularity",
}


def add_arguments(parser):
    add_order_arguments(parser, product_required=True)
    parser.add_argument("--seed", type=int, default=0, help="of the halves of orders (default 0)")


def main(arguments):
    started = time.perf_counter()
    check_writable(arguments.json)
    orders = read_orders(arguments)
    kept = np.flatnonzero((orders.quantity > 0) & (orders.product >= 0))
    say(f"{len(orders)} lines with customer and date, {len(orders) - len(kept)} of zero or less or without product")
    orders = orders.take(kept)
    figures = measure(orders, seed=arguments.seed)
    figures |= cost_since(started)
    print(render(figures))
    write_figures(arguments.json, figures)
    return 0


def measure(orders, *, seed=0):
    """{"customers", "products", "cuts", "mean"} of order lines."""
    last, first = (int(orders.day.max()), int(orders.day.min())) if len(orders) else (0, 0)
    days = [last - WINDOW * number for number in range(1, CUTS + 1)]
    days = [day for day in days if day > first]
    if not days:
        raise UsageError(f"the orders span {last - first} days; more than {WINDOW} are needed")
    cuts = []
    for day in days:
        cuts.append(measure_cut(orders, day, seed))
        say(f"  cut {len(cuts)}/{len(days)}: {cuts[-1]['customers']} customers")
    return {
        "customers": len(np.unique(orders.customer)),
        "products": len(np.unique(orders.product)),
        "cuts": cuts,
        "mean": {view: average([cut[view] for cut in cuts]) for view in VIEWS},
    }


def measure_cut(orders, cut, seed):
    past = orders.day <= cut
    started = time.perf_counter()
    model = Recommender().fit(orders.customer[past], orders.product[past], orders.day[past], today=cut)
    fit_s = time.perf_counter() - started
    desk = Desk(model, orders, cut, seed)
    for history, future in histories(orders, cut):
        desk.ask(history, future)
    return {
        "cut": cut,
        "days_before_the_end": int(orders.day.max()) - cut,
        "customers": len(desk.durations),
        **{view: desk.figures(view) for view in VIEWS},
        "learned": model.learned_,
        "fit_seconds": round(fit_s, 2),
        "ms_per_customer": round(1000 * float(np.mean(desk.durations)), 3) if desk.durations else None,
        "ms_p95": round(1000 * float(np.quantile(desk.durations, 0.95)), 3) if desk.durations else None,
    }


def histories(orders, cut):
    """Yield (lines until the cut, lines of the window after it) of customers who have both."""
    rows = np.flatnonzero(orders.day <= cut + WINDOW)
    rows = rows[np.argsort(orders.customer[rows], kind="stable")]
    for own in np.split(rows, np.flatnonzero(np.diff(orders.customer[rows])) + 1):
        early = orders.day[own] <= cut
        if early.any() and not early.all():
            yield own[early], own[~early]


class Desk:
    """Asks all contenders about one customer after the other, and counts hits."""

    def __init__(self, model, orders, cut, seed):
        self.model, self.orders, self.cut = model, orders, cut
        self.rng = np.random.default_rng([seed, cut])
        self.counts = {view: {} for view in VIEWS}
        self.durations = []
        self.popular = {days: self._popularity(days) for days in (WINDOW, None)}

    def _popularity(self, days):
        orders = self.orders
        rows = (orders.day <= self.cut) & (orders.day > (-np.inf if days is None else self.cut - days))
        pairs = np.unique(np.stack([orders.customer[rows], orders.product[rows]]), axis=1)
        place = np.searchsorted(self.model.ids_, pairs[1])
        return np.bincount(place, minlength=len(self.model.ids_)) / max(1, len(orders.customer))

    def ask(self, history, future):
        product, day = self.orders.product[history], self.orders.day[history]
        own, wanted = np.unique(product), np.unique(self.orders.product[future])
        started = time.perf_counter()
        self.model.recommend(product, day, today=self.cut)
        self.durations.append(time.perf_counter() - started)
        scores = self._scores(product, day)
        self._note("all", scores, wanted, without=())
        self._note("new", scores, np.setdiff1d(wanted, own), without=own)
        self._ask_quotation(product, day, future, scores)

    def _ask_quotation(self, product, day, future, scores):
        order = np.unique(self.orders.product[future[self.orders.day[future] == self.orders.day[future].min()]])
        if len(order) < 2:
            return
        order = self.rng.permutation(order)
        basket, wanted = order[: len(order) // 2], order[len(order) // 2 :]
        scores = {**scores, "next": scores["ours"]}
        scores["ours"] = self.model.score(product, day, today=self.cut, basket=basket)
        both = np.concatenate([product, basket])
        scores["similar"] = self._similar(both)
        self._note("quotation", scores, wanted, without=basket)

    def _scores(self, product, day):
        ids = self.model.ids_
        place = np.searchsorted(ids, np.unique(np.stack([product, day]), axis=1)[0])
        times = np.bincount(place, minlength=len(ids))
        return {
            "ours": self.model.score(product, day, today=self.cut),
            "similar": self._similar(product),
            "own_frequency": times + self.popular[None],
            "popularity": self.popular[WINDOW],
            "popularity_ever": self.popular[None],
        }

    def _similar(self, product):
        ids, links = self.model.ids_, self.model.products_.similar
        held = np.searchsorted(ids, np.intersect1d(product, ids))
        _place, rows = links.leaving(held)
        return np.bincount(links.target[rows], weights=links.weight[rows], minlength=len(ids))

    def _note(self, view, scores, wanted, without):
        if not len(wanted):
            return
        ids = self.model.ids_
        barred = np.searchsorted(ids, np.intersect1d(without, ids))
        for name, values in scores.items():
            values = values.astype(float)
            values[barred] = -np.inf
            first = ids[np.argsort(-values, kind="stable")[: max(SIZES)]]
            found = np.cumsum(np.isin(first, wanted))
            hits = [found[min(size, len(found)) - 1] for size in SIZES]
            row = [part for hit in hits for part in (float(hit > 0), hit / len(wanted))]
            self.counts[view].setdefault(name, []).append(row)

    def figures(self, view):
        """{"n", contender: {measure: value}}, or None where nobody could be asked."""
        counts = self.counts[view]
        if not counts:
            return None
        means = {name: np.mean(rows, axis=0) for name, rows in counts.items()}
        ever = means.pop("popularity_ever")
        means["popularity"] = max(means["popularity"], ever, key=lambda values: values[0])
        named = {name: dict(zip(MEASURES, values.round(4).tolist(), strict=True)) for name, values in means.items()}
        return {"n": len(counts["ours"]), **named}


def average(views):
    views = [view for view in views if view]
    if not views:
        return None
    names = [name for name in NAMES if name in views[0]]
    return {name: {key: round(float(np.mean([v[name][key] for v in views])), 4) for key in MEASURES} for name in names}


def render(figures):
    """The table for people."""
    lines = []
    for view, meaning in VIEWS.items():
        lines.append(f"{view} ({meaning}), mean of {len(figures['cuts'])} cuts".ljust(46) + heads())
        for name, values in (figures["mean"][view] or {}).items():
            lines.append(f"  {NAMES[name]:44}" + "".join(f"{values[key]:10.4f}" for key in MEASURES))
    for cut in figures["cuts"]:
        lines.append(f"\n{cut['days_before_the_end']} days before the end, {cut['customers']} customers; fitted in")
        lines[-1] += f" {cut['fit_seconds']} s, {cut['ms_per_customer']} ms per customer (p95 {cut['ms_p95']})"
        for view in VIEWS:
            for name, values in (cut[view] or {}).items():
                if name != "n":
                    cells = "".join(f"{values[key]:10.4f}" for key in MEASURES)
                    lines.append(f"  {view:12}{NAMES[name]:32}{cells}")
    lines.append(f"\n{figures['seconds']} s, {figures['peak_mib']} MiB at most.")
    return "\n".join(lines)


def heads():
    return "".join(f"{head:>10}" for head in ("hit@5", "recall@5", "hit@10", "recall@10"))
