"""Lead scoring on a CSV of closed leads: ours, Odoo's own and logistic regression.

Three views: five shuffled folds (rows exchangeable, nobody is told the time), a time-ordered split (the last fifth
is the future), and the learning curve from 100 closed leads.  "ours" is what the addon's trainer would fit on the same
rows; "published" is what would go live after its own check on the training rows: ours, or Odoo's own (which also
stays while there are fewer than 40 won or 40 lost leads).
"""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np

from . import rivals
from .csvdata import read_dataset
from .engine import load_engine
from .errors import UsageError
from .options import check_writable, say, write_figures

load_engine()
from leather_engine.folds import shuffled_folds, time_split  # noqa: E402
from leather_engine.metrics import METRICS, all_metrics  # noqa: E402
from leather_engine.training import MIN_OUTCOMES, TrainingConfig, TrainingError, fit_scorer, train_leads  # noqa: E402

FOLDS = 5
HOLDOUT = 0.2
CURVE = {100: 20, 200: 10, 500: 6, 1000: 4}  # closed leads: how many seeded repeats are averaged
CURVE_TEST_ROWS = 20_000  # the rest is tested on, or a sample of it this large
MIN_TEST = 0.2  # a point of the curve needs this share of the rows to be left for testing
LABELS = dict(zip(METRICS, ("AUC", "PR-AUC", "log loss", "Brier", "ECE", "lift 10 %"), strict=True))

# Small samples are measured too, although the addon itself would wait for more outcomes before it publishes.
CONFIG = TrainingConfig(min_won=2, min_lost=2, report=False)

_dataset = None  # set before the workers are forked, so that they share it


def add_arguments(parser):
    parser.add_argument("--csv", required=True, metavar="FILE", help="closed leads, one row each; any delimiter")
    parser.add_argument("--target", required=True, metavar="COLUMN", help="column that tells won from lost")
    parser.add_argument("--positive", metavar="VALUE", help="its value that means won (recognised: yes, 1, true, won)")
    order = parser.add_mutually_exclusive_group()
    order.add_argument("--time", metavar="COLUMN", help="column that orders the rows in time; never a feature")
    order.add_argument("--time-is-order", action="store_true", help="the rows are in order of time already")
    drop = "columns to leave out; quote a name that holds a comma"
    parser.add_argument("--drop", default=[], action="append", metavar="COL,COL…", help=drop)
    parser.add_argument("--json", metavar="OUT", help="also write the figures to this file")
    parser.add_argument("--seed", type=int, default=0, help="of folds and repeats (default 0)")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="processes (default 2)")


def main(arguments):
    started = time.perf_counter()
    dataset = read_dataset(
        arguments.csv,
        target=arguments.target,
        positive=arguments.positive,
        time=arguments.time,
        time_is_order=arguments.time_is_order,
        drop=split_names(arguments.drop),
    )
    check_writable(arguments.json)
    say(f"{len(dataset.won)} closed leads, {dataset.won.mean():.1%} won, {len(dataset.table.features)} columns used")
    for name, why in dataset.dropped.items():
        say(f"  left out: {name} ({why})")
    figures = measure(dataset, seed=arguments.seed, jobs=arguments.jobs)
    figures["seconds"] = round(time.perf_counter() - started, 1)
    print(render(figures))
    write_figures(arguments.json, figures)
    return 0


def measure(dataset, *, seed=0, jobs=1):
    """{"cv5", "time", "curve"} of a dataset."""
    tasks = list(plan(dataset, seed))
    results = {}
    for number, (key, outcome) in enumerate(run_all(dataset, tasks, jobs), 1):
        results.setdefault(key, []).append(outcome)
        say(f"  {number}/{len(tasks)} {key[0]} {key[1]}")
    return {
        "cv5": average(results["cv5", "folds"]),
        "time": average(results["time", "split"]) if ("time", "split") in results else None,
        "curve": {str(n): average(results["curve", n]) if ("curve", n) in results else None for n in CURVE},
    }


def plan(dataset, seed):
    """Tasks ((view, point), train rows, test rows, random state), the long ones first."""
    rows, won = len(dataset.won), dataset.won
    if dataset.ordered:
        train, test = time_split(None, rows=rows, holdout=HOLDOUT)
        yield ("time", "split"), train, test, seed
    folds = int(min(FOLDS, won.sum(), (~won).sum()))
    if folds < 2:
        raise UsageError("at least two won and two lost rows are needed")
    fold = shuffled_folds(won, folds=folds, random_state=seed)
    for number in range(folds):
        yield ("cv5", "folds"), np.flatnonzero(fold != number), np.flatnonzero(fold == number), seed
    for size, repeats in CURVE.items():
        if size <= (1 - MIN_TEST) * rows:
            for repeat in range(repeats):
                yield ("curve", size), *curve_split(won, size, seed + repeat), seed + repeat


def curve_split(won, size, seed):
    """``size`` training rows with the file's share of won ones, and (a sample of) the rest."""
    rng = np.random.default_rng([seed, size])
    wins = int(np.clip(round(size * won.mean()), 2, size - 2))
    train = np.concatenate(
        [rng.permutation(np.flatnonzero(won))[:wins], rng.permutation(np.flatnonzero(~won))[: size - wins]]
    )
    rest = np.setdiff1d(np.arange(len(won)), train)
    return np.sort(train), np.sort(rng.permutation(rest)[:CURVE_TEST_ROWS])


def run_all(dataset, tasks, jobs):
    """Yield (key, {contender: metrics}) in the order of ``tasks``."""
    global _dataset
    _dataset = dataset
    if jobs <= 1:
        yield from map(run_task, tasks)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
        yield from pool.map(run_task, tasks)


def run_task(task):
    """Fit everybody on the training rows, measure on the test rows."""
    key, train, test, seed = task
    won, test_won = _dataset.won[train], _dataset.won[test]
    train_table, test_table = _dataset.table.take(train), _dataset.table.take(test)
    probability = {
        "odoo": rivals.odoo(train_table, won, test_table),
        "logistic": rivals.logistic(train_table, won, test_table),
    }
    probability["ours"], publish = ours(train_table, won, test_table, seed, in_time=key[0] == "time")
    if key[0] == "time":
        probability["published"] = probability["ours" if publish else "odoo"]
    return key, {name: all_metrics(test_won, values) for name, values in probability.items()}


def ours(train_table, won, test_table, seed, *, in_time):
    """``(probabilities of the test rows, whether it would be published)``, by the addon's own training code."""
    discrete = tuple(f.name for f in train_table.features if f.kind in ("category", "tags"))
    config = replace(CONFIG, random_state=seed, odoo_fields=discrete)
    try:
        if in_time:
            result = train_leads(train_table, won, np.arange(len(won), dtype=float), config=config)
            enough = min(won.sum(), (~won).sum()) >= MIN_OUTCOMES
            return result.scorer.predict_proba(test_table), result.publish and enough
        return fit_scorer(train_table, won, config=config).predict_proba(test_table), None
    except TrainingError as error:
        if error.code != "no_usable_feature":
            raise
        return np.full(len(test_table), won.mean()), False


def average(outcomes):
    """{contender: {metric: mean over outcomes}} in a fixed order; None where a metric is undefined everywhere."""
    names = [name for name in ("ours", "odoo", "logistic", "published") if name in outcomes[0]]
    return {name: {m: mean([o[name][m] for o in outcomes]) for m in METRICS} for name in names}


def mean(values):
    known = [value for value in values if value == value]
    return float(np.mean(known)) if known else None


def render(figures):
    """The table for people."""
    head = f"{'':24}" + "".join(f"{LABELS[m]:>11}" for m in METRICS)
    lines = [head]
    views = [("5-fold", figures["cv5"]), ("time-ordered", figures["time"])]
    views += [(f"{n} closed leads", figures["curve"][str(n)]) for n in CURVE]
    for title, view in views:
        if view is None:
            continue
        lines.append(title)
        for name, metrics in view.items():
            cells = "".join(f"{'–' if metrics[m] is None else format(metrics[m], '.4f'):>11}" for m in METRICS)
            lines.append(f"  {name:22}{cells}")
    lines.append(f"\n{figures['seconds']} s.  Higher is better: AUC, PR-AUC, lift.  Lower: log loss, Brier, ECE.")
    return "\n".join(lines)


def split_names(values):
    """Names of all ``--drop`` options: comma-separated, quotes allowed around a name."""
    import csv

    return [name.strip() for row in csv.reader(values) for name in row if name.strip()]
