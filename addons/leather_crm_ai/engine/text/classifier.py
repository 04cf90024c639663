"""A classifier of texts: features, a network, and probabilities that mean what they say.

>>> classifier = TextClassifier().fit(["sole came off", "late again"] * 10, ["Q1", "D1"] * 10)
>>> classifier.predict(["the sole is off"])
['Q1']
"""

import numpy as np

from .features import TextFeatures
from .network import fit_network, matrix, softmax
from .scorer import CompiledHead, CompiledText, evidence

FOLDS_OF_MANY, FOLDS_OF_FEW, MANY = 3, 5, 8000
TEMPERATURES = (0.1, 10.0)
QUANTILES = 101
EFFORTS = (0.1, 0.3, 1.0)  # shares of the usual number of passes
SCARCE = 20  # labelled texts of each class, on average, from which unlabelled ones are not needed
MOST_SPARE = 20_000  # unlabelled texts that are looked at
GROWTH = (4, 8, 16)  # guessed texts of each class, as multiples of its labelled ones
NAMES_COUNT = 2  # how often a label's name counts beside a text
REPEATED = 3  # how often a labelled text counts beside a guessed one
SELF_EFFORT = 0.3


class TextClassifier:
    """Probabilities of classes for texts.

    Calibration: one temperature (Guo et al., "On calibration of modern neural networks", 2017), chosen on rows that
    the network which judged them had not learned from; the folds are shuffled and hold every class.  How long the
    networks learn is chosen on such rows, too: where labels are noisy, much shorter.  The networks that judge are shown
    their rows as often as the one that is kept: each pass more makes a network surer of itself.

    :param rounds: how many networks of each kind are averaged; one of each judges the rows held out.
    :param effort: how long they learn, as a share of the usual; None: chosen.
    :param random_state: the same one and the same texts give the same model.

    After :meth:`fit`: ``classes_``, ``features_``, ``network_``, ``effort_``, ``temperature_``, ``usual_``, and of the
    training rows ``held_out_`` (n, classes), calibrated probabilities by networks that had not seen the row.
    """

    def __init__(self, *, rounds=2, effort=None, random_state=0):
        self.rounds, self.effort, self.random_state = rounds, effort, random_state

    def fit(self, texts, labels, *, features=None, names=None, unlabelled=()):
        """Learn.

        :param features: fitted :class:`TextFeatures` to share among classifiers; None: fitted on these texts.
        :param names: {label: text}, what the labels are called or mean; learned as a text of that label, which helps
            where labelled ones are few.  Several lines are several texts.
        :param unlabelled: more texts, of which nobody has said the label; they help where labelled ones are few.
        :raises ValueError: fewer than two classes.
        """
        self.classes_, target = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
        target = target.reshape(-1)
        if len(self.classes_) < 2:
            raise ValueError("two classes at least are needed")
        spare = list(unlabelled)[:MOST_SPARE] if self._is_scarce(target, unlabelled) else []
        named, self._named_target = self._name_texts(names or {})
        self.features_ = features or TextFeatures.fit([*texts, *named, *spare])
        rows, spare_rows = self._matrix(texts), self._matrix(spare) if spare else None
        self._named_rows = self._matrix(named)
        folds = FOLDS_OF_MANY if len(target) >= MANY or spare else FOLDS_OF_FEW
        fold = label_folds(target, folds=folds, random_state=self.random_state)
        self._count = len(target)
        self.effort_ = self.effort or self._choose_effort(rows, target, fold)
        held_out = self._held_out(rows, target, fold, spare_rows)
        self.temperature_ = best_temperature(held_out, target)
        self.held_out_ = softmax(held_out / self.temperature_)
        self.usual_ = np.quantile(evidence(held_out), np.linspace(0, 1, QUANTILES))
        self.network_ = self._learn(rows, target, spare_rows, self.rounds)
        return self

    def predict_proba(self, texts):
        """Shape (n, classes)."""
        return self.compile().predict_proba(texts)["label"]

    def predict(self, texts):
        """The likeliest class of each text."""
        return [str(self.classes_[best]) for best in self.predict_proba(texts).argmax(axis=1)]

    def compile(self):
        """:class:`CompiledText` with one head, ``label``."""
        return CompiledText(self.features_, {"label": self.compiled_head()})

    def compiled_head(self):
        return CompiledHead([str(name) for name in self.classes_], self.network_, self.temperature_, self.usual_)

    def _name_texts(self, names):
        """``(texts, class of each)``."""
        lines = [
            (line, position)
            for position, label in enumerate(self.classes_)
            for line in (names.get(str(label)) or "").splitlines()
            if line.strip()
        ]
        texts = [line for line, _position in lines] * NAMES_COUNT
        return texts, np.array([position for _line, position in lines] * NAMES_COUNT, dtype=np.int64)

    def _matrix(self, texts):
        return matrix(self.features_.table(texts), len(self.features_))

    def _is_scarce(self, target, unlabelled):
        return len(unlabelled) >= len(target) and len(target) < SCARCE * len(self.classes_)

    def _network(self, rows, target, rounds, effort, share):
        from scipy import sparse

        known = {"views": self.features_.views, "seed": self.random_state, "share": share}
        rows = sparse.vstack([rows, self._named_rows], format="csr")
        target = np.concatenate([target, self._named_target])
        return fit_network(rows, target, len(self.classes_), rounds=rounds, effort=effort, **known)

    def _learn(self, rows, target, spare, rounds=1):
        """A network; with unlabelled texts, by self-training: what it is surest of is learned as if it were labelled,
        in growing numbers of each class (Yarowsky, "Unsupervised word sense disambiguation", 1995)."""
        share = len(target) / self._count
        if spare is None:
            return self._network(rows, target, rounds, self.effort_, share)
        from scipy import sparse

        network = self._network(rows, target, 1, self.effort_, share)
        counts = np.bincount(target, minlength=len(self.classes_))
        for growth in GROWTH:
            picked, guessed = _surest(_log_odds(network, spare), np.ceil(growth * counts).astype(int))
            more = sparse.vstack([rows] * REPEATED + [spare[picked]], format="csr")
            labels = np.concatenate([np.tile(target, REPEATED), guessed])
            network = self._network(more, labels, rounds if growth == GROWTH[-1] else 1, SELF_EFFORT, share)
        return network

    def _choose_effort(self, rows, target, fold):
        """The effort of the lowest log loss on the first fold."""
        test = np.flatnonzero(fold == 0)
        train = np.flatnonzero(fold != 0)
        share = len(train) / self._count
        losses = []
        for effort in EFFORTS:
            log_odds = _log_odds(self._network(rows[train], target[train], 1, effort, share), rows[test])
            losses.append((_loss(log_odds / best_temperature(log_odds, target[test]), target[test]), -effort))
        return -min(losses)[1]

    def _held_out(self, rows, target, fold, spare):
        """Log-odds of each row by a network that has not learned from it."""
        log_odds = np.zeros((len(target), len(self.classes_)), dtype=np.float32)
        for number in range(fold.max() + 1):
            test, train = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
            log_odds[test] = _log_odds(self._learn(rows[train], target[train], spare), rows[test])
        return log_odds


def _log_odds(network, rows):
    return network.table_log_odds((rows.indptr, rows.indices, rows.data))


def _surest(log_odds, counts):
    """``(rows, classes)``: for each class the ``counts`` rows that it is the first choice of, the surest ones."""
    probability = softmax(log_odds)
    first, surety = probability.argmax(axis=1), probability.max(axis=1)
    picked = []
    for label, count in enumerate(counts):
        candidates = np.flatnonzero(first == label)
        picked.append(candidates[np.argsort(-surety[candidates], kind="stable")[:count]])
    picked = np.concatenate(picked)
    return picked, first[picked]


def label_folds(target, *, folds, random_state=0):
    """Fold number of each row: each class is shuffled and dealt out, the next one goes on where the last ended."""
    rng = np.random.default_rng(random_state)
    fold = np.zeros(len(target), dtype=np.int64)
    start = 0
    for label in np.unique(target):
        members = rng.permutation(np.flatnonzero(target == label))
        fold[members] = (start + np.arange(len(members))) % folds
        start += len(members)
    return fold


def best_temperature(log_odds, target):
    """The temperature of the lowest log loss, by golden-section search on its logarithm (the loss has one minimum)."""
    low, high = np.log(TEMPERATURES)
    golden = (np.sqrt(5) - 1) / 2

    for _ in range(30):
        first, second = high - golden * (high - low), low + golden * (high - low)
        if _loss(log_odds / np.exp(first), target) <= _loss(log_odds / np.exp(second), target):
            high = second
        else:
            low = first
    return float(np.exp((low + high) / 2))


def _loss(log_odds, target):
    chosen = softmax(log_odds)[np.arange(len(target)), target]
    return float(-np.mean(np.log(np.maximum(chosen, 1e-12))))
