"""What is known of complaints on the first day, beside the rules: how people tell of them.

Rules know words, and much danger is told without any of them: "he has been at home with his foot up since Tuesday".
This reader is learned from texts written for it in four languages (``starter/texts`` in the repository, built by
``script/starter``).  It sees the text and what the rules found in it, so it knows where they tend to be right.  It
comes with the addon; nothing of any company is in it.

>>> starter = load(DEFAULT)
>>> starter.weigh("Our welder is at home with his foot up since Tuesday", [], False).danger > starter.threshold
True
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from .. import artifact
from .features import read_words
from .proposals import rule_words

DEFAULT = Path(__file__).resolve().parents[2] / "data" / "complaint_starter.zip"
HEAD = "starter"
NOTHING = "-"  # class of texts that name no matter: greetings, "see attached", other topics
DANGER_MARK = "!"  # a class is a code, with this mark where the text tells of danger: Q1, Q1!
ANGER = "negative"  # label of the rules' words of anger
CODES_TOLD = 3  # codes of the rules that the reader is told
LEAST, MOST = 0.02, 6  # confidence and number of the codes that it names
UNSUPPORTED = 0.25  # confidence that the first code needs where no rule has found any
WORDS, WORDS_LOOKED_AT = 3, 10  # named as what made it read so
COMMON = 1 + np.log(1 / 0.005)  # idf below which a word is in so many texts that it tells nothing to a reader


@dataclass(frozen=True)
class Reading:
    """``codes`` is a list of (code, confidence), best first; ``danger`` the probability that somebody is in danger.

    No codes: the text says nothing of any matter, or nothing that the reader knows.
    """

    codes: list
    danger: float


class Starter:
    """Reads texts.

    :param scorer: :class:`.scorer.CompiledText` with the head ``starter``.
    :param threshold: probability of danger from which a text counts as dangerous.
    """

    def __init__(self, scorer, threshold):
        self.scorer, self.threshold = scorer, threshold
        classes = scorer.classes(HEAD)
        self._dangerous = np.array([label.endswith(DANGER_MARK) for label in classes])
        self._labels = np.array(classes)
        names = [label.removesuffix(DANGER_MARK) for label in classes]
        self._codes = sorted(set(names))
        grams = zip(scorer.features.word_grams, scorer.features.idf, strict=False)
        self._common = frozenset(gram for gram, idf in grams if idf < COMMON)
        self._sums = np.array([[name == code for code in self._codes] for name in names], dtype=float)

    def weigh(self, text, codes, is_danger):
        """:class:`Reading` of a text.

        :param codes: the rules' codes, best first.
        :param is_danger: the rules found danger.
        """
        probability = self.scorer.predict_proba([with_clues(text, codes, is_danger)])[HEAD][0]
        by_code = probability @ self._sums
        best = np.argsort(-by_code, kind="stable")[:MOST]
        found = [(self._codes[place], round(float(by_code[place]), 4)) for place in best if by_code[place] >= LEAST]
        if not found or found[0][0] == NOTHING or (not codes and found[0][1] < UNSUPPORTED):
            return Reading([], 0.0)
        return Reading(
            codes=[item for item in found if item[0] != NOTHING],
            danger=float(probability[self._dangerous].sum()),
        )

    def words(self, text, codes, is_danger, code=None):
        """The words that speak most for danger, or for a code, as they are written, strongest first."""
        wanted = self._dangerous if code is None else self._labels == code
        wanted = wanted | (self._labels == f"{code}{DANGER_MARK}")
        seen = with_clues(text, codes, is_danger)
        found = self.scorer.explain_any(HEAD, seen, self._labels[wanted].tolist(), WORDS_LOOKED_AT)
        common = {written for word, written in read_words(seen) if word in self._common}
        words = list({word.lower(): word for word, _weight in reversed(found)}.values())[::-1]
        return tuple([word for word in words if word not in common] or words[:1])[:WORDS]


def calm(text, hits):
    """The text without the words that only say how angry somebody is: anger puts nobody in danger.

    :param hits: what the rules found, see :class:`.rules.Hit`.
    """
    for hit in sorted((hit for hit in hits if hit.label == ANGER), key=lambda hit: -hit.start):
        text = f"{text[: hit.start]} {text[hit.end :]}"
    return text


def with_clues(text, codes, is_danger):
    """The text as the reader sees it: with a word for each of the rules' findings."""
    found = {"code": list(codes)[:CODES_TOLD], "danger": ["yes"] if is_danger else []}
    return " ".join([text, *rule_words(found)])


@lru_cache(maxsize=2)
def load(path=DEFAULT):
    """:class:`Starter` of a file, read once per process.

    :raises ArtifactError, OSError: there is none, or it cannot be read.
    """
    data = Path(path).read_bytes()
    return Starter(artifact.load_scorer(data), float(artifact.load_metadata(data)["threshold"]))
