"""Labels of texts: ours against TF-IDF with logistic regression, on any pair of labelled files.

Both learn from --train alone and are measured on --test.  "ours" is what the addon's trainer makes of it: trained with
its own hold-out and checks, packed, loaded again, and scored by the numpy scorer with the words that decided.
``auto_at_5pct`` is the share of the test texts above the confidence that held-out training texts justify for an error
of 5 % (its upper bound); ``auto_error`` is the error those texts then really have.  ``oos_refused_at_10pct`` is the
share of out-of-scope test texts below the familiarity that a tenth of the in-scope test texts are below (a point of
the curve, so it is set on the test texts); nothing out of scope was learned from.  ``oos_learned_refused_at_10pct`` is
the same when the out-of-scope rows of --train are learned as one more class.

``--per-class 5,10`` trains on so many labelled texts of each class, drawn with several seeds, and averages accuracy.
``per_class_labels_only`` has nothing else.  ``per_class_named`` also learns the labels' names, where they are words.
``per_class`` is what the product can use: the names, and the other texts of --train WITHOUT their labels, for a company
has many complaints that nobody has confirmed yet.  The baseline has the labelled texts.  With all texts of --train ours
has the names, too; there they change next to nothing.

The method was developed on the training files of banking77, CLINC150, ArBanking77 and TWIFIL; their test files were
looked at during that time, so figures on them are not entirely blind.
"""

import os

for _pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_pool] = "1"  # before numpy, as in the training process: its CPU seconds are what is measured

import pickle  # noqa: E402
import re  # noqa: E402
import time  # noqa: E402

import numpy as np  # noqa: E402

from .engine import load_engine  # noqa: E402
from .errors import UsageError  # noqa: E402
from .labelled import check_classes, read_labelled, without  # noqa: E402
from .options import add_labelled_arguments, check_writable, parse_sizes, say, write_figures  # noqa: E402

load_engine()
from leather_engine import artifact  # noqa: E402
from leather_engine.metrics import ece, macro_f1  # noqa: E402
from leather_engine.text.automation import automation_curve, choose_threshold  # noqa: E402
from leather_engine.text.classifier import TextClassifier, label_folds  # noqa: E402
from leather_engine.text.network import softmax  # noqa: E402
from leather_engine.text.training import TextConfig, train_text  # noqa: E402

BUDGET = 0.05
REFUSED = 0.1  # of the in-scope texts
SEEDS = 3  # repeats of each --per-class figure
HEAD = "label"
FEW = ("per_class", "per_class_named", "per_class_labels_only")
SHOWN = (
    "accuracy", "macro_f1", "ece_raw", "ece", "auto_at_5pct", "auto_error", "oos_refused_at_10pct",
    "oos_learned_refused_at_10pct", "train_cpu_s", "p50_ms", "p95_ms", "messages_per_s", "artifact_mb",
)  # fmt: skip


def add_arguments(parser):
    add_labelled_arguments(parser)
    parser.add_argument("--per-class", default="", metavar="N,N…", help="also train on so many texts of each class")


def main(arguments):
    check_writable(arguments.json)
    sizes = parse_sizes("--per-class", arguments.per_class, least=2)
    texts, labels = read_labelled(arguments.train, arguments.text, arguments.label)
    test_texts, test_labels = read_labelled(arguments.test, arguments.text, arguments.label)
    data = Data(texts, labels, test_texts, test_labels, arguments.oos)
    say(f"{len(data.texts)} texts to learn from, {len(data.test_texts)} to test on, {len(set(data.labels))} labels")
    figures = measure_ours(data)
    few = measure_few(data, sizes, arguments.seed)
    figures.update({name: few[name] for name in FEW})
    figures["baseline"] = {**measure_baseline(data), "per_class": few["baseline"]}
    print(render(figures))
    write_figures(arguments.json, figures)
    return 0


class Data:
    """Training and test texts, those out of scope apart."""

    def __init__(self, texts, labels, test_texts, test_labels, oos):
        self.texts, self.labels, self.oos = without(texts, labels, oos)
        self.test_texts, self.test_labels, self.test_oos = without(test_texts, test_labels, oos)
        check_classes(self.labels)
        if not self.test_texts:
            raise UsageError("--test holds no text in scope")
        self.truth = np.array(self.test_labels)
        self.names = {label: words_of(label) for label in set(self.labels) if words_of(label)}


def words_of(label):
    """A label as words, when it is some: ``card_arrival`` is, ``2`` and ``Q1`` are not."""
    words = re.findall(r"[^\W\d_]{3,}", re.sub("([a-z])([A-Z])", r"\1 \2", label))
    return " ".join(words)


def measure_ours(data):
    started = time.process_time()
    result = train_text(data.texts, {HEAD: data.labels}, names={HEAD: data.names}, config=TextConfig(min_per_class=2))
    seconds = time.process_time() - started
    report = result.report["heads"][HEAD]
    if not result.publish:
        raise UsageError(f"nothing to measure: the trainer found it {report['verdict']['code']}")
    packed = result.artifact()
    scorer = artifact.load_scorer(packed)
    probability, raw = scorer.predict_proba(data.test_texts)[HEAD], uncalibrated(scorer, data.test_texts)
    figures = judge(data, scorer.classes(HEAD), probability, raw)
    threshold = choose_threshold(report["automation"], BUDGET)
    figures.update(automated(probability, figures.pop("right"), threshold))
    figures.update(refused(data, lambda words: [scorer.familiarity(text) for text in words]))
    figures["train_cpu_s"] = seconds
    figures.update(speed(data, lambda text: scorer.rank(HEAD, [text])))
    figures["artifact_mb"] = len(packed) / 1e6
    if data.oos and data.test_oos:
        figures["oos_learned_refused_at_10pct"] = learn_refusal(data)
    return figures


def uncalibrated(scorer, texts):
    network = scorer.heads[HEAD].network
    return softmax(network.table_log_odds(scorer.features.table(texts)))


def judge(data, classes, probability, raw):
    chosen = np.array(classes)[probability.argmax(axis=1)]
    right = chosen == data.truth
    return {
        "accuracy": float(right.mean()),
        "macro_f1": macro_f1(data.truth, chosen),
        "ece_raw": ece(right, raw.max(axis=1)),
        "ece": ece(right, probability.max(axis=1)),
        "right": right,
    }


def automated(probability, right, threshold):
    above = probability.max(axis=1) >= (2.0 if threshold is None else threshold)
    error = float((~right[above]).mean()) if above.any() else None
    return {"auto_at_5pct": float(above.mean()), "auto_error": error}


def refused(data, familiarity):
    """Out-of-scope texts below the familiarity of the strangest tenth of those in scope."""
    if not data.test_oos:
        return {"oos_refused_at_10pct": None}
    bound = np.quantile(familiarity(data.test_texts), REFUSED)
    return {"oos_refused_at_10pct": float(np.mean(np.array(familiarity(data.test_oos)) < bound))}


def learn_refusal(data):
    """The same when out-of-scope examples are there to learn from, as one more class."""
    name = "out of scope"
    labels = [*data.labels, *[name] * len(data.oos)]
    scorer = TextClassifier().fit([*data.texts, *data.oos], labels).compile()
    column = scorer.classes("label").index(name)

    def familiarity(texts):
        inside = 1.0 - scorer.predict_proba(texts)["label"][:, column]
        return inside * [scorer.familiarity(text) for text in texts]

    return refused(data, familiarity)["oos_refused_at_10pct"]


def speed(data, answer):
    """Milliseconds of single messages, and messages a second one after the other."""
    durations = []
    for text in data.test_texts:
        started = time.perf_counter()
        answer(text)
        durations.append(time.perf_counter() - started)
    p50, p95 = np.percentile(durations, [50, 95])
    return {
        "p50_ms": float(1000 * p50),
        "p95_ms": float(1000 * p95),
        "messages_per_s": float(len(durations) / np.sum(durations)),
    }


def measure_few(data, sizes, seed):
    """{contender: {n: mean accuracy over draws}}."""
    ways = {"per_class": fit_with_the_rest, "per_class_named": fit_named}
    ways.update({"per_class_labels_only": fit_alone, "baseline": fit_baseline})
    figures = {name: {} for name in ways}
    for size in sizes:
        draws = [draw(data.labels, size, seed + number) for number in range(SEEDS)]
        for name, fit in ways.items():
            figures[name][str(size)] = float(np.mean([accuracy(data, fit(data, rows)) for rows in draws]))
        say(f"{size} per class: " + ", ".join(f"{name} {values[str(size)]:.4f}" for name, values in figures.items()))
    return figures


def drawn(data, rows):
    return [data.texts[row] for row in rows], [data.labels[row] for row in rows]


def fit_alone(data, rows):
    return TextClassifier().fit(*drawn(data, rows))


def fit_named(data, rows):
    return TextClassifier().fit(*drawn(data, rows), names=data.names)


def fit_with_the_rest(data, rows):
    rest = np.setdiff1d(np.arange(len(data.texts)), rows)
    return TextClassifier().fit(*drawn(data, rows), names=data.names, unlabelled=[data.texts[row] for row in rest])


def fit_baseline(data, rows):
    return Baseline().fit(*drawn(data, rows))


def accuracy(data, model):
    return np.mean(np.array(model.predict(data.test_texts)) == data.truth)


def draw(labels, size, seed):
    """``size`` rows of each label (all, where there are fewer)."""
    rng = np.random.default_rng([seed, size])
    labels = np.array(labels)
    rows = [rng.permutation(np.flatnonzero(labels == name))[:size] for name in np.unique(labels)]
    return np.sort(np.concatenate(rows))


class Baseline:
    """TF-IDF of words and letter groups with logistic regression: the textbook's way."""

    def fit(self, texts, labels):
        from scipy import sparse
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression

        self.stack = sparse.hstack
        self.vectorisers = [
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2),
        ]
        rows = self.stack([part.fit_transform(texts) for part in self.vectorisers]).tocsr()
        self.model = LogisticRegression(C=10.0, max_iter=1000, tol=1e-3).fit(rows, labels)
        return self

    def predict_proba(self, texts):
        rows = self.stack([part.transform(texts) for part in self.vectorisers]).tocsr()
        return self.model.predict_proba(rows)

    def predict(self, texts):
        return self.model.classes_[self.predict_proba(texts).argmax(axis=1)]


def measure_baseline(data):
    started = time.process_time()
    model = Baseline().fit(data.texts, data.labels)
    seconds = time.process_time() - started
    probability = model.predict_proba(data.test_texts)
    figures = judge(data, model.model.classes_, probability, probability)
    figures.update(automated(probability, figures.pop("right"), baseline_threshold(data)))
    figures.update(refused(data, lambda words: model.predict_proba(words).max(axis=1)))
    figures["train_cpu_s"] = seconds
    figures.update(speed(data, lambda text: model.predict_proba([text])))
    figures["artifact_mb"] = len(pickle.dumps((model.vectorisers, model.model))) / 1e6
    return figures


def baseline_threshold(data, folds=3):
    labels = np.array(data.labels)
    fold = label_folds(labels, folds=folds)
    confidence, right = np.zeros(len(labels)), np.zeros(len(labels), dtype=bool)
    for number in range(folds):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        model = Baseline().fit([data.texts[row] for row in train], labels[train])
        probability = model.predict_proba([data.texts[row] for row in test])
        confidence[test] = probability.max(axis=1)
        right[test] = model.model.classes_[probability.argmax(axis=1)] == labels[test]
    return choose_threshold(automation_curve(confidence, right), BUDGET)


def render(figures):
    """The table for people."""
    rival = figures["baseline"]
    lines = [f"{'':30}{'ours':>11}{'baseline':>11}"]
    lines += [f"{name:30}{_cell(figures[name])}{_cell(rival.get(name))}" for name in SHOWN if name in figures]
    for size, value in figures["per_class"].items():
        lines.append(f"{size + ' per class, rest unlabelled':30}{_cell(value)}{_cell(None)}")
        lines.append(f"{size + ' per class, and names':30}{_cell(figures['per_class_named'][size])}{_cell(None)}")
        alone = figures["per_class_labels_only"][size]
        lines.append(f"{size + ' per class, labels only':30}{_cell(alone)}{_cell(rival['per_class'][size])}")
    return "\n".join(lines)


def _cell(value):
    return f"{'–' if value is None else format(value, '.4f'):>11}"
