"""Which features may be learned from, and why the others may not."""

import numpy as np

from . import leaks

MIN_ROWS = 50  # below, "every value is different" says nothing
DENSE = 3.0  # an identifier's numbers lie this close together: (largest - smallest) / count


def judge_features(table, won, *, lead=None, deny=(), keep_leaks=(), changed_after_closing=(), random_state=0):
    """Look at every feature.

    :return: list of {"name", "kind", "status": "used" | "left_out", "reason", "auc"}; reason is None, ``denied``,
        ``constant``, ``identifier``, ``changed_after_closing`` or ``predicts_too_well`` (the last two may be used
        all the same when the admin insists, then status is "used" and the reason stays); auc is of the field alone,
        out-of-fold, None if not judged.
    """
    aucs = leaks.single_field_aucs(table, won, lead=lead, random_state=random_state)
    judged = []
    for feature in table.features:
        auc = aucs[feature.name]
        reason = _reason(feature, table.columns[feature.name], auc, deny, changed_after_closing)
        leak = reason in ("changed_after_closing", "predicts_too_well")
        used = reason is None or (leak and feature.name in keep_leaks)
        judged.append(
            {
                "name": feature.name,
                "kind": feature.kind,
                "status": "used" if used else "left_out",
                "reason": reason,
                "auc": auc if auc == auc else None,
            }
        )
    return judged


def _reason(feature, column, auc, deny, changed_after_closing):
    if feature.name in deny:
        return "denied"
    if is_constant(feature, column):
        return "constant"
    if is_identifier(feature, column):
        return "identifier"
    if feature.name in changed_after_closing:
        return "changed_after_closing"
    return "predicts_too_well" if auc > leaks.MAX_SINGLE_AUC else None


def is_constant(feature, column):
    """One value, blank included, in every row."""
    if feature.kind == "number":
        known = column[~np.isnan(column)]
        return not len(known) or (len(known) == len(column) and known.min() == known.max())
    return len(set(column)) <= 1


def is_identifier(feature, column):
    """A name of the record rather than a property of it.

    A category without blanks whose values all differ; a number whose known values are whole, all differ, and lie
    close together or run in one direction with the rows (an amount may differ in every row too, but not like that).
    """
    if feature.kind == "category":
        distinct = set(column)
        return len(column) >= MIN_ROWS and None not in distinct and len(distinct) == len(column)
    if feature.kind != "number":
        return False
    known = np.asarray(column)[~np.isnan(column)]
    if len(known) < MIN_ROWS or not np.all(known == np.floor(known)) or len(np.unique(known)) < len(known):
        return False
    steps = np.diff(known)
    return bool((known.max() - known.min()) <= DENSE * len(known) or np.all(steps > 0) or np.all(steps < 0))
