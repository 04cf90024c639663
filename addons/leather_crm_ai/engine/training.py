"""Train a lead scorer, judge it, and say everything the model card shows: :func:`train_leads`.

Used by the training subprocess and by the benchmark, so that what is measured is what goes live.

``result.json`` (``TrainingResult.report``), JSON-safe, no NaN (null instead):

``task``           "lead_scoring"
``verdict``        {"publish": bool, "code": str, "checks": [{"rival", "metric", "ours", "theirs", "passed"}]};
                   code: accepted, worse_than_trivial, worse_than_odoo, worse_than_live
``metrics``        {"ours" | "trivial" | "odoo" | "live": {"auc", "pr_auc", "logloss", "brier", "ece", "lift10"}} on
                   the hold-out; "live" is absent without a live version
``intervals``      {"ours": {metric: [low, high]}}: 95 %, bootstrap over leads
``calibration``    [{"low", "high", "n", "mean_probability", "won_rate"}] of ours on the hold-out
``influence``      [{"feature", "logloss_increase", "share"}] most influential first: how much worse the hold-out's log
                   loss gets when this field is shuffled; share sums to 1 over fields that help
``features``       [{"name", "kind", "status", "reason", "auc"}]: status used or left_out; reason null, denied,
                   constant, identifier, predicts_too_well or changed_after_closing; auc of the field alone or null;
                   a suspected leak the admin keeps has status used and its reason
``recipe``         what was chosen and why: {"name", "members": {member: weight}, "settings": {member: {…}},
                   "half_life", "set_aside": [names], "backtest": [{"recipe", "auc", "logloss"}]}; the backtest is
                   empty when there is no time or there are too few leads; its last entry is Odoo's own method
``data``           {"rows", "leads", "won", "lost", "base_rate", "window": [first day, last day] or null,
                   "train_rows", "holdout_rows", "holdout_window", "holdout": "time" | "random"}
``profile``        per feature, per value: see :func:`.profile.profile_of_table`
``drift_reference``  see :func:`.drift.reference`
``live_comparison``  null (no live version), "rows_after_its_training", "recipe_refitted" or "unreadable", see
                   :mod:`.live`
``versions``       {"sklearn", "numpy"}
``random_state``   int
"""

from dataclasses import dataclass, field, replace

import numpy as np

from . import artifact, drift
from .folds import lead_ids, shuffled_folds, time_split
from .gate import decide
from .lead_scoring import LeadScorer
from .live import compare_with_live
from .metrics import all_metrics, bootstrap, calibration_bins, logloss
from .odoo_scoring import OdooScorer
from .profile import won_share
from .recipes import choose_recipe
from .screening import judge_features

MIN_OUTCOMES = 40  # won leads, and lost leads, below which Odoo's own scoring stays
HOLDOUT = 0.2
STEPS = ("check", "holdout", "compare", "influence", "final", "pack")


class TrainingError(Exception):
    """A reason to stop that a user can act on.

    :param code: ``too_few_leads`` (detail: {"won", "lost", "min_won", "min_lost"}) or ``no_usable_feature``.
    """

    def __init__(self, code, **detail):
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


@dataclass(frozen=True)
class TrainingConfig:
    """What an admin may set.

    :param odoo_fields: features that Odoo's own scoring would use here; None means all.
    :param deny: names that never enter.
    :param keep_leaks: suspected leaks to use all the same.
    :param changed_after_closing: names known to have been edited at closing.
    """

    random_state: int = 0
    min_won: int = MIN_OUTCOMES
    min_lost: int = MIN_OUTCOMES
    odoo_fields: tuple | None = None
    deny: tuple = ()
    keep_leaks: tuple = ()
    changed_after_closing: tuple = ()
    holdout: float = HOLDOUT
    bootstrap_repeats: int = 200
    report: bool = True  # False skips what only the model card needs (intervals, influence)

    @classmethod
    def from_mapping(cls, mapping):
        """From JSON; unknown keys are refused, lists become tuples."""
        unknown = set(mapping) - set(cls.__dataclass_fields__)
        if unknown:
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
        return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in mapping.items()})


@dataclass(frozen=True)
class TrainingResult:
    """``scorer``: the fitted :class:`LeadScorer` (on all rows); ``report``: see the module; ``odoo``: the rival."""

    scorer: LeadScorer
    report: dict = field(repr=False)
    odoo: OdooScorer = field(repr=False)

    @property
    def publish(self):
        return self.report["verdict"]["publish"]

    def artifact(self):
        """Bytes for the artifact file."""
        keys = ("task", "data", "recipe", "random_state", "metrics", "verdict")
        metadata = {key: self.report[key] for key in keys}
        metadata["features"] = [[f.name, f.kind] for f in self.scorer.features_]
        return artifact.pack(
            scorer=self.scorer.compile(), estimators=self.scorer.estimators(), metadata=json_safe(metadata)
        )


def train_leads(table, won, when=None, lead=None, *, config=None, live=None, progress=None):
    """Train on closed leads.

    :param table: :class:`FeatureTable`, n rows (snapshots of closed leads).
    :param won: bool (n,).
    :param when: float days (n,), larger is later, or None.
    :param lead: group id per row, or None when each row is a lead.
    :param config: :class:`TrainingConfig`.
    :param live: bytes of the live version's artifact (already verified), or None.
    :param progress: called with (step code, done, of).
    :return: :class:`TrainingResult`.
    :raises TrainingError: too few leads, no usable feature.
    """
    config = config or TrainingConfig()
    report_step = _progress(progress)
    data = _Data(table, np.asarray(won, dtype=bool), _array(when), _array(lead), table)

    report_step("check")
    _check_outcomes(data, config)
    data, features = _screen(data, config)

    report_step("holdout")
    train, test = data.split(config)
    scorer = _fit(train, config)
    probability = scorer.predict_proba(test.table)

    report_step("compare")
    metrics = {"ours": all_metrics(test.won, probability), **_baselines(train, test, config)}
    beside = compare_with_live(live, train, test, probability, random_state=config.random_state)
    if beside.metrics:
        metrics["live"] = beside.metrics
    verdict = decide(metrics["ours"], metrics["trivial"], metrics["odoo"], beside.metrics, ours_beside_live=beside.ours)

    report_step("influence")
    card = _card(scorer, test, probability, config) if config.report else {}

    report_step("final")
    final = _fit(data, config, scorer.choice_)
    report = {
        "task": "lead_scoring",
        "verdict": {"publish": verdict.publish, "code": verdict.code, "checks": verdict.checks},
        "metrics": metrics,
        "features": features,
        "recipe": final.recipe_,
        "data": _data_summary(data, train, test),
        "live_comparison": beside.code,
        "random_state": config.random_state,
        **card,
    }
    if config.report:
        report["profile"] = final.compile().profile
        report["drift_reference"] = drift.reference(data.table, data.won, final.predict_proba(data.table))
        report["versions"] = _versions()
    report_step("pack")
    odoo = OdooScorer().fit(_odoo_table(data.full, config), data.won)
    return TrainingResult(final, json_safe(report), odoo)


def fit_scorer(table, won, when=None, lead=None, *, config=None):
    """A scorer as :func:`train_leads` fits it, without the hold-out and the model card.

    :return: fitted :class:`LeadScorer`.
    :raises TrainingError: too few leads, no usable feature.
    """
    config = config or TrainingConfig()
    data = _Data(table, np.asarray(won, dtype=bool), _array(when), _array(lead), table)
    _check_outcomes(data, config)
    return _fit(_screen(data, config)[0], config)


@dataclass(frozen=True)
class _Data:
    """Rows that travel together."""

    table: object  # the usable features
    won: np.ndarray
    when: np.ndarray | None
    lead: np.ndarray | None
    full: object  # all features, for Odoo's own method and the live version

    def __len__(self):
        return len(self.won)

    def take(self, index):
        pick = lambda values: None if values is None else np.asarray(values)[index]  # noqa: E731
        return _Data(self.table.take(index), self.won[index], pick(self.when), pick(self.lead), self.full.take(index))

    def select(self, names):
        return replace(self, table=self.table.select(names))

    def split_index(self, config):
        if self.when is not None:
            train, test = time_split(self.when, self.lead, holdout=config.holdout)
        else:
            folds = max(2, round(1 / config.holdout))
            fold = shuffled_folds(self.won, self.lead, folds=folds, random_state=config.random_state)
            train, test = np.flatnonzero(fold != 0), np.flatnonzero(fold == 0)
        return train, test

    def split(self, config):
        train, test = self.split_index(config)
        if min(self.won[train].sum(), (~self.won[train]).sum()) < 2:
            raise TrainingError("too_few_leads", **_outcomes(self, config))
        return self.take(train), self.take(test)


def _check_outcomes(data, config):
    outcomes = _outcomes(data, config)
    if outcomes["won"] < config.min_won or outcomes["lost"] < config.min_lost:
        raise TrainingError("too_few_leads", **outcomes)


def _screen(data, config):
    """``(data with the usable features only, what was judged of each feature)``."""
    features = judge_features(
        data.table,
        data.won,
        lead=data.lead,
        deny=config.deny,
        keep_leaks=config.keep_leaks,
        changed_after_closing=config.changed_after_closing,
        random_state=config.random_state,
    )
    return data.select([f["name"] for f in features if f["status"] == "used"]), features


def _outcomes(data, config):
    groups = lead_ids(data.lead, len(data))
    won_leads = len(np.unique(groups[data.won]))
    lost_leads = len(np.unique(groups[~data.won]))
    return {"won": won_leads, "lost": lost_leads, "min_won": config.min_won, "min_lost": config.min_lost}


def _fit(data, config, recipe=None):
    """A fitted scorer; the recipe that was judged on the hold-out is the one that is fitted on all rows."""
    if not data.table.features:
        raise TrainingError("no_usable_feature")
    if recipe is None:
        recipe = choose_recipe(data.table, data.won, data.when, data.lead, random_state=config.random_state)
    scorer = LeadScorer(random_state=config.random_state, **recipe.parameters)
    scorer.fit(data.table, data.won, when=data.when, lead=data.lead)
    scorer.choice_ = recipe
    scorer.recipe_ = {"name": recipe.name, **scorer.recipe_, "backtest": recipe.backtest}
    return scorer


def _baselines(train, test, config):
    """{"trivial" | "odoo": metrics} on the hold-out."""
    base = np.full(len(test), train.won.mean())
    odoo = OdooScorer().fit(_odoo_table(train.full, config), train.won).predict_proba(_odoo_table(test.full, config))
    return {"trivial": all_metrics(test.won, base), "odoo": all_metrics(test.won, odoo)}


def _odoo_table(table, config):
    wanted = table.names if config.odoo_fields is None else config.odoo_fields
    return table.select([f.name for f in table.features if f.name in wanted and f.kind != "text"])


def _card(scorer, test, probability, config):
    intervals = bootstrap(
        test.won, probability, lead=test.lead, repeats=config.bootstrap_repeats, random_state=config.random_state
    )
    return {
        "intervals": {"ours": intervals},
        "calibration": calibration_bins(test.won, probability),
        "influence": permutation_influence(scorer.compile(), test, config.random_state),
    }


def permutation_influence(scorer, data, random_state, *, repeats=3, rows=5000):
    """How much worse the log loss gets when one feature is shuffled among the rows (Breiman, 2001)."""
    rng = np.random.default_rng(random_state)
    sample = np.sort(rng.permutation(len(data))[:rows])
    table, won = data.table.take(sample), data.won[sample]
    before = logloss(won, scorer.predict_proba(table))
    increase = {}
    for feature in scorer.features:
        losses = []
        for _ in range(repeats):
            shuffled = table.take(slice(None))
            shuffled.columns[feature.name] = table.columns[feature.name][rng.permutation(len(table))]
            losses.append(logloss(won, scorer.predict_proba(shuffled)))
        increase[feature.name] = float(np.mean(losses) - before)
    total = sum(max(value, 0.0) for value in increase.values()) or 1.0
    ranked = sorted(increase, key=lambda name: (-increase[name], name))
    return [{"feature": n, "logloss_increase": increase[n], "share": max(increase[n], 0.0) / total} for n in ranked]


def _data_summary(data, train, test):
    window = lambda part: None if part.when is None else [float(np.min(part.when)), float(np.max(part.when))]  # noqa: E731
    return {
        "rows": len(data),
        "leads": len(np.unique(lead_ids(data.lead, len(data)))),
        "won": len(np.unique(lead_ids(data.lead, len(data))[data.won])),
        "lost": len(np.unique(lead_ids(data.lead, len(data))[~data.won])),
        "base_rate": won_share(data.won, lead_ids(data.lead, len(data))),
        "window": window(data),
        "train_rows": len(train),
        "holdout_rows": len(test),
        "holdout_window": window(test),
        "holdout": "random" if data.when is None else "time",
    }


def _array(values):
    return None if values is None else np.asarray(values)


def _versions():
    import sklearn

    return {"sklearn": sklearn.__version__, "numpy": np.__version__}


def _progress(progress):
    def report_step(step):
        if progress is not None:
            progress(step, STEPS.index(step), len(STEPS))

    return report_step


def json_safe(value):
    """Plain Python for JSON: numpy scalars and arrays converted, NaN and infinities to None."""
    if isinstance(value, dict):
        return {str(key): json_safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [json_safe(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
