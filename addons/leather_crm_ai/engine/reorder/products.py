"""Which products a customer buys again, and how many: :func:`fit_products` learns, :class:`ProductScorer` scores.

For each pair of a customer and a product: the probability of buying it (again) within a horizon, from the pair's own
rhythm, the customer's, and what becomes of the product with everybody.  Pairs never bought count only for the
products that many buy (``CANDIDATES``).  The mean of a logistic
regression and boosted trees over earlier cuts; where the history is shorter than two horizons, a shorter horizon is
learned and extended at a constant rate.
"""

from dataclasses import dataclass

import numpy as np

from ..scoring import sigmoid
from . import fitting
from .additive import Additive
from .bgnbd import BgNbd
from .features import rhythm_of
from .learning import MOST_ORIGINS, STEP, balance_to, fit_baseline
from .pairs import PAIR_NAMES, ProductFacts, pair_numbers
from .quantities import Quantities
from .scorer import CHUNK, log_odds, statistics_of

HORIZON, SHORTEST = 90, 14  # days; SHORTEST is learned where nothing longer can be
YOUNGEST = 30  # days of history that an origin needs
CANDIDATES = 100  # products that most customers buy: asked about for every customer
MOST_ROWS = 250_000  # pairs over all origins; customers are drawn at random beyond
FEWEST_ROWS, FEWEST_OUTCOMES = 300, 30
TREES, LEAVES = 150, 16


@dataclass(frozen=True)
class PairScores:
    """Of P pairs: ids, (P,) probability of buying the product within the horizon, NaN where the customer has no order,
    (P,) whether the product was bought before, and (P, 3) quantity of the next order, 10 %, expected, 90 %."""

    customer: np.ndarray
    product: np.ndarray
    probability: np.ndarray
    bought: np.ndarray
    quantity: np.ndarray


class ProductScorer:
    """Score pairs with numpy alone.

    :param horizon: days of the probability; ``learned_for``: days that ``learned`` is about.
    :param learned: :class:`Additive` over ``PAIR_NAMES``, or None: BG/NBD of the pairs alone.
    :param facts: :class:`ProductFacts` as of the training.
    """

    def __init__(self, *, horizon, learned_for, learned, pair_bgnbd, customer_bgnbd, quantities, facts):
        self.horizon, self.learned_for, self.learned = int(horizon), int(learned_for), learned
        self.pair_bgnbd, self.customer_bgnbd = pair_bgnbd, customer_bgnbd
        self.quantities, self.facts = quantities, facts
        self.boosting_alone = None  # only after fitting: the trees by themselves, for benchmarks

    def score(self, pairs, cut, facts=None):
        """:class:`PairScores` of all pairs.

        :param pairs: :class:`Pairs`; what they hold after ``cut`` is not looked at. ``pairs.with_products(
            scorer.candidates)`` asks about products a customer has not bought yet, too.
        :param facts: of all customers at ``cut``, where fresher ones than the training's are at hand.
        """
        past = pairs.at(cut)
        facts = facts or self.facts
        probability = sigmoid(self.log_odds(past, cut, facts))
        longer = -np.expm1(np.log1p(-probability) * self.horizon / self.learned_for)
        return PairScores(
            customer=past.customers.customer[past.owner],
            product=past.product,
            probability=np.where(customer_is_known(past), longer, np.nan),
            bought=(np.diff(past.history.start) > 0) & customer_is_known(past),
            quantity=self.quantities.predict(past.history, usual_of(past, facts, self.quantities)),
        )

    def score_in_chunks(self, pairs, cut, *, facts=None, start=0, size=CHUNK):
        """Yield ``(next start, PairScores)`` of the pairs of ``size`` customers at a time."""
        while start < len(pairs.customers):
            stop = min(start + size, len(pairs.customers))
            yield stop, self.score(pairs.between(start, stop), cut, facts)
            start = stop

    @property
    def candidates(self):
        """Ids of products worth asking about for every customer."""
        return self.facts.top(CANDIDATES)

    def log_odds(self, past, cut, facts):
        numbers = self.numbers(past, cut, facts)
        return self.learned.value(numbers) if self.learned else numbers[:, PAIR_NAMES.index("bgnbd")]

    def numbers(self, past, cut, facts):
        """(P, len(PAIR_NAMES)), see :func:`.pairs.pair_numbers`."""
        return pair_numbers(
            past,
            cut,
            facts,
            pair_odds=lambda rhythm: self._odds(self.pair_bgnbd, rhythm),
            customer_odds=lambda rhythm: self._odds(self.customer_bgnbd, rhythm),
        )

    def _odds(self, bgnbd, rhythm):
        return log_odds(bgnbd.buys_within(self.learned_for, *statistics_of(rhythm)))

    def state(self):
        """``(document, arrays)``: JSON-safe state and arrays, what :meth:`from_state` takes."""
        document = {"horizon": self.horizon, "learned_for": self.learned_for, "learned": None}
        document["bgnbd"] = [self.pair_bgnbd.state(), self.customer_bgnbd.state()]
        document["quantities"] = self.quantities.state()
        arrays = {f"product_{name}": array for name, array in self.facts.arrays().items()}
        if self.learned:
            document["learned"], learned = self.learned.state()
            arrays |= {f"learned_{name}": array for name, array in learned.items()}
        return document, arrays

    @classmethod
    def from_state(cls, document, arrays):
        def starting(prefix):
            return {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)}

        pair, customer = (BgNbd(**state) for state in document["bgnbd"])
        learned = document["learned"] and Additive.from_state(document["learned"], starting("learned_"))
        return cls(
            horizon=document["horizon"],
            learned_for=document["learned_for"],
            learned=learned,
            pair_bgnbd=pair,
            customer_bgnbd=customer,
            quantities=Quantities(**document["quantities"]),
            facts=ProductFacts(**starting("product_")),
        )


def customer_is_known(past):
    """(P,) whether the pair's customer has an order."""
    return (np.diff(past.customers.start) > 0)[past.owner]


def usual_of(past, facts, quantities):
    """(P,) logarithm of the quantity in which a product is usually ordered."""
    place = facts.places(past.product)
    known = facts.quantity[np.maximum(place, 0)] if len(facts.quantity) else np.full(len(place), np.nan)
    return np.where((place >= 0) & np.isfinite(known), known, quantities.usual)


def fit_products(pairs, cut, *, horizon=HORIZON, random_state=0):
    """A :class:`ProductScorer` that has seen nothing after ``cut``.

    :param pairs: :class:`.pairs.Pairs` of all customers.
    """
    now = pairs.at(cut)
    first = int(now.history.day.min()) if len(now.history.day) else cut
    days = learnable(cut - first, horizon)
    origins = range(cut - days, first + YOUNGEST - 1, -STEP)[:MOST_ORIGINS]
    scorer = ProductScorer(
        horizon=horizon,
        learned_for=days,
        learned=None,
        pair_bgnbd=fit_baseline(rhythm_of(now.history, cut), random_state),
        customer_bgnbd=fit_baseline(rhythm_of(now.customers, cut), random_state),
        quantities=Quantities(),
        facts=ProductFacts.of(now, cut),
    )
    drawn = _draw(pairs, len(origins), random_state)
    examples = [_examples(scorer, pairs, drawn, now, origin) for origin in origins]
    scorer.learned, scorer.boosting_alone = _learn(examples)
    following = ((past.history, quantity, usual) for past, _, _, quantity, usual in examples)
    scorer.quantities = Quantities.fit(following, now.history)
    return scorer


def learnable(days, horizon):
    """The horizon that a history of so many days can teach: half of it at most, but never longer than wanted."""
    return int(min(horizon, max(SHORTEST, (days - YOUNGEST) // 2)))


def _draw(pairs, origins, random_state):
    """Positions of all customers, or of as many as training can take."""
    customers = len(pairs.customers)
    rows = (len(pairs) / 2 + customers * CANDIDATES / 2) * max(origins, 1)
    share = MOST_ROWS / max(rows, 1)
    if share >= 1.0:
        return np.arange(customers)
    return np.sort(np.random.default_rng(random_state).choice(customers, int(share * customers), replace=False))


def _examples(scorer, pairs, drawn, now, origin):
    """``(pairs at the origin, numbers, bought again, quantity then, usual quantity)``; the products' facts are those
    of all customers at the origin."""
    facts = ProductFacts.of(pairs.at(origin), origin)
    top = facts.top(CANDIDATES)
    past, known = pairs.take(drawn).with_products(top).at(origin), now.take(drawn).with_products(top)
    asked = (np.diff(past.history.start) > 0) | np.isin(past.product, top)
    asked &= customer_is_known(past)
    again = known.history.next_order(origin) <= scorer.learned_for
    quantity = np.where(again, known.history.next_quantity(origin), np.nan)
    usual = usual_of(past, facts, scorer.quantities)
    return past, scorer.numbers(past, origin, facts)[asked], again[asked], quantity, usual


def _learn(examples):
    bought = np.concatenate([np.zeros(0, dtype=bool), *(again for _, _, again, _, _ in examples)])
    if len(bought) < FEWEST_ROWS or min(bought.sum(), (~bought).sum()) < FEWEST_OUTCOMES:
        return None, None
    numbers = np.concatenate([part for _, part, _, _, _ in examples])
    weight = np.concatenate([balance_to(again, bought.mean()) for _, _, again, _, _ in examples])
    codes = fitting.Codes(numbers)
    linear = fitting.fit_logistic(codes, bought, weight)
    trees = fitting.fit_trees(codes, bought, loss="log_loss", iterations=TREES, weight=weight, leaves=LEAVES)
    return fitting.mix([(0.5, linear), (0.5, trees)]), trees
