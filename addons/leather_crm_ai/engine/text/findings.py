"""What the rules' hits say of a text: codes with their scores, and how serious it is."""

from dataclasses import dataclass, field

from .severity import DEFAULTS, Severity, assess

CODES = frozenset(DEFAULTS)
LEAST_SCORE = 0.9  # below it a code is only a guess for the list of proposals
SECONDARY_SHARE = 0.45  # of the primary code's score that a secondary one needs
DANGER_SCORE = 1.2  # from which a safety code counts for severity whatever else the text is about
FIRST = 0.3  # how much more the beginning of a text counts than its end
SHRINK = (1.0, 0.45, 0.25, 0.12, 0.06)  # what the second, third … hit of one code adds
HYPOTHETICAL = 0.55  # what a fault is worth in "if somebody steps on a nail …?"
BESIDE_SKIN = 0.6  # what an injury is worth where it is a skin reaction or a prick
CLEAR = 2.6  # score from which a fault is clearly named
BESIDE_FAULT = 0.5  # what a question or praise is worth beside a clearly named fault
COUNTED = 3.0  # score of a code that the numbers of pairs speak for
INJURED = 3.6  # score from which somebody was hurt
SUSPECTED = 0.6  # score from which a safety code counts for severity where nothing else is named more clearly
BEYOND_DOUBT = 8.0  # score of a danger that is no mere supposition
MISCOUNTED = 0.5  # what the words for another difference are worth then
SAFETY = ("P1", "P2", "P3", "P4")
BEFORE_CAUSE = 1.0  # how much more an injury is worth than what caused it
PROPOSED = 3  # codes that a person is shown first
PRAISED = 0.35  # what a fault is worth in praise that says there is none
UNHURT = 0.4  # what "nobody was hurt" leaves of the injury's score
DOUBT = 1.5  # score that a code shares with "something else"
_PRIORITY = {code: len(DEFAULTS) - place for place, code in enumerate(DEFAULTS)}


@dataclass(frozen=True)
class Found:
    """What is known so far; ``flags`` are what the rules found besides codes."""

    codes: list
    secondary: list
    severity: Severity
    flags: list
    words: dict = field(default_factory=dict)


def by_rules(text, hits, quantities, get_facts):
    """:class:`Found` of a text by what the rules found in it.

    :param quantities: :class:`.quantities.Quantities`, what the numbers of pairs say.
    :param get_facts: function from the codes to :class:`.severity.Facts`.
    """
    scores = score(hits, len(text))
    if quantities.code:
        for code in ("D2", "D6", "C2"):
            scores[code] = scores.get(code, 0) * MISCOUNTED
        scores[quantities.code] = scores.get(quantities.code, 0) + COUNTED
    flags = [hit.label for hit in hits if hit.label not in CODES]
    weigh(scores, flags)
    ranked = sorted(scores.items(), key=lambda item: (-item[1], -_PRIORITY[item[0]]))
    codes, secondary = confidences(ranked), _secondary(ranked)
    severity = assess(_for_severity(ranked, secondary), set(flags), get_facts(codes))
    return Found(codes, secondary, severity, flags)


def score(hits, length):
    """{code: score}: each place in the text counts once per code, each further place less, the first words more."""
    by_code = {}
    for hit in hits:
        if hit.label in CODES:
            by_code.setdefault(hit.label, []).append(hit)
    scores = {}
    for code, found in by_code.items():
        weights = _distinct(found)
        total = sum(weight * share for weight, share in zip(weights, SHRINK, strict=False))
        strong = [hit.start for hit in found if hit.weight >= max(weights)]
        scores[code] = total * (1 + FIRST * (1 - min(strong) / max(length, 1)))
    return scores


def _distinct(hits):
    """Weights of hits that do not overlap, the heaviest first."""
    taken, weights = [], []
    for hit in sorted(hits, key=lambda hit: (-hit.weight, hit.start)):
        if len(weights) == len(SHRINK):
            break
        if not any(start < hit.end and hit.start < end for start, end in taken):
            taken.append((hit.start, hit.end))
            weights.append(hit.weight)
    return weights


def weigh(scores, flags):
    """Let the codes speak to each other: what is said with one changes what another is worth."""
    if "P3" in scores:
        _weigh_injury(scores, flags)
    danger = max((value for code, value in scores.items() if code.startswith("P")), default=0)
    if "hypothetical" in flags and "N1" in scores and danger < BEYOND_DOUBT:
        for code in scores:
            scores[code] *= 1.0 if code == "N1" else HYPOTHETICAL
    _weigh_kind(scores, flags, danger)


def _weigh_injury(scores, flags):
    """That somebody was hurt comes before why, and is never lost among other things that are named."""
    if "unhurt" in flags:
        scores["P3"] *= UNHURT
    elif "skin" in flags and scores.get("P4", 0) >= scores["P3"]:
        scores["P3"] *= BESIDE_SKIN
    elif scores["P3"] >= (DANGER_SCORE if "injury" in flags else INJURED):
        third = sorted(scores.values(), reverse=True)[:PROPOSED][-1]
        scores["P3"] = max(third, max(scores.get(code, 0) for code in SAFETY) + BEFORE_CAUSE)


def _weigh_kind(scores, flags, danger):
    """Complaint, question, praise or spam?"""
    if "saved" in flags or ({"praise", "nofault"} <= set(flags) and "however" not in flags):
        for code in scores:
            scores[code] *= PRAISED if not code.startswith("N") else 1.0
    fault = max((value for code, value in scores.items() if not code.startswith("N")), default=0)
    if fault < CLEAR or ("hypothetical" in flags and danger < BEYOND_DOUBT):
        return
    for code in ("N1", "N2"):
        if code in scores and not (code == "N2" and "saved" in flags):
            scores[code] *= BESIDE_FAULT


def confidences(ranked):
    """[(code, confidence)]: the share of all scores, with some left for what no rule knows."""
    total = sum(value for _, value in ranked) + DOUBT
    return [(code, round(value / total, 4)) for code, value in ranked]


def _secondary(ranked):
    if not ranked or ranked[0][0].startswith("N"):
        return []
    least = max(LEAST_SCORE, SECONDARY_SHARE * ranked[0][1])
    return [code for code, value in ranked[1:4] if value >= least and not code.startswith("N")]


def _for_severity(ranked, secondary):
    """Codes that severity looks at: the primary one, the secondary ones, dangers, and soles that clearly failed."""
    if not ranked:
        return []
    primary, value = ranked[0]
    if primary.startswith("N"):
        return [primary]
    if primary.startswith("P") and value < SUSPECTED:
        return []  # a word that may mean danger is no danger yet
    dangers = [code for code, value in ranked if value >= (DANGER_SCORE if code in SAFETY else CLEAR)]
    dangers = [code for code in dangers if code in (*SAFETY, "Q1", "Q2")]
    return list(dict.fromkeys([primary, *secondary, *dangers]))
