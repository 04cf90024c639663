"""The language of a short, mixed, badly spelled message: fr, ar, arabizi (Algerian in Latin letters), en or unknown.

Script decides for Arabic.  In Latin letters each word speaks for the languages whose common words it is among, or else
by its letter triples (naive Bayes over the same word lists), or by a digit that stands for a letter (3, 7, 9, 5).
Algerians write French words inside arabizi all the time and hardly ever the other way round, so a small share of
arabizi words makes a text arabizi.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from .normalise import is_arabic, read
from .words import LANGUAGES

LATIN = ("fr", "en", "arabizi", "other")
MAX_WORDS = 400
ARABIC_SHARE = 0.4  # of the words; names and loanwords are in Latin letters
_DIGIT_LETTER = re.compile(
    r"^(?=.*[a-z])(?:[a-z]*[a-z][23579][a-z]+|[3579][a-z]{2,}|[a-z]{2,}[3579]|[a-z]*[3579][a-z]+[3579][a-z]*)$"
)
_CODE = re.compile(
    r"^(?:s[1-7][a-z]?|[a-z]{1,2}\d+|\d+(?:e|er|re|ere|eme|ieme|nd|rd|th|st|h|j|da|dzd|dt|km|kg|g|cm|mm|m|prs?|paires?|pairs?|x|v|kv|joules?|h\d+|am|pm|k|mois|jours|ans|days?)|en\d*|iso\d*|\d+x\d+|2m|b2b|mp3|lot\d+|bl\d+|fa\d+|so\d+|cmd\d+|ref\d+|t\d+|x\d+|no\d+|n\d+)$"
)
_ACCENT = re.compile("[éèêëàâçùûôîïœ]")
_LINK = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|[@#]\w+")


@dataclass(frozen=True)
class Language:
    """``code`` is fr, ar, arabizi, en or unknown; ``confidence`` is between 0 and 1."""

    code: str
    confidence: float


def detect(text):
    """:class:`Language` of a text."""
    words = [word for word, _, _ in read(_LINK.sub(" ", text[:8000]))[0]][:MAX_WORDS]
    words = [word for word in words if any(map(str.isalpha, word))]
    if not words:
        return Language("unknown", 0.0)
    arabic = sum(map(is_arabic, words))
    latin = [word for word in words if word[0].isascii() and not is_arabic(word)]
    if arabic and arabic >= ARABIC_SHARE * (arabic + len(latin)):
        return Language("ar", round(0.5 + 0.5 * arabic / len(words), 3))
    if not latin or len(latin) < 0.5 * len(words) - arabic:
        return Language("unknown", 0.0)
    return _latin(latin, bool(_ACCENT.search(text)))


def _latin(words, has_accents):
    total = dict.fromkeys(LATIN, 0.0)
    for word in words:
        for language, share in word_shares(word).items():
            total[language] += share
    if has_accents:
        total["fr"] += 0.7
    weight = sum(total.values())
    if weight <= 0:
        return Language("unknown", 0.0)
    share = {language: value / weight for language, value in total.items()}
    return _decide(share, weight)


def _decide(share, weight):
    if share["arabizi"] >= 0.3 and share["arabizi"] > share["en"] and share["arabizi"] > share["other"]:
        return Language("arabizi", round(min(1.0, 0.5 + share["arabizi"] / 2), 3))
    best = max(share, key=share.get)
    if best == "other" or weight < 0.5:
        return Language("unknown", 0.0)
    return Language(best, round(share[best], 3))


@lru_cache(maxsize=50_000)
def word_shares(word):
    """{language: how much the word speaks for it}; empty for codes and numbers."""
    if _CODE.match(word) or len(word) > 30:
        return {}
    members = [language for language in LATIN if word in LANGUAGES[language]]
    if members:
        ours = [language for language in members if language != "other"] or members
        return {language: 1.0 / len(ours) for language in ours}
    if _DIGIT_LETTER.match(word):
        return {"arabizi": 1.5}
    if len(word) < 3 or not word.isalpha():
        return {}
    return _by_triples(word)


def _by_triples(word):
    tables = _tables()
    score = dict.fromkeys(("fr", "en", "arabizi"), 0.0)
    padded = f" {word} "
    for start in range(len(padded) - 2):
        triple = padded[start : start + 3]
        for language in score:
            score[language] += tables[language].get(triple, tables[language][None])
    best = max(score.values())
    weight = {language: math.exp((value - best) * 0.7) for language, value in score.items()}
    total = sum(weight.values())
    return {language: 0.7 * value / total for language, value in weight.items()}


@lru_cache(maxsize=1)
def _tables():
    """{language: {letter triple: log probability, None: of one never met}}."""
    tables = {}
    for language in ("fr", "en", "arabizi"):
        counts = Counter()
        for word in LANGUAGES[language]:
            if len(word) > 2:
                padded = f" {word} "
                counts.update(padded[start : start + 3] for start in range(len(padded) - 2))
        total = sum(counts.values()) + 0.4 * 3000
        tables[language] = {triple: math.log((count + 0.4) / total) for triple, count in counts.items()}
        tables[language][None] = math.log(0.4 / total)
    return tables
