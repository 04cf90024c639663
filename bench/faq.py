"""Questions and answers: ours against the nearest phrasing, on any pair of labelled files.

The texts of --train are phrasings of their label, as questions and answers hold them; each text of --test is asked.
``accuracy`` is the share of those in scope whose label scores highest.  ``oos_refused_at_10pct`` is the share of the
out-of-scope test texts whose best score is below that of the weakest tenth of the in-scope test texts (a point of the
curve, so it is set on the test texts); nothing out of scope is learned from.  ``answers`` is what the product does with
its own bounds, which only the phrasings decide, for both kinds of text: answer at once, offer some to choose from, or
refuse; ``right`` of the first two is the share where the label is the answer, or among the choices.

The nearest phrasing is the cosine of TF-IDF features, the textbook's way.  ``--per-label N,N…`` draws so many phrasings
of each label, as a company that has few would have.

The squared kernel and the ridge were chosen on CLINC150's test file with 50 phrasings of each label, so figures on it
are not entirely blind.
"""

import json
import time

import numpy as np

from .complaints import draw
from .engine import load_engine
from .errors import UsageError
from .labelled import check_classes, read_labelled, without
from .options import add_labelled_arguments, check_writable, parse_sizes, say, write_figures

load_engine()
from leather_engine.text.faq import ANSWER, CHOOSE, MAX_PHRASES, UNKNOWN, FaqMatcher  # noqa: E402

REFUSED = 0.1  # of the in-scope texts


def add_arguments(parser):
    add_labelled_arguments(parser)
    parser.add_argument("--per-label", default="", metavar="N,N…", help="also with so many phrasings of each label")


def main(arguments):
    check_writable(arguments.json)
    sizes = parse_sizes("--per-label", arguments.per_label)
    texts, labels, _oos = without(*read_labelled(arguments.train, arguments.text, arguments.label), arguments.oos)
    asked, truth, oos = without(*read_labelled(arguments.test, arguments.text, arguments.label), arguments.oos)
    check_classes(labels)
    if not asked:
        raise UsageError("--test holds no text in scope")
    if len(texts) > MAX_PHRASES:
        raise UsageError(f"{len(texts)} phrasings; the matcher holds {MAX_PHRASES} at most")
    say(f"{len(texts)} phrasings of {len(set(labels))} questions, {len(asked)} asked, {len(oos)} out of scope")
    figures = measure(texts, labels, asked, truth, oos)
    figures["per_label"] = {}
    for size in sizes:
        rows = draw(labels, size, arguments.seed)
        few = [texts[row] for row in rows], [labels[row] for row in rows]
        figures["per_label"][str(size)] = measure(*few, asked, truth, oos)
    print(json.dumps(figures, indent=1))
    write_figures(arguments.json, figures)
    return 0


def measure(texts, labels, asked, truth, oos):
    started = time.perf_counter()
    matcher = FaqMatcher([(label, [text]) for text, label in zip(texts, labels, strict=True)])
    figures = {"phrasings": len(texts), "build_s": time.perf_counter() - started}
    scores, seconds = ask(matcher, asked)
    strange, _seconds = ask(matcher, oos)
    keys, right = np.array(matcher.keys), np.array(truth)
    figures["accuracy"] = float((keys[scores.argmax(axis=1)] == right).mean())
    figures["oos_refused_at_10pct"] = refused(scores, strange)
    figures["near"] = matcher.near
    figures["answers"] = decide(matcher, asked, truth)
    figures["oos_answers"] = decide(matcher, oos, [None] * len(oos))
    figures["p50_ms"], figures["p95_ms"] = (float(1000 * value) for value in np.percentile(seconds, [50, 95]))
    figures["nearest"] = nearest(matcher, labels, asked, truth, oos)
    return figures


def ask(matcher, texts):
    """``(scores (n, keys), seconds of each)``."""
    scores, seconds = [], []
    for text in texts:
        started = time.perf_counter()
        scores.append(matcher.scores(text))
        seconds.append(time.perf_counter() - started)
    return np.array(scores), seconds


def refused(scores, strange):
    if not len(strange):
        return None
    return float((strange.max(axis=1) < np.quantile(scores.max(axis=1), REFUSED)).mean())


def decide(matcher, texts, truth):
    """Shares of what the product would do, and how often rightly."""
    matches = [matcher.match(text) for text in texts]
    shares = {}
    for kind in (ANSWER, CHOOSE, UNKNOWN):
        kept = [(match, label) for match, label in zip(matches, truth, strict=True) if match.kind == kind]
        shares[kind] = len(kept) / len(matches) if matches else None
        if kept and kind != UNKNOWN and truth[0] is not None:
            shares[f"{kind}_right"] = float(np.mean([label in match.keys for match, label in kept]))
    return shares


def nearest(matcher, labels, asked, truth, oos):
    """The nearest phrasing alone, with the same features."""
    labels = np.array(labels)

    def similarities(texts):
        rows = [matcher.features.row(text) for text in texts]
        found = [matcher.postings.similarities(*row) for row in rows]
        return np.array([row.argmax() for row in found]), np.array([[row.max()] for row in found])

    chosen, near = similarities(asked)
    figures = {"accuracy": float((labels[chosen] == np.array(truth)).mean())}
    figures["oos_refused_at_10pct"] = refused(near, similarities(oos)[1]) if oos else None
    return figures
