"""Boosted trees over integer codes, without scikit-learn: prediction by bit masks, reasons by path attribution.

**Prediction.**  A tree is walked without branches: per column and code there is a mask of the leaves that a record
with that code may still reach, the masks of a record's codes are and-ed, and the one bit left is its leaf (Lucchese
et al., "QuickScorer: a fast algorithm to rank documents with additive ensembles of regression trees", SIGIR 2015).
For n records and t trees that is one gather and one ``&`` per column on an (n, t) array of 16-bit integers.

**Reasons.**  Walking down a tree, each split moves the expected log-odds from the parent's to the child's; that step
is credited to the feature of the split (Saabas, "Interpreting random forests", 2014; Lundberg et al., "From local
explanations to global understanding with explainable AI for trees", 2020, show how it relates to Shapley values).
The credits of a leaf are known when the forest is built, so explaining is a gather too, and they sum exactly to the
leaf's value minus the tree's expectation.
"""

import numpy as np

MAX_LEAVES = 16  # bits of a mask
SMALL = 200_000  # numbers that one gather of credits may hold before it is done tree by tree


class Forest:
    """Trees compiled into arrays; :func:`.boosting.compile_forest` makes one.

    :param columns: (k,) the columns of codes that the trees look at.
    :param masks: list of k arrays (codes, trees) uint16, the leaves still reachable.
    :param values: (trees, 16) log-odds of each leaf minus the tree's expectation.
    :param credits: (trees, 16, features) the same, divided among features.
    :param base: expected log-odds of the whole forest.
    """

    def __init__(self, *, columns, masks, values, credits, base):
        self.columns = np.asarray(columns, dtype=np.int64)
        self.masks = masks
        self.values, self.credits, self.base = values, credits, float(base)
        self._first_leaf = np.arange(len(values), dtype=np.int32) * MAX_LEAVES
        self._flat_values = np.ascontiguousarray(values).reshape(-1)
        self._flat_credits = np.ascontiguousarray(credits).reshape(len(values) * MAX_LEAVES, -1)

    def leaves(self, codes):
        """Position of each record's leaf in the flattened arrays, shape (n, trees)."""
        reachable = np.full((len(codes), len(self.values)), 2**MAX_LEAVES - 1, dtype=np.uint16)
        for column, mask in zip(self.columns, self.masks, strict=True):
            reachable &= mask.take(codes[:, column], axis=0)
        # The exponent of a power of two stored as a float is the number of its bit.
        exponent = reachable.astype(np.float32).view(np.int32) >> 23
        return exponent - 127 + self._first_leaf

    def predict(self, leaves):
        """Log-odds above ``base``, shape (n,)."""
        return self._flat_values.take(leaves).sum(axis=1)

    def contributions(self, leaves):
        """Log-odds above ``base`` by feature, shape (n, features)."""
        rows, features = len(leaves), self._flat_credits.shape[1]
        if leaves.size * features <= SMALL:
            return self._flat_credits.take(leaves, axis=0).sum(axis=1)
        total = np.zeros((rows, features))
        for tree in range(leaves.shape[1]):
            total += self._flat_credits.take(leaves[:, tree], axis=0)
        return total

    def scaled(self, share):
        """The same forest with its log-odds multiplied by ``share``."""
        return Forest(
            columns=self.columns,
            masks=self.masks,
            values=self.values * share,
            credits=self.credits * share,
            base=self.base * share,
        )

    def state(self):
        """{name: array}, what :meth:`from_state` takes."""
        return {
            "columns": self.columns,
            "mask_sizes": np.array([len(mask) for mask in self.masks], dtype=np.int64),
            "masks": np.concatenate(self.masks) if self.masks else np.zeros((0, len(self.values)), dtype=np.uint16),
            "values": self.values,
            "credits": self.credits,
            "base": np.array([self.base]),
        }

    @classmethod
    def from_state(cls, arrays):
        masks = np.split(arrays["masks"], np.cumsum(arrays["mask_sizes"])[:-1]) if len(arrays["columns"]) else []
        return cls(
            columns=arrays["columns"],
            masks=[np.ascontiguousarray(mask) for mask in masks],
            values=arrays["values"],
            credits=arrays["credits"],
            base=arrays["base"][0],
        )
