"""One head of a training: what it learns from, how it does beside its rivals, what it may do by itself."""

from collections import Counter

import numpy as np

from ..folds import time_split
from ..gate import CLEARLY, TOLERANCE
from ..metrics import calibration_bins, label_metrics
from .automation import automation_curve
from .classifier import TextClassifier, label_folds

MIN_CLASSES = 2
LIVE_ROWS = 50  # texts later than the live version's own, below which it is not measured
BESIDE_LIVE = "ours_beside_live"  # our metrics on the texts that the live version was measured on
SURE = 1.645  # standard errors that a gain must exceed
RENAMED = {"won_rate": "right_rate"}  # what calibration_bins calls it
NO_LABEL = ""  # stands for every label that is not learned
FLOOR = 1e-4  # probability that a model leaves for labels it does not know


class Head:
    """One head on its way through a training."""

    def __init__(self, name, texts, labels, when, *, ruled, names, config):
        rows = [row for row, label in enumerate(labels) if label and (texts[row] or "").strip()]
        counts = Counter(labels[row] for row in rows)
        learned = {label for label, count in counts.items() if count >= config.min_per_class}
        self.name, self.names, self.config, self.counts = name, names, config, counts
        self.classes = sorted(learned) if len(learned) >= MIN_CLASSES else []
        self.rows = np.array([row for row in rows if labels[row] in learned], dtype=np.int64)
        self.others = [texts[row] for row in rows if labels[row] not in learned]
        self.texts = [texts[row] for row in self.rows]
        self.unlabelled = [
            text for text, label in zip(texts, labels, strict=True) if not label and (text or "").strip()
        ]
        self.labels = np.array([labels[row] for row in self.rows], dtype=str)
        self.when = None if when is None else when[self.rows]
        self.ruled = None if ruled is None else [ruled[row] for row in self.rows]
        self.metrics, self.losses, self.checks = {}, {}, []
        self.live_code, self.model = None, None
        self.automation, self.calibration = [], []

    @property
    def publish(self):
        return bool(self.checks) and all(check["passed"] for check in self.checks)

    def judge(self):
        """Fit on the earlier texts, measure on the latest."""
        if not self.classes:
            return
        self.train, self.test = self._split()
        if len(np.unique(self.labels[self.train])) < MIN_CLASSES or not len(self.test):
            self.classes = []
            return
        model = TextClassifier(rounds=1, random_state=self.config.random_state)
        model.fit([self.texts[row] for row in self.train], self.labels[self.train], **self._help())
        self.effort = model.effort_
        self.probability = self._aligned(model.classes_, model.predict_proba([self.texts[row] for row in self.test]))
        self._measure("ours", self.probability)
        self._measure("trivial", np.tile(self._shares(), (len(self.test), 1)))
        if self.ruled is not None:
            self._measure("rules", self._rule_probability())

    def compare(self, live):
        """The checks against the rivals."""
        if not self.classes:
            return
        self._measure_live(live)
        for rival, strict in (("trivial", True), ("rules", True), ("live", False)):
            if rival in self.metrics:
                self._check(rival, strict)

    def fit_all(self, features, rounds):
        """Fit on all texts, if the head is to be published."""
        if self.publish:
            self.model = TextClassifier(rounds=rounds, effort=self.effort, random_state=self.config.random_state)
            self.model.fit(self.texts, self.labels, features=features, **self._help())

    def calibrate(self):
        """How honest the confidence is, and what may be automated, by predictions for texts held out."""
        if self.model is None:
            return
        held_out = self.model.held_out_
        right = self.model.classes_[held_out.argmax(axis=1)] == self.labels
        confidence = held_out.max(axis=1)
        bins = calibration_bins(right, confidence)
        self.calibration = [{RENAMED.get(key, key): value for key, value in point.items()} for point in bins]
        unknown = self.model.predict_proba(self.others).max(axis=1) if self.others else np.zeros(0)
        right = np.concatenate([right, np.zeros(len(unknown), dtype=bool)])
        self.automation = automation_curve(np.concatenate([confidence, unknown]), right)

    def report(self):
        least = self.config.min_per_class
        missing = {label: least - count for label, count in sorted(self.counts.items()) if count < least}
        failed = next((check["rival"] for check in self.checks if not check["passed"]), None)
        code = f"worse_than_{failed}" if failed else "accepted" if self.checks else "too_few_texts"
        return {
            "classes": self.classes,
            "rows": len(self.rows) if self.classes else 0,
            "counts": dict(sorted(self.counts.items())),
            "missing": missing,
            "metrics": self.metrics,
            "automation": self.automation,
            "calibration": self.calibration,
            "live_comparison": self.live_code,
            "verdict": {"publish": self.publish, "code": code, "checks": self.checks},
        }

    def _split(self):
        if self.when is not None:
            return time_split(self.when, None, holdout=self.config.holdout)
        folds = max(2, round(1 / self.config.holdout))
        fold = label_folds(self.labels, folds=folds, random_state=self.config.random_state)
        return np.flatnonzero(fold != 0), np.flatnonzero(fold == 0)

    def _help(self):
        """What helps beside labelled texts."""
        return {"names": self.names, "unlabelled": self.unlabelled}

    def _measure(self, name, probability, rows=slice(None)):
        """Keep the metrics of one rival on (some rows of) the hold-out, and its loss on each row for comparisons."""
        truth, classes = self.labels[self.test][rows], [*self.classes, NO_LABEL][: probability.shape[1]]
        self.metrics[name] = label_metrics(truth, classes, probability)
        likelihood = (probability * (truth[:, None] == np.array(classes))).sum(axis=1)
        self.losses[name] = -np.log(np.maximum(likelihood, FLOOR**2))

    def _shares(self):
        counts = np.array([(self.labels[self.train] == label).sum() for label in self.classes], dtype=float)
        return (counts + 1) / (counts + 1).sum()

    def _rule_probability(self):
        """The rules' label with the share that it was right on the earlier texts, the rest as the labels are frequent;
        one more column for labels that are not learned."""
        said = [self.ruled[row] for row in self.train]
        known = [label == truth for label, truth in zip(said, self.labels[self.train], strict=True) if label]
        trust = (sum(known) + 1) / (len(known) + 2)
        return np.array([self._said(self.ruled[row], trust) for row in self.test])

    def _said(self, label, trust):
        shares = np.append(self._shares(), 0.0)
        if not label:
            return shares
        certain = np.zeros(len(shares))
        certain[self.classes.index(label) if label in self.classes else -1] = 1.0
        return trust * certain + (1 - trust) * shares

    def _aligned(self, classes, probability):
        """Probabilities for our classes; a label the model does not know gets next to nothing."""
        aligned = np.full((len(probability), len(self.classes)), FLOOR)
        for position, label in enumerate(classes):
            if label in self.classes:
                aligned[:, self.classes.index(label)] = np.maximum(probability[:, position], FLOOR)
        return aligned / np.maximum(aligned.sum(axis=1, keepdims=True), 1.0)

    def _measure_live(self, live):
        """Measure the live version on hold-out texts that it cannot have learned from, and ours on the same ones."""
        if live is None:
            return
        metadata, scorer = live
        if scorer is None or self.name not in scorer.heads:
            self.live_code = "unreadable" if scorer is None else "head_is_new"
            return
        later = self._later_than(metadata)
        if len(later) < LIVE_ROWS:
            self.live_code = "too_few_later_texts"
            return
        self.live_code = "texts_after_its_training"
        said = scorer.predict_proba([self.texts[row] for row in self.test[later]])[self.name]
        self._measure("live", self._aligned(scorer.classes(self.name), said), later)
        self._measure(BESIDE_LIVE, self.probability[later], later)

    def _later_than(self, metadata):
        window = (metadata.get("data") or {}).get("window")
        if not window or self.when is None:
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(self.when[self.test] > window[1])

    def _check(self, rival, strict):
        """Our log loss is lower (strict: by more than luck), and we are right at least as often."""
        ours = BESIDE_LIVE if rival == "live" else "ours"
        gains = self.losses[rival] - self.losses[ours]
        luck = SURE * gains.std() / np.sqrt(len(gains)) if strict else 0.0
        least = max(luck, CLEARLY * self.metrics[rival]["logloss"]) if strict else -TOLERANCE
        for metric, passed in (
            ("logloss", gains.mean() > least),
            ("accuracy", self.metrics[ours]["accuracy"] >= self.metrics[rival]["accuracy"] - TOLERANCE),
        ):
            values = {"ours": self.metrics[ours][metric], "theirs": self.metrics[rival][metric]}
            self.checks.append({"rival": rival, "metric": metric, **values, "passed": bool(passed)})
