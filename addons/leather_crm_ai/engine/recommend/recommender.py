"""Learning from order lines, and the ranking of one customer."""

from dataclasses import dataclass

import numpy as np

from ..scoring import sigmoid
from .lines import Lines
from .products import Products
from .ranking import COLUMNS, GROUP, NAMES, USUAL, fit_worth, gather, usual_worth

REASONS = ("again", "similar", "goes_with", "popular")
HORIZON = 90  # days of the window that the worth of the evidence is learned from
MIN_TAKEN = 100  # purchases in that window, below which the usual worth is used
MAX_CUSTOMERS = 3_000  # whose window is looked at
CANDIDATES = 100  # products a customer has not bought, by similarity and by popularity each, that are learned from


@dataclass(frozen=True)
class Recommendation:
    """A product to offer.

    :param product: its id
    :param score: chance, between 0 and 1, that the customer takes it: within the horizon, or in this quotation
    :param reason: one of :data:`REASONS`
    :param detail: numbers behind the reason. again: ``times``, ``days`` since the latest, ``rhythm`` of the product in
        days. similar: ``product`` of the customer that points to it most, and the ``share`` of its buyers who bought
        this one. goes_with: ``product`` of the quotation, and the ``share`` of its orders that hold this one. popular:
        ``share`` of the customers who bought it lately.
    """

    product: int
    score: float
    reason: str
    detail: dict


class Recommender:
    """What to offer next.  Holds what is known of products, nothing of single customers.

    Attributes that end in ``_`` are learned: ``ids_`` (of the products, ascending), ``products_``
    (:class:`.products.Products`), ``worth_`` ({"next": …, "quotation": …}), ``learned_`` ({the same: whether the worth
    is learned from these orders}), ``horizon_`` in days.
    """

    def fit(self, customer, product, day, *, today, order=None):
        """Learn from order lines: parallel arrays of ids, whole days, and ids of orders (else a customer's day)."""
        day = np.asarray(day, dtype=np.int64)
        past = day <= today
        customer, day = np.asarray(customer)[past], day[past]
        self.ids_, number = np.unique(np.asarray(product, dtype=np.int64)[past], return_inverse=True)
        order = None if order is None else np.asarray(order)[past]
        lines = Lines.from_rows(customer, number.reshape(-1), day, order)
        self._learn_worth(lines, today)
        self.products_ = Products.learn(lines, len(self.ids_), today)
        return self

    def recommend(self, product, day, *, today, order=None, basket=(), barred=(), limit=10, known=True):
        """The best products for one customer, the best first.

        :param product: ids of what the customer bought, one for each order line; empty: somebody unknown
        :param day: days of the lines
        :param basket: ids of what is in the quotation; never recommended
        :param barred: ids of what may not be offered, such as archived products
        :param known: whether products that the customer has bought before may be offered
        :return: list of at most ``limit`` :class:`Recommendation`
        """
        if not len(self.ids_):
            return []
        evidence, log_odds, contributions = self._weigh(product, day, today, order, basket)
        allowed = self._allowed(basket, barred)
        if not known:
            allowed &= evidence.times == 0
        places = np.flatnonzero(allowed)
        places = places[np.argsort(-log_odds[places].round(9), kind="stable")[:limit]]
        return [self._explain(place, log_odds[place], contributions[place], evidence) for place in places]

    def score(self, product, day, *, today, order=None, basket=()):
        """Chance of each product of ``ids_``, (products,)."""
        _evidence, log_odds, _contributions = self._weigh(product, day, today, order, basket)
        return sigmoid(log_odds)

    # ------------------------------------------------------------
    # Weighing
    # ------------------------------------------------------------

    def _weigh(self, product, day, today, order, basket):
        product, day = self._read_history(product, day, today, order)
        basket = self._number(basket)
        basket = np.unique(basket[basket >= 0])
        evidence = gather(self.products_, product, day, today, basket)
        worth = self.worth_["quotation" if len(basket) else "next"]
        if not len(product) and not len(basket):
            return self._weigh_population(evidence)
        contributions = evidence.values * worth[:-1]
        log_odds = contributions.sum(axis=1) + worth[-1]
        return evidence, log_odds, contributions

    def _weigh_population(self, evidence):
        """Nothing is known of the customer: what the others buy, rather lately than ever."""
        known = self.products_
        share = 0.9 * known.recent + 0.1 * known.bought
        log_odds = np.log(share + 1e-6) - np.log1p(1e-6 - np.minimum(share, 1 - 1e-6))
        return evidence, log_odds, np.zeros_like(evidence.values)

    def _read_history(self, product, day, today, order):
        number, day = self._number(product), np.asarray(day, dtype=np.int64)
        told = np.zeros(len(day), np.int64) if order is None else np.asarray(order)
        rows = (number >= 0) & (day <= today)
        if not rows.any():
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        lines = Lines.from_rows(told[rows] * 0, number[rows], day[rows], told[rows])
        return lines.product, lines.day

    def _number(self, ids):
        """Number of each product, -1 where nothing is known of it."""
        ids = np.asarray(list(ids) if isinstance(ids, set | frozenset) else ids, dtype=np.int64).reshape(-1)
        place = np.minimum(np.searchsorted(self.ids_, ids), len(self.ids_) - 1)
        return np.where(self.ids_[place] == ids, place, -1)

    def _allowed(self, *without):
        allowed = np.ones(len(self.ids_), dtype=bool)
        for ids in without:
            numbers = self._number(ids)
            allowed[numbers[numbers >= 0]] = False
        return allowed

    # ------------------------------------------------------------
    # Reasons
    # ------------------------------------------------------------

    def _explain(self, place, log_odds, contributions, evidence):
        reason, detail = self._reason(place, contributions, evidence)
        score = float(sigmoid(log_odds))
        return Recommendation(int(self.ids_[place]), score, reason, detail)

    def _reason(self, place, contributions, evidence):
        """The group that says most for the product, among those that have anything to show."""
        sums = dict(zip(COLUMNS, np.bincount(GROUP, weights=contributions), strict=True))
        similar = self._strongest(self.products_.similar, evidence.similar, place)
        together = self._strongest(self.products_.together, evidence.together, place)
        shown = {}
        if evidence.times[place]:
            shown["again"] = {
                "times": int(evidence.times[place]),
                "days": int(evidence.age[place]),
                "rhythm": round(float(self.products_.rhythm[place]), 1),
            }
        if similar and not evidence.times[place]:
            shown["similar"] = similar
        if together:
            shown["goes_with"] = together
        if not shown:
            return "popular", {"share": round(float(self.products_.recent[place]), 4)}
        reason = max(shown, key=lambda name: sums[name])
        return reason, shown[reason]

    def _strongest(self, links, found, place):
        source, rows = found
        mine = np.flatnonzero((links.target[rows] == place) & (links.weight[rows] > 0))
        if not len(mine):
            return None
        best = mine[np.argmax(links.weight[rows[mine]])]
        return {"product": int(self.ids_[source[best]]), "share": round(float(links.share[rows[best]]), 4)}

    # ------------------------------------------------------------
    # What the evidence is worth
    # ------------------------------------------------------------

    def _learn_worth(self, lines, today):
        self.worth_ = usual_worth()
        self.learned_ = dict.fromkeys(self.worth_, False)
        span = int(today - lines.day.min()) if len(lines) else 0
        self.horizon_ = int(min(HORIZON, max(1, span // 3)))
        cut = today - self.horizon_
        before = lines.day <= cut
        if not before.any() or before.all():
            return
        past = lines.take(before)
        self.products_ = Products.learn(past, len(self.ids_), cut)
        for name, (values, taken, weight) in self._collect(lines, cut).items():
            if min(taken.sum(), (~taken).sum()) >= MIN_TAKEN:
                self.worth_[name] = fit_worth(values, taken, weight)
                self.learned_[name] = True

    def _collect(self, lines, cut):
        """{name: (evidence, whether it was taken)} of customers who bought after the cut."""
        found = {"next": [], "quotation": []}
        looked_at = 0
        for first, count in zip(*lines.by_customer(), strict=True):
            own = slice(first, first + count)
            early = lines.day[own] <= cut
            if early.all():
                continue
            product, day, order = lines.product[own], lines.day[own], lines.order[own]
            if early.any():
                found["next"].append(self._example(product, day, early, cut, (), product[~early]))
            held = product[order == order[~early][0]]
            if len(held) >= 2:
                found["quotation"].append(self._example(product, day, early, cut, held[::2], held[1::2]))
            looked_at += 1
            if looked_at >= MAX_CUSTOMERS:
                break
        nothing = (np.zeros((0, len(NAMES))), np.zeros(0, dtype=bool), np.zeros(0))
        return {
            name: tuple(np.concatenate(column) for column in zip(*parts, strict=True)) if parts else nothing
            for name, parts in found.items()
        }

    def _example(self, product, day, early, cut, basket, taken):
        basket = np.asarray(basket, dtype=np.int64)
        evidence = gather(self.products_, product[early], day[early], cut, basket)
        values = evidence.values
        similar = values[:, NAMES.index("similar")] + values[:, NAMES.index("beside")]
        popular = values[:, NAMES.index("popular_late")]
        chosen = evidence.times > 0
        for column in (similar, popular):
            chosen[np.argsort(-column, kind="stable")[:CANDIDATES]] = True
        chosen[self.products_.together.target[evidence.together[1]]] = True
        chosen[basket] = False
        rows = np.flatnonzero(chosen)
        hit = np.isin(rows, taken)
        return values[rows], hit, np.full(len(rows), max(1, hit.sum()) ** -0.5)

    # ------------------------------------------------------------
    # Keeping
    # ------------------------------------------------------------

    def state(self):
        """``(document, arrays)``: JSON-safe state and arrays, what :meth:`from_state` takes."""
        document = {"kind": "recommender", "horizon": self.horizon_, "learned": self.learned_, "columns": list(NAMES)}
        arrays = {"ids": self.ids_, **self.products_.state()}
        return document, arrays | {f"worth_{name}": worth for name, worth in self.worth_.items()}

    @classmethod
    def from_state(cls, document, arrays):
        if document["columns"] != list(NAMES):
            raise ValueError("recommender of another version: train again")
        self = cls()
        self.ids_, self.horizon_, self.learned_ = arrays["ids"], document["horizon"], document["learned"]
        self.products_ = Products.from_state(arrays)
        self.worth_ = {name: arrays[f"worth_{name}"] for name in USUAL}
        return self
