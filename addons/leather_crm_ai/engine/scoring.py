"""The numpy-only scorer that Odoo workers load: probabilities, reasons, and how familiar the input is.

A fitted lead scorer is a sum of log-odds, each a function of integer codes (see :mod:`.encoding`)::

    log-odds = slope x (base + sum of tables[column][code] + trees) + intercept

so a prediction needs neither scikit-learn nor scipy, and its reasons are exact: the contributions of the features
of one record plus the base are its log-odds.  For the additive tables that is Shapley's value with independent
features (Lundberg and Lee, "A unified approach to interpreting model predictions", 2017, section 4.2); for trees
see :mod:`.forest`.
"""

from dataclasses import dataclass

import numpy as np

from .encoding import CategoryEncoder, NumberEncoder, TagsEncoder
from .features import Feature
from .forest import Forest
from .wording import TextEncoder

CHUNK = 2048  # rows scored at once: temporary arrays stay in the processor's cache and far below 40 MiB
NOISE = 1e-9  # contributions below this are rounding, not reasons

ENCODERS = {"category": CategoryEncoder, "tags": TagsEncoder, "text": TextEncoder}


@dataclass(frozen=True)
class Explanation:
    """Reasons of n records: ``top`` for, then ``top`` against.

    :param feature: (n, 2 x top) positions in ``CompiledScorer.features``, -1 where there is no further reason.
    :param contribution: (n, 2 x top) log-odds, 0 where feature is -1.  Positive ones first, largest first, then
        negative ones, most negative first.
    """

    feature: np.ndarray
    contribution: np.ndarray


class CompiledScorer:
    """Predict and explain with numpy alone.

    :param features: the :class:`Feature` list the scorer expects, in its order.
    :param encoders: one per feature.
    :param column_feature: position of the feature of each column of codes.
    :param tables: one array of log-odds per column, indexed by code.
    :param base: log-odds before any feature speaks.
    :param forest: :class:`Forest` or None.
    :param slope, intercept: calibration on the log-odds scale (Platt, 1999).
    :param influence: weight of each feature, shape (features,), sums to 1.
    :param profile: what training saw, for the screens (see :func:`profile_of_table`).
    """

    def __init__(
        self, *, features, encoders, column_feature, tables, base, forest, slope, intercept, influence, profile
    ):
        self.features = tuple(features)
        self.encoders = list(encoders)
        self.column_feature = np.asarray(column_feature, dtype=np.int64)
        self.tables = [np.asarray(table, dtype=np.float64) for table in tables]
        self.forest = forest
        self.slope, self.intercept = float(slope), float(intercept)
        self.raw_base = float(base)
        self.influence = np.asarray(influence, dtype=np.float64)
        self.profile = profile

    @property
    def base(self):
        """Log-odds of a record whose features say nothing, after calibration."""
        forest_base = self.forest.base if self.forest else 0.0
        return self.slope * (self.raw_base + forest_base) + self.intercept

    def predict_proba(self, table):
        """P(won) of each record, shape (n,), strictly between 0 and 1."""
        return _by_chunk(table, lambda part: sigmoid(self._log_odds(self.encode(part))))

    def explain(self, table, top=3):
        """The ``top`` strongest reasons for and against each record, see :class:`Explanation`."""
        return self.score(table, top=top)[1]

    def score(self, table, top=3):
        """``(probabilities, Explanation)`` in one pass."""
        return self.assess(table, top=top)[:2]

    def assess(self, table, top=3):
        """``(probabilities, Explanation, shares)`` in one pass, for nightly batches; shares as :meth:`in_domain`."""
        pieces = [self._assess_chunk(part, top) for part in _chunks(table)]
        probability, feature, contribution, share = (np.concatenate(piece) for piece in zip(*pieces, strict=True))
        return probability, Explanation(feature, contribution), share

    def contributions(self, table):
        """Log-odds that each feature adds to ``base``, shape (n, features)."""
        return _by_chunk(table, lambda part: self._contributions(self.encode(part)))

    def strongest_words(self, name, text, top=3):
        """``(for, against)``: the (word, weight) pairs that move a text feature's score most."""
        position = [feature.name for feature in self.features].index(name)
        return self.encoders[position].strongest_words(text, top)

    def in_domain(self, table):
        """Share 0..1 of each record's input that training has seen, weighted by influence, shape (n,)."""
        return _by_chunk(table, lambda part: self._read(part)[1])

    def set_influence(self, table):
        """Learn the weight of each feature from its mean absolute contribution on a sample of training rows."""
        sample = table.take(slice(None, None, max(1, len(table) // 2000)))
        contributions = self.contributions(sample)
        strength = np.abs(contributions - contributions.mean(axis=0)).mean(axis=0)
        self.influence = strength / strength.sum() if strength.any() else strength

    def encode(self, table):
        """Codes of a table, shape (n, columns)."""
        parts = [encoder.transform(values) for encoder, values in self._inputs(table)]
        return np.concatenate(parts, axis=1) if parts else np.zeros((len(table), 0), dtype=np.int64)

    def _inputs(self, table):
        return zip(self.encoders, [table.columns[feature.name] for feature in self.features], strict=True)

    def _read(self, table):
        """Codes of a table, and the share of each record's input that training has seen."""
        parts, share = [np.zeros((len(table), 0), dtype=np.int64)], np.zeros(len(table))
        for (encoder, values), weight in zip(self._inputs(table), self.influence, strict=True):
            codes, familiar = encoder.encode(values)
            parts.append(codes)
            share += weight * familiar
        known = np.clip(share, 0.0, 1.0) if self.influence.any() else np.ones(len(table))
        return np.concatenate(parts, axis=1), known

    def _log_odds(self, codes):
        return self.slope * sum_up(codes, self.raw_base, self.tables, self.forest) + self.intercept

    def _contributions(self, codes):
        total = np.zeros((len(self.features), len(codes)))
        for position, table in enumerate(self.tables):
            total[self.column_feature[position]] += table[codes[:, position]]
        total = total.T
        if self.forest:
            total = total + self.forest.contributions(self.forest.leaves(codes))
        return self.slope * total

    def _assess_chunk(self, part, top):
        codes, share = self._read(part)
        contributions = self._contributions(codes)
        probability = sigmoid(contributions.sum(axis=1) + self.base)
        feature, contribution = strongest(contributions, top)
        return probability, feature, contribution, share

    def state(self):
        """``(document, arrays)``: JSON-safe state and arrays, what :meth:`from_state` takes."""
        document = {
            "features": [[feature.name, feature.kind] for feature in self.features],
            "encoders": [encoder.state() for encoder in self.encoders],
            "column_feature": self.column_feature.tolist(),
            "base": self.raw_base,
            "slope": self.slope,
            "intercept": self.intercept,
            "influence": self.influence.tolist(),
            "profile": self.profile,
            "forest": bool(self.forest),
        }
        return document, pack_sum(self.tables, self.forest)

    @classmethod
    def from_state(cls, document, arrays):
        features = [Feature(*feature) for feature in document["features"]]
        encoders = [
            make_encoder(feature.kind, state) for feature, state in zip(features, document["encoders"], strict=True)
        ]
        tables, forest = unpack_sum(document["forest"], arrays)
        return cls(
            features=features,
            encoders=encoders,
            column_feature=document["column_feature"],
            tables=tables,
            base=document["base"],
            forest=forest,
            slope=document["slope"],
            intercept=document["intercept"],
            influence=document["influence"],
            profile=document["profile"],
        )


def make_encoder(kind, state):
    """The encoder of a feature from its saved state."""
    if kind == "number":
        return NumberEncoder.from_state(state)
    return ENCODERS[kind](**state)


def strongest(contributions, top):
    """``(feature, contribution)`` of the ``top`` largest positive and most negative entries per row."""
    rows, count = contributions.shape
    feature = np.full((rows, 2 * top), -1, dtype=np.int64)
    value = np.zeros((rows, 2 * top))
    kept = min(top, count)
    order = np.argsort(contributions, axis=1, kind="stable")
    for offset, picked, sign in ((0, order[:, ::-1][:, :kept], 1), (top, order[:, :kept], -1)):
        amount = np.take_along_axis(contributions, picked, axis=1)
        real = sign * amount > NOISE
        feature[:, offset : offset + kept] = np.where(real, picked, -1)
        value[:, offset : offset + kept] = np.where(real, amount, 0.0)
    return feature, value


def sum_up(codes, base, tables, forest):
    """``base`` + what tables and forest (or None) give for codes (n, columns), (n,)."""
    total = np.full(len(codes), base + (forest.base if forest else 0.0))
    for position, table in enumerate(tables):
        total += table[codes[:, position]]
    if forest:
        total += forest.predict(forest.leaves(codes))
    return total


def pack_sum(tables, forest):
    """{name: array} of tables and a forest (or None), what :func:`unpack_sum` takes."""
    sizes = np.array([len(table) for table in tables], dtype=np.int64)
    arrays = {"table_sizes": sizes, "tables": np.concatenate(tables) if tables else np.zeros(0)}
    if forest:
        arrays.update({f"forest_{name}": array for name, array in forest.state().items()})
    return arrays


def unpack_sum(has_forest, arrays):
    """``(tables, forest)``."""
    forest = None
    if has_forest:
        forest = Forest.from_state({name[7:]: array for name, array in arrays.items() if name.startswith("forest_")})
    sizes = arrays["table_sizes"]
    return np.split(arrays["tables"], np.cumsum(sizes)[:-1]) if len(sizes) else [], forest


def sigmoid(log_odds):
    """Logistic function, clipped so that no probability is exactly 0 or 1."""
    return 1.0 / (1.0 + np.exp(-np.clip(log_odds, -30.0, 30.0)))


def _chunks(table):
    if len(table) <= CHUNK:
        return [table]
    return [table.take(slice(start, start + CHUNK)) for start in range(0, len(table), CHUNK)]


def _by_chunk(table, function):
    return np.concatenate([function(part) for part in _chunks(table)])
