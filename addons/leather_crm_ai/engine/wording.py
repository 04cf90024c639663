"""Free text as one number: how much its words sound like leads that were won.

Words and the character n-grams inside them (which survive typing errors, inflection and arabizi's free spelling) are
weighted by a strongly regularised logistic regression, and only its score goes on to the models, as a number in
quantile bins.  Training rows get the score of a regression that did not see them (stacking; Wolpert, 1992), else the
trees would trust the text blindly.

A text's score is the sum of its distinct words' weights over the square root of their number, and a word's weight
depends on the word alone: scoring looks words up in a cache, it builds no n-grams for words it has met.
"""

import re
import unicodedata
from itertools import chain

import numpy as np

from .encoding import Column, number_basis, quantile_edges

MAX_CHARACTERS = 2000
MAX_WORDS = 120  # distinct words of a text that count
MAX_GRAMS = 8000  # of the vocabulary, the most frequent
MIN_TEXTS = 3  # texts a gram must occur in
GRAM_SIZES = (3, 4)
STRENGTH = 0.3
BINS = 24
CACHE_WORDS = 50_000
_MARKS = re.compile("[\u0300-\u036f\u0640\u064b-\u065f\u0670]")  # accents, Arabic vowel marks and tatweel
_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_ASCII_GAPS = {code: " " for code in range(128) if not chr(code).isalnum()}


def words(text):
    """Distinct words of a text, lower case, compatibility forms unified, accents and Arabic vowel marks removed."""
    plain = text[:MAX_CHARACTERS].lower()
    if plain.isascii():
        found = plain.translate(_ASCII_GAPS).split()  # the same words in a third of the time
    else:
        found = _WORD.findall(_MARKS.sub("", unicodedata.normalize("NFKD", plain)))
    return list(dict.fromkeys(found))[:MAX_WORDS]


def grams(word):
    """The word itself (marked) and its character n-grams, borders included."""
    padded = f" {word} "
    found = ["=" + word]
    for size in GRAM_SIZES:
        found += [padded[start : start + size] for start in range(len(padded) - size + 1)]
    return found


class TextEncoder:
    """One column: code 0 for a text without words, then quantile bins of its score."""

    kind = "text"

    def __init__(self, *, vocabulary=(), weights=(), edges=(), centers=(0.0,), blank_seen=False):
        self.weights = dict(zip(vocabulary, weights, strict=True))
        self.edges, self.centers = np.asarray(edges, dtype=float), np.asarray(centers, dtype=float)
        self.blank_seen = bool(blank_seen)
        self._word = _WordWeights(self.weights)

    @classmethod
    def fit_codes(cls, values, won, fold):
        """``(encoder, codes of the training rows from out-of-fold scores (n, 1))``."""
        split = [words(value) if value else () for value in values]
        blank = np.array([not found for found in split], dtype=bool)
        vocabulary, idf, matrix = vectorise(split)
        scores = np.zeros(len(split))
        for number in range(fold.max() + 1):
            test = fold == number
            scores[test] = matrix[test] @ _fit_weights(matrix[~test], won[~test])
        weights = _fit_weights(matrix, won)
        edges, centers = _bins(scores[~blank])
        encoder = cls(
            vocabulary=vocabulary, weights=weights * idf, edges=edges, centers=centers, blank_seen=blank.any()
        )
        return encoder, encoder._codes(scores, blank)

    def columns(self, feature):
        return [Column(feature, len(self.centers) + 1, True, number_basis(self.centers))]

    def encode(self, values):
        split = [words(value) if value else () for value in values]
        count = np.fromiter(map(len, split), dtype=np.int64, count=len(split))
        weight = np.fromiter(map(self._word.__getitem__, chain.from_iterable(split)), dtype=float, count=count.sum())
        met = ~np.isnan(weight)
        # bincount adds a text's words one after the other: a text alone and among others gets one and the same sum
        row = np.repeat(np.arange(len(split)), count)
        size = np.maximum(count, 1)
        scores = np.bincount(row, np.where(met, weight, 0.0), len(split)) / np.sqrt(size)
        share = np.bincount(row, met, len(split)) / size
        return self._codes(scores, count == 0), np.where(count, share, float(self.blank_seen))

    def transform(self, values):
        return self.encode(values)[0]

    def strongest_words(self, text, top=3):
        """``(for, against)``: up to ``top`` (word, weight) each that move this text's score most."""
        weighted = sorted(((np.nan_to_num(self._word[word]), word) for word in words(text)), reverse=True)
        positive = [(word, weight) for weight, word in weighted[:top] if weight > 0]
        negative = [(word, weight) for weight, word in weighted[::-1][:top] if weight < 0]
        return positive, negative

    def state(self):
        return {
            "vocabulary": list(self.weights),
            "weights": [float(weight) for weight in self.weights.values()],
            "edges": self.edges.tolist(),
            "centers": self.centers.tolist(),
            "blank_seen": self.blank_seen,
        }

    def _codes(self, scores, blank):
        codes = np.searchsorted(self.edges, scores, side="right") + 1
        codes[blank] = 0
        return codes[:, None]


class _WordWeights(dict):
    """The weight of each word that was asked for, NaN if neither it nor any of its n-grams is known.

    A dict that fills itself, so that looking up the words of many texts runs no Python for those met before.
    """

    def __init__(self, weights):
        super().__init__()
        self._weights = weights

    def __missing__(self, word):
        parts = grams(word)
        met = [weight for weight in map(self._weights.get, parts) if weight is not None]
        if len(self) >= CACHE_WORDS:
            self.clear()
        self[word] = weight = sum(met) / len(parts) ** 0.5 if met else np.nan
        return weight


def vectorise(split):
    """``(vocabulary, idf, matrix)`` of split texts; ``matrix @ w`` is the score with weights ``w * idf``.

    A text's row is the sum of its words' rows, so n-grams are built once per distinct word: the matrix is the product
    of texts x words and words x grams.
    """
    from scipy import sparse

    distinct = {word: i for i, word in enumerate(dict.fromkeys(word for found in split for word in found))}
    in_texts = _sparse(([distinct[word] for word in found] for found in split), len(distinct))
    parts = [grams(word) for word in distinct]
    every = {gram: i for i, gram in enumerate(dict.fromkeys(gram for found in parts for gram in found))}
    in_words = _sparse(([every[gram] for gram in found] for found in parts), len(every))
    counts = np.asarray(((in_texts @ in_words) > 0).sum(axis=0)).reshape(-1)
    names = np.array(list(every), dtype=object)
    order = np.array(sorted(np.flatnonzero(counts >= MIN_TEXTS), key=lambda i: (-counts[i], names[i])), dtype=np.int64)
    kept = order[:MAX_GRAMS]
    idf = np.log(len(split) / np.maximum(counts[kept], 1)) + 1
    text_scale = sparse.diags_array([len(found) ** -0.5 if found else 0.0 for found in split])
    word_scale = sparse.diags_array([len(found) ** -0.5 for found in parts])
    matrix = text_scale @ in_texts @ (word_scale @ in_words[:, kept]) @ sparse.diags_array(idf)
    return names[kept].tolist(), idf, sparse.csr_array(matrix)


def _sparse(rows, width):
    """Counts (rows, width) from the column numbers of each row."""
    from scipy import sparse

    pointers, columns = [0], []
    for row in rows:
        columns += row
        pointers.append(len(columns))
    matrix = sparse.csr_array((np.ones(len(columns)), columns, pointers), shape=(len(pointers) - 1, width))
    matrix.sum_duplicates()
    return matrix


def _fit_weights(matrix, won):
    """Coefficients of a strongly regularised regression; zeros when there is nothing to learn from."""
    if not matrix.nnz or won.all() or not won.any():
        return np.zeros(matrix.shape[1])
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=STRENGTH, max_iter=100, tol=1e-3).fit(matrix, won).coef_[0]


def _bins(scores):
    if not len(scores):
        return np.zeros(0), np.zeros(1)
    known = np.sort(scores)
    edges = quantile_edges(known, max(1, min(BINS, len(known) // 20)))
    member = np.searchsorted(edges, known, side="right")
    return edges, np.bincount(member, weights=known) / np.bincount(member)
