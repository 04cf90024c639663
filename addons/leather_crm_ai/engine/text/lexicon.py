"""Which words of the rules a written word stands for: exactly, by its beginning, by a slip of the pen, by its sound.

Exact words and beginnings (``decol*``) always count.  Only a word that is nobody's is compared further: first without
the article written together with it (``lsemelle``, ``والحذاء``), then with one letter wrong, missing, doubled or
swapped (an index of deletions; Garbe's symmetric delete, 2012), then by its consonants.  Answers are kept, so that
a word is worked out once.
"""

import re

from .normalise import is_arabic, skeleton, without_clitics
from .words import LANGUAGES

MIN_FUZZY = 6  # letters of a word in which one may be wrong
MIN_FUZZY_START = 7  # the same for a beginning
MIN_FUZZY_ARABIC = 6
ROOTED = 8  # letters below which, where spelling is free, another consonant makes another word: tchouk, tchouf
MAX_VOWELS = 3  # letters by which words of the same consonants may differ in length: nkanes is not "unconscious"
MIN_BONES = {"arabizi": 3, "ar": 3, "fr": 4, "any": 4}  # consonants by which a word is known by its sound
MIN_BONES_ACROSS = {"arabizi": 4, "ar": 4, "fr": 5, "any": 5}  # the same, where the word is in Arabic letters
CACHE_WORDS = 50_000
# English words, in the spelling rules are compared in, that are French too
SHARED = frozenset(
    [
        "arive",
        "large",
        "long",
        "longue",
        "site",
        "note",
        "fine",
        "top",
        "stop",
        "line",
        "cap",
        "message",
        "six",
        "plus",
        "pire",
        "test",
    ]
)
_DIGIT_LETTER = re.compile("[a-z][235789]|[35789][a-z]")


class Lexicon:
    """Words and beginnings with numbers; ``resolve(word)`` gives the numbers a written word stands for.

    :param known: words that mean themselves: they are nobody's misspelling.
    """

    def __init__(self, known=frozenset()):
        self.known = known
        self.languages = []  # by number: set of languages whose rules use it
        self._numbers = {}  # (word, is a beginning) -> number
        self._spelt = []  # by number: (word, is a beginning)
        self._exact, self._starts = {}, {}
        self._deletions, self._start_deletions = {}, {}
        self._bones, self._start_bones = {}, {}
        self._cache = {}

    def add(self, word, is_start, language):
        """The number of a word (or of a beginning)."""
        number = self._numbers.setdefault((word, is_start), len(self._numbers))
        if number == len(self.languages):
            self.languages.append(set())
            self._spelt.append((word, is_start))
            self._index(word, is_start, number)
        for spoken in languages_of(word) if language == "any" else (language,):
            if spoken not in self.languages[number]:
                self.languages[number].add(spoken)
                self._index_bones(word, is_start, spoken, number)
        if is_start and language == "any":
            self.languages[number].add("any")  # "arrive" is English, but "arrivee" begins so too
        return number

    def number(self, word, is_start):
        """The number of a word that was added."""
        return self._numbers[word, is_start]

    def words(self):
        """((word, is a beginning), number) of every word added."""
        return self._numbers.items()

    def resolve(self, word, by_sound=True):
        """Numbers a written word stands for; ``by_sound`` is for texts in which spelling is free."""
        found = self._cache.get((word, by_sound))
        if found is None:
            if len(self._cache) >= CACHE_WORDS:
                self._cache.clear()
            found = self._cache[word, by_sound] = frozenset(self._resolve(word, by_sound))
        return found

    def _index(self, word, is_start, number):
        (self._starts if is_start else self._exact)[word] = number
        least = MIN_FUZZY_ARABIC if is_arabic(word) else MIN_FUZZY_START if is_start else MIN_FUZZY
        if len(word) >= least and not word.startswith("ال"):
            target = self._start_deletions if is_start else self._deletions
            forms = _deletions(word)
            for form in (word, *(forms[:-1] if is_start else forms)):  # a beginning cut short is another beginning
                target.setdefault(form, []).append(number)

    def _index_bones(self, word, is_start, language, number):
        """By its consonants: for words in its own letters, and with more of them for words in the others."""
        bones = skeleton(word)
        if len(bones) < MIN_BONES.get(language, 99) or (is_start and language == "fr"):
            return
        is_across = len(bones) >= MIN_BONES_ACROSS[language]
        for_latin, for_arabic = (is_across, True) if is_arabic(word) else (True, is_across)
        target = self._start_bones if is_start else self._bones
        target.setdefault(bones, []).append((number, for_latin, for_arabic))

    def _resolve(self, word, by_sound):
        found = self._plain(word)
        if is_arabic(word):
            for form in without_clitics(word):
                found += self._plain(form)
                found += [n for inner in without_clitics(form) for n in self._plain(inner)] if form[0] == "ا" else []
        if found or word in self.known or len(word) < 3 or word.isdigit():
            return found
        if not by_sound and not is_arabic(word):
            return self._typos(word)
        return self._resolve_freely(word)

    def _resolve_freely(self, word):
        forms = [form for form in without_clitics(word) if form not in self.known]
        found = [] if is_arabic(word) else [number for form in forms for number in self._plain(form)]
        return found or self._slips([word, *forms]) or self._sounds([word, *forms])

    def _slips(self, forms):
        """Slips of the pen that leave the consonants of a short word as they are."""
        return [
            number
            for form in forms[:3]
            for number in self._typos(form)
            if len(form) >= ROOTED or _same_root(form, *self._spelt[number])
        ]

    def _plain(self, word):
        found = [self._exact[word]] if word in self._exact else []
        starts = self._starts
        for length in range(2, len(word) + 1):
            number = starts.get(word[:length])
            if number is not None:
                found.append(number)
        return found

    def _typos(self, word):
        least = MIN_FUZZY_ARABIC if is_arabic(word) else MIN_FUZZY
        if len(word) < least - 1 or len(word) > 24:
            return []
        found = [number for form in (word, *_deletions(word)) for number in self._deletions.get(form, ())]
        for length in range(least, min(len(word), 14) + 1):
            found += self._start_deletions.get(word[:length], ())
        return found

    def _sounds(self, forms):
        found = []
        for place, word in enumerate(forms[:3]):
            bones, arabic = skeleton(word), is_arabic(word)
            if len(bones) < MIN_BONES_ACROSS["ar"] and (arabic or place):
                continue
            known = list(self._bones.get(bones, ()))
            for length in (len(bones) - 1, len(bones)):  # an ending of one consonant more is allowed
                if length >= MIN_BONES_ACROSS["ar"] or not (arabic or place):
                    known += self._start_bones.get(bones[:length], ())
            fitting = [number for number, for_latin, for_arabic in known if (for_arabic if arabic else for_latin)]
            found += [number for number in fitting if self._is_as_long(word, number)]
        return found

    def _is_as_long(self, word, number):
        """Arabic letters leave the vowels out, and a beginning has no end."""
        spelt, is_start = self._spelt[number]
        return is_start or is_arabic(spelt + word) or abs(len(spelt) - len(word)) <= MAX_VOWELS


def languages_of(word):
    """Languages a word of a rule for any language may belong to."""
    if is_arabic(word):
        return ("ar",)
    members = tuple(language for language in ("fr", "en", "arabizi") if word in LANGUAGES[language])
    if members or word.isalpha():
        return (*members, "fr") if word in SHARED and "fr" not in members else members or ("any",)
    return ("arabizi",) if _DIGIT_LETTER.search(word) else ("any",)


def _same_root(word, spelt, is_start):
    """The same consonants, in any order."""
    bones, wanted = skeleton(word), skeleton(spelt)
    if is_start and len(bones) > len(wanted):
        bones = bones[: len(wanted)]
    return sorted(bones) == sorted(wanted)


def _deletions(word):
    return [word[:i] + word[i + 1 :] for i in range(1, len(word))]  # the first letter is seldom wrong
