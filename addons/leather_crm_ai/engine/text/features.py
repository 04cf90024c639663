"""A text as numbers: its words, pairs of neighbouring words, and the groups of letters inside its words.

Letter groups survive typing errors, inflection and arabizi's free spelling.  Each kind is weighted by
``(1 + log count) x idf`` and scaled to length one (Salton and Buckley, "Term-weighting approaches in automatic text
retrieval", 1988).  Addresses, links and long numbers are kept out: they say who wrote, not what about.

Scoring and training read a text with the same code; it needs numpy only, and looks a word's letter groups up once.
"""

import re
from itertools import pairwise

import numpy as np

from .normalise import tokens

READER = 1  # raise it when texts are read differently: a model must be used with the reader it was trained with
HEAD, TAIL = 3500, 500  # characters of a long text that are read; in between is quoted mail
MAX_LETTERS = 40  # of one word, when its letter groups are taken
LETTER_SIZES = (2, 3, 4, 5)
MAX_GRAMS = 30_000  # of each kind, the most frequent
FEW_TEXTS = 2000  # below this number each word counts, above it one that occurs twice
CACHE_WORDS = 20_000
MARK = "zz"  # words that we write ourselves begin so; no language has such words
LINK, NUMBER = MARK + "link", MARK + "number"
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\w+|@\w+")
_LONG_NUMBER = re.compile(r"\d{4,}")


def read_words(text):
    """``[(word, as it is written), …]``: words in the common spelling, without addresses and long numbers."""
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]} {text[-TAIL:]}"
    plain = _ADDRESS.sub(f" {LINK} ", text)
    return [(_spelling(word, plain[start:end]), plain[start:end]) for word, start, end in tokens(plain)]


def _spelling(word, written):
    if _LONG_NUMBER.fullmatch(word):
        return NUMBER
    return written if written.startswith(MARK) else word


def letter_groups(word):
    """Letter groups of a word, its borders included; a mark is one group."""
    if word.startswith(MARK):
        return [word]
    padded = f" {word[:MAX_LETTERS]} "
    return [padded[at : at + size] for size in LETTER_SIZES for at in range(len(padded) - size + 1)]


def word_groups(found):
    """The words, then the pairs of neighbours."""
    return [*found, *(f"{first} {second}" for first, second in pairwise(found))]


class TextFeatures:
    """Vocabulary and weights; :meth:`row` gives the numbers of one text.

    :param word_grams, letter_grams: the vocabulary, in order of their codes.
    :param idf: weight of each, word grams first.
    """

    def __init__(self, word_grams=(), letter_grams=(), idf=()):
        self.word_grams, self.letter_grams = list(word_grams), list(letter_grams)
        self.idf = np.asarray(idf, dtype=np.float32)
        self._words = {gram: code for code, gram in enumerate(self.word_grams)}
        self._letters = {gram: code for code, gram in enumerate(self.letter_grams, start=len(self._words))}
        self._known = {}

    def __len__(self):
        return len(self.idf)

    @classmethod
    def fit(cls, texts, *, most=MAX_GRAMS):
        """Learn the vocabulary.

        :param most: grams of each kind, the most frequent ones.
        """
        word_counts, letter_counts, groups_of = {}, {}, {}
        for text in texts:
            found = [word for word, _written in read_words(text)]
            _count(word_counts, set(word_groups(found)))
            groups = set()
            for word in set(found):
                if word not in groups_of:
                    groups_of[word] = letter_groups(word)
                groups.update(groups_of[word])
            _count(letter_counts, groups)
        word_grams = _frequent(word_counts, 1 if len(texts) < FEW_TEXTS else 2, most)
        letter_grams = _frequent(letter_counts, 2, most)
        counts = [word_counts[gram] for gram in word_grams] + [letter_counts[gram] for gram in letter_grams]
        idf = 1.0 + np.log((1.0 + len(texts)) / (1.0 + np.array(counts, dtype=float)))
        return cls(word_grams, letter_grams, idf)

    @property
    def views(self):
        """(first, last) code of all features, of the words, and of the letter groups."""
        ends = [(0, len(self)), (0, len(self.word_grams)), (len(self.word_grams), len(self))]
        return list(dict.fromkeys((first, last) for first, last in ends if last > first))

    def row(self, text):
        """``(codes, values)`` of one text, codes ascending."""
        return self._weigh(self._occurrences([word for word, _written in read_words(text)])[0])

    def table(self, texts):
        """``(starts, codes, values)`` of many texts: row i is ``starts[i]:starts[i + 1]``."""
        rows = [(np.zeros(0, np.int64), np.zeros(0, np.float32)), *(self.row(text) for text in texts)]
        starts = np.cumsum([len(codes) for codes, _values in rows])
        codes, values = (np.concatenate(part) for part in zip(*rows, strict=True))
        return starts, codes, values

    def trace(self, text):
        """What :meth:`row` gives, and whose it is.

        :return: ``(written, codes, values, places, owners)``: the words as written; codes and values; for each
            occurrence of a code the place of the code in ``codes``, and the positions of its first and last word.
        """
        found = read_words(text)
        occurrences, owners = self._occurrences([word for word, _written in found])
        codes, values = self._weigh(occurrences)
        return [written for _word, written in found], codes, values, np.searchsorted(codes, occurrences), owners

    def state(self):
        """``(document, arrays)``."""
        document = {"reader": READER, "words": self.word_grams, "letters": self.letter_grams}
        return document, {"idf": self.idf}

    @classmethod
    def from_state(cls, document, arrays):
        """:raises ValueError: written for another reader of texts."""
        if document["reader"] != READER:
            raise ValueError(f"texts were read by reader {document['reader']}, this is {READER}")
        features = cls(document["words"], document["letters"], arrays["idf"])
        if len(features.idf) != len(features.word_grams) + len(features.letter_grams):
            raise ValueError("vocabulary and weights differ in length")
        return features

    def _occurrences(self, found):
        """``(codes, owners)`` of all occurrences; owners are the positions of the first and the last word (n, 2)."""
        letters = [self._letters_of(word) for word in found]
        of_letters = np.repeat(np.arange(len(found)), [len(part) for part in letters])
        pairs = [f"{first} {second}" for first, second in pairwise(found)]
        grams = [(self._words[word], at, at) for at, word in enumerate(found) if word in self._words]
        grams += [(self._words[pair], at, at + 1) for at, pair in enumerate(pairs) if pair in self._words]
        grams = np.array(grams, dtype=np.int64).reshape(-1, 3)
        codes = np.concatenate([grams[:, 0], *letters])
        return codes, np.concatenate([grams[:, 1:], np.stack([of_letters, of_letters], axis=1)])

    def _letters_of(self, word):
        codes = self._known.get(word)
        if codes is None:
            find = self._letters.get
            codes = np.array([c for c in map(find, letter_groups(word)) if c is not None], dtype=np.int64)
            if len(self._known) < CACHE_WORDS:
                self._known[word] = codes
        return codes

    def _weigh(self, occurrences):
        codes, counts = np.unique(occurrences, return_counts=True)
        values = (1.0 + np.log(counts)).astype(np.float32) * self.idf[codes]
        border = np.searchsorted(codes, len(self.word_grams))
        for part in (values[:border], values[border:]):
            part /= max(float(np.sqrt(part @ part)), 1e-9)
        return codes, values


def _count(counts, grams):
    for gram in grams:
        counts[gram] = counts.get(gram, 0) + 1


def _frequent(counts, least, most):
    """Grams in at least ``least`` texts, the most frequent ones if there are too many; in a fixed order."""
    kept = sorted((-count, gram) for gram, count in counts.items() if count >= least)
    return sorted(gram for _count, gram in kept[:most])
