"""Everything that is known of a message before a company has confirmed any, in one call: what the rules say of it,
and, where there is one, how the starter (see :mod:`.whole_text`) reads it.

The rules find words, the starter weighs them with the rest of the text.  So the starter says which code is likelier,
finds danger that is told without any of the rules' words, and may doubt a danger of the rules: then the complaint does
not count as dangerous, but it stays among the grave ones, and says so.  What a rule of the company's own finds is never
doubted.
"""

from dataclasses import dataclass, field, replace
from functools import partial

from .entities import Entities, extract
from .findings import by_rules
from .language import detect
from .normalise import tokens
from .quantities import compare
from .sentiment import judge
from .severity import Facts
from .whole_text import by_starter

# Families in which the number of pairs makes it serious.  Not C and S: pairs on a paper are money, and a wrong invoice
# of 200 pairs is put right with one credit note; nobody wears it.  The database's facts still count for every family.
COUNTING = ("P", "Q", "F", "D", "K")


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

    def words_for(self, label):
        """Words of the text that speak for a label: those of the rules, else what the starter read it from."""
        return tuple(dict.fromkeys(hit.text for hit in self.hits if hit.label == label)) or self.words.get(label, ())


def analyse(text, ruleset, facts=None, starter=None):
    """:class:`Analysis` of a text; never raises, whatever the text is.

    :param starter: :class:`.starter.Starter`; None: the rules alone.
    """
    language = detect(text)
    hits = ruleset.match(text, language.code)
    entities = extract(text)
    quantities = compare(*_countable(text, entities))
    get_facts = partial(_facts, facts, entities, quantities)
    found = by_rules(text, hits, quantities, get_facts)
    if starter is not None and text.strip():
        found = by_starter(starter, ruleset, language.code, text, hits, found, get_facts)
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
