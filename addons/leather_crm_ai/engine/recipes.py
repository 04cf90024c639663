"""Which recipe for this data: decided by backtests on its own past, not by taste.

When the rows are in order of time, the recipes below are trained on the past and tested on what came next, at several
moments.  They are tried in order of trust: a later one is taken only if its mean log loss is clearly lower, and only
if it ranks no worse than Odoo's own method did.  Without a time, rows are exchangeable and the standard recipe is
right.
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
CLEARLY = 0.01  # lower log loss, relative, that a less trusted recipe must show
CHEAP_FOLDS = 3  # of calibration inside a backtest
STEADY = {"logistic": 0.5, "bayes": 0.5}  # extrapolates where trees cannot


@dataclass(frozen=True)
class Recipe:
    """``parameters`` for :class:`LeadScorer`; ``backtest``: what every candidate scored, JSON-safe."""

    name: str
    parameters: dict
    backtest: list = field(default_factory=list)


def candidates(clocks):
    """{name: parameters}, the most trusted first.

    ``recent`` forgets the distant past.  ``steady`` leans on naive Bayes, which drifting data upsets least, and forgets
    faster.  Fields that merely tell the date are set aside in all recipes, and where there are such fields the rows
    come in campaigns rather than from one steady source, so the steady recipes are trusted first.
    """
    aside = tuple(clocks)
    steady = {
        f"steady {half_life}": {"members": STEADY, "half_life": half_life, "set_aside": aside}
        for half_life in (0.1, 0.25, 0.05)
    }
    standard = {"standard": {"set_aside": aside}}
    if clocks:
        return {**steady, **standard}
    recent = {"recent": {"half_life": 0.25}}
    return {**standard, **recent, "steady 0.25": steady["steady 0.25"]}


def choose_recipe(table, won, when=None, lead=None, *, random_state=0):
    """The :class:`Recipe` for these rows; see the module."""
    parts = [] if when is None else list(backtest_parts(won, when, lead))
    if not parts:
        return Recipe("standard", {})
    recipes = candidates(clock_features(table, when))
    scored = [
        _backtest(name, parameters, table, won, when, lead, parts, random_state) for name, parameters in recipes.items()
    ]
    odoo = _backtest_odoo(table, won, parts)
    chosen = most_trusted([entry for entry in scored if entry["auc"] >= odoo["auc"]] or scored)
    return Recipe(chosen, recipes[chosen], [*scored, odoo])


def most_trusted(scored):
    """Name of the first entry that no later one beats by ``CLEARLY``; entries in order of trust."""
    best = scored[0]
    for entry in scored[1:]:
        if entry["logloss"] < best["logloss"] * (1 - CLEARLY):
            best = entry
    return best["recipe"]


def backtest_parts(won, when, lead):
    """Yield (train, test) row positions at each origin that leaves enough of both outcomes in both parts."""
    groups = lead_ids(lead, len(won))
    if groups.max() + 1 < MIN_LEADS:
        return
    for origin in ORIGINS:
        past, future = time_split(when, lead, holdout=1 - origin)
        test = future[: round(len(won) * HORIZON)]
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
