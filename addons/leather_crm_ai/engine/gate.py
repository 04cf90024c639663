"""Whether a trained model may go live: it has to beat every rival, on figures of rows none of them learned from."""

from dataclasses import dataclass, field

PRIMARY = "logloss"
LOWER_IS_BETTER = {"logloss", "brier", "ece"}
CLEARLY = 0.005  # relative gain in log loss over a method that works without training; less is luck
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Verdict:
    """The decision, in codes; the words are made in Odoo.

    :param publish: may go live.
    :param code: ``accepted``, ``worse_than_trivial``, ``worse_than_odoo`` or ``worse_than_live``.
    :param checks: list of {"rival", "metric", "ours", "theirs", "passed"}.
    """

    publish: bool
    code: str
    checks: list = field(default_factory=list)


def decide(ours, trivial, odoo=None, live=None, *, ours_beside_live=None):
    """Compare metrics {name: value}.

    The log loss must be clearly below that of the trivial baseline (everybody gets the base rate) and of Odoo's own
    method, and not above that of the live version (an equal model trained on newer data may replace it).  The AUC must
    be at least Odoo's.  A rival that is None is not compared.

    :param ours_beside_live: our metrics on the rows the live version was measured on, if those are fewer.
    """
    checks = []
    for rival, theirs, metric, strict in (
        ("trivial", trivial, PRIMARY, True),
        ("odoo", odoo, PRIMARY, True),
        ("odoo", odoo, "auc", False),
        ("live", live, PRIMARY, False),
    ):
        if theirs is not None:
            mine = (ours_beside_live or ours if rival == "live" else ours)[metric]
            passed = _better(mine, theirs[metric], metric, strict)
            checks.append({"rival": rival, "metric": metric, "ours": mine, "theirs": theirs[metric], "passed": passed})
    failed = next((check["rival"] for check in checks if not check["passed"]), None)
    return Verdict(failed is None, f"worse_than_{failed}" if failed else "accepted", checks)


def _better(ours, theirs, metric, strict):
    if ours is None or ours != ours:
        return False
    if theirs is None or theirs != theirs:
        return True
    gain = theirs - ours if metric in LOWER_IS_BETTER else ours - theirs
    return gain > CLEARLY * abs(theirs) if strict else gain >= -TOLERANCE
