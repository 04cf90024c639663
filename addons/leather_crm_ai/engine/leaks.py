"""Fields that know the outcome too well, because they were filled in when the lead was closed."""

import numpy as np

from .folds import shuffled_folds
from .metrics import auc

MAX_SINGLE_AUC = 0.95
SHRINKAGE = 5.0  # records of average outcome added to each value's win rate
BINS = 50


def single_field_aucs(table, won, *, lead=None, folds=5, random_state=0):
    """{feature name: AUC of this field alone}, out-of-fold; text is not judged (NaN).

    Each value gets its win rate in the *other* folds, shrunk to the average, so an identifier that occurs once per
    lead scores .5, not 1.
    """
    won = np.asarray(won, dtype=bool)
    fold = shuffled_folds(won, lead, folds=folds, random_state=random_state)
    return {f.name: _single_auc(f.kind, table.columns[f.name], won, fold) for f in table.features}


def suspected_leaks(table, won, changed_after_closing=None, *, lead=None, random_state=0):
    """{feature name: {"reason", "auc"}} of fields to leave out unless the admin insists.

    :param changed_after_closing: names of fields known to have been edited when or after the lead was closed.
    :return: reason is ``predicts_too_well`` (AUC above .95) or ``changed_after_closing``.
    """
    changed = set(changed_after_closing or ())
    suspects = {}
    for name, value in single_field_aucs(table, won, lead=lead, random_state=random_state).items():
        known = value if value == value else None
        if name in changed:
            suspects[name] = {"reason": "changed_after_closing", "auc": known}
        elif known is not None and known > MAX_SINGLE_AUC:
            suspects[name] = {"reason": "predicts_too_well", "auc": known}
    return suspects


def _single_auc(kind, column, won, fold):
    if kind == "text" or won.all() or not won.any():
        return float("nan")
    codes = feature_codes(kind, column)
    size = codes.max() + 1 if len(codes) else 1
    score = np.zeros(len(won))
    for number in range(fold.max() + 1):
        test = fold == number
        counts = np.bincount(codes[~test], minlength=size)
        wins = np.bincount(codes[~test], weights=won[~test], minlength=size)
        average = won[~test].mean()
        score[test] = ((wins + SHRINKAGE * average) / (counts + SHRINKAGE) - average)[codes[test]]
    return auc(won, score)


def feature_codes(kind, column):
    """Integer codes of a column for counting: quantile bins of a number (blank is 0), values as they are else."""
    if kind == "number":
        known = column[~np.isnan(column)]
        edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1])) if len(known) else np.zeros(0)
        return np.where(np.isnan(column), 0, np.searchsorted(edges, column, side="right") + 1)
    distinct = {}
    keys = (tuple(sorted(value)) for value in column) if kind == "tags" else column
    return np.fromiter((distinct.setdefault(key, len(distinct)) for key in keys), dtype=np.int64, count=len(column))
