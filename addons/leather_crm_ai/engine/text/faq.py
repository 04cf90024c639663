"""Which of the known questions a visitor asks; or that none of them is.

Each question is known by some phrasings, in any language.  A text is compared with all of them by the features of
:mod:`.features`, and a ridge regression over the squared similarities says how much speaks for each question (kernel
ridge: Saunders et al., "Ridge regression learning algorithm in dual variables", 1998).  Beside the nearest phrasing it
also uses all that are farther away, and a phrasing that many questions share counts little.  It is solved exactly in
milliseconds for some hundred phrasings, so an edited question has effect at once; there is nothing to train.

A text about something else is unlike every phrasing: its scores stay near nought, and it is refused.  From which score
on an entry may be meant depends on how many phrasings there are and how alike they are; so it is taken from the scores
of the phrasings themselves, each judged by the others (leave-one-out, in closed form).

>>> matcher = FaqMatcher([("size", ["Which size do I take?"]), ("price", ["What does a pair cost?"])])
>>> matcher.match("which size should i take").keys
['size']
>>> matcher.match("Sing us a song!").kind
'unknown'
"""

import re
from dataclasses import dataclass, field

import numpy as np

from .features import TextFeatures, read_words
from .normalise import normalise

RIDGE = 0.2
POWER = 2  # of the similarity: near phrasings count, far ones hardly
KNOWN = 0.5  # power of the share of a text that is in known words
MAX_PHRASES = 20_000  # a dense matrix of so many fits in memory
MAX_TEXT = 500  # characters of a question that are read
SURE = 0.3  # score from which an entry is the answer, if no lower than that from which one may be meant,
NEAR = 0.14, 0.4  # which is between these bounds:
STRANGE = 0.1  # the score that this share of the phrasings stays below
LEAD = 0.08  # by which the first has to lead to be the answer alone
CHOICES = 3
ANSWER, CHOOSE, UNKNOWN = "answer", "choose", "unknown"


@dataclass(frozen=True)
class Match:
    """``kind`` is answer (one key), choose (two or three, best first) or unknown (none)."""

    kind: str
    keys: list = field(default_factory=list)
    score: float = 0.0


class FaqMatcher:
    """Questions and their phrasings.

    :param entries: ``[(key, [phrasing, …]), …]``; blank phrasings are left out.

    ``near`` is the score from which an entry may be meant.
    """

    def __init__(self, entries):
        pairs = [(key, text) for key, texts in entries for text in texts if (text or "").strip()][:MAX_PHRASES]
        self.keys = list(dict.fromkeys(key for key, _text in pairs))
        self._exact = {normalise(text): key for key, text in reversed(pairs)}
        self.features = TextFeatures.fit([text for _key, text in pairs])
        words = self.features.word_grams
        self._telling = dict(zip(words, map(float, self.features.idf), strict=False))
        self._most_telling = float(self.features.idf[: len(words)].max()) if words else 1.0
        self.postings = _Postings(self.features.table([text for _key, text in pairs]), len(self.features))
        self._weights = self._solve([self.keys.index(key) for key, _text in pairs])

    def scores(self, text):
        """How much speaks for each of ``keys``: about 1 for a phrasing itself, about 0 for something else."""
        text = (text or "")[:MAX_TEXT]
        similarities = self.postings.similarities(*self.features.row(text))
        return similarities**POWER @ self._weights * self._known_share(text) ** KNOWN

    def _known_share(self, text):
        """How much of what a text says is in words that some phrasing has: rare words say more."""
        weights = [(self._telling.get(word), self._most_telling) for word, _written in read_words(text)]
        total = sum((weight or most) ** 2 for weight, most in weights)
        return sum(weight**2 for weight, _most in weights if weight) / total if total else 0.0

    def match(self, text):
        """:class:`Match` of a text."""
        if not self.keys:
            return Match(UNKNOWN)
        spelled = normalise((text or "")[:MAX_TEXT])
        if spelled in self._exact:
            return Match(ANSWER, [self._exact[spelled]], 1.0)
        scores = self.scores(text)
        order = np.argsort(-scores, kind="stable")[:CHOICES]
        best = float(scores[order[0]])
        if best < self.near:
            return Match(UNKNOWN, [], best)
        second = float(scores[order[1]]) if len(order) > 1 else 0.0
        if best >= max(SURE, self.near) and best - second >= LEAD:
            return Match(ANSWER, [self.keys[order[0]]], best)
        return Match(CHOOSE, [self.keys[place] for place in order if scores[place] >= self.near / 2], best)

    def _solve(self, owners):
        """(phrasings, keys): what similarity to each phrasing adds to the score of each question."""
        truth = np.zeros((len(owners), len(self.keys)), dtype=np.float32)
        truth[np.arange(len(owners)), owners] = 1.0
        self.near = NEAR[0]
        if not len(owners):
            return truth
        from scipy.linalg import inv

        kernel = self.postings.all_similarities() ** POWER
        kernel[np.diag_indices_from(kernel)] += RIDGE
        inverse = inv(kernel, overwrite_a=True, check_finite=False)
        weights = inverse @ truth
        without_itself = (truth - weights / inverse.diagonal()[:, None]).max(axis=1)
        self.near = float(np.clip(np.quantile(without_itself, STRANGE), *NEAR))
        return weights


class _Postings:
    """Which phrasings hold a feature, and how heavily; similarity is the mean of those of words and of letters."""

    def __init__(self, table, width):
        starts, codes, values = table
        owners = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        order = np.argsort(codes, kind="stable")
        self.size = len(starts) - 1
        self._owners, self._values = owners[order], values[order]
        self._starts = np.searchsorted(codes[order], np.arange(width + 1))
        self._rows, self._width = (starts, codes, values), width

    def similarities(self, codes, values):
        """Of a row to each phrasing."""
        spans = [slice(self._starts[code], self._starts[code + 1]) for code in codes]
        if not spans:
            return np.zeros(self.size, dtype=np.float32)
        owners = np.concatenate([self._owners[span] for span in spans])
        weights = np.concatenate([self._values[span] * value for span, value in zip(spans, values, strict=True)])
        return (np.bincount(owners, weights=weights, minlength=self.size) / 2).astype(np.float32)

    def all_similarities(self):
        """Of the phrasings to each other, shape (n, n)."""
        from scipy import sparse

        starts, codes, values = self._rows
        rows = sparse.csr_matrix((values, codes, starts), shape=(self.size, self._width))
        return (rows @ rows.T).toarray().astype(np.float32) / 2


# ------------------------------------------------------------
# Words at any step
# ------------------------------------------------------------


def _pattern(*phrases):
    """Phrases without accents, as whole words; the common spelling may have halved a double letter."""
    either = re.sub(r"([a-z])\1", r"\1+", "|".join(phrases))
    return re.compile(rf"(?<![^\W_])(?:{either})(?![^\W_])")


_A_HUMAN = "|".join(
    (
        "(?:real |actual )?person|human(?: being)?|agent|operator|advis[eo]r|colleague|representative|somebody|someone",
        "(?:vraie? )?personne|humain|conseill[ae]re?|agent|operateur|operatrice|collegue|responsable|quelqu un",
    )
)
_TO = "|".join(
    (
        "(?:talk|speak|chat|connect(?: me)?|transfer(?: me)?|put me through)(?: to| with)?",
        "(?:parler|discuter|echanger|parle)(?: a| avec)?|(?:passez|transferez|mettez) moi|joindre|contacter|besoin d",
        "(?:i )?(?:want|need)|je veux|je voudrais|je souhaite|appelez|call",
    )
)
_PERSON = _pattern(
    rf"(?:{_TO}) (?:une? |d une? |an? |the |your |un de vos |votre )*(?:{_A_HUMAN})",
    r"(?:ال)?(?:تحدث|حديث|كلام|تكلم|تواصل|اتصال)(?: \w+)? (?:مع|الي|الى|ب) ?(?:شخص|موظف|انسان|احد|عامل|مسوول|مسئول)\w*",
    "(?:اريد|نحب|نحتاج|بغيت|احتاج)(?: \\w+){0,2} (?:شخص|موظف|انسان|مسوول|مسئول|واحد)\\w*",
    "شخص حقيقي|نهدر مع (?:واحد|انسان|شخص)",
    "(?:n[ae]?h?d[ae]r|nahdar|nehder|nahder|nhdr|n7ki|ne7ki|nahki|hder|nkalem|nkellem)"
    "(?: \\w+)? (?:m3a|ma3a|maa|m3) \\w+",
    "bghit(?: \\w+)? (?:wa7ed|wahed|insan|bnadem|bnedem)|(?:wa7ed|wahed) (?:bnadem|bnedem|insan|ta3kom|men 3andkom)",
)
_HUMAN = _pattern(_A_HUMAN, "موظف|شخص|انسان|bnadem|bnedem")  # enough in a text of a few words
_YES = _pattern(
    "oui|ouais|ok|okay|d accord|exact|exactement|parfait|yes|yep|yeah|sure|right|it did|it helped|"
    "نعم|اجل|اي نعم|ايه|ايوه|صح|اكيد|موافق|ih|iyeh|ayeh|wah|wa9ila|s7i7|sa7|nnam|na3am"
)
_NO = _pattern(
    "non|nan|pas du tout|pas vraiment|aucune?|no|nope|not really|none(?: of (?:these|them))?|neither|"
    "لا|كلا|ليس|لم يساعد|ولا واحد\\w*|la|lala|lla|makanch|walo|wallou"
)
_DONE = _pattern(
    "c est tout|terminer?|termine|fini|envoyer|envoie|envoyez|sans photo|passer|"
    "done|send|that s all|that is all|finish(?:ed)?|no photo|skip|"
    "ارسل|ارسال|انتهيت|تم|بدون صوره|هذا كل شيء|هذا كل شي|khlas|khlass|sayi|b3at|ab3at|bla photo|bla tswira"
)
SHORT = 5  # words of an answer that is only yes, no or done
_LINK_OR_MAIL = re.compile(r"https?://\S+|www\.\S+|\S+@\S+")
HUMAN_WORDS = 3  # of a text that only names a person


def asks_for_person(text):
    """Whether a text asks for a person instead of a program, in any of the four languages."""
    return _says(_HUMAN, text, words=HUMAN_WORDS) or bool(_PERSON.search(_spell(text)))


def is_yes(text):
    return _says(_YES, text) and not _says(_NO, text)


def is_no(text):
    return _says(_NO, text)


def is_done(text):
    """Whether a visitor has nothing to add."""
    return _says(_DONE, text)


def _says(pattern, text, words=SHORT):
    spelled = _spell(text)
    return len(spelled.split()) <= words and bool(pattern.search(spelled))


def _spell(text):
    plain = _LINK_OR_MAIL.sub(" ", (text or "")[:MAX_TEXT])
    return re.sub(r"[^\w]+", " ", normalise(plain)).strip()


# ------------------------------------------------------------
# What may be kept of a question
# ------------------------------------------------------------

_PHONE = re.compile(r"\+?\d[\d\s().-]{6,}\d")
_NUMBERED = re.compile(r"(?<!\w)(?!2034[4-7]\b)(?=\S*\d{3})\S+|(?<!\w)[A-Za-z]{1,6}[-/]?\d[\w/-]{2,}")
GAP = "…"


def strip_personal(text, limit=200):
    """A question without what tells whose it is: addresses, links, phone numbers, and numbers of orders, lots and
    invoices.  Names of people cannot be told from other words; they stay."""
    text = re.sub(r"\s+", " ", text or "").strip()[: 2 * limit]
    for pattern in (_LINK_OR_MAIL, _PHONE, _NUMBERED):
        text = pattern.sub(GAP, text)
    return re.sub(r"(?:…[\s,;]*)+", GAP + " ", text).strip()[:limit]
