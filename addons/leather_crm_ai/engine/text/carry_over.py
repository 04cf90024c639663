"""Take the answer to one customer as a draft for another: nothing about the first may stay in it.

Known names and numbers of the first customer are replaced by the second one's where there are such, else by a gap; so
is whatever looks like one: e-mail addresses, links, telephone numbers, orders, lots, invoices, sizes, numbers of pairs,
days, amounts and long numbers.  It rather takes out too much: a person reads the draft and fills the gaps.  Numbers of
standards stay.

>>> say = carry_over("Hello Mr Omar, order S00012 leaves on 3 May.", {"customer": ["Omar"]}, {"customer": "Nadia"})
>>> "".join(part if isinstance(part, str) else f"<{part.fact}>" for part in say)
'Hello Nadia, order <order> leaves on <day>.'
"""

import re
from dataclasses import dataclass

from .entities import extract

MAX_CHARACTERS = 6_000
_MONTHS = "|".join(
    (
        "janvier|février|fevrier|mars|avril|mai|juin|juillet|août|aout|septembre|octobre|novembre|décembre|decembre",
        "january|february|march|april|may|june|july|august|september|october|november|december",
        "jan|feb|apr|jun|jul|aug|sept?|oct|nov|dec|janv|févr|avr|juil|déc",
        "جانفي|فيفري|مارس|أفريل|افريل|ماي|جوان|جويلية|أوت|اوت|سبتمبر|أكتوبر|اكتوبر|نوفمبر|ديسمبر|يناير|فبراير|أبريل|مايو",
        "يونيو|يوليو|أغسطس",
    )
)
_WEEKDAYS = "|".join(
    (
        "dimanche|lundi|mardi|mercredi|jeudi|vendredi|samedi",
        "sunday|monday|tuesday|wednesday|thursday|friday|saturday",
        "(?:يوم )?(?:الأحد|الاحد|الاثنين|الإثنين|الثلاثاء|الأربعاء|الاربعاء|الخميس|الجمعة|السبت)",
    )
)
_PATTERNS = (  # in this order; what one has taken the next does not see
    ("link", re.compile(r"https?://\S+|www\.\S+")),
    ("email", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("phone", re.compile(r"(?<![\w/])(?:\+|00)?\d(?:[\s./-]?\d){8,14}(?!\w)")),
    ("amount", re.compile(r"\d[\d\s\u00a0.,]*\s?(?:€|\$|DZD|DA\b|euros?\b|dinars?\b|دج|دينار)", re.IGNORECASE)),
    ("day", re.compile(r"(?<![\d/])\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}(?!\d)")),
    (
        "day",
        re.compile(rf"(?<!\w)\d{{1,2}}(?:er|st|nd|rd|th)?\s+(?:{_MONTHS})(?:\.?\s+\d{{4}})?(?!\w)", re.IGNORECASE),
    ),
    ("day", re.compile(rf"(?<!\w)(?:{_MONTHS})\.?\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?(?!\w)", re.IGNORECASE)),
    ("day", re.compile(rf"(?<!\w)(?:{_WEEKDAYS})(?!\w)", re.IGNORECASE)),
    ("reference", re.compile(r"(?<!\w)R/\d{4}/\d+(?!\w)")),
)
_NUMBER = re.compile(r"(?<![\w.])[A-Z]{0,5}[-/]?\d[\d/-]{2,}\w*(?!\w)")
_KEPT_NUMBER = re.compile(r"(?:19|20)\d\d|2034[4-7]|13287|1700[12]|14001|9001")  # years and standards
_GREETING = re.compile(
    r"^(\s*(?:bonjour|bonsoir|cher|chère|chers|hello|hi|dear|good (?:morning|afternoon|day)"
    r"|السلام عليكم|مرحبا|تحية طيبة|صباح الخير|مساء الخير|سيدي|السيد|السيدة|salam(?: alikoum)?))"
    r"(?:\s+(?!à tous)[^,،:!\n.]{1,60})([,،:!]?)(?=\s|$)",
    re.IGNORECASE,
)
_NAME_WORD = re.compile(r"[^\W\d_]{4,}")
_NO_NAMES = {"sarl", "eurl", "société", "societe", "company", "groupe", "group", "entreprise", "شركة", "مؤسسة"}
_TITLES = r"(?:(?:M\.|Mr\.?|Mrs\.?|Ms\.?|Mme|Monsieur|Madame|السيد|السيدة)\s+)?"


@dataclass(frozen=True)
class Gap:
    """A place where something of the other customer stood; ``fact`` tells what."""

    fact: str


def carry_over(text, theirs, ours):
    """List of strings and :class:`Gap`: the text for the second customer.

    :param theirs: {fact: strings of the first customer}; facts are ``customer``, ``agent``, ``reference``, ``order``,
        ``lot``, ``invoice``, ``product`` and others.
    :param ours: {fact: string of the second customer, or None}.
    """
    spans = _Spans(_greet(text[:MAX_CHARACTERS].strip(), ours.get("customer"), theirs.get("customer", ())))
    for fact, values in theirs.items():
        for value in sorted(
            {value.strip() for value in values if value and len(value.strip()) > 1}, key=len, reverse=True
        ):
            title = _TITLES if fact == "customer" else ""
            spans.take(fact, re.compile(rf"(?<!\w){title}{re.escape(value)}(?!\w)", re.IGNORECASE))
    for word in _get_name_words(theirs.get("customer", ())):
        spans.take("customer", re.compile(rf"(?<!\w){_TITLES}{re.escape(word)}(?!\w)"))
    for fact, pattern in _PATTERNS:
        spans.take(fact, pattern)
    for kind, start, end in extract(spans.text).spans:
        spans.take_span(kind, start, end)
    for match in _NUMBER.finditer(spans.text):
        if not _KEPT_NUMBER.fullmatch(match.group()):
            spans.take_span("number", *match.span())
    return spans.replace(ours)


def _greet(text, name, others):
    """The greeting with the name of whom it goes to."""
    match = _GREETING.match(text)
    if not match:
        return text
    words = match.group()[len(match.group(1)) : match.end() - len(match.group(2))]
    if not match.group(2) and not any(other and other.casefold() in words.casefold() for other in others):
        return text  # no comma after it: a sentence, not a name
    return f"{match.group(1)}{f' {name}' if name else ''}{match.group(2)}{text[match.end() :]}"


def _get_name_words(names):
    """Parts of names, as written with a capital: people are called by one of them."""
    words = {word for name in names if name for word in _NAME_WORD.findall(name)}
    forms = {form for word in words if word.casefold() not in _NO_NAMES for form in (word.capitalize(), word.upper())}
    return sorted(forms, key=lambda word: (-len(word), word))


class _Spans:
    """Parts of a text that are to be replaced; none lies over another."""

    def __init__(self, text):
        self.text, self.taken = text, []

    def take(self, fact, pattern):
        for match in pattern.finditer(self.text):
            self.take_span(fact, *match.span())

    def take_span(self, fact, start, end):
        if end > start and all(end <= begin or stop <= start for begin, stop, _fact in self.taken):
            self.taken.append((start, end, fact))

    def replace(self, ours):
        parts, at = [], 0
        for start, end, fact in sorted(self.taken):
            parts.append(self.text[at:start])
            kept = self.text[start:end]
            parts.append(kept if kept == ours.get(fact) else (ours.get(fact) or Gap(fact)))
            at = end
        return [part for part in [*parts, self.text[at:]] if part != ""]
