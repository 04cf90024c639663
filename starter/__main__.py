"""Build the starter: what the addon knows of complaints on the first day, beside the rules.

Learns from the texts in ``starter/texts`` and from what the addon's rules find in them, and writes
``addons/leather_crm_ai/data``.  Files ``a.csv`` and ``kind_a.csv`` are by author a; their columns are text, language,
primary_code, severity and secondary_codes; the code ``-`` stands for texts that name no matter.  The same texts and
rules give the same bytes.

Authors differ more than texts do, so everything is measured on authors left out: how sure the reader may be of itself,
and from which probability on a text counts as dangerous.
"""

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.complaints_rules import RULES, read_rows
from bench.engine import ROOT, load_engine

load_engine()
from leather_engine import artifact  # noqa: E402
from leather_engine.text.analyse import analyse  # noqa: E402
from leather_engine.text.classifier import QUANTILES, best_temperature  # noqa: E402
from leather_engine.text.features import TextFeatures  # noqa: E402
from leather_engine.text.network import fit_network, matrix, softmax  # noqa: E402
from leather_engine.text.rules import RuleSet, load_csv  # noqa: E402
from leather_engine.text.scorer import CompiledHead, CompiledText, evidence  # noqa: E402
from leather_engine.text.severity import DANGER  # noqa: E402
from leather_engine.text.starter import DANGER_MARK, DEFAULT, HEAD, calm, with_clues  # noqa: E402

TEXTS = ROOT / "starter" / "texts"
GRAMS, HIDDEN = 20_000, 64  # what the reader remembers of each kind; the file is shipped with the addon
EFFORT = 0.3
FOUND = 0.96  # share of the dangerous texts of authors left out that the threshold has to find


@dataclass(frozen=True)
class Texts:
    """``seen``: the texts as the reader sees them; ``labels``: code, marked if dangerous; ``authors``: file names."""

    seen: list
    labels: np.ndarray
    authors: np.ndarray

    def of(self, mask):
        return Texts(
            [text for text, kept in zip(self.seen, mask, strict=True) if kept], self.labels[mask], self.authors[mask]
        )


def main(arguments):
    parser = argparse.ArgumentParser(prog="script/starter", description=__doc__)
    parser.add_argument("--out", type=Path, default=DEFAULT, help="file to write (default: the addon's)")
    parser.add_argument(
        "--check", action="store_true", help="only say whether the file was built from these texts and rules"
    )
    options = parser.parse_args(arguments)
    paths = sorted(TEXTS.glob("*.csv"))
    if options.check:
        return check(options.out, paths)
    texts = read(paths)
    classes, target = np.unique(texts.labels, return_inverse=True)
    log_odds = leave_authors_out(texts, classes)
    temperature = best_temperature(log_odds, target)
    figures = measure(texts, classes, softmax(log_odds / temperature))
    head, features = learn(texts, classes)
    usual = np.quantile(evidence(log_odds), np.linspace(0, 1, QUANTILES))
    compiled = CompiledText(features, {HEAD: CompiledHead(classes.tolist(), head, temperature, usual)})
    metadata = {"task": HEAD, "made_of": digest(paths), "rows": len(texts.seen), **figures}
    options.out.write_bytes(artifact.pack(scorer=compiled, estimators={}, metadata=metadata))
    print(json.dumps({**metadata, "mib": round(options.out.stat().st_size / 2**20, 1)}, indent=1))
    return 0


def check(out, paths):
    current = artifact.load_metadata(out.read_bytes()).get("made_of") == digest(paths)
    print("current" if current else "the texts or the rules have changed: run script/starter")
    return 0 if current else 1


def digest(paths):
    """One checksum of all texts and of the rules."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in [*paths, RULES])).hexdigest()


def read(paths):
    """:class:`Texts` of all files, in a fixed order."""
    ruleset = RuleSet(load_csv(RULES))
    seen, labels, authors = [], [], []
    for path in paths:
        for row in read_rows(path):
            found = analyse(row["text"], ruleset)
            seen.append(
                with_clues(calm(row["text"], found.hits), [code for code, _ in found.codes], found.severity == DANGER)
            )
            labels.append(row["primary_code"] + (DANGER_MARK if row["severity"] == DANGER else ""))
            authors.append(path.stem.rpartition("_")[2])
    return Texts(seen, np.array(labels), np.array(authors))


def learn(texts, classes):
    """``(network, features)``."""
    features = TextFeatures.fit(texts.seen, most=GRAMS)
    rows = matrix(features.table(texts.seen), len(features))
    target = np.searchsorted(classes, texts.labels)
    return fit_network(rows, target, len(classes), views=features.views, effort=EFFORT, hidden=HIDDEN), features


def leave_authors_out(texts, classes):
    """Log-odds of each text by a network that has read nothing of its author."""
    log_odds = np.zeros((len(texts.seen), len(classes)), dtype=np.float32)
    for author in np.unique(texts.authors):
        mine = texts.authors == author
        network, features = learn(texts.of(~mine), classes)
        log_odds[mine] = network.table_log_odds(features.table(texts.of(mine).seen))
        print(f"{author}: {mine.sum()} texts left out", file=sys.stderr)
    return log_odds


def measure(texts, classes, probability):
    """The threshold, and how good the reader is on authors left out."""
    dangerous = np.array([label.endswith(DANGER_MARK) for label in classes])
    danger = probability[:, dangerous].sum(axis=1)
    truth = np.array([label.endswith(DANGER_MARK) for label in texts.labels])
    threshold = float(np.quantile(danger[truth], 1 - FOUND))
    raised = danger >= threshold
    by_author = {}
    for author in np.unique(texts.authors):
        mine = texts.authors == author
        by_author[str(author)] = _danger_figures(truth[mine], raised[mine])
    return {"threshold": round(threshold, 4), **_danger_figures(truth, raised), "authors": by_author}


def _danger_figures(truth, raised):
    both = int((truth & raised).sum())
    return {"recall": round(both / max(truth.sum(), 1), 3), "precision": round(both / max(raised.sum(), 1), 3)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
