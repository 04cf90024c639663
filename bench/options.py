"""What several benchmarks ask for on the command line, and how they speak while they work."""

import json
import resource
import sys
import time
from pathlib import Path

from .errors import UsageError


def add_labelled_arguments(parser):
    """Options of a pair of labelled files, ``--json`` and ``--seed``."""
    parser.add_argument("--train", required=True, metavar="FILE", help="CSV, JSONL, or JSON of splits as FILE#split")
    parser.add_argument("--test", required=True, metavar="FILE", help="the same; several splits as FILE#a+b")
    parser.add_argument("--text", default="text", metavar="COL", help="column of the text (default text)")
    parser.add_argument("--label", default="label", metavar="COL", help="column of the label (default label)")
    parser.add_argument("--oos", metavar="VALUE", help="label of texts that are out of scope: to be refused")
    parser.add_argument("--json", metavar="OUT", help="also write the figures to this file")
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn at random (default 0)")


def parse_sizes(option, text, *, least=1):
    """Whole numbers of an option such as ``--per-class 5,10``.

    :raises UsageError: one of them is no number, or below ``least``.
    """
    try:
        sizes = [int(part) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise UsageError(f"{option} takes whole numbers like 10,20, not {text!r}") from error
    if any(size < least for size in sizes):
        raise UsageError(f"{option} takes numbers above zero, at least {least}")
    return sizes


def check_writable(path):
    """Find out now, not after minutes of work.

    :raises UsageError: the file cannot be written.
    """
    if path:
        try:
            with open(path, "a", encoding="utf-8"):
                pass
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}. Choose another file with --json") from error


def write_figures(path, figures):
    """Write the figures where ``--json`` says, if it says so."""
    if path:
        Path(path).write_text(json.dumps(figures, indent=1, allow_nan=False), encoding="utf-8")


def cost_since(started):
    """{"seconds", "peak_mib"} of this process; ``started`` is of ``time.perf_counter``."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": round(time.perf_counter() - started, 1), "peak_mib": round(peak)}


def say(text):
    """Progress, apart from the figures on the standard output."""
    print(text, file=sys.stderr, flush=True)
