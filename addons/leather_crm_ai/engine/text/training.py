"""Train labels of texts from what people confirmed: one call from texts to a signed-off artifact and its model card.

For each head (what is predicted: category, sentiment …) a model is fitted on the earlier texts and measured on the
latest fifth, which nothing has learned from, beside three rivals: the most frequent label, the rules, and the live
version.  Only a head that beats them is fitted again on all its texts and enters the artifact.

What may be automated is measured on held-out predictions for all texts.  Texts whose true label has too few confirmed
texts to be learned count there as errors, for a model cannot know them and would label them wrongly.
"""

from dataclasses import dataclass, field

import numpy as np

from .. import artifact
from ..training import TrainingError, json_safe
from .features import TextFeatures
from .head import Head
from .scorer import CompiledText

STEPS = ("check", "holdout", "compare", "final", "calibrate", "pack")
MANY_WEIGHTS = 60_000  # features times heads


@dataclass(frozen=True)
class TextConfig:
    """What an administrator may set.

    :param min_per_class: confirmed texts from which a label is learned.
    :param holdout: share of texts, the latest, that the model is judged on.
    :param rounds: how many networks of each kind are averaged.
    """

    min_per_class: int = 20
    holdout: float = 0.2
    rounds: int = 2
    random_state: int = 0

    @classmethod
    def from_mapping(cls, mapping):
        """From JSON; unknown keys are refused."""
        unknown = set(mapping) - set(cls.__dataclass_fields__)
        if unknown:
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
        return cls(**mapping)


@dataclass(frozen=True)
class TextResult:
    """``scorer``: :class:`CompiledText` of the heads to be published; ``report``: see :func:`train_text`."""

    scorer: CompiledText
    report: dict = field(repr=False)

    @property
    def publish(self):
        return self.report["verdict"]["publish"]

    def artifact(self):
        """Bytes for the artifact file."""
        metadata = {key: self.report[key] for key in ("task", "data", "random_state", "verdict")}
        metadata["heads"] = {name: head.get("metrics") for name, head in self.report["heads"].items()}
        return artifact.pack(scorer=self.scorer, estimators={}, metadata=json_safe(metadata))


def train_text(texts, heads, when=None, *, rules=None, names=None, config=None, live=None, progress=None):
    """Train on confirmed texts.

    :param texts: list of n strings.
    :param heads: {name: [label or None, …]}; the first head is the main one.  Texts without a label help where
        labelled ones are few: give as many of them as there are.
    :param when: float days (n,), larger is later; None: the hold-out is drawn at random, stratified.
    :param rules: {name: [label or None, …]}, what the rules said.
    :param names: {name: {label: text}}, what the labels are called or mean, in any language, a line each.
    :param config: :class:`TextConfig`.
    :param live: bytes of the live version's artifact (already verified), or None.
    :param progress: called with (step code, done, of).
    :return: :class:`TextResult`; its report is JSON-safe.
    :raises TrainingError: ``too_few_texts`` (no head has two labels with enough texts) or ``one_label`` (the main head
        has only one label at all).
    """
    config = config or TextConfig()
    report_step = _progress(progress)
    report_step("check")
    when = None if when is None else np.asarray(when, dtype=float)
    data = [
        Head(name, texts, labels, when, ruled=(rules or {}).get(name), names=(names or {}).get(name), config=config)
        for name, labels in heads.items()
    ]
    _check(data, config)
    report_step("holdout")
    for head in data:
        head.judge()
    _check(data, config)
    report_step("compare")
    rival = _read_live(live)
    for head in data:
        head.compare(rival)
    report_step("final")
    features = TextFeatures.fit([*filter(None, texts), *_lines(names)])
    rounds = _affordable_rounds(len(features), sum(head.publish for head in data), config)
    for head in data:
        head.fit_all(features, rounds)
    report_step("calibrate")
    for head in data:
        head.calibrate()
    report = _report(data, texts, when, config, rival)
    report_step("pack")
    scorer = CompiledText(features, {head.name: head.model.compiled_head() for head in data if head.publish})
    return TextResult(scorer, report)


def _affordable_rounds(features, heads, config):
    """Fewer networks where the vocabulary is large: the artifact and the workers' memory are bounded."""
    return config.rounds if features * heads <= MANY_WEIGHTS else 1


def _lines(names):
    texts = [text for of_head in (names or {}).values() for text in of_head.values() if text]
    return [line for text in texts for line in text.splitlines()]


def _check(data, config):
    """At least one head has something to tell apart."""
    if any(head.classes for head in data):
        return
    counts = {head.name: dict(sorted(head.counts.items())) for head in data}
    one = bool(data) and len(data[0].counts) == 1 and max(data[0].counts.values()) >= config.min_per_class
    code = "one_label" if one else "too_few_texts"
    raise TrainingError(code, min_per_class=config.min_per_class, labels=counts)


def _read_live(live):
    """``(metadata, scorer)`` of the live version; None without one, (None, None) when it cannot be read."""
    if live is None:
        return None
    try:
        return artifact.load_metadata(live), artifact.load_scorer(live)
    except artifact.ArtifactError:
        return None, None


def _report(data, texts, when, config, live):
    heads = {head.name: head.report() for head in data}
    checks = [{"head": name, **check} for name, head in heads.items() for check in head["verdict"]["checks"]]
    published = any(head.publish for head in data)
    first = next(iter(heads.values()))["verdict"]["code"]
    report = {
        "task": "complaint",
        "heads": heads,
        "verdict": {"publish": published, "code": "accepted" if published else first, "checks": checks},
        "data": {
            "rows": len(texts),
            "window": None if when is None or not len(when) else [float(np.min(when)), float(np.max(when))],
            "holdout": "random" if when is None else "time",
        },
        "live_comparison": next((head["live_comparison"] for head in heads.values()), None),
        "random_state": config.random_state,
        "versions": _versions(),
    }
    return json_safe(report)


def _versions():
    import scipy

    return {"numpy": np.__version__, "scipy": scipy.__version__}


def _progress(progress):
    def report_step(step):
        if progress is not None:
            progress(step, STEPS.index(step), len(STEPS))

    return report_step
