"""From a table of features to small integer codes, the only thing the models ever see.

Every feature becomes one or more *columns* of codes.  A number is cut at quantiles, a category gets a code per
frequent level, each frequent tag is a column of two codes.  Because every model downstream is a function of codes,
the whole fitted scorer compiles into look-up tables (see :mod:`.scoring`).

Every encoder has ``encode(values)``, the codes (n, columns) and the share 0..1 of each value that training has met, in
one pass, and ``transform(values)``, the codes alone.

Codes 0, 1 and 2 are reserved in every categorical column: blank, rare (seen too seldom to be worth its own level)
and unseen (never met in training).  In a number's column, code 0 is blank.
"""

from dataclasses import dataclass, field

import numpy as np

BLANK, RARE, UNSEEN, FIRST_LEVEL = 0, 1, 2, 3
MAX_LEVELS = 200  # frequent levels kept in one category
MAX_REMEMBERED = 20_000  # rare values remembered, to tell "rare" from "unseen"
MAX_BINS = 120  # quantile bins of a number
MAX_TAGS = 60  # frequent tags that get a column of their own
KNOTS = 6  # hat functions of a number in the linear model
HAT_SCALE = 1.0  # how freely the linear model may bend a number's curve (1 = as freely as a category's level)


@dataclass
class Column:
    """One column of codes.

    :param feature: position of its feature in the table.
    :param size: number of codes.
    :param ordered: codes are in the order of a quantity (numbers), so trees may split them as they are.
    :param basis: ``(size, d)`` design of the linear model: row ``c`` stands for code ``c``.
    """

    feature: int
    size: int
    ordered: bool
    basis: np.ndarray = field(repr=False)


def level_basis(size):
    """One indicator per code, none for *unseen*: an unknown value moves the log-odds by nothing."""
    basis = np.eye(size)
    if size > UNSEEN:
        basis = np.delete(basis, UNSEEN, axis=1)
    return basis


def number_basis(centers):
    """Design rows of a number's codes: blank, value, rank and a few hats over the rank.

    :param centers: representative value of each bin, shape (bins,); code 0 (blank) comes on top.
    :return: shape (bins + 1, 3 + hats).
    """
    bins = len(centers)
    rank = (np.arange(bins) + 0.5) / max(bins, 1) * 2 - 1
    spread = np.subtract(*np.percentile(centers, [90, 10])) if bins else 0.0
    middle = np.median(centers) if bins else 0.0
    value = np.clip((centers - middle) / (spread or 1.0), -1.5, 1.5)
    knots = np.linspace(-1, 1, KNOTS)
    hats = np.maximum(0, 1 - np.abs(rank[:, None] - knots) / (knots[1] - knots[0])) * HAT_SCALE
    basis = np.zeros((bins + 1, 3 + KNOTS))
    basis[0, 0] = 1.0
    basis[1:, 1], basis[1:, 2], basis[1:, 3:] = value, rank, hats
    return basis


class CategoryEncoder:
    """Codes of a category: 0 blank, 1 rare, 2 unseen, then the frequent levels, most frequent first."""

    kind = "category"

    def __init__(self, *, levels=(), rare=(), blank_seen=False):
        self.levels, self.rare, self.blank_seen = tuple(levels), tuple(rare), bool(blank_seen)
        self._code = _Codes.fromkeys(self.rare, RARE)
        self._code.update({value: FIRST_LEVEL + i for i, value in enumerate(self.levels)})
        self._code[None] = BLANK

    @classmethod
    def fit(cls, values, *, min_count):
        distinct, counts = _count(values)
        blank_seen = None in distinct
        ranked = sorted((v for v in distinct if v is not None), key=lambda v: (-counts[v], v))
        levels = [v for v in ranked if counts[v] >= min_count][:MAX_LEVELS]
        rare = ranked[len(levels) : len(levels) + MAX_REMEMBERED]
        return cls(levels=levels, rare=rare, blank_seen=blank_seen)

    def columns(self, feature):
        size = FIRST_LEVEL + len(self.levels)
        return [Column(feature, size, False, level_basis(size))]

    def encode(self, values):
        codes = self.transform(values)
        return codes, np.where(codes == BLANK, float(self.blank_seen), codes != UNSEEN)[:, 0]

    def transform(self, values):
        # map over a look-up written in C: no Python runs per value
        return np.fromiter(map(self._code.__getitem__, values), dtype=np.int64, count=len(values))[:, None]

    def state(self):
        return {"levels": list(self.levels), "rare": list(self.rare), "blank_seen": self.blank_seen}


class NumberEncoder:
    """Codes of a number: 0 blank, then quantile bins in rising order."""

    kind = "number"

    def __init__(self, *, edges=(), centers=(0.0,), low=np.nan, high=np.nan, blank_seen=False):
        self.edges = np.asarray(edges, dtype=float)
        self.centers = np.asarray(centers, dtype=float)
        self.low, self.high, self.blank_seen = float(low), float(high), bool(blank_seen)

    @classmethod
    def fit(cls, values, *, min_count):
        known = np.sort(values[~np.isnan(values)])
        blank_seen = len(known) < len(values)
        if not len(known):
            return cls(blank_seen=blank_seen)
        edges = quantile_edges(known, max(1, min(MAX_BINS, len(known) // max(min_count, 1))))
        bins = np.searchsorted(edges, known, side="right")
        sums = np.bincount(bins, weights=known, minlength=len(edges) + 1)
        centers = sums / np.maximum(np.bincount(bins, minlength=len(edges) + 1), 1)
        return cls(edges=edges, centers=centers, low=known[0], high=known[-1], blank_seen=blank_seen)

    def columns(self, feature):
        return [Column(feature, len(self.centers) + 1, True, number_basis(self.centers))]

    def encode(self, values):
        return self.transform(values), self._familiar(values)

    def transform(self, values):
        codes = np.searchsorted(self.edges, values, side="right") + 1
        codes[np.isnan(values)] = BLANK
        return codes[:, None]

    def _familiar(self, values):
        with np.errstate(invalid="ignore"):
            inside = (values >= self.low) & (values <= self.high)
        return np.where(np.isnan(values), float(self.blank_seen), inside)

    def state(self):
        bounds = [None if np.isnan(v) else v for v in (self.low, self.high)]
        return {
            "edges": self.edges.tolist(),
            "centers": self.centers.tolist(),
            "low": bounds[0],
            "high": bounds[1],
            "blank_seen": self.blank_seen,
        }

    @classmethod
    def from_state(cls, state):
        low, high = (np.nan if state[k] is None else state[k] for k in ("low", "high"))
        return cls(**{**state, "low": low, "high": high})


class TagsEncoder:
    """One column of two codes per frequent tag, and one for how many tags there are (none, 1, 2, 3 or more)."""

    kind = "tags"

    def __init__(self, *, tags=(), rare=(), blank_seen=False):
        self.tags, self.rare, self.blank_seen = tuple(tags), tuple(rare), bool(blank_seen)
        self._position = {tag: i for i, tag in enumerate(self.tags)}
        self._known = set(self.tags) | set(self.rare)

    @classmethod
    def fit(cls, values, *, min_count):
        _, counts = _count(tag for tags in values for tag in set(tags))
        ranked = sorted(counts, key=lambda tag: (-counts[tag], tag))
        frequent = [tag for tag in ranked if counts[tag] >= min_count][:MAX_TAGS]
        rare = ranked[len(frequent) : len(frequent) + MAX_REMEMBERED]
        return cls(tags=frequent, rare=rare, blank_seen=any(not tags for tags in values))

    def columns(self, feature):
        one_tag = np.array([[0.0], [1.0]])
        return [Column(feature, 4, True, np.eye(4) * 0.5)] + [Column(feature, 2, True, one_tag) for _ in self.tags]

    def encode(self, values):
        # leads share few combinations of tags: each is encoded once
        distinct = dict.fromkeys(values)
        position = dict(zip(distinct, range(len(distinct)), strict=True))
        row = np.fromiter(map(position.__getitem__, values), dtype=np.int64, count=len(values))
        codes = np.zeros((len(distinct), 1 + len(self.tags)), dtype=np.int64)
        share = np.full(len(distinct), float(self.blank_seen))
        for number, tags in enumerate(distinct):
            if tags:
                codes[number, 0] = min(len(tags), 3)
                codes[number, [1 + self._position[tag] for tag in tags if tag in self._position]] = 1
                share[number] = sum(tag in self._known for tag in tags) / len(tags)
        return codes[row], share[row]

    def transform(self, values):
        return self.encode(values)[0]

    def state(self):
        return {"tags": list(self.tags), "rare": list(self.rare), "blank_seen": self.blank_seen}


class _Codes(dict):
    """Codes by value; a value that is not there is unseen."""

    def __missing__(self, _value):
        return UNSEEN


def quantile_edges(known, bins):
    """Cut points between distinct values of a sorted array, at most ``bins`` bins of about equal weight."""
    distinct, counts = np.unique(known, return_counts=True)
    if len(distinct) <= bins:
        return (distinct[1:] + distinct[:-1]) / 2
    cumulated = np.cumsum(counts)
    wanted = np.arange(1, bins) * (len(known) / bins)
    position = np.unique(np.searchsorted(cumulated, wanted))
    position = position[position < len(distinct) - 1]
    return (distinct[position] + distinct[position + 1]) / 2


def _count(values):
    counts = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return counts.keys(), counts
