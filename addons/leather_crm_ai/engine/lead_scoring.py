"""Learn which leads are won: :class:`LeadScorer` (training) and :class:`CompiledScorer` (scoring).

Importing this module loads numpy only; scikit-learn is imported when :meth:`LeadScorer.fit` runs, in the trainer.
"""

import numpy as np

from . import linear
from .encoding import CategoryEncoder, NumberEncoder, TagsEncoder
from .folds import shuffled_folds
from .metrics import logloss
from .profile import profile_of_table
from .scoring import CompiledScorer, Explanation, sigmoid

__all__ = ["CompiledScorer", "Explanation", "LeadScorer", "NotFittedError"]

ENCODER_OF = {"category": CategoryEncoder, "number": NumberEncoder, "tags": TagsEncoder}


class NotFittedError(ValueError):
    """Something that needs a fitted scorer was called before ``fit``."""


class LeadScorer:
    """Probability that a lead is won.

    :param random_state: seed of everything random.
    :param folds: number of shuffled folds for calibration and the choice of regularisation.

    Learned: ``features_``, ``encoders_``, ``columns_``, ``model_`` (logistic regression), ``calibrator_``, ``recipe_``.
    """

    def __init__(self, *, random_state=0, folds=5):
        self.random_state = random_state
        self.folds = folds

    def fit(self, table, won, *, when=None, lead=None):
        """Learn from closed leads.

        :param table: :class:`FeatureTable`, n rows.
        :param won: bool (n,).
        :param when: float days (n,), larger is later; None if unknown.
        :param lead: group id per row (n,); rows of one lead stay in one fold.
        :raises ValueError: fewer than two won or two lost leads, or lengths that differ.
        """
        won = np.asarray(won, dtype=bool)
        if len(won) != len(table):
            raise ValueError(f"{len(table)} rows in the table but {len(won)} outcomes")
        if won.sum() < 2 or (~won).sum() < 2:
            raise ValueError("at least two won and two lost leads are needed")
        self.features_ = tuple(feature for feature in table.features if feature.kind in ENCODER_OF)
        codes = self._fit_encoders(table, len(won))
        matrix = linear.design(codes, self.columns_)
        fold = shuffled_folds(won, lead, folds=min(self.folds, won.sum(), (~won).sum()), random_state=self.random_state)
        strength, out_of_fold = self._choose_strength(matrix, won, fold)
        self.model_ = linear.fit_logistic(matrix, won, strength=strength)
        self.calibrator_ = fit_platt(out_of_fold, won)
        self.recipe_ = {"family": "logistic", "strength": strength}
        self._finish(table, won, codes)
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
        """{name: fitted scikit-learn estimator}, for the artifact."""
        return {"logistic": self.model_, "calibrator": self.calibrator_}

    def _fit_encoders(self, table, rows):
        min_count = 3 if rows < 1000 else 10
        self.encoders_, self.columns_ = [], []
        for position, feature in enumerate(self.features_):
            encoder = ENCODER_OF[feature.kind].fit(table.columns[feature.name], min_count=min_count)
            self.encoders_.append(encoder)
            self.columns_ += encoder.columns(position)
        parts = [e.transform(table.columns[f.name]) for f, e in zip(self.features_, self.encoders_, strict=True)]
        return np.concatenate(parts, axis=1) if parts else np.zeros((rows, 0), dtype=np.int64)

    def _choose_strength(self, matrix, won, fold):
        """``(strength, out-of-fold log-odds)`` of the regularisation with the lowest out-of-fold log loss."""
        best = None
        for strength in linear.STRENGTHS:
            scores = np.zeros(len(won))
            for number in range(fold.max() + 1):
                test = fold == number
                model = linear.fit_logistic(matrix[~test], won[~test], strength=strength)
                scores[test] = linear.log_odds(model, matrix[test])
            loss = logloss(won, sigmoid(scores))
            if best is None or loss < best[0] - 1e-9:
                best = loss, strength, scores
        return best[1:]

    def _finish(self, table, won, codes):
        base, tables = linear.compile_tables(self.model_, self.columns_)
        column_feature = np.array([column.feature for column in self.columns_], dtype=np.int64)
        means = [t[codes[:, i]].mean() for i, t in enumerate(tables)]
        spread = np.zeros(len(self.features_))
        for position, (feature, scores) in enumerate(zip(column_feature, tables, strict=True)):
            spread[feature] += scores[codes[:, position]].std()
        self.compiled_ = CompiledScorer(
            features=self.features_,
            encoders=self.encoders_,
            column_feature=column_feature,
            tables=[t - mean for t, mean in zip(tables, means, strict=True)],
            base=base + sum(means),
            forest=None,
            slope=self.calibrator_.coef_[0, 0],
            intercept=self.calibrator_.intercept_[0],
            influence=spread / spread.sum() if spread.any() else spread,
            profile=profile_of_table(table.select([f.name for f in self.features_]), won),
        )


def fit_platt(log_odds, won):
    """Logistic regression of the outcome on out-of-fold log-odds (Platt, 1999), never inverting them."""
    from sklearn.linear_model import LogisticRegression

    calibrator = LogisticRegression(C=1e6, max_iter=1000).fit(log_odds[:, None], won)
    if calibrator.coef_[0, 0] <= 0:  # nothing was learned: say the base rate rather than the opposite
        calibrator.coef_[0, 0] = 1e-3
        calibrator.intercept_[0] = np.log(won.mean() / (1 - won.mean()))
    return calibrator
