"""A fair contest with the version that is live.

A live model has usually been trained on rows that are now in the hold-out; measured there, it would be judged on what
it has learned by heart.  So it is measured on hold-out rows later than its own training window, if there are enough of
them; otherwise its recipe is fitted again on the same training part as ours.
"""

from dataclasses import dataclass

import numpy as np

from . import artifact
from .lead_scoring import LeadScorer
from .metrics import all_metrics

MIN_ROWS = 200
MIN_OUTCOMES = 10
REFITTED = ("members", "half_life", "set_aside")


@dataclass(frozen=True)
class LiveComparison:
    """``code``: None, ``rows_after_its_training``, ``recipe_refitted`` or ``unreadable``; ``metrics``: of the live
    version, or None; ``ours``: our metrics on the same rows, or None when those are the whole hold-out."""

    code: str | None = None
    metrics: dict | None = None
    ours: dict | None = None


def compare_with_live(live, train, test, probability, *, random_state=0):
    """Measure the live version.

    :param live: bytes of its artifact, or None.
    :param train, test: objects with ``full`` (table of all features), ``won``, ``when``, ``lead``.
    :param probability: ours on the test rows.
    """
    if live is None:
        return LiveComparison()
    try:
        metadata, scorer = artifact.load_metadata(live), artifact.load_scorer(live)
    except artifact.ArtifactError:
        return LiveComparison("unreadable")
    later = rows_after(metadata, test)
    if later is not None and _same_features(scorer, test.full):
        theirs = all_metrics(test.won[later], scorer.predict_proba(test.full.take(later)))
        return LiveComparison("rows_after_its_training", theirs, all_metrics(test.won[later], probability[later]))
    theirs = _refit(metadata, scorer, train, test, random_state)
    return LiveComparison("recipe_refitted", theirs) if theirs else LiveComparison("unreadable")


def rows_after(metadata, test):
    """Positions of enough hold-out rows later than the live version's window, else None."""
    window = (metadata.get("data") or {}).get("window")
    if not window or test.when is None:
        return None
    later = np.flatnonzero(test.when > window[1])
    won = test.won[later]
    enough = len(later) >= MIN_ROWS and min(won.sum(), (~won).sum()) >= MIN_OUTCOMES
    return later if enough else None


def _same_features(scorer, table):
    return set(scorer.features) <= set(table.features)


def _refit(metadata, scorer, train, test, random_state):
    names = [feature.name for feature in scorer.features if feature in train.full.features]
    if not names:
        return None
    recipe = metadata.get("recipe") or {}
    parameters = {key: recipe[key] for key in REFITTED if key in recipe}
    again = LeadScorer(random_state=random_state, **parameters)
    again.fit(train.full.select(names), train.won, when=train.when, lead=train.lead)
    return all_metrics(test.won, again.predict_proba(test.full.select(names)))
