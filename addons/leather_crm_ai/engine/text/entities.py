"""Things a message names: orders, lots, invoices, sizes and how many pairs, with their places in the text.

Numbers are read in digits (Western and Arabic) and in words, in French, Arabic, arabizi and English.  A year, a
telephone number, a price or a standard is neither a size nor a quantity.
"""

import re
from dataclasses import dataclass, field

from .normalise import fold, squeeze

SIZES = range(35, 51)
MOST_PAIRS = 100_000
MAX_READ = 20_000  # characters
MAX_SPANS = 200


@dataclass(frozen=True)
class Entities:
    """Lists of strings as written (sizes as digits); ``pairs`` is the largest number of pairs named, 0 when none is.

    ``spans`` is a list of (kind, start, end) in the original text.
    """

    orders: list = field(default_factory=list)
    lots: list = field(default_factory=list)
    sizes: list = field(default_factory=list)
    pairs: int = 0
    invoices: list = field(default_factory=list)
    spans: list = field(default_factory=list)


def _words(*words):
    """Alternatives that stand as words of their own."""
    return rf"(?<![^\W_])(?:{'|'.join(words)})"


_END = r"(?![^\W_])"
_CODE = r"([a-z]{0,5}[-/]?\d(?:[\w/.-]*\d)?[a-z]?)"
_NUMBER_WORDS = r"n\s?[°o]|nr|no|num(?:ero)?|number|ref(?:erence)?|رقم|ra9m|raqm|nemra|#|:|\."
_NUMBER_SIGN = rf"(?:\s*(?:{_NUMBER_WORDS})){{0,3}}[\s:.#°-]{{0,4}}"
_ORDER_WORDS = _words(
    *("bons? de commande", "commandes?", "comandes?", "cmde?s?", "cde", "orders?", "purchase order", r"p\.?o"),
    *(r"b\.?c", "(?:ال)?طلبيه", "طلبيتي", "(?:ال)?طلبيات", "(?:ال)?طلب", "طلبي", "(?:ال)?كوموند", "lcommande"),
    *("l?komanda?",),
)
_LOT_WORDS = _words("lots?", "lote", "llot", "batch(?: code)?", "(?:ال)?دفعه", "(?:ال)?حصه", "(?:ال)?لوت")
_INVOICE_WORDS = _words(
    *("factures?", "facure", "invoices?", "(?:ال)?فاتوره", "فاتورتكم", "(?:ال)?فاكتوره?", "l?fatoura", "lfacture"),
)
_ORDER = re.compile(_ORDER_WORDS + _NUMBER_SIGN + _CODE + _END)
_ORDER_CODE = re.compile(r"(?<![^\W_])((?:so|s0|wh/out|po|bc|cmd|cde)[-/ ]?\d[\d/-]{2,}|s\d{5})(?![^\W_])")
_LOT = re.compile(_LOT_WORDS + _NUMBER_SIGN + r"(?:\s*on (?:the )?tongue\s*)?" + _CODE + _END)
_INVOICE = re.compile(_INVOICE_WORDS + _NUMBER_SIGN + _CODE + _END)
_DATED_INVOICE = re.compile(r"(?<![^\W_])((?!r/)[a-z]{1,6}/(?:19|20)\d\d/(?:\d\d/)?\d{3,})(?![^\W_])")  # INV/2026/00012
_INVOICE_CODE = re.compile(r"(?<![^\W_])((?:inv|fac?t?|fv|f)[-/]\d[\d/-]*\d)(?![^\W_])")

_A_SIZE = r"(?:3[5-9]|4\d|50)"
_SIZE_WORDS = _words(
    *("pointures?", "pts?", "tailles?", "sizes?", "eu", "t", "(?:ال)?مقاس", "مقاسات", "(?:ال)?قياس", "(?:ال)?نمره"),
    *("(?:ال)?بوانتير", "بوانتور", "n[eu]mra", "l?pointura", "taye", "l?9yas"),
)
_BETWEEN_SIZES = r"(?:\s?[,/;&]\s?|\s(?:et|ou|and|or|to|a|و|w|au|الى)\s?|-)"
_SIZE = re.compile(
    _SIZE_WORDS
    + rf"[\s.:°n]{{0,3}}({_A_SIZE}(?:{_BETWEEN_SIZES}{_A_SIZE})*)"
    + r"(?![\d.%]|\s?(?:da|dzd|dinars?|%|kg|h\b|j\b))"
)
_PEOPLE = "|".join(  # whose number is not the number of their shoes
    (
        r"ouvriers?|personnes?|salaries?|employes?|agents?|techniciens?|operateurs?|soudeurs?|macons?|gars|hommes",
        r"chauffeurs?|collegues?|stagiaires?|clients?|familles?|workers?|people|men|technicians?|operators?|welders?",
        r"employees?|staff|crew|guys|lads|colleagues?|drivers?|customers?|l?kh[ae]d+am\w*|[le]*3om+al\w*|nas|rjal",
        r"(?:ال)?عمال|عامل\w*|(?:ال)?خدام\w*|شخص\w*|اشخاص|تقني\w*|رجال|موظف\w*|زباين",
    )
)
_NO_SIZES = "|".join(  # what a number between 35 and 50 may count otherwise
    (
        r"da|dzd|euros?|pour ?cent|paires?|pairs?|prs|cartons?|زوج\w*|ازواج|jours?|j|ans|minutes|min|h|heures|يوم\w*",
        rf"km|kg|metres|m|joules?|{_PEOPLE}",
    )
)
_BARE_SIZE = re.compile(
    r"(?<![\w/.,-])(?:du|un|une|le|en|mon|les|des|au|من|ال|el|l|a|my)"
    rf"\s({_A_SIZE})(?!\d|\s?%|[.,/:-]\d|\s?(?:{_NO_SIZES})(?![^\W_]))"
)
_TWO_SIZES = re.compile(
    r"(?<![\w/.,-])(3[5-9]|4[0-8])\s?(?:/|au lieu du?|instead of|et(?: l.autre)?|و|بدل|blast|w)"
    r"\s?(?:un |une |du |a |ال)?(3[5-9]|4[0-8])(?![\w/%]|[.,]\d)"
)
_UNITS = "|".join(
    (
        r"paires?|pairs?|prs?|pcs|per|units?|unites?|chaussures|bottes|shoes|boots|azwaj|spair\w*",
        r"sabb?at\w*|sebb?at\w*|sbb?at\w*|sabb?et|sb[ae]b[ae]t",
        r"زوجا?|ازواج|زوجين|جوز|صباط|صبابط|سباط|حذاء|احذيه",
    )
)
_DIGITS = r"(\d{1,3}(?:[ .,]\d{3})+|\d{1,6})"
_PAIRS = re.compile(rf"(?<![\w.,/-]){_DIGITS}(?:\s?x)?(?:\s(?!(?:{_PEOPLE}){_END})[^\W\d_]+)?\s?(?:{_UNITS}){_END}")
_UNIT_FIRST = re.compile(
    _words("quantite", "qte", "qty", "nombre de paires", "عدد الازواج", "الكميه", "عددها", "عددهم")
    + rf"\s?[:=]?\s?{_DIGITS}(?![\d/-])"
)
_BOX_WORDS = r"cartons?|karton\w*|boxes|cases|كرطون\w*|كراتين|كراطن|كراتن|caisses?|colis"
_BOXES = re.compile(
    rf"(?<![\w.,/-])(\d{{1,4}}|[^\W\d_]+)\s(?:{_BOX_WORDS})\s"
    r"(?:de|of|x|ta3|تاع|فيها|fihom|ب)\s?(\d{1,3})(?![\d/-])"
)
_WORD = re.compile(r"[^\W_]+")

_ONES = (  # from nought to twenty
    "zero|sifr|صفر",
    "un|une|one|a|wahed|wa7ed|واحد|واحده",
    "deux|two|zouj|zoj|jouj|زوجين|زوج|اثنان|اثنين|اثنتين|اثنتان|زوجان",
    "trois|three|tlata|tleta|tlatha|ثلاثه|ثلاث|ثلث|تلاته|تلت",
    "quatre|four|rab3a|reb3a|arba3a|اربعه|اربع|ربعه",
    "cinq|five|khamsa|khemsa|5amsa|خمسه|خمس",
    "six|seta|sita|سته|ست",
    "sept|seven|seb3a|sab3a|سبعه|سبع",
    "huit|eight|tmenya|tmanya|tmania|ثمانيه|ثماني|ثمان|تمنيه",
    "neuf|nine|tes3a|tas3a|تسعه|تسع",
    "dix|ten|3achra|3echra|3chra|عشره|عشر",
    "onze|eleven|hdach|7dach|احد عشر|حداش",
    "douze|twelve|tnach|thnach|tnache|اثنا عشر|اثني عشر|اطناش|تناش",
    "treize|thirteen|tlatach|ثلاثه عشر",
    "quatorze|fourteen",
    "quinze|fifteen|khamstach|خمسه عشر|خمسطاش",
    "seize|sixteen",
    "dixsept|seventeen",
    "dixhuit|eighteen",
    "dixneuf|nineteen",
    "vingt|twenty|3echrin|3achrin|عشرين|عشرون",
)
WORDS = {word: number for number, words in enumerate(_ONES) for word in words.split("|")}
WORDS |= {
    word: number
    for number, words in {
        10: "dizaine|dizaines",
        12: "douzaine|dozen|طزينه|زينه|dozina|douzina",
        15: "quinzaine",
        20: "vingtaine",
        30: "trente|trentaine|thirty|tlatin|ثلاثين|ثلاثون",
        40: "quarante|quarantaine|forty|rab3in|اربعين|اربعون",
        50: "cinquante|cinquantaine|fifty|khamsin|خمسين|خمسون",
        60: "soixante|soixantaine|sixty|setin|ستين|ستون",
        70: "seventy|seb3in|سبعين|سبعون",
        80: "eighty|tmanin|ثمانين|ثمانون",
        90: "ninety|tes3in|تسعين|تسعون",
        100: "cent|centaine|hundred|mya|miya|مئه|ميه|مائه|ميا",
        200: "مئتين|مئتان|ميتين|ميتين|myatin",
        1000: "mille|thousand|millier|الف|alf",
    }.items()
    for word in words.split("|")
}
WORDS = {squeeze(word): number for word, number in WORDS.items()}
_NOT_ALONE = {"a", "un", "une", "one", "wahed", "wa7ed", "واحد", "واحده"}
_JOINING = {"et", "and", "و", "w", "ou"}
_PAIR_WORDS = re.compile(rf"^(?:{_UNITS})$")
_DUAL = {"زوجين", "زوجان"}
_PHONE = re.compile(r"(?<!\d)(?:\+?213|0)[\s.-]?[5-7]\d(?:[\s.-]?\d{2}){3}(?!\d)|(?<!\d)0\d{8,9}(?!\d)")
_DATES = re.compile(
    r"(?<!\d)\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}(?!\d)|(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)"
    r"|(?<!\d)(?:19|20)\d\d(?!\d)(?!\s?(?:paires?|pairs?|prs|زوج))"
)


def extract(text):
    """:class:`Entities` of a text."""
    folded, places = fold(text[:MAX_READ])
    hidden = _blank(_blank(folded, _PHONE), _DATES)
    spans = []
    dated = _codes("invoice", (_DATED_INVOICE,), folded, spans)  # its year is no date
    orders = _codes("order", (_ORDER, _ORDER_CODE), hidden, spans)
    lots = _codes("lot", (_LOT,), folded, spans)
    invoices = [*dated, *_codes("invoice", (_INVOICE, _INVOICE_CODE), hidden, spans)]
    free = hidden
    for _, start, end in spans:
        free = free[:start] + " " * (end - start) + free[end:]
    pairs = max([0, *_pairs(free, spans)])
    sizes = _sizes(free, spans)
    located = [(kind, places[start], places[end - 1] + 1) for kind, start, end in spans]
    return Entities(orders, lots, sizes, pairs, invoices, sorted(located, key=lambda span: span[1]))


def _blank(text, pattern):
    return pattern.sub(lambda match: " " * len(match.group()), text)


def _codes(kind, patterns, text, spans):
    found = []
    for pattern in patterns:
        for match in pattern.finditer(text):
            code = match.group(1).strip("-/.").upper()
            after = text[match.end() : match.end() + 12]
            if len(spans) >= MAX_SPANS:
                return found
            if _is_count(code, after) or any(s < match.end(1) and match.start(1) < e for _, s, e in spans):
                continue
            spans.append((kind, match.start(1), match.start(1) + len(match.group(1).rstrip("-/."))))
            if code not in found:
                found.append(code)
    return found


_COUNTED = re.compile(rf"\s?(?:x\s?)?(?:{_UNITS}|da|dzd|euros?|%|jours?|semaines?|mois|days|weeks){_END}")


def _is_count(code, after):
    """``commande 120 paires`` names a quantity, ``facture 2`` nothing."""
    return bool(_COUNTED.match(after)) or (code.isdigit() and len(code) < 3)


def _pairs(text, spans):
    for pattern in (_PAIRS, _UNIT_FIRST):
        for match in pattern.finditer(text):
            number = int(re.sub(r"\D", "", match.group(1)))
            if 0 < number <= MOST_PAIRS:
                spans.append(("pairs", match.start(1), match.end(1)))
                yield number
    for match in _BOXES.finditer(text):
        boxes = int(match.group(1)) if match.group(1).isdigit() else WORDS.get(squeeze(match.group(1)), 0)
        if 0 < boxes * int(match.group(2)) <= MOST_PAIRS:
            spans.append(("pairs", match.start(), match.end()))
            yield boxes * int(match.group(2))
    yield from _pairs_in_words(text, spans)


def _pairs_in_words(text, spans):
    """``une dizaine de paires``, ``عشرة أزواج``, ``two hundred pairs``: a number word at most two words before."""
    words = [(match.group(), match.start(), match.end()) for match in _WORD.finditer(text)]
    for index, (word, start, end) in enumerate(words):
        if word in _DUAL:
            spans.append(("pairs", start, end))
            yield 2
        if not _PAIR_WORDS.match(word) or index == 0:
            continue
        first = index - 1
        if words[first][0] in ("de", "of", "ta3", "تاع", "من", "d") and first > 0:
            first -= 1
        number, begin = _number_before(words, first)
        if number:
            spans.append(("pairs", words[begin][1], words[first][2]))
            yield number


def _number_before(words, last):
    """``(value, index of its first word)`` of the number words that end at ``last``."""
    begin, values, joined = last, [], False
    while begin >= 0:
        value = _value(words[begin][0])
        if value is None and words[begin][0] not in _JOINING:
            break
        if value is not None:
            values.insert(0, value)
        joined = joined or value is None or words[begin][0][0] == "و"
        begin -= 1
    if not values or (len(values) == 1 and words[last][0] in _NOT_ALONE):
        return (1, last) if values else (0, last)
    total = _sum(values, joined)
    return (total if total <= MOST_PAIRS else 0), begin + 1


def _value(word):
    word = squeeze(word)
    for form in (word, word.removesuffix("s"), word.removeprefix("و")):
        if form in WORDS:
            return WORDS[form]
    return None


def _sum(values, joined):
    """``two hundred`` is a product, ``quatre-vingts`` too, ``rab3a w 3achrin`` a sum, ``une dizaine`` is ten."""
    if values[0] == 1 and len(values) > 1:
        values = values[1:]
    total = 0
    for value in values:
        is_product = value in (100, 1000) or (value == 20 and total == 4 and not joined)
        total = max(total, 1) * value if is_product else total + value
    return total


def _sizes(text, spans):
    found = []
    for pattern in (_SIZE, _BARE_SIZE, _TWO_SIZES):
        for match in pattern.finditer(text):
            for place in range(1, (match.lastindex or 0) + 1):
                spans.append(("size", match.start(place), match.end(place)))
                found += [number for number in re.findall(r"\d\d", match.group(place)) if int(number) in SIZES]
    return list(dict.fromkeys(found))
