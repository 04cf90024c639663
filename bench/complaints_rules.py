"""The cold start of complaints: language, codes and severity by the rules and the starter against labelled texts."""

import csv
import time

from .engine import ROOT, load_engine
from .errors import UsageError
from .options import write_figures

load_engine()
from leather_engine.text.analyse import analyse  # noqa: E402
from leather_engine.text.rules import RuleSet, load_csv  # noqa: E402
from leather_engine.text.starter import DEFAULT, load  # noqa: E402

RULES = ROOT / "addons" / "leather_crm_ai" / "data" / "leather.complaint.rule.csv"
COLUMNS = ("text", "language", "primary_code", "severity")
DANGER = 4


def add_arguments(parser):
    parser.add_argument("--csv", required=True, metavar="FILE", help=f"columns {', '.join(COLUMNS)}")
    parser.add_argument("--rules", default=RULES, metavar="FILE", help="rules to measure (default: the addon's)")
    parser.add_argument("--starter", default=DEFAULT, metavar="FILE", help="starter to measure (default: the addon's)")
    parser.add_argument("--rules-alone", action="store_true", help="without the starter")
    parser.add_argument("--json", metavar="OUT", help="also write the figures to this file")
    parser.add_argument("--misses", action="store_true", help="also list the texts that were taken for something else")


def main(arguments):
    rows = read_rows(arguments.csv)
    ruleset = RuleSet(load_csv(arguments.rules))
    starter = None if arguments.rules_alone else load(arguments.starter)
    results = [run(ruleset, row["text"], starter) for row in rows]
    figures = measure(rows, results)
    if arguments.misses:
        print("\n".join(misses(rows, results)))
    print(render(figures))
    write_figures(arguments.json, figures)
    return 0


def read_rows(path):
    """Rows of a labelled file, severity as a number."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}. Give the file with --csv") from error
    lacking = [name for name in COLUMNS if not rows or name not in rows[0]]
    if lacking:
        raise UsageError(f"{path} has no rows, or no column {', '.join(lacking)}")
    for row in rows:
        level = row["severity"].strip().upper().removeprefix("S")
        if level not in ("0", "1", "2", "3", "4"):
            raise UsageError(f"{path}: severity {row['severity']!r} is not one of 0 to 4 or S0 to S4")
        row["severity"] = int(level)
    return rows


def run(ruleset, text, starter=None):
    """``(analysis, seconds)``."""
    started = time.perf_counter()
    analysis = analyse(text, ruleset, starter=starter)
    return analysis, time.perf_counter() - started


def measure(rows, results):
    """The figures of all texts, and of each language's."""
    figures = shares(rows, results)
    figures["per_language"] = {}
    for language in sorted({row["language"] for row in rows}):
        chosen = [place for place, row in enumerate(rows) if row["language"] == language]
        figures["per_language"][language] = shares([rows[i] for i in chosen], [results[i] for i in chosen])
    seconds = sorted(seconds for _, seconds in results)
    figures["p95_ms"] = round(1000 * seconds[int(0.95 * (len(seconds) - 1))], 2)
    return figures


def shares(rows, results):
    pairs = [(row, analysis) for row, (analysis, _) in zip(rows, results, strict=True)]
    grave = [row["severity"] == DANGER for row, _ in pairs]
    raised = [analysis.severity == DANGER for _, analysis in pairs]
    both = sum(a and b for a, b in zip(grave, raised, strict=True))
    return {
        "texts": len(pairs),
        "language": _mean(analysis.language == row["language"] for row, analysis in pairs),
        "family_top1": _mean(
            top(analysis, 1)[:1] == [row["primary_code"]] or _same_family(row, analysis) for row, analysis in pairs
        ),
        "code_top1": _mean(row["primary_code"] in top(analysis, 1) for row, analysis in pairs),
        "code_top3": _mean(row["primary_code"] in top(analysis, 3) for row, analysis in pairs),
        "severity": _mean(analysis.severity == row["severity"] for row, analysis in pairs),
        "s4_recall": both / sum(grave) if any(grave) else None,
        "s4_precision": both / sum(raised) if any(raised) else None,
    }


def top(analysis, count):
    return [code for code, _ in analysis.codes[:count]]


def _same_family(row, analysis):
    return [code[0] for code in top(analysis, 1)] == [row["primary_code"][0]]


def _mean(values):
    values = list(values)
    return sum(values) / len(values)


def misses(rows, results):
    """A line for each text whose language, code or severity was missed."""
    for row, (analysis, _) in zip(rows, results, strict=True):
        wanted = (row["language"], row["primary_code"], row["severity"])
        found = (analysis.language, *(top(analysis, 1) or ["-"]), analysis.severity)
        if wanted != found:
            hits = "; ".join(f"{hit.label}:{hit.text}" for hit in analysis.hits if hit.label in dict(analysis.codes))
            yield f"{wanted} -> {found} {top(analysis, 4)}\n    {row['text'][:300]!r}\n    [{hits[:400]}]"


def render(figures):
    names = ("texts", "language", "family_top1", "code_top1", "code_top3", "severity", "s4_recall", "s4_precision")
    lines = [f"{'':10}" + "".join(f"{name:>14}" for name in names)]
    for title, shown in (("all", figures), *figures["per_language"].items()):
        cells = [
            "–" if shown[name] is None else f"{shown[name]:.3f}" if name != "texts" else shown[name] for name in names
        ]
        lines.append(f"{title:10}" + "".join(f"{cell:>14}" for cell in cells))
    lines.append(f"p95 {figures['p95_ms']} ms a message")
    return "\n".join(lines)
