"""What closed leads looked like, value by value, for the words on the screens.

The screens say "Source is Referral: wins 62 %, average 31 %".  The numbers of that sentence are made here, once, when
the model is trained; the sentence is made in Odoo in the reader's language.
"""

import numpy as np

from .encoding import quantile_edges
from .folds import lead_ids

SMOOTHING = 20.0  # records of average outcome mixed into every rate, so that 1 of 1 does not read as 100 %
SHOWN_VALUES = 50
SHOWN_BINS = 6


def profile_of_table(table, won, lead=None):
    """{feature name: profile}, JSON-safe.

    A lead that gives several rows counts once for each value it had, so that the numbers are numbers of leads.

    A profile is ``{"kind", "average", "blank": row or None}`` and, for category and tags, ``"values": {value: row}``
    (the most frequent ones); for number, ``"edges": [..]`` (ascending cut points, k) and ``"bins": [row or None]``
    (k + 1).  A row is ``{"n", "won", "rate"}``: leads, won leads, smoothed win rate.

    :param lead: group id per row, or None when each row is a lead.
    """
    won, lead = np.asarray(won, dtype=bool), lead_ids(lead, len(won))
    average = won_share(won, lead)
    return {f.name: _PROFILERS[f.kind](table.columns[f.name], won, lead, average) for f in table.features}


def won_share(won, lead):
    """Share of leads that are won, each lead counted once however many rows it gives."""
    _, first = np.unique(lead, return_index=True)
    return float(np.asarray(won, dtype=bool)[first].mean())


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


def _count(values, won, lead):
    """{value: [leads, won leads]} of parallel sequences."""
    counts = {}
    for value, _group, is_won in set(zip(values, lead.tolist(), won.tolist(), strict=True)):
        entry = counts.setdefault(value, [0, 0])
        entry[0] += 1
        entry[1] += is_won
    return counts


def _levels(kind, counts, blank, average):
    shown = sorted(counts, key=lambda value: (-counts[value][0], value))[:SHOWN_VALUES]
    values = {value: _row(*counts[value], average) for value in shown}
    return {"kind": kind, "average": average, "values": values, "blank": _row(*blank, average)}


def _category(column, won, lead, average):
    counts = _count(column.tolist(), won, lead)
    return _levels("category", counts, counts.pop(None, (0, 0)), average)


def _tags(column, won, lead, average):
    rows = [(row, tag) for row, tags in enumerate(column) for tag in set(tags)]
    of_row, tags = ([row for row, _tag in rows], [tag for _row, tag in rows])
    empty = np.array([not tags for tags in column], dtype=bool)
    blank = _count([None] * int(empty.sum()), won[empty], lead[empty]).get(None, (0, 0))
    return _levels("tags", _count(tags, won[of_row], lead[of_row]), blank, average)


def _number(column, won, lead, average):
    known = ~np.isnan(column)
    edges = quantile_edges(np.sort(column[known]), SHOWN_BINS) if known.any() else np.zeros(0)
    member = np.where(known, np.searchsorted(edges, column, side="right"), -1)
    counts = _count(member.tolist(), won, lead)
    return {
        "kind": "number",
        "average": average,
        "edges": edges.tolist(),
        "bins": [_row(*counts.get(i, (0, 0)), average) for i in range(len(edges) + 1)] if known.any() else [],
        "blank": _row(*counts.get(-1, (0, 0)), average),
    }


def _text(column, won, lead, average):
    counts = _count([bool(value.strip()) for value in column], won, lead)
    return {"kind": "text", "average": average, "values": {}, "blank": _row(*counts.get(False, (0, 0)), average)}


_PROFILERS = {"category": _category, "tags": _tags, "number": _number, "text": _text}
