"""Hide what tells who somebody is before a text leaves the house, and put it back into what returns.

Names, addresses, e-mail addresses, telephone numbers, links and the numbers of orders, lots, invoices and the like
become placeholders: the same thing the same placeholder, in every text of one :class:`Redactor`.  What the records know
is found in any spelling (accents, capitals, letters of Arabic); besides, whatever looks like one of these things.  It
rather hides too much, since everything is put back.  A name that no record knows and that nothing points to (no
greeting, title or signature) is not recognised: no list of names is complete.

What returns is checked: placeholders that were changed or made up, links, addresses and numbers that were not in what
was sent are taken out and listed.  Amounts and days that were not in it stay, and are listed as well.

>>> redactor = Redactor({"NAME": ["Nadia Buyer"]})
>>> redactor.hide("Bonjour, ici NADIA, commande S00012, tel. 0661 12 34 56.")
'Bonjour, ici ⟦NAME_1⟧, commande ⟦ORDER_1⟧, tel. ⟦PHONE_1⟧.'
>>> shown = redactor.show("Dear ⟦NAME_1⟧, see https://evil.example and ⟦ORDER_7⟧.")
>>> "".join(shown.parts), shown.removed
('Dear NADIA, see and.', ['https://evil.example', '⟦ORDER_7⟧'])
"""

import re
from dataclasses import dataclass, field

from .carry_over import Gap
from .entities import extract
from .normalise import fold

KINDS = ("NAME", "EMAIL", "PHONE", "ADDRESS", "ORDER", "LOT", "INVOICE", "NUMBER", "LINK", "GAP")
GAP_MARKS = "\ue000", "\ue001"  # around the name of a missing fact in a draft

_OPEN, _CLOSE = "⟦", "⟧"
_KIND = "|".join(KINDS)
_PLACEHOLDER = re.compile(rf"{_OPEN}({_KIND})_(\d{{1,4}}){_CLOSE}")
_BROKEN = re.compile(
    rf"{_OPEN}[^{_OPEN}{_CLOSE}\n]{{0,40}}{_CLOSE}"
    rf"|[\[({{<]{{0,2}}(?<!\w)(?:{_KIND})_\d+(?!\w)[\])}}>]{{0,2}}"
)
_GAP = re.compile(f"{GAP_MARKS[0]}\\w+{GAP_MARKS[1]}")
_BRACKETS = re.compile(rf"[{_OPEN}{_CLOSE}]")

# On folded text: small letters, no accents, one spelling of Arabic letters, Western digits.
_TOP = "com|net|org|dz|fr|io|info|biz|eu|uk|de|ru|cn|me|app|dev|xyz|top|shop|online|site|link|example|test"
_LINK = re.compile(
    rf"\b[a-z][a-z0-9+.-]{{0,20}}://[^\s<>\"]+|\bwww\.[^\s<>\"]+|\b(?:mailto|javascript|data|tel):[^\s<>\"]+"
    rf"|(?<![\w@.-])(?:[a-z0-9-]+\.)+(?:{_TOP})(?![\w-])(?:[/?#:][^\s<>\"]*)?"
)
_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,80}\s?(?:@|\(at\)|\[at\]|\(arobase\)|\[arobase\])\s?[\w-]+"
    r"(?:\s?(?:\.|\(dot\)|\[dot\]|\(point\))\s?[a-z0-9-]+)+"
)
_PHONE = re.compile(r"(?<![\w/])(?:\+|00)?\(?\d(?:[\s./()-]{0,2}\d){7,14}(?!\w)")
_DATE = re.compile(r"(?<![\d/.-])\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}(?![\d/-])|(?<!\d)\d{4}-\d{2}-\d{2}(?![\d-])")
_AMOUNT = re.compile(r"(?<![\w.,+])(?!0\d)\d[\d\s.,]{0,14}\s?(?:€|\$|dzd\b|da\b|euros?\b|dinars?\b|دج|دينار)")
_NUMBER = re.compile(r"(?<![^\W_])[a-z]{0,6}[-/_]?\d[a-z0-9]*(?:[-/_.][a-z0-9]+)*(?![^\W_])")
_STANDARD = re.compile(
    r"(?:(?:19|20)\d\d|2034[4-7](?:[:-]\d{4})?|13287|1700[12]|14001|9001|s[1-7]l?|sb[a-z]?|o[1-3])\Z"
)
_CODE_BEFORE = re.compile(r"[A-Za-z0-9]{1,10}[-/_]\Z|[A-Za-z]{1,6}\Z")
_CODE_AFTER = re.compile(r"(?:[-/_]?[A-Za-z0-9]{1,10})+")
_A_NUMBER = 4  # characters of which three are digits: shorter ones are sizes and quantities
_STREETS = "|".join(
    (
        "rue|avenue|av\\.|boulevard|bd|cite|lotissement|hay|quartier|zone|street|road|lane",
        "شارع|حي|نهج|المنطقه الصناعيه",
    )
)
_ADDRESS = re.compile(
    rf"(?<![^\W_])(?:\d{{1,4}}\s?(?:bis|ter)?,?\s+)?(?:{_STREETS})\s+[^\n,.;،:!?]{{2,50}}"
    r"|(?<![^\W_])(?:bp|b\.p\.?|p\.?\s?o\.? box)\s?\d+[^\n,.;،:!?]{0,40}"
)

# On the text as it is, where capitals tell names.
_CAPITAL = r"[^\W\d_a-zà-öø-ÿ][\w'’-]*"
_LATIN = r"[A-ZÀ-ÖØ-Þ][\w'’-]*"
_NAMES = rf"{_CAPITAL}(?:[ \t]+{_CAPITAL}){{0,3}}"
_TITLE = "M\\.|Mr\\.?|Mrs\\.?|Ms\\.?|Mme|Mlle|Monsieur|Madame|Dr\\.?|Hadj|السيد|السيدة|الأستاذ|الأستاذة"
_NAMED = (
    re.compile(rf"(?<!\w)(?:{_TITLE})[ \t]+({_NAMES})"),
    re.compile(
        r"(?<!\w)(?i:je m['’]appelle|mon nom est|je suis|ici|my name is|i am|i['’]m|this is|ismi|ana|اسمي|معكم)"
        rf"[ \t]+({_NAMES})"
    ),
    re.compile(
        r"(?<!\w)(?i:bonjour|bonsoir|salut|chère?|hello|hi|dear|salam|السلام عليكم|مرحبا)"
        rf"[ \t]+(?!(?:{_TITLE})(?!\w))({_NAMES})[ \t]*(?=[,،:!\n])"
    ),
    re.compile(
        r"(?i:cordialement|salutations|respectueusement|bien à vous|regards|sincerely|faithfully"
        r"|merci|thanks?|thank you|تحياتي|مع التحية|شكرا|والسلام|تقبلوا)"
        rf"[^\n]{{0,40}}?[,.،!]?[ \t]*\n+[ \t]*({_NAMES})[ \t]*(?=\n|\Z)"
    ),
    re.compile(rf"\n[ \t]*({_LATIN}(?:[ \t]+{_LATIN}){{0,3}})[ \t]*\Z"),  # a name alone in the last line
)
_WORD = re.compile(r"[^\W\d_]{3,}")
_NO_NAMES = frozenset(
    (
        *(
            "sarl",
            "eurl",
            "spa",
            "sarls",
            "ets",
            "etablissement",
            "societe",
            "company",
            "groupe",
            "group",
            "entreprise",
        ),
        *("the", "les", "des", "ltd", "inc", "mme", "monsieur", "madame", "شركه", "مؤسسه", "ابن", "بنت"),
    )
)
_ARABIC = re.compile("[\u0621-\u064a]")


@dataclass(frozen=True)
class Shown:
    """Text with everything put back: strings and gaps; what was taken out of it, and what somebody should check."""

    parts: list = field(default_factory=list)
    removed: list = field(default_factory=list)
    doubtful: list = field(default_factory=list)


class Redactor:
    """Placeholders of one exchange.

    :param known: {kind of ``KINDS``: strings that the records know}, besides ``COMPANY``: names of companies, whose
        single words are only hidden where they are written as a name
    """

    def __init__(self, known=None):
        self._values = {}  # placeholder: what stands for it
        self._numbers = {}  # (kind, folded value): placeholder
        self._links = set()  # placeholders of links that may come back
        self._sent = []
        self._known = _get_patterns(known or {})

    def hide(self, text, keeps_links=False):
        """The text with placeholders.

        :param keeps_links: links in this text may stand in the answer
        """
        text = _BRACKETS.sub(lambda match: "[" if match.group() == _OPEN else "]", text or "")
        spans = _find(text, self._known)
        parts, at = [], 0
        for start, end, kind in spans:
            parts += [text[at:start], text[start:end] if kind is None else self._stand_in(kind, text[start:end])]
            if keeps_links and kind == "LINK":
                self._links.add(parts[-1])
            at = end
        hidden = "".join([*parts, text[at:]])
        self._sent.append(fold(hidden)[0])
        return hidden

    def _stand_in(self, kind, value):
        key = kind, re.sub(r"\s+", " ", fold(value)[0])
        if kind == "PHONE":
            key = kind, re.sub(r"^0*(?:213)?0*", "", re.sub(r"\D", "", key[1]))
        if key not in self._numbers:
            number = 1 + sum(one == kind for one, _value in self._numbers)
            self._numbers[key] = f"{_OPEN}{kind}_{number}{_CLOSE}"
            self._values[self._numbers[key]] = Gap(value.strip("".join(GAP_MARKS))) if kind == "GAP" else value
        return self._numbers[key]

    def show(self, text, with_links=False):
        """:class:`Shown`: what came back, with everything in its place and nothing in it that was not sent.

        :param with_links: every link that was sent may come back, also those in texts of others
        """
        parts, removed, doubtful, at = [], [], [], 0
        for match in _PLACEHOLDER.finditer(text):
            parts.append(self._clean(text[at : match.start()], removed, doubtful))
            parts.append(self._put_back(match.group(), with_links, removed))
            at = match.end()
        parts.append(self._clean(text[at:], removed, doubtful))
        return Shown(_join(parts), list(dict.fromkeys(removed)), list(dict.fromkeys(doubtful)))

    def _put_back(self, placeholder, with_links, removed):
        value = self._values.get(placeholder)
        if value is None:
            removed.append(placeholder)
        elif "LINK" in placeholder and not with_links and placeholder not in self._links:
            removed.append(value)
            value = None
        return value if value is not None else ""

    def _clean(self, text, removed, doubtful):
        """Text between placeholders without anything that only a placeholder may bring."""
        text = _BRACKETS.sub("", _take_out(text, _BROKEN, removed))
        folded, places = fold(text)
        taken = []
        for kind, start, end in _find_patterns(folded):
            if kind is None:
                if not self._was_sent(folded[start:end]) and _is_promise(folded[start:end]):
                    doubtful.append(text[places[start] : places[end - 1] + 1].strip())
            elif not self._was_sent(folded[start:end]):
                taken.append((places[start], places[end - 1] + 1))
        removed += [text[start:end].strip() for start, end in taken]
        for start, end in reversed(taken):
            text = text[:start] + text[end:]
        return text

    def _was_sent(self, folded):
        return any(folded.strip() in sent for sent in self._sent)


# ------------------------------------------------------------
# Finding
# ------------------------------------------------------------


def _get_patterns(known):
    """[(kind, pattern on folded text, only where it is written as a name)], the longest first."""
    found = {}
    for kind, values in known.items():
        for value in values:
            folded = re.sub(r"\s+", " ", fold(value or "")[0]).strip()
            if len(folded) < 2:
                continue
            found.setdefault((folded, "NAME" if kind == "COMPANY" else kind), False)
            if kind in ("NAME", "COMPANY"):
                for word in _WORD.findall(folded):
                    if word not in _NO_NAMES:
                        found.setdefault((word, "NAME"), kind == "COMPANY")
    ranked = sorted(found.items(), key=lambda item: -len(item[0][0]))
    return [(kind, _get_pattern(value), is_capital) for (value, kind), is_capital in ranked]


def _get_pattern(value):
    spaced = r"\s+".join(re.escape(word) for word in value.split(" "))
    clitic = "(?:و?(?:ال|لل|بال|[لبفك])?)" if _ARABIC.match(value) else ""
    return re.compile(rf"(?<![^\W_]){clitic}({spaced})(?![^\W_])")


def _find(text, known):
    """[(start, end, kind)] in order, none over another; kind None is what stays as it is."""
    folded, places = fold(text)
    spans = _Spans(text)
    for kind, start, end in _find_in_original(text, _GAP):
        spans.take(kind, start, end)
    for kind, start, end in _find_sure(folded):
        spans.take(kind, places[start], places[end - 1] + 1)
    for kind, start, end in _find_known(text, folded, places, known):
        spans.take(kind, start, end)
    for kind, start, end in _find_in_original(text, *_NAMED):
        spans.take(kind, start, end)
    for match in _ADDRESS.finditer(folded):
        spans.take("ADDRESS", places[match.start()], places[match.end() - 1] + 1)
    for kind, start, end in extract(text).spans:
        spans.take(_ENTITIES.get(kind), *(_widen(text, start, end) if kind in _ENTITIES else (start, end)))
    for kind, start, end in _find_numbers(folded):
        spans.take(kind, places[start], places[end - 1] + 1)
    return sorted(spans.taken, key=lambda span: span[:2])


def _find_in_original(text, *patterns):
    for pattern in patterns:
        for match in pattern.finditer(text):
            group = pattern.groups and 1
            yield "NAME" if group else "GAP", *match.span(group)


def _find_known(text, folded, places, known):
    for kind, pattern, is_capital in known:
        for match in pattern.finditer(folded):
            start, end = places[match.start(1)], places[match.end(1) - 1] + 1
            if not is_capital or not text[start].islower():
                yield kind, start, end


def _widen(text, start, end):
    """All of a code of which a part was recognised: ``BC-2231``, ``2231-A``."""
    before, after = _CODE_BEFORE.search(text, max(0, start - 12), start), _CODE_AFTER.match(text, end)
    return (before.start() if before else start), (after.end() if after else end)


_ENTITIES = {"order": "ORDER", "lot": "LOT", "invoice": "INVOICE"}  # sizes and pairs stay


def _find_sure(folded):
    """What a pattern tells for certain, and first; (kind or None, start, end)."""
    for kind, pattern in (("EMAIL", _EMAIL), ("LINK", _LINK), (None, _DATE), (None, _AMOUNT), ("PHONE", _PHONE)):
        for match in pattern.finditer(folded):
            yield kind, *match.span()


def _find_numbers(folded):
    for match in _NUMBER.finditer(folded):
        value = match.group()
        if len(value) >= _A_NUMBER and sum(map(str.isdigit, value)) >= _A_NUMBER - 1 and not _STANDARD.match(value):
            yield "NUMBER", *match.span()


def _find_patterns(folded):
    """The same on what came back, without the records: (kind or None, start, end), none over another."""
    spans = _Spans(folded)
    for kind, start, end in [*_find_sure(folded), *_find_numbers(folded)]:
        spans.take(kind, start, end)
    return [(kind, start, end) for start, end, kind in sorted(spans.taken, key=lambda span: span[:2])]


def _is_promise(folded):
    """An amount or a day."""
    return bool(_AMOUNT.match(folded) or _DATE.match(folded))


def _take_out(text, pattern, removed):
    removed += [match.group() for match in pattern.finditer(text)]
    return pattern.sub("", text)


def _join(parts):
    """Neighbouring strings as one, without the spaces that something left behind."""
    joined = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "":
            joined.append(part)
    tidy = [re.sub(r"[ \t]{2,}", " ", part) if isinstance(part, str) else part for part in joined]
    return [re.sub(r"[ \t]+(?=[.,;،\n])", "", part) if isinstance(part, str) else part for part in tidy]


class _Spans:
    """Parts of a text; the first to take one has it, the next gets what is left around it."""

    def __init__(self, text):
        self.text, self.taken = text, []

    def take(self, kind, start, end):
        for begin, stop, _kind in sorted(self.taken, key=lambda span: span[:2]):
            if begin < end and start < stop:
                self._add(kind, start, begin)
                start = stop
        self._add(kind, start, end)

    def _add(self, kind, start, end):
        part = self.text[start:end] if end > start else ""
        if re.search(r"\w|[\ue000\ue001]", part):
            self.taken.append((start + len(part) - len(part.lstrip()), start + len(part.rstrip()), kind))
