"""Which recipe for this data: decided by backtests on its own past, not by taste.

When the rows are in order of time, the recipes below are trained on the past and tested on what came next, at several
moments; the one with the lowest mean log loss is taken, among those that rank no worse than Odoo's own method did
(where any does).  Without a time, rows are exchangeable and the standard recipe is right.
"""

from dataclasses import dataclass, field

import numpy as np

from .clocks import clock_features
from .folds import lead_ids, time_split
from .lead_scoring import LeadScorer
from .metrics import auc, logloss
from .odoo_scoring import OdooScorer

MIN_LEADS = 800  # closed leads from which a backtest tells recipes apart
MIN_OUTCOMES = 30  # won and lost ones needed in every part of a backtest
ORIGINS = (0.5, 0.65, 0.8)  # shares of the rows trained on; the next HORIZON is tested
HORIZON = 0.2
CHEAP_FOLDS = 3  # of calibration inside a backtest
STEADY = {"logistic": 0.5, "bayes": 0.5}  # extrapolates where trees cannot


@dataclass(frozen=True)
class Recipe:
    """``parameters`` for :class:`LeadScorer`; ``backtest``: what every candidate scored, JSON-safe."""

    name: str
    parameters: dict
    backtest: list = field(default_factory=list)


def candidates(clocks):
    """{name: parameters}, the standard recipe first.

    ``recent`` forgets the distant past; ``steady`` recipes also set aside fields that merely tell the date, and lean
    on naive Bayes, which drifting data upsets least.
    """
    recipes = {"standard": {}, "recent": {"half_life": 0.25}}
    for half_life in (0.25, 0.1, 0.05):
        recipes[f"steady {half_life}"] = {"members": STEADY, "half_life": half_life, "set_aside": tuple(clocks)}
    return recipes


def choose_recipe(table, won, when=None, lead=None, *, random_state=0):
    """The :class:`Recipe` for these rows; see the module."""
    if when is None:
        return Recipe("standard", {})
    parts = list(backtest_parts(won, when, lead))
    if not parts:
        return Recipe("standard", {})
    scored = [
        _backtest(name, parameters, table, won, when, lead, parts, random_state)
        for name, parameters in candidates(clock_features(table, when)).items()
    ]
    odoo = _backtest_odoo(table, won, parts)
    ranked = [entry for entry in scored if entry["auc"] >= odoo["auc"]] or scored
    best = min(ranked, key=lambda entry: entry["logloss"])
    chosen = {name: p for name, p in candidates(clock_features(table, when)).items()}[best["recipe"]]
    return Recipe(best["recipe"], chosen, [*scored, odoo])


def backtest_parts(won, when, lead):
    """Yield (train, test) row positions at each origin that leaves enough of both outcomes in both parts."""
    groups = lead_ids(lead, len(won))
    if groups.max() + 1 < MIN_LEADS:
        return
    for origin in ORIGINS:
        past, future = time_split(when, lead, holdout=1 - origin)
        test = future[: int(round(len(won) * HORIZON))]
        if all(min(won[part].sum(), (~won[part]).sum()) >= MIN_OUTCOMES for part in (past, test)):
            yield past, test


def _backtest(name, parameters, table, won, when, lead, parts, random_state):
    aucs, losses = [], []
    for past, test in parts:
        scorer = LeadScorer(random_state=random_state, folds=CHEAP_FOLDS, **parameters)
        scorer.fit(table.take(past), won[past], when=when[past], lead=None if lead is None else lead[past])
        probability = scorer.predict_proba(table.take(test))
        aucs.append(auc(won[test], probability))
        losses.append(logloss(won[test], probability))
    return {"recipe": name, "auc": float(np.mean(aucs)), "logloss": float(np.mean(losses))}


def _backtest_odoo(table, won, parts):
    discrete = table.select([f.name for f in table.features if f.kind in ("category", "tags")])
    scores = [
        (won[test], OdooScorer().fit(discrete.take(past), won[past]).predict_proba(discrete.take(test)))
        for past, test in parts
    ]
    return {
        "recipe": "odoo",
        "auc": float(np.mean([auc(*pair) for pair in scores])),
        "logloss": float(np.mean([logloss(*pair) for pair in scores])),
    }
