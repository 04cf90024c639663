"""What the starter makes of the rules' findings: it weighs the whole text, and each part of a longer one.

A danger in one sentence of a long mail about other things drowns in the whole; so a part counts, too: with the usual
threshold where a rule found danger in it, with a higher one where none did.
"""

import re
from dataclasses import dataclass, replace

from .findings import PROPOSED, by_rules
from .quantities import Quantities
from .severity import DANGER, Facts, Severity, assess_without_danger
from .starter import calm

READ_TOO = 0.2  # confidence from which a code is named besides the first because the starter reads it
SURE = 0.75  # probability of danger from which a part counts where no rule found danger in it
PART_WORDS, MOST_PARTS = 6, 40  # words of a part, at least; parts of a text, at most
_END = re.compile(r"(?<=[.!?؟…])\s+|\n+")


@dataclass(frozen=True)
class _Danger:
    """What was read of a text or of a part of it, and whether it counts as dangerous."""

    text: str
    names: list
    is_ruled: bool
    probability: float
    counts: bool


def by_starter(starter, ruleset, language, text, hits, found, get_facts):
    """The rules' :class:`.findings.Found`, as the starter reads the text.

    What a rule of the company's own finds is not doubted: then the starter may only add a danger.
    """
    whole = calm(text, hits)
    names, is_ruled = [code for code, _ in found.codes], found.severity.level == DANGER
    reading = starter.weigh(whole, names, is_ruled)
    dangers = [_Danger(whole, names, is_ruled, reading.danger, reading.danger >= starter.threshold)]
    dangers += _read_parts(starter, ruleset, language, text)
    worst = max(dangers, key=lambda danger: (danger.counts, danger.probability))
    if worst.counts and not is_ruled:
        words = starter.words(worst.text, worst.names, worst.is_ruled)
        found = replace(found, severity=Severity(DANGER, [("reads_dangerous", ", ".join(words))]))
    if not reading.codes or not ruleset.own.isdisjoint(hit.rule_key for hit in hits):
        return found
    if not worst.counts:
        found = _without_danger(found, reading, get_facts)
    new = [code for code, _ in reading.codes[:PROPOSED] if code not in names]
    words = {code: starter.words(whole, names, is_ruled, code) for code in new}
    return replace(found, codes=reading.codes, secondary=_named_besides(reading.codes, found), words=words)


def _read_parts(starter, ruleset, language, text):
    parts = split(text)
    for part in parts if len(parts) > 1 else ():
        hits = ruleset.match(part, language)
        found = by_rules(part, hits, Quantities(), lambda _codes: Facts())
        names, is_ruled = [code for code, _ in found.codes], found.severity.level == DANGER
        quiet = calm(part, hits)
        danger = starter.weigh(quiet, names, is_ruled).danger
        yield _Danger(quiet, names, is_ruled, danger, danger >= (starter.threshold if is_ruled else SURE))


def split(text):
    """Sentences, short ones with the next; of a very long text, larger parts.

    A first line is a subject, which says little of what follows and often something else: it stands alone.
    """
    first, _, rest = text.strip().partition("\n")
    least = max(PART_WORDS, len(text.split()) // MOST_PARTS)
    return _join_short(_END.split(first), least) + (_join_short(_END.split(rest), least) if rest else [])


def _join_short(sentences, least):
    parts, part = [], []
    for sentence in sentences:
        part.append(sentence)
        if sum(len(one.split()) for one in part) >= least:
            parts.append(" ".join(part))
            part = []
    if not parts:
        return [" ".join(part)]
    parts[-1] = " ".join([parts[-1], *part])
    return parts


def _without_danger(found, reading, get_facts):
    named = [reading.codes[0][0], *_named_besides(reading.codes, found)]
    is_doubted = found.severity.level == DANGER
    severity = assess_without_danger(named, set(found.flags), get_facts(reading.codes), is_doubted=is_doubted)
    return replace(found, severity=severity)


def _named_besides(codes, found):
    """Codes besides the first: those of the rules that the starter holds possible, and those it is fairly sure of."""
    primary = codes[0][0]
    if primary.startswith("N"):
        return []
    likely = dict(codes)
    by_rules = [code for code, _ in found.codes[:1]] + found.secondary
    also = [code for code in by_rules if code in likely] + [code for code, share in codes if share >= READ_TOO]
    return [code for code in dict.fromkeys(also) if code != primary and not code.startswith("N")]
