"""Ways to split rows: shuffled folds that keep a lead together, and a time-ordered hold-out.

One lead may give several rows (a snapshot at creation and one at each stage entry).  They share their outcome, so a
lead on both sides of a split would be recognised instead of predicted: every split here is a split of *leads*.
"""

import numpy as np


def lead_ids(lead, rows):
    """Group ids as 0..k-1, shape (rows,); one group per row when ``lead`` is None."""
    if lead is None:
        return np.arange(rows)
    return np.unique(np.asarray(lead), return_inverse=True)[1].reshape(-1)


def shuffled_folds(won, lead=None, *, folds=5, random_state=0):
    """Fold number of each row: leads shuffled, then dealt out won and lost separately (stratified).

    :return: int array (n,) with values 0..folds-1.
    """
    won = np.asarray(won, dtype=bool)
    groups = lead_ids(lead, len(won))
    count = groups.max() + 1 if len(groups) else 0
    group_won = np.zeros(count, dtype=bool)
    group_won[groups[won]] = True
    rng = np.random.default_rng(random_state)
    fold_of_group = np.zeros(count, dtype=np.int64)
    start = 0
    for outcome in (True, False):
        members = rng.permutation(np.flatnonzero(group_won == outcome))
        fold_of_group[members] = (start + np.arange(len(members))) % folds
        start += len(members)
    return fold_of_group[groups]


def time_split(when, lead=None, *, holdout=0.2, rows=None):
    """``(train, test)`` row positions: the last ``holdout`` share of leads, by the time of their first row, is test.

    :param when: float days (n,), or None when the rows are already in order of time (then give ``rows``).
    :return: two int arrays, each in order of time.
    """
    size = len(when) if when is not None else rows
    groups = lead_ids(lead, size)
    time = np.arange(size, dtype=float) if when is None else np.nan_to_num(np.asarray(when, dtype=float), nan=-np.inf)
    first = np.full(groups.max() + 1 if size else 0, np.inf)
    np.minimum.at(first, groups, time)
    order = np.argsort(first, kind="stable")
    cut = len(order) - round(len(order) * holdout)
    is_test = np.zeros(len(order), dtype=bool)
    is_test[order[cut:]] = True
    by_time = np.argsort(time, kind="stable")
    test = is_test[groups[by_time]]
    return by_time[~test], by_time[test]
