"""One spelling for many: the forms in which texts and rules are compared.

People write the same word in many ways: with or without accents and vowel marks, with letters drawn out, in full-width
or presentation forms, with digits for Arabic letters, in either script.  :func:`tokens` gives words of one spelling
with their place in the original; :func:`skeleton` gives the consonants, which survive free spelling in arabizi and
the change of script (``tla7et``, ``tel7et`` and ``طلحت`` are all ``tlht``).

>>> normalise("Décoooollée !")
'decole'
>>> normalise("السّلام عليكم")
'السلام عليكم'
>>> tokens("n'est PAS reçu")
[('n', 0, 1), ('est', 2, 5), ('pas', 6, 9), ('recu', 10, 14)]
"""

import re
import unicodedata
from itertools import accumulate

MAX_CHARACTERS = 50_000  # what comes after is not read

_SAME = {
    "ٱ": "ا",
    "ى": "ي",
    "ة": "ه",
    "ی": "ي",
    "ې": "ي",
    "ک": "ك",
    "گ": "ق",
    "ڨ": "ق",
    "ڭ": "ق",
    "ڤ": "ف",
    "پ": "ب",
    "چ": "ش",
    "ہ": "ه",
    "ھ": "ه",
    "ـ": "",
    "’": "'",
    "‘": "'",
    "`": "'",
    "´": "'",
    "ʼ": "'",
    "؟": "?",
    "œ": "oe",
    "æ": "ae",
    "ß": "ss",
    "ø": "o",
    "ı": "i",
    "đ": "d",
    "ł": "l",
}
_TOKEN = re.compile("[a-z]+n't(?![a-z])|[^\\W_]+|[?]|[\u2600-\u27bf\U0001f300-\U0001faff]")
_TWICE = re.compile(r"([^\W\d_])\1+")
_THRICE = re.compile(r"([^\W\d_])\1{2,}")
SHORT = 4  # letters up to which a double letter is kept
_STOPS = re.compile(r"[.!?;:\n…](?=\s|$)|[\n…!?]|\s[-–—]\s")
_COMMA = re.compile(r"[,،()«»\"]")
STOP_GAP, COMMA_GAP = 3, 1  # places that a full stop or a comma puts between two words


class _Fold(dict):
    """{character: what it is compared as}, filled as characters are met."""

    def __missing__(self, character):
        folded = character
        for _ in range(4):  # until it does not change any more
            plain = "".join(_SAME.get(c, c) for c in unicodedata.normalize("NFKD", folded).lower())
            plain = "".join(c for c in plain if unicodedata.category(c) not in ("Mn", "Me", "Cf", "Cs"))
            digits = "".join(str(unicodedata.decimal(c, c)) for c in plain)
            if digits == folded:
                break
            folded = digits
        if len(self) < 20_000:
            self[character] = folded
        return folded


_FOLD = _Fold()


def fold(text):
    """``(folded, places)``: the folded text and, for each of its characters, the one of ``text`` it comes from."""
    text = text[:MAX_CHARACTERS]
    parts = [_FOLD[character] for character in text]
    folded = "".join(parts)
    if len(folded) == len(text) and all(len(part) == 1 for part in parts):
        return folded, range(len(text) + 1)
    ends = list(accumulate(map(len, parts)))
    places = [0] * len(folded)
    start = 0
    for index, end in enumerate(ends):
        places[start:end] = [index] * (end - start)
        start = end
    return folded, [*places, len(text)]


def squeeze(word):
    """A letter that is repeated counts once: ``commmande`` is ``commande``.  Short words keep two: ``off``, ``all``."""
    return _TWICE.sub(r"\1", word) if len(word) > SHORT else _THRICE.sub(r"\1", word)


def normalise(text):
    """The words of a text in the spelling that rules are compared in, one space between them."""
    return " ".join(token for token, _, _ in tokens(text))


def tokens(text):
    """List of ``(word, start, end)``; start and end are places in the original text."""
    return read(text)[0]


def read(text):
    """``(tokens, positions)``: the words, and how far into the text each is, counted in words; stops count extra."""
    folded, places = fold(text)
    found, positions, position, before = [], [], 0, 0
    for match in _TOKEN.finditer(folded):
        start, end = match.span()
        if start > before + 1 or (start > before and folded[before] != " "):
            position += _gap(folded[before:start])
        word = squeeze(match.group().replace("'", ""))
        found.append((word, places[start], places[end - 1] + 1))
        positions.append(position)
        position += 1
        before = end
    return found, positions


def _gap(between):
    if _STOPS.search(between):
        return STOP_GAP
    return COMMA_GAP if _COMMA.search(between) else 0


# --- other forms of a word ---------------------------------------------------------------------------------------

_ARABIC_CLITICS = (
    "وبال",
    "ولل",
    "وال",
    "فال",
    "بال",
    "كال",
    "عال",
    "مال",
    "تال",
    "هال",
    "لل",
    "ال",
    "و",
    "ف",
    "ب",
    "ل",
    "ك",
    "م",
    "د",
    "ت",
)
_LATIN_CLITICS = (  # the longest first
    *("tael", "dyal"),
    *("wel", "fel", "bel", "lel", "mel", "del", "tel", "les", "ech", "tal"),
    *("el", "al", "wl", "fl", "bl", "ml", "dl", "es", "en", "ed", "et", "er", "ez", "as", "ss", "ta"),
    *("l", "w", "f", "b", "m", "s"),
)
_ARABIC_LETTER = re.compile("[\u0621-\u064a]")


def is_arabic(word):
    return bool(_ARABIC_LETTER.search(word))


def without_clitics(word):
    """Forms of a word without the article and the prepositions that are written together with it."""
    if is_arabic(word):
        return _strip(word, _ARABIC_CLITICS, 3)
    return _strip(word, _LATIN_CLITICS, 4)


def _strip(word, clitics, least):
    forms = []
    for clitic in clitics:
        if word.startswith(clitic) and len(word) - len(clitic) >= (2 if clitic == "و" else least):
            forms.append(word[len(clitic) :])
    return forms


_DIGRAPHS = (
    ("tch", "C"),
    ("sch", "C"),
    ("ch", "C"),
    ("sh", "C"),
    ("kh", "X"),
    ("gh", "R"),
    ("ph", "f"),
    ("dj", "j"),
    ("dh", "d"),
    ("th", "t"),
    ("qu", "k"),
    ("gn", "n"),
    ("ce", "s"),
    ("ci", "s"),
    ("ge", "j"),
    ("gi", "j"),
    ("3'", "R"),
)
_LATIN_BONES = str.maketrans(
    {
        **dict.fromkeys("aeiouyw23", ""),
        **dict.fromkeys("h7", "h"),
        **dict.fromkeys("kqcg9", "k"),
        **dict.fromkeys("5", "X"),
        **dict.fromkeys("sz", "s"),
        **dict.fromkeys("bp", "b"),
        **dict.fromkeys("fv", "f"),
        **dict.fromkeys("td6", None),
        "x": "ks",
        "8": "R",
        "4": "C",
        "r": "r",
    }
)
for _letter, _bone in (("t", "t"), ("d", "d"), ("6", "t")):
    _LATIN_BONES[ord(_letter)] = _bone
_ARABIC_BONES = str.maketrans(
    {
        **dict.fromkeys("اويءعى", ""),
        **dict.fromkeys("حه", "h"),
        "خ": "X",
        "غ": "R",
        **dict.fromkeys("طتث", "t"),
        **dict.fromkeys("دضذظ", "d"),
        **dict.fromkeys("سصز", "s"),
        "ش": "C",
        **dict.fromkeys("قك", "k"),
        "ج": "j",
        "ب": "b",
        "ف": "f",
        "ر": "r",
        "ل": "l",
        "م": "m",
        "ن": "n",
    }
)


def skeleton(word):
    """The consonants of a word, those that sound alike as one; the same for both scripts.

    >>> skeleton("semelle") == skeleton("smella") == skeleton("سومال")
    True
    """
    if is_arabic(word):
        if len(word) > 3 and word.endswith("ه"):
            word = word[:-1]
        return _TWICE.sub(r"\1", word.translate(_ARABIC_BONES))
    for pair, bone in _DIGRAPHS:
        if pair in word:
            word = word.replace(pair, bone)
    return _TWICE.sub(r"\1", word.translate(_LATIN_BONES))
