"""Everything that is known of a message before a company has confirmed any, in one call: what the rules say of it,
and, where there is one, how the starter (see :mod:`.starter`) reads it.

The rules find words, the starter weighs them with the rest of the text.  So the starter says which code is likelier,
finds danger that is told without any of the rules' words, and may doubt a danger of the rules: then the complaint does
not count as dangerous, but it stays among the grave ones, and says so.  What a rule of the company's own finds is never
doubted.
"""

from dataclasses import dataclass, field, replace
from functools import partial

from .entities import Entities, extract
from .language import detect
from .normalise import tokens
from .quantities import compare
from .sentiment import judge
from .severity import DANGER, DEFAULTS, Facts, Severity, assess, assess_without_danger
from .starter import calm

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
# Families in which the number of pairs makes it serious.  Not C and S: pairs on a paper are money, and a wrong invoice
# of 200 pairs is put right with one credit note; nobody wears it.  The database's facts still count for every family.
COUNTING = ("P", "Q", "F", "D", "K")
SAFETY = ("P1", "P2", "P3", "P4")
BEFORE_CAUSE = 1.0  # how much more an injury is worth than what caused it
PROPOSED = 3  # codes that a person is shown first
PRAISED = 0.35  # what a fault is worth in praise that says there is none
UNHURT = 0.4  # what "nobody was hurt" leaves of the injury's score
DOUBT = 1.5  # score that a code shares with "something else"
READ_TOO = 0.2  # confidence from which a code is named besides the first because the starter reads it
_PRIORITY = {code: len(DEFAULTS) - place for place, code in enumerate(DEFAULTS)}


@dataclass(frozen=True)
class Analysis:
    """``codes`` is a list of (code, confidence), best first; ``secondary`` the codes named besides the first;
    ``words`` the words because of which the starter proposes a code that no rule has found."""

    language: str
    language_confidence: float
    is_complaint: bool
    codes: list
    secondary: list
    severity: int
    severity_reasons: list
    sentiment: str
    entities: Entities
    hits: list = field(default_factory=list)
    words: dict = field(default_factory=dict)


@dataclass(frozen=True)
class _Found:
    """What is known so far; ``flags`` are what the rules found besides codes."""

    codes: list
    secondary: list
    severity: Severity
    flags: list
    words: dict = field(default_factory=dict)


def analyse(text, ruleset, facts=None, starter=None):
    """:class:`Analysis` of a text; never raises, whatever the text is.

    :param starter: :class:`.starter.Starter`; None: the rules alone.
    """
    language = detect(text)
    hits = ruleset.match(text, language.code)
    entities = extract(text)
    quantities = compare(*_countable(text, entities))
    get_facts = partial(_facts, facts, entities, quantities)
    found = _by_rules(text, hits, quantities, get_facts)
    if starter is not None and text.strip():
        is_sure = not ruleset.own.isdisjoint(hit.rule_key for hit in hits)
        found = _by_starter(starter, calm(text, hits), found, is_sure, get_facts)
    named = [code for code, _ in found.codes[:1]]
    return Analysis(
        language=language.code,
        language_confidence=language.confidence,
        is_complaint=bool(named) and not named[0].startswith("N"),
        codes=found.codes,
        secondary=found.secondary,
        severity=found.severity.level,
        severity_reasons=found.severity.reasons,
        sentiment=judge(found.flags, named),
        entities=entities,
        hits=hits,
        words=found.words,
    )


def _by_rules(text, hits, quantities, get_facts):
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
    return _Found(codes, secondary, severity, flags)


def _by_starter(starter, text, found, is_sure, get_facts):
    """What the rules found, as the starter reads it.

    :param is_sure: a rule of the company's own has found something: then the starter may only add a danger.
    """
    names, is_danger = [code for code, _ in found.codes], found.severity.level == DANGER
    reading = starter.weigh(text, names, is_danger)
    if not reading.codes:
        return found
    if reading.danger >= starter.threshold and not is_danger:
        words = starter.words(text, names, is_danger)
        found = replace(found, severity=Severity(DANGER, [("reads_dangerous", ", ".join(words))]))
    return found if is_sure else _read_anew(starter, text, found, reading, get_facts)


def _read_anew(starter, text, found, reading, get_facts):
    """The codes that the starter reads, and what is left of the rules' danger."""
    names, is_danger = [code for code, _ in found.codes], found.severity.level == DANGER
    secondary = _named_besides(reading.codes, found)
    severity = found.severity
    if reading.danger < starter.threshold:
        named, flags = [reading.codes[0][0], *secondary], set(found.flags)
        severity = assess_without_danger(named, flags, get_facts(reading.codes), is_doubted=is_danger)
    new = [code for code, _ in reading.codes[:PROPOSED] if code not in names]
    words = {code: starter.words(text, names, is_danger, code) for code in new}
    return replace(found, codes=reading.codes, secondary=secondary, severity=severity, words=words)


def _named_besides(codes, found):
    """Codes besides the first: those of the rules that the starter holds possible, and those it is fairly sure of."""
    primary = codes[0][0]
    if primary.startswith("N"):
        return []
    likely = dict(codes)
    by_rules = [code for code, _ in found.codes[:1]] + found.secondary
    also = [code for code in by_rules if code in likely] + [code for code, share in codes if share >= READ_TOO]
    return [code for code in dict.fromkeys(also) if code != primary and not code.startswith("N")]


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


def _facts(facts, entities, quantities, codes):
    """The database's facts, with the number of pairs that the text names where the database knows none."""
    facts = facts or Facts()
    if facts.pairs:
        return facts
    primary = codes[0][0] if codes else ""
    pairs = entities.pairs if primary[:1] in COUNTING else 0
    if primary in ("D2", "D6") and quantities.difference:
        pairs = quantities.difference
    return replace(facts, pairs=pairs) if pairs else facts


def _countable(text, entities):
    """``(words, places of numbers among them that are sizes or codes)``."""
    found = tokens(text)
    taken = [(start, end) for kind, start, end in entities.spans if kind != "pairs"]
    hidden = {i for i, (_, start, end) in enumerate(found) if any(s < end and start < e for s, e in taken)}
    return [word for word, _, _ in found], hidden
