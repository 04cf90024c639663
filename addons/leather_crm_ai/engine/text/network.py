"""A small neural network over the features of texts: one hidden layer, several members side by side.

It is what works best on short texts without anything learned elsewhere: the hidden layer learns vectors for words and
letter groups from the texts themselves (Joulin et al., "Bag of tricks for efficient text classification", 2017), most
of the features and half of the hidden units are left out at random in every step (Srivastava et al., "Dropout", 2014),
and several members are averaged that differ in their random start and in what they look at: words, letter groups, or
both (Ho, "The random subspace method", 1998).  The mean of the members' log-odds is again one network with all their
hidden units: that is what is kept.

Most features are rare, so each has a step size of its own that shrinks with what it has learned, one number per
feature (Duchi et al., "Adaptive subgradient methods", 2011); the small dense part uses Adam (Kingma and Ba, 2015).
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

HIDDEN = 128  # of one member
BATCH = 64
ROWS_SEEN = 150_000  # texts shown in one fit, repeated ones counted
EPOCHS = (20, 60)
WORD_STEP, DENSE_STEP = 0.2, 0.005
WARM_UP = 0.1  # share of the steps in which the step size rises; then it falls to 0
DROP_FEATURES, DROP_HIDDEN = np.float32(0.7), np.float32(0.5)
FEW_FEATURES = 10  # a text with so few loses half as large a share of them: there must be something left of it
FIRST_WEIGHTS = 0.1  # spread of a feature's vector before training, in units of the usual start


@dataclass(frozen=True)
class Network:
    """``log-odds = relu(values @ inputs[codes] + hidden_bias) @ outputs + bias``.

    :param inputs: whole numbers -127..127 (features, hidden units); times ``scale`` (features,) they are the weights.
    :param outputs: (hidden units, classes).
    """

    inputs: np.ndarray
    scale: np.ndarray
    hidden_bias: np.ndarray
    outputs: np.ndarray
    bias: np.ndarray

    def hidden(self, codes, values):
        """Hidden units of one text before they are cut at 0."""
        return (values * self.scale[codes]) @ self.inputs[codes].astype(np.float32) + self.hidden_bias

    def log_odds(self, codes, values):
        """Of one text, shape (classes,)."""
        return np.maximum(self.hidden(codes, values), 0.0) @ self.outputs + self.bias

    def table_log_odds(self, table):
        """Of many texts, shape (n, classes)."""
        starts, codes, values = table
        rows = [self.hidden(codes[a:b], values[a:b]) for a, b in pairwise(starts)]
        hidden = np.maximum(np.array(rows, dtype=np.float32).reshape(-1, len(self.hidden_bias)), 0.0)
        return hidden @ self.outputs + self.bias

    def contributions(self, codes, values, direction):
        """What each feature adds to the log-odds in a ``direction`` of classes (classes,): exact, for the network is
        linear where the text lies."""
        active = (self.hidden(codes, values) > 0) * (self.outputs @ direction)
        return values * self.scale[codes] * (self.inputs[codes].astype(np.float32) @ active)

    def state(self):
        """{name: array}."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_state(cls, arrays):
        """:raises ValueError: the shapes do not fit together."""
        network = cls(**{name: arrays[name] for name in cls.__dataclass_fields__})
        features, hidden = network.inputs.shape
        shapes = [getattr(network, name).shape for name in ("scale", "hidden_bias", "outputs", "bias")]
        if shapes != [(features,), (hidden,), (hidden, len(network.bias)), (len(network.bias),)]:
            raise ValueError("the parts of the network do not fit together")
        return network


def fit_network(rows, target, classes, *, views, rounds=1, effort=1.0, share=1.0, seed=0, hidden=HIDDEN):
    """A network of several members.

    :param rows: sparse matrix (n, features), see :func:`matrix`.
    :param target: class of each row, 0..classes-1.
    :param views: (first, last) column of what a member looks at, one pair for each member of a round.
    :param rounds: how often each view gets a member.
    :param effort: share of the usual number of passes over the rows; noisy labels want less.
    :param share: of all rows that these are; a part is shown as many times as the whole would be.
    :param hidden: units of one member.
    """
    epochs = _passes(len(target) / share, effort)
    inputs, parts = [], []
    for number in range(rounds):
        for position, (first, last) in enumerate(views):
            part = _Member(rows[:, first:last], target, classes, hidden, [seed, number, position]).fit(epochs)
            whole = np.zeros((rows.shape[1], hidden), dtype=np.float32)
            whole[first:last] = part.inputs
            inputs.append(whole)
            parts.append(part)
    inputs = np.concatenate(inputs, axis=1)
    scale = np.maximum(np.abs(inputs).max(axis=1, initial=0.0), 1e-12).astype(np.float32) / np.float32(127.0)
    return Network(
        inputs=np.rint(inputs / scale[:, None]).astype(np.int8),
        scale=scale,
        hidden_bias=np.concatenate([part.hidden_bias for part in parts]),
        outputs=np.concatenate([part.outputs for part in parts]) / np.float32(len(parts)),
        bias=np.mean([part.bias for part in parts], axis=0, dtype=np.float32),
    )


def matrix(table, features):
    """Sparse matrix of a table of :class:`.features.TextFeatures`."""
    from scipy import sparse

    starts, codes, values = table
    return sparse.csr_matrix((values, codes, starts), shape=(len(starts) - 1, features))


def _passes(count, effort):
    return max(1, round(effort * np.clip(ROWS_SEEN / max(count, 1), *EPOCHS)))


class _Adam:
    def __init__(self, parameter):
        self.parameter, self.step = parameter, 0
        self.mean, self.square = np.zeros_like(parameter), np.zeros_like(parameter)

    def move(self, gradient, size):
        self.step += 1
        self.mean += np.float32(0.1) * (gradient - self.mean)
        self.square += np.float32(0.001) * (gradient * gradient - self.square)
        mean = self.mean / np.float32(1 - 0.9**self.step)
        square = self.square / np.float32(1 - 0.999**self.step)
        self.parameter -= np.float32(size) * mean / (np.sqrt(square) + np.float32(1e-8))


class _Member:
    """One network while it learns."""

    def __init__(self, rows, target, classes, hidden, seed):
        self.rows, self.target, self.rng = rows, target, np.random.default_rng(seed)
        features = rows.shape[1]
        spread = np.float32(FIRST_WEIGHTS * np.sqrt(2 / hidden))
        self.inputs = self._normal(features, hidden) * spread
        self.hidden_bias = np.zeros(hidden, dtype=np.float32)
        self.outputs = self._normal(hidden, classes) * np.float32(np.sqrt(1 / hidden))
        self.bias = np.zeros(classes, dtype=np.float32)
        self.learned = np.zeros(features, dtype=np.float32)
        self.marks, self.places = np.zeros(features, dtype=bool), np.zeros(features, dtype=np.int32)

    def fit(self, epochs):
        count = len(self.target)
        total = epochs * -(-count // BATCH)
        dense = [_Adam(self.hidden_bias), _Adam(self.outputs), _Adam(self.bias)]
        step = 0
        for _ in range(epochs):
            order = self.rng.permutation(count)
            for start in range(0, count, BATCH):
                step += 1
                pace = min(1.0, step / (WARM_UP * total + 1)) * (1 - step / (total + 1))
                self._learn(order[start : start + BATCH], pace, dense)
        self.inputs[self.learned == 0] = 0.0  # not in any of these texts: it says nothing, not something at random
        return self

    def _learn(self, batch, pace, dense):
        codes, part = self._without_some(self.rows[batch])
        vectors = self.inputs[codes]
        before = part @ vectors + self.hidden_bias
        kept = self._keep(before.shape, DROP_HIDDEN) * (before > 0)
        hidden = before * kept
        error = softmax(hidden @ self.outputs + self.bias)
        error[np.arange(len(batch)), self.target[batch]] -= 1
        error /= np.float32(len(batch))
        back = (error @ self.outputs.T) * kept
        for adam, gradient in zip(dense, (back.sum(axis=0), hidden.T @ error, error.sum(axis=0)), strict=True):
            adam.move(gradient, DENSE_STEP * pace)
        change = part.T @ back
        self.learned[codes] += np.einsum("ij,ij->i", change, change) / np.float32(change.shape[1])
        size = np.float32(WORD_STEP * pace) / (np.sqrt(self.learned[codes]) + np.float32(1e-8))
        self.inputs[codes] = vectors - change * size[:, None]

    def _without_some(self, part):
        """``(codes, matrix over these codes only)`` with some features of each text left out."""
        from scipy import sparse

        found = np.diff(part.indptr)
        drop = np.repeat(DROP_FEATURES * found / (found + FEW_FEATURES), found).astype(np.float32)
        kept = self.rng.random(len(part.data), dtype=np.float32) >= drop
        codes, column = self._distinct(part.indices[kept])
        starts = np.concatenate([[0], np.cumsum(kept)])[part.indptr]
        values = part.data[kept] / (1 - drop[kept])
        return codes, sparse.csr_matrix((values, column, starts), shape=(part.shape[0], len(codes)))

    def _distinct(self, codes):
        """``(distinct codes, position of each among them)``; there are few enough codes to mark instead of sorting."""
        self.marks[codes] = True
        distinct = np.flatnonzero(self.marks)
        self.marks[distinct] = False
        self.places[distinct] = np.arange(len(distinct))
        return distinct, self.places[codes]

    def _keep(self, shape, drop):
        return (self.rng.random(shape, dtype=np.float32) >= drop).astype(np.float32) / (1 - drop)

    def _normal(self, *shape):
        return self.rng.standard_normal(shape, dtype=np.float32)


def softmax(log_odds):
    """Probabilities of each row."""
    shifted = np.exp(log_odds - log_odds.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)
