"""What closed leads looked like, value by value, for the words on the screens.

The screens say "Source is Referral: wins 62 %, average 31 %".  The numbers of that sentence are made here, once, when
the model is trained; the sentence is made in Odoo in the reader's language.
"""

import numpy as np

from .encoding import quantile_edges

SMOOTHING = 20.0  # records of average outcome mixed into every rate, so that 1 of 1 does not read as 100 %
SHOWN_VALUES = 50
SHOWN_BINS = 6


def profile_of_table(table, won):
    """{feature name: profile}, JSON-safe.

    A profile is ``{"kind", "average", "blank": row or None}`` and, for category and tags, ``"values": {value: row}``
    (the most frequent ones); for number, ``"edges": [..]`` (ascending cut points, k) and ``"bins": [row or None]``
    (k + 1).  A row is ``{"n", "won", "rate"}``: records, won records, smoothed win rate.
    """
    won = np.asarray(won, dtype=bool)
    average = float(won.mean())
    return {f.name: _PROFILERS[f.kind](table.columns[f.name], won, average) for f in table.features}


def profile_row(profile, value):
    """The row of a profile that speaks about ``value`` (for tags: one tag), or None."""
    if profile["kind"] == "number":
        if value is None or value != value:
            return profile["blank"]
        return profile["bins"][int(np.searchsorted(profile["edges"], value, side="right"))] if profile["bins"] else None
    return profile["values"].get(value) if value else profile["blank"]


def _row(n, won, average):
    n, won = int(n), int(won)
    return {"n": n, "won": won, "rate": round((won + SMOOTHING * average) / (n + SMOOTHING), 6)} if n else None


def _levels(kind, pairs, blank, won, average):
    counts = {}
    for value, is_won in pairs:
        entry = counts.setdefault(value, [0, 0])
        entry[0] += 1
        entry[1] += is_won
    shown = sorted(counts, key=lambda value: (-counts[value][0], value))[:SHOWN_VALUES]
    values = {value: _row(*counts[value], average) for value in shown}
    return {"kind": kind, "average": average, "values": values, "blank": _row(blank.sum(), won[blank].sum(), average)}


def _category(column, won, average):
    pairs = [(v, w) for v, w in zip(column, won.tolist(), strict=True) if v is not None]
    return _levels("category", pairs, np.array([v is None for v in column], dtype=bool), won, average)


def _tags(column, won, average):
    pairs = [(tag, w) for tags, w in zip(column, won.tolist(), strict=True) for tag in set(tags)]
    return _levels("tags", pairs, np.array([not tags for tags in column], dtype=bool), won, average)


def _number(column, won, average):
    blank = np.isnan(column)
    known = np.sort(column[~blank])
    edges = quantile_edges(known, SHOWN_BINS) if len(known) else np.zeros(0)
    member = np.searchsorted(edges, column[~blank], side="right")
    counts = np.bincount(member, minlength=len(edges) + 1)
    wins = np.bincount(member, weights=won[~blank], minlength=len(edges) + 1)
    return {
        "kind": "number",
        "average": average,
        "edges": edges.tolist(),
        "bins": [_row(n, w, average) for n, w in zip(counts, wins, strict=True)] if len(known) else [],
        "blank": _row(blank.sum(), won[blank].sum(), average),
    }


def _text(column, won, average):
    blank = np.array([not value.strip() for value in column], dtype=bool)
    return {"kind": "text", "average": average, "values": {}, "blank": _row(blank.sum(), won[blank].sum(), average)}


_PROFILERS = {"category": _category, "tags": _tags, "number": _number, "text": _text}
