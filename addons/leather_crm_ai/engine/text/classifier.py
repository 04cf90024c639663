"""A classifier of texts: features, a network, and probabilities that mean what they say.

>>> classifier = TextClassifier().fit(["sole came off", "late again"] * 10, ["Q1", "D1"] * 10)
>>> classifier.predict(["the sole is off"])
['Q1']
"""

import numpy as np

from .features import TextFeatures
from .network import fit_network, matrix, softmax
from .scorer import CompiledHead, CompiledText, evidence

FOLDS_OF_MANY, FOLDS_OF_FEW, MANY = 3, 5, 3000
TEMPERATURES = (0.1, 10.0)
QUANTILES = 101


class TextClassifier:
    """Probabilities of classes for texts.

    Calibration: one temperature (Guo et al., "On calibration of modern neural networks", 2017), chosen on rows that
    the network which judged them had not learned from; the folds are shuffled and hold every class.

    :param members: networks that are averaged.
    :param random_state: the same one and the same texts give the same model.

    After :meth:`fit`: ``classes_``, ``features_``, ``network_``, ``temperature_``, ``usual_``, and of the training rows
    ``held_out_`` (n, classes), calibrated probabilities by networks that had not seen the row.
    """

    def __init__(self, *, members=3, random_state=0):
        self.members, self.random_state = members, random_state

    def fit(self, texts, labels, *, features=None):
        """Learn.

        :param features: fitted :class:`TextFeatures` to share among classifiers; None: fitted on these texts.
        :raises ValueError: fewer than two classes.
        """
        self.classes_, target = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
        target = target.reshape(-1)
        if len(self.classes_) < 2:
            raise ValueError("two classes at least are needed")
        self.features_ = features or TextFeatures.fit(texts)
        rows = matrix(self.features_.table(texts), len(self.features_))
        held_out = self._held_out(rows, target)
        self.temperature_ = best_temperature(held_out, target)
        self.held_out_ = softmax(held_out / self.temperature_)
        self.usual_ = np.quantile(evidence(held_out), np.linspace(0, 1, QUANTILES))
        self.network_ = self._network(rows, target)
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

    def _network(self, rows, target):
        return fit_network(rows, target, len(self.classes_), members=self.members, seed=self.random_state)

    def _held_out(self, rows, target):
        """Log-odds of each row by a network that has not learned from it."""
        folds = FOLDS_OF_MANY if len(target) >= MANY else FOLDS_OF_FEW
        fold = label_folds(target, folds=folds, random_state=self.random_state)
        log_odds = np.zeros((len(target), len(self.classes_)), dtype=np.float32)
        for number in range(folds):
            test = np.flatnonzero(fold == number)
            if len(test):
                train = np.flatnonzero(fold != number)
                part = rows[test]
                network = self._network(rows[train], target[train])
                log_odds[test] = network.table_log_odds((part.indptr, part.indices, part.data))
        return log_odds


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

    def loss(logarithm):
        chosen = softmax(log_odds / np.exp(logarithm))[np.arange(len(target)), target]
        return -np.mean(np.log(np.maximum(chosen, 1e-12)))

    for _ in range(30):
        first, second = high - golden * (high - low), low + golden * (high - low)
        if loss(first) <= loss(second):
            high = second
        else:
            low = first
    return float(np.exp((low + high) / 2))
