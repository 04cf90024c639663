"""What is known of the products: how many buy them, how often again, and which ones are bought by the same customers
or in the same orders.

**Same customers.**  A linear model that predicts each product from all the others a customer has bought, with a
closed solution (EASE: Steck, *Embarrassingly shallow autoencoders for sparse data*, The Web Conference 2019).  Its
penalty grows with the customers a product has in the mean, so it is as strong on a small list of customers as on a
large one.  Of each product's weights the strongest are kept.

**Same orders.**  Association rules *from* -> *to* with their confidence and lift (Agrawal, Imielinski and Swami,
*Mining association rules between sets of items in large databases*, SIGMOD 1993).  Rules with few orders behind them
are drawn towards chance: as if so many orders more had followed the product's usual share.
"""

from dataclasses import dataclass

import numpy as np

MAX_LINKED = 6_000  # products, the most bought, that are linked to others; the solution takes their number cubed
PENALTY = 3.0  # times the customers a product has in the mean
LINKS, RULES = 50, 30  # of each product that are kept
MIN_TOGETHER = 3  # orders with both products, below which there is no rule
DRAWN = 5.0  # orders as usual that are added to a rule
RECENT = 60  # days
USUAL_RHYTHM, RHYTHM_DRAWN = 60.0, 10.0  # days between two purchases; how many pauses it is worth
REPEATS_DRAWN = 5.0  # repeats as usual that are added to a product's own
BLOCK = 500
PLAIN = ("bought", "recent", "rhythm", "rebuying")


@dataclass(frozen=True)
class Links:
    """Weighted links from products to products: those of product n are rows ``start[n]`` to ``start[n + 1]``.

    :param start: (products + 1,)
    :param target: number of the other product
    :param weight: of the link; negative: rather not
    :param share: of the customers, or the orders, of the first product that have the other one, too
    """

    start: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    share: np.ndarray

    @classmethod
    def collect(cls, source, target, weight, share, products):
        """Links in any order, put in that of their sources."""
        rows = np.lexsort((target, source))
        start = np.searchsorted(source[rows], np.arange(products + 1))
        return cls(
            start.astype(np.int32),
            target[rows].astype(np.int32),
            weight[rows].astype(np.float32),
            share[rows].astype(np.float32),
        )

    def leaving(self, sources):
        """``(place in sources, row)`` of all links from these products."""
        counts = self.start[sources + 1] - self.start[sources]
        place = np.repeat(np.arange(len(sources)), counts)
        within = np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts)
        return place, self.start[sources][place] + within


@dataclass(frozen=True)
class Products:
    """What is known of each product; arrays of one value per product.

    :param bought: share of all customers who have ever bought it
    :param recent: the same of the last :data:`RECENT` days, among customers who bought anything then
    :param rhythm: usual days between two purchases by one customer
    :param rebuying: repeats per customer who has it, and day
    :param similar: :class:`Links` between products of the same customers
    :param together: :class:`Links` between products of the same orders; weight is the logarithm of the lift
    """

    bought: np.ndarray
    recent: np.ndarray
    rhythm: np.ndarray
    rebuying: np.ndarray
    similar: Links
    together: Links

    @classmethod
    def learn(cls, lines, count, today):
        """From :class:`.lines.Lines` and the number of products."""
        late = lines.day > today - RECENT
        return cls(
            bought=_share_of_customers(lines.customer, lines.product, count),
            recent=_share_of_customers(lines.customer[late], lines.product[late], count),
            rhythm=_rhythms(lines, count),
            rebuying=_rebuying(lines, count, today),
            similar=_link_by_customer(lines, count),
            together=_link_by_order(lines, count),
        )

    def __len__(self):
        return len(self.bought)

    def state(self):
        """{name: array}, what :meth:`from_state` takes."""
        plain = {name: getattr(self, name) for name in PLAIN}
        for name in ("similar", "together"):
            plain |= {f"{name}_{part}": values for part, values in vars(getattr(self, name)).items()}
        return plain

    @classmethod
    def from_state(cls, arrays):
        links = {
            name: Links(**{part: arrays[f"{name}_{part}"] for part in ("start", "target", "weight", "share")})
            for name in ("similar", "together")
        }
        return cls(**{name: arrays[name] for name in PLAIN}, **links)


def _share_of_customers(customer, product, count):
    pairs = np.unique(customer * count + product)
    buyers = np.bincount(pairs % count, minlength=count)
    return buyers / max(1, len(np.unique(customer)))


def _rhythms(lines, count):
    """Median pause of each product, drawn towards that of all; in logarithms, for pauses are skewed."""
    rows = np.lexsort((lines.day, lines.product, lines.customer))
    pause = np.diff(lines.day[rows])
    same = (np.diff(lines.customer[rows]) == 0) & (np.diff(lines.product[rows]) == 0) & (pause > 0)
    pause, product = np.log(pause[same]), lines.product[rows][1:][same]
    usual = np.median(pause) if len(pause) else np.log(USUAL_RHYTHM)
    rows = np.lexsort((pause, product))
    pauses = np.bincount(product, minlength=count)
    first = np.cumsum(pauses) - pauses
    own = np.full(count, usual)
    known = np.flatnonzero(pauses)
    middle = [pause[rows[first[known] + (pauses[known] - less) // 2]] for less in (0, 1)] if len(known) else [usual]
    own[known] = np.mean(middle, axis=0)
    return np.exp((pauses * own + RHYTHM_DRAWN * usual) / (pauses + RHYTHM_DRAWN))


def _rebuying(lines, count, today):
    """Repeats by days in which they were possible, drawn towards those of all products."""
    pair, first = np.unique(lines.customer * count + lines.product, return_index=True)
    product = pair % count
    repeats = np.bincount(lines.product, minlength=count) - np.bincount(product, minlength=count)
    days = np.bincount(product, weights=today - lines.day[first] + 1.0, minlength=count)
    usual = (repeats.sum() + 1.0) / (days.sum() + USUAL_RHYTHM)
    return (repeats + REPEATS_DRAWN) / (days + REPEATS_DRAWN / usual)


def _link_by_customer(lines, count):
    """The strongest weights *towards* each product, by EASE."""
    from scipy import sparse

    pairs = np.unique(lines.customer * count + lines.product)
    buyers = np.bincount(pairs % count, minlength=count)
    chosen = np.sort(np.argsort(-buyers, kind="stable")[:MAX_LINKED])
    chosen = chosen[buyers[chosen] > 0]
    if len(chosen) < 2:
        return _no_links(count)
    ones = np.ones(len(pairs))
    bought = sparse.csr_matrix((ones, (pairs // count, pairs % count)), shape=(lines.customers, count))[:, chosen]
    both = (bought.T @ bought).toarray()
    weights = _solve(both)
    kept = min(LINKS, len(chosen) - 1)
    source = np.argpartition(-np.abs(weights), kept - 1, axis=0)[:kept].reshape(-1)
    target = np.tile(np.arange(len(chosen)), kept)
    weight, share = weights[source, target], both[source, target] / np.diag(both)[source]
    return Links.collect(chosen[source], chosen[target], weight, share, count)


def _solve(both):
    """Weights from (row) to (column) of the products."""
    penalty = PENALTY * np.diag(both).mean()
    inverse = np.linalg.inv(both + penalty * np.eye(len(both)))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return weights.round(9)  # the same whichever way the library multiplied


def _link_by_order(lines, count):
    """The most certain rules from each product."""
    from scipy import sparse

    if not len(lines):
        return _no_links(count)
    ones = np.ones(len(lines))
    held = sparse.csr_matrix((ones, (lines.order, lines.product)), shape=(lines.orders, count))
    size = np.bincount(lines.product, minlength=count)
    usual = size / lines.orders
    found = []
    for first in range(0, count, BLOCK):
        block = np.arange(first, min(first + BLOCK, count))
        together = (held[:, block].T @ held).toarray()
        together[np.arange(len(block)), block] = 0.0
        share = (together + DRAWN * usual) / (size[block][:, None] + DRAWN)
        enough = together >= MIN_TOGETHER
        lift = np.log(np.where(enough, share, 1.0) / np.where(enough, usual, 1.0))
        strength = np.where(lift > 0, share * lift, 0.0).round(9)
        best = np.argsort(-strength, axis=1, kind="stable")[:, :RULES]
        row, rank = np.nonzero(np.take_along_axis(strength, best, axis=1) > 0)
        target = best[row, rank]
        found.append((block[row], target, lift[row, target], share[row, target]))
    return Links.collect(*(np.concatenate(column) for column in zip(*found, strict=True)), count)


def _no_links(count):
    empty = np.zeros(0, dtype=np.int64)
    return Links.collect(empty, empty, empty.astype(float), empty.astype(float), count)
