"""Boosted trees over integer codes, without scikit-learn: prediction by bit masks, reasons by path attribution.

**Prediction.**  A tree of at most 64 leaves is walked without branches: per column and code there is a mask of the
leaves a record with that code may still reach, the masks of a record's codes are and-ed, and the lowest bit left is
its leaf.  (Lucchese et al., "QuickScorer: a fast algorithm to rank documents with additive ensembles of regression
trees", SIGIR 2015.)  For n records and t trees that is one gather and one ``&`` per column on an (n, t) array.

**Reasons.**  Walking down a tree, each split moves the expected log-odds from the parent's to the child's; that step
is credited to the feature of the split (Saabas, "Interpreting random forests", 2014; the same quantity is the
single-path case of Lundberg et al., "From local explanations to global understanding with explainable AI for trees",
2020).  A leaf's credits are known when the forest is built, so explaining is a gather too.
"""

import numpy as np


class Forest:
    """See the module. ``None`` of this is fitted here: :func:`grow` in :mod:`.boosting` makes the arrays."""

    def __init__(self, *, masks, columns, values, credits, base):
        self.masks, self.columns, self.values, self.credits, self.base = masks, columns, values, credits, base
