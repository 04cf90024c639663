"""Past complaints that are like a new one, found in milliseconds among a hundred thousand.

A text is a set of features: its words, pairs of neighbours, and groups of four letters, which survive inflection,
typing errors and arabizi's free spelling.  A feature is kept as a 32-bit hash, so there is no vocabulary to learn, to
store or to agree on between processes.  Similarity is the cosine of the sets, each feature weighted by ``idf ** 0.75``
(Salton and Buckley, "Term-weighting approaches in automatic text retrieval", 1988; the exponent was chosen on
banking77).

:class:`AnswerIndex` is an inverted index in plain arrays.  A query first adds up the rare features, up to a bounded
number of postings; only the best texts of these get the common features added, by binary search (after Moffat and
Zobel, "Self-indexing inverted files for fast text retrieval", 1996, who limit the accumulators).  So the time of a
query hardly grows with the number of texts; below the bound the result is exact.

>>> index = AnswerIndex()
>>> index.add([7, 8], [read("the sole came off"), read("the invoice is wrong")])
>>> index.search(read("sole came off again"), limit=1)[0].tolist()
[7]
"""

import zlib
from itertools import pairwise

import numpy as np

from .features import MARK, read_words

READER = 1  # raise it when texts are read differently: what was stored by another reader is read again
MAX_FEATURES = 192  # of one text, the first ones: about 45 different words
LETTERS = 4
MAX_WORD = 24
POWER = 0.75
SEGMENT, TAIL = 20_000, 1_000  # texts of a segment that is built at once, and of the one that grows
MAX_POSTINGS = 400_000  # added up for one query before candidates are chosen
MAX_CANDIDATES = 500  # of each segment
VOTERS, SHARPNESS = 20, 3.0  # neighbours that vote for a reply, and how much the nearest ones count more
KNOWN_WORDS = 50_000
COMMON, FEW = 0.2, 10  # a word in more texts than this share is no reason, unless there are few
# of small words, which say nothing about what a text is about; few texts would make them look rare
_SMALL = """
    les des une aux dans sur sous avec sans pour par vers chez est sont ont ete etait avons avez sommes etes
    suis vous nous ils elle elles que qui quoi dont pas plus tres tout tous toute cette ces ses son sa mes mon
    ma nos notre vos votre leur leurs mais donc car comme bonjour merci bonsoir madame monsieur cordialement
    salutations fait apres avant depuis encore aussi the and was were are has have had been not for with from
    into our your their this that these those you they she him her its but when what which who hello dear
    please thank thanks regards there after before still also في من على الى عن هذا هذه التي الذي ان انا نحن لم
    لا ما مع بعد قبل كان كانت السلام عليكم شكرا rah raha rani kifach 3la men fel bel tel ta3 ma3a had hadi
    kima salam
"""
STEM = 5  # letters by which two forms of a word are taken for one

SMALL = frozenset(_SMALL.split())
_letter_codes = {}


def read(text):
    """The features of a text: uint32 hashes, ascending, each once."""
    words = [word for word, _written in read_words(text)]
    codes = {}
    for before, word in pairwise(["", *words]):
        codes.update(dict.fromkeys(_read_word(word)))
        if before:
            codes[_hash(f"{before} {word}")] = None
        if len(codes) >= MAX_FEATURES:
            break
    return np.sort(np.fromiter(list(codes)[:MAX_FEATURES], dtype=np.uint32))


def _read_word(word):
    """Hashes of a word and of its letter groups."""
    codes = _letter_codes.get(word)
    if codes is None:
        padded = f" {word[:MAX_WORD]} "
        groups = {padded[at : at + LETTERS] for at in range(max(1, len(padded) - LETTERS + 1))}
        codes = [_hash(word), *sorted(_hash(f"~{group}") for group in groups)]
        if len(_letter_codes) < KNOWN_WORDS:
            _letter_codes[word] = codes
    return codes


def _hash(feature):
    return zlib.crc32(feature.encode("utf-8", "replace"))


class _Segment:
    """An inverted index over some texts that does not change: feature -> positions of the texts that hold it."""

    def __init__(self, rows):
        lengths = np.fromiter((len(row) for row in rows), dtype=np.int64, count=len(rows))
        owners = np.repeat(np.arange(len(rows), dtype=np.uint64), lengths)
        codes = np.concatenate([np.zeros(0, np.uint32), *rows]).astype(np.uint64)
        both = np.sort((codes << np.uint64(32)) | owners)
        self.owners = (both & np.uint64(0xFFFFFFFF)).astype(np.int32)
        self.codes, self.starts = np.unique((both >> np.uint64(32)).astype(np.uint32), return_index=True)
        self.starts = np.append(self.starts, len(both)).astype(np.int32)
        self.size = len(rows)
        self.norms = None

    @property
    def nbytes(self):
        return sum(part.nbytes for part in (self.owners, self.codes, self.starts, self.norms))

    def find(self, codes):
        """``(starts, counts)`` of the postings of features."""
        if not len(self.codes):
            return np.zeros(len(codes), np.int64), np.zeros(len(codes), np.int64)
        places = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        known = self.codes[places] == codes
        starts = self.starts[places]
        return starts, np.where(known, self.starts[places + 1] - starts, 0)

    def weigh(self, weights):
        """Lengths of the texts, for weights of all its features."""
        squares = np.repeat((weights**2).astype(np.float32), np.diff(self.starts))
        self.norms = np.sqrt(np.bincount(self.owners, weights=squares, minlength=self.size)).astype(np.float32)
        self.norms[self.norms == 0.0] = 1.0

    def score(self, starts, counts, squares, common):
        """``(positions, scores)`` of the best candidates; ``common`` marks features that only candidates get."""
        sums = np.zeros(self.size)
        spans = [
            (self.owners[start : start + count], square)
            for start, count, square, late in zip(starts, counts, squares, common, strict=True)
            if count and not late
        ]
        if spans:
            owners = np.concatenate([owner for owner, _square in spans])
            sums = np.bincount(
                owners, weights=np.repeat([s for _o, s in spans], [len(o) for o, _s in spans]), minlength=self.size
            )
        found = np.flatnonzero(sums)
        values = sums[found] / self.norms[found]
        if len(found) > MAX_CANDIDATES:
            best = np.sort(np.argpartition(-values, MAX_CANDIDATES)[:MAX_CANDIDATES])
            found, values = found[best], values[best]
        for start, count, square in zip(starts[common], counts[common], squares[common], strict=True):
            owners = self.owners[start : start + count]
            places = np.searchsorted(owners, found)
            values += square * (owners.take(places, mode="clip") == found) / self.norms[found] if count else 0.0
        return found, values


class AnswerIndex:
    """Texts that grow in number, and the nearest of them to a text.

    Keys are integers.  Memory: four bytes for each feature of each text, at most 0.8 kB a text.
    """

    def __init__(self):
        self._segments, self._keys = [], []
        self._tail_rows, self._tail_keys = [], []

    def __len__(self):
        return sum(len(keys) for keys in self._keys)

    @property
    def nbytes(self):
        return sum(segment.nbytes for segment in self._segments) + sum(keys.nbytes for keys in self._keys)

    @property
    def segments(self):
        """How many parts it has; many small ones make it slow, and it is better built again."""
        return len(self._segments)

    def add(self, keys, rows):
        """Add texts; ``rows`` are what :func:`read` gives."""
        keys, rows = list(keys), list(rows)
        if self._tail_rows:
            self._drop_tail()
            keys, rows = self._tail_keys + keys, self._tail_rows + rows
            self._tail_keys, self._tail_rows = [], []
        for at in range(0, len(rows), SEGMENT):
            self._append(keys[at : at + SEGMENT], rows[at : at + SEGMENT])
        rest = len(rows) % SEGMENT
        if 0 < rest < TAIL:
            self._tail_keys, self._tail_rows = keys[-rest:], rows[-rest:]

    def _drop_tail(self):
        self._segments.pop()
        self._keys.pop()

    def _append(self, keys, rows):
        segment = _Segment(rows)
        self._segments.append(segment)
        self._keys.append(np.asarray(keys, dtype=np.int64))
        segment.weigh(self.weights(segment.codes))

    def weights(self, codes):
        """How much features tell: high where few texts hold them."""
        return self._weigh(self.count(codes))

    def _weigh(self, counts):
        return (1.0 + np.log((1.0 + len(self)) / (1.0 + counts))) ** POWER

    def count(self, codes):
        """How many texts hold each feature."""
        return sum((segment.find(codes)[1] for segment in self._segments), np.zeros(len(codes), np.int64))

    def search(self, codes, *, limit=30):
        """``(keys, similarities)`` of the nearest texts, best first; of equals the latest added first.

        :param codes: what :func:`read` gives.
        """
        places = [segment.find(codes) for segment in self._segments]
        if not places or not len(codes):
            return np.zeros(0, np.int64), np.zeros(0)
        counts = sum(count for _start, count in places)
        weights = self._weigh(counts)
        order = np.argsort(counts, kind="stable")
        common = np.zeros(len(codes), dtype=bool)
        common[order] = np.cumsum(counts[order]) > MAX_POSTINGS
        length = float(np.sqrt((weights**2).sum()))
        keys, scores = [], []
        for segment, own, (starts, count) in zip(self._segments, self._keys, places, strict=True):
            found, values = segment.score(starts, count, weights**2, common)
            keys.append(own[found])
            scores.append(values / length)
        keys, scores = np.concatenate(keys), np.concatenate(scores)
        best = np.lexsort((-keys, -scores.round(9)))[:limit]
        return keys[best], scores[best]


def rank_replies(replies, similarities):
    """``[(reply, score), …]``, best first: each of the nearest neighbours votes for the reply that it got.

    :param replies: of the neighbours, nearest first; equal ones are one reply.
    """
    votes = {}
    for reply, similarity in list(zip(replies, similarities, strict=True))[:VOTERS]:
        votes[reply] = votes.get(reply, 0.0) + max(float(similarity), 0.0) ** SHARPNESS
    return sorted(votes.items(), key=lambda vote: -vote[1])


def shared_words(text, other, index, *, limit=3):
    """Words of ``text``, as written, that ``other`` has too, in some form; those that tell most first."""
    theirs = {_stem(word) for word, _written in read_words(other)}
    mine = {}
    for word, written in read_words(text):
        is_telling = len(word) > 2 and word.isalpha() and word not in SMALL and not word.startswith(MARK)
        if is_telling and _stem(word) in theirs:
            mine.setdefault(_stem(word), (word, written))
    if not mine:
        return []
    codes = np.array([_hash(word) for word, _written in mine.values()], dtype=np.uint32)
    counts, weights = index.count(codes), index.weights(codes)
    most = max(COMMON * len(index), FEW)
    ranked = sorted(zip(-weights, range(len(codes)), counts, mine.values(), strict=True))
    return [written.lower() for _weight, _place, count, (_word, written) in ranked if count <= most][:limit]


def _stem(word):
    """The beginning of a word; in Arabic without its article, if there is one."""
    if word.startswith("ال") and len(word) > STEM - 1:
        word = word[2:]
    return word[:STEM]
