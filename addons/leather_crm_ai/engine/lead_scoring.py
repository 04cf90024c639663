"""Learn which leads are won: :class:`LeadScorer` (training) and :class:`CompiledScorer` (scoring).

Importing this module loads numpy only; scikit-learn is imported when :meth:`LeadScorer.fit` runs, in the trainer.
"""

import numpy as np

from . import boosting, linear
from .bayes import NaiveBayes
from .encoding import CategoryEncoder, NumberEncoder, TagsEncoder
from .folds import shuffled_folds
from .profile import profile_of_table
from .scoring import CompiledScorer, Explanation, sigmoid
from .wording import TextEncoder

__all__ = ["CompiledScorer", "Explanation", "LeadScorer", "NotFittedError"]

ENCODER_OF = {"category": CategoryEncoder, "number": NumberEncoder, "tags": TagsEncoder}
BOOSTING_FROM = 500  # closed leads from which trees are worth trying
SLOPE_SPREAD, MIN_SLOPE = 0.25, 0.05  # of the calibration's slope: prior standard deviation, lower bound
BOOSTING_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # tried in the blend with the logistic regression
BAYES_SHARES = (0.0, 0.2, 0.4)  # tried beside that blend
MIN_GAIN = 1e-5  # of log loss, for a less simple blend
FEW_ROWS = 1000  # below: more folds, and levels worth their own code at MIN_COUNT_FEW rows instead of MIN_COUNT
MIN_COUNT_FEW, MIN_COUNT = 3, 10


class NotFittedError(ValueError):
    """Something that needs a fitted scorer was called before ``fit``."""


class LeadScorer:
    """Probability that a lead is won: a weighted sum of the log-odds of its members, calibrated.

    :param random_state: seed of everything random.
    :param folds: number of shuffled folds for calibration and for every choice below that is left to the data; None
        means 5, or 10 when there are few rows.
    :param members: {"logistic" | "boosting" | "bayes": weight}, or None: logistic regression alone below
        ``BOOSTING_FROM`` rows (choosing among more costs more than it brings), else the blend of the three with the
        lowest out-of-fold log loss.
    :param half_life: share of the rows after which a row's weight has halved, counted back from the newest; None
        weighs all rows alike.
    :param set_aside: names of features that only the naive Bayes member may use (see :mod:`.clocks`).

    Learned: ``features_``, ``encoders_``, ``columns_``, ``weights_`` ({member: weight}), ``models_`` ({member: fitted
    model}), ``calibrator_``, ``recipe_`` (what was chosen, JSON-safe).
    """

    def __init__(self, *, random_state=0, folds=None, members=None, half_life=None, set_aside=()):
        self.random_state = random_state
        self.folds = folds
        self.members = members
        self.half_life = half_life
        self.set_aside = tuple(set_aside)

    def fit(self, table, won, *, when=None, lead=None):
        """Learn from closed leads.

        :param table: :class:`FeatureTable`, n rows.
        :param won: bool (n,).
        :param when: float days (n,), larger is later; None if unknown (then ``half_life`` has no effect).
        :param lead: group id per row (n,); rows of one lead stay in one fold.
        :raises ValueError: fewer than two won or two lost leads, or lengths that differ.
        """
        won = np.asarray(won, dtype=bool)
        if len(won) != len(table):
            raise ValueError(f"{len(table)} rows in the table but {len(won)} outcomes")
        if won.sum() < 2 or (~won).sum() < 2:
            raise ValueError("at least two won and two lost leads are needed")
        wanted = self.folds or (10 if len(won) < FEW_ROWS else 5)
        folds = int(min(wanted, won.sum(), (~won).sum()))
        fold = shuffled_folds(won, lead, folds=folds, random_state=self.random_state)
        codes = self._fit_encoders(table, won, fold)
        weight = recency_weights(when, self.half_life)
        self._fit_members(codes, won, fold, weight)
        self._compile(table, won, codes, lead)
        return self

    def predict_proba(self, table):
        """P(won), shape (n,)."""
        return self.compile().predict_proba(table)

    def compile(self):
        """The :class:`CompiledScorer` with the same predictions."""
        if not hasattr(self, "compiled_"):
            raise NotFittedError("this LeadScorer is not fitted yet: call fit first")
        return self.compiled_

    def estimators(self):
        """{name: fitted scikit-learn estimator}, for the artifact (naive Bayes is in its tables)."""
        learned = {name: model for name, model in self.models_.items() if name != "bayes"}
        return {**learned, "calibrator": self.calibrator_}

    def _fit_encoders(self, table, won, fold):
        """Learn the codes of every feature; returns those of the training rows, (n, columns)."""
        self.features_ = table.features
        self.encoders_, self.columns_, parts = [], [], [np.zeros((len(won), 0), dtype=np.int64)]
        min_count = MIN_COUNT_FEW if len(won) < FEW_ROWS else MIN_COUNT
        for position, feature in enumerate(self.features_):
            values = table.columns[feature.name]
            if feature.kind == "text":
                encoder, codes = TextEncoder.fit_codes(values, won, fold)
            else:
                encoder = ENCODER_OF[feature.kind].fit(values, min_count=min_count)
                codes = encoder.transform(values)
            self.encoders_.append(encoder)
            self.columns_ += encoder.columns(position)
            parts.append(codes)
        return np.concatenate(parts, axis=1)

    def _fit_members(self, codes, won, fold, weight):
        """Fit every member out-of-fold, choose weights, calibrate, then fit the chosen members on all rows."""
        self.positions_ = np.flatnonzero([self.features_[c.feature].name not in self.set_aside for c in self.columns_])
        wanted = self.members or self._default_members(len(won))
        trials = {name: _TRIALS[name](self, codes, won, fold, weight) for name in wanted}
        self.weights_ = dict(wanted) if self.members else self._choose_weights(trials, won, weight)
        blend = sum(share * trials[name].out_of_fold for name, share in self.weights_.items())
        self.calibrator_ = fit_platt(blend, won, weight)
        self.models_ = {name: trials[name].refit() for name in self.weights_}
        self.recipe_ = {
            "members": self.weights_,
            "settings": {name: trials[name].settings for name in self.weights_},
            "half_life": self.half_life,
            "set_aside": list(self.set_aside),
        }

    def _default_members(self, rows):
        return ("logistic", "bayes", "boosting") if rows >= BOOSTING_FROM else ("logistic",)

    def _choose_weights(self, trials, won, weight):
        """The blend with the lowest out-of-fold log loss after calibration; the simpler one first in a tie."""
        best = None
        for candidate in blends(trials):
            scores = sum(share * trials[name].out_of_fold for name, share in candidate.items())
            loss = weighted_logloss(won, calibrated(fit_platt(scores, won, weight), scores), weight)
            if best is None or loss < best[0] - MIN_GAIN:
                best = loss, candidate
        return best[1]

    def _compile(self, table, won, codes, lead):
        base, tables, forest = 0.0, [np.zeros(column.size) for column in self.columns_], None
        for name, share in self.weights_.items():
            if name == "boosting":
                forest = boosting.compile_forest(
                    self.models_[name], self._usable_columns, positions=self.positions_, features=len(self.features_)
                ).scaled(share)
                continue
            member_base, member_tables, positions = self._member_tables(name)
            base += share * member_base
            for position, scores in zip(positions, member_tables, strict=True):
                tables[position] = tables[position] + share * scores
        means = [scores[codes[:, i]].mean() for i, scores in enumerate(tables)]
        self.compiled_ = CompiledScorer(
            features=self.features_,
            encoders=self.encoders_,
            column_feature=[column.feature for column in self.columns_],
            tables=[scores - mean for scores, mean in zip(tables, means, strict=True)],
            base=base + sum(means),
            forest=forest,
            slope=self.calibrator_.coef_[0, 0],
            intercept=self.calibrator_.intercept_[0],
            influence=np.zeros(len(self.features_)),
            profile=profile_of_table(table, won, lead),
        )
        self.compiled_.set_influence(table)

    def _member_tables(self, name):
        if name == "bayes":
            return self.models_[name].base_, self.models_[name].tables_, range(len(self.columns_))
        return *linear.compile_tables(self.models_[name], self._usable_columns), self.positions_

    @property
    def _usable_columns(self):
        return [self.columns_[position] for position in self.positions_]


class _Trial:
    """A member's out-of-fold log-odds, the settings that gave them, and how to fit it on all rows."""

    def __init__(self, out_of_fold, settings, refit):
        self.out_of_fold, self.settings, self.refit = out_of_fold, settings, refit


def _try_logistic(scorer, codes, won, fold, weight):
    matrix = linear.design(codes[:, scorer.positions_], scorer._usable_columns)
    best = None
    for strength in linear.STRENGTHS:

        def fit(rows, strength=strength):
            return linear.fit_logistic(matrix[rows], won[rows], strength=strength, weight=_pick(weight, rows))

        scores = _out_of_fold(fold, fit, lambda model, rows: linear.log_odds(model, matrix[rows]))
        loss = weighted_logloss(won, scores, weight) + linear.unusual(strength, len(won))
        if best is not None and loss > best[0] - 1e-9:
            break  # the loss has one valley along the strengths
        best = loss, scores, strength, fit
    _, scores, strength, fit = best
    return _Trial(scores, {"strength": strength}, lambda: fit(slice(None)))


def _try_boosting(scorer, codes, won, fold, weight):
    codes = codes[:, scorer.positions_]
    most = boosting.most_iterations(len(won))

    def fit(rows, iterations=most):
        return boosting.fit_boosting(
            codes[rows],
            won[rows],
            scorer._usable_columns,
            iterations=iterations,
            weight=_pick(weight, rows),
            random_state=scorer.random_state,
        )

    stages = np.zeros((most // boosting.STEP, len(won)))
    for number in range(fold.max() + 1):
        test = fold == number
        stages[:, test] = boosting.staged_log_odds(fit(~test), codes[test])
    best = int(np.argmin([weighted_logloss(won, scores, weight) for scores in stages]))
    iterations = (best + 1) * boosting.STEP
    return _Trial(stages[best], {"iterations": iterations}, lambda: fit(slice(None), iterations))


def _try_bayes(scorer, codes, won, fold, weight):
    def fit(rows):
        return NaiveBayes().fit(codes[rows], won[rows], scorer.columns_)

    scores = _out_of_fold(fold, fit, lambda model, rows: model.log_odds(codes[rows]))
    return _Trial(scores, {}, lambda: fit(slice(None)))


_TRIALS = {"logistic": _try_logistic, "boosting": _try_boosting, "bayes": _try_bayes}


def _out_of_fold(fold, fit, score):
    scores = np.zeros(len(fold))
    for number in range(fold.max() + 1):
        test = fold == number
        scores[test] = score(fit(~test), test)
    return scores


def _pick(weight, rows):
    return None if weight is None else weight[rows]


def recency_weights(when, half_life):
    """(n,) weights in (0, 1]: 1 for the newest row, half of it ``half_life`` x n rows earlier; None if all equal."""
    if when is None or half_life is None:
        return None
    age = len(when) - 1 - np.argsort(np.argsort(when, kind="stable"), kind="stable")
    return 0.5 ** (age / (half_life * len(when)))


def blends(names):
    """{member: share} candidates from the members at hand, simple ones first."""
    for bayes in BAYES_SHARES if "bayes" in names else (0.0,):
        for trees in BOOSTING_SHARES if "boosting" in names else (0.0,):
            shares = {"logistic": (1 - bayes) * (1 - trees), "boosting": (1 - bayes) * trees, "bayes": bayes}
            yield {name: share for name, share in shares.items() if share}


def calibrated(calibrator, log_odds):
    """Log-odds after Platt's correction."""
    return calibrator.coef_[0, 0] * log_odds + calibrator.intercept_[0]


def weighted_logloss(won, log_odds, weight):
    """Mean log loss of log-odds."""
    losses = np.logaddexp(0, np.where(won, -log_odds, log_odds))
    return float(np.average(losses, weights=weight))


def fit_platt(log_odds, won, weight=None):
    """Logistic regression of the outcome on out-of-fold log-odds (Platt, 1999), its slope drawn towards 1.

    With few leads the slope is poorly known, and the members' own regularisation has set it about right: it gets a
    normal prior around 1 (standard deviation ``SLOPE_SPREAD``) and is never negative, which would turn the model round.
    """
    from sklearn.linear_model import LogisticRegression

    slope, intercept = 1.0, 0.0
    weight = np.ones(len(won)) if weight is None else weight
    for _ in range(50):
        probability = sigmoid(slope * log_odds + intercept)
        error = weight * (probability - won)
        curvature = weight * probability * (1 - probability)
        gradient = np.array([error @ log_odds + (slope - 1) / SLOPE_SPREAD**2, error.sum()])
        cross = curvature @ log_odds
        hessian = np.array([[curvature @ log_odds**2 + SLOPE_SPREAD**-2, cross], [cross, curvature.sum() + 1e-9]])
        step = np.linalg.solve(hessian, gradient)
        step *= min(1.0, 2.0 / np.abs(step).max()) if step.any() else 1.0
        slope, intercept = max(slope - step[0], MIN_SLOPE), intercept - step[1]
        if np.abs(step).max() < 1e-10:
            break
    calibrator = LogisticRegression()
    calibrator.classes_, calibrator.n_features_in_ = np.array([False, True]), 1
    calibrator.coef_, calibrator.intercept_ = np.array([[slope]]), np.array([intercept])
    return calibrator
