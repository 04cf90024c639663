"""A learned function of numbers that is a sum: one table per number, and trees; numpy alone.

Each number becomes the code of its quantile bin (:class:`..encoding.NumberEncoder`, blank is a code of its own), so a
linear model folds into tables and boosted trees into bit masks (:mod:`..forest`), and what each number contributes to
the sum is known exactly.  The sum is in log-odds, or in whatever unit it was learned.
"""

import numpy as np

from ..encoding import NumberEncoder
from ..scoring import pack_sum, sum_up, unpack_sum

CHUNK = 2048  # rows at once: temporary arrays stay in the processor's cache


class Additive:
    """``base + tables + forest`` of the codes of k numbers.

    :param encoders: k :class:`NumberEncoder`.
    :param tables: k arrays, the contribution of each code.
    :param base: the sum where nothing contributes, without the forest's own base.
    :param forest: :class:`..forest.Forest` over the k columns of codes, or None.
    """

    def __init__(self, *, encoders, tables, base, forest):
        self.encoders, self.base, self.forest = list(encoders), float(base), forest
        self.tables = [np.asarray(table, dtype=np.float64) for table in tables]

    def encode(self, numbers):
        """Codes (n, k) of numbers (n, k)."""
        codes = [encoder.transform(numbers[:, i]) for i, encoder in enumerate(self.encoders)]
        return np.concatenate(codes, axis=1) if codes else np.zeros((len(numbers), 0), dtype=np.int64)

    def value(self, numbers):
        """The sum, (n,)."""
        return self._by_chunk(numbers, self._value)

    def contributions(self, numbers):
        """What each number adds to the mean, (n, k)."""
        return self._by_chunk(numbers, self._contributions)

    def _by_chunk(self, numbers, function):
        starts = range(0, max(len(numbers), 1), CHUNK)
        return np.concatenate([function(self.encode(numbers[start : start + CHUNK])) for start in starts])

    def _value(self, codes):
        return sum_up(codes, self.base, self.tables, self.forest)

    def _contributions(self, codes):
        parts = np.stack([table[codes[:, i]] for i, table in enumerate(self.tables)], axis=1)
        return parts + self.forest.contributions(self.forest.leaves(codes)) if self.forest else parts

    def state(self):
        """``(document, arrays)``: JSON-safe state and arrays, what :meth:`from_state` takes."""
        document = {
            "encoders": [encoder.state() for encoder in self.encoders],
            "base": self.base,
            "forest": bool(self.forest),
        }
        return document, pack_sum(self.tables, self.forest)

    @classmethod
    def from_state(cls, document, arrays):
        tables, forest = unpack_sum(document["forest"], arrays)
        return cls(
            encoders=[NumberEncoder.from_state(state) for state in document["encoders"]],
            tables=tables,
            base=document["base"],
            forest=forest,
        )
