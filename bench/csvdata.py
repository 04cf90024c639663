"""Any CSV of closed leads -> feature table, outcomes and order in time."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from .engine import load_engine
from .errors import UsageError

load_engine()
from leather_engine.features import Feature, FeatureTable  # noqa: E402
from leather_engine.screening import is_identifier  # noqa: E402

BLANKS = frozenset(("", "nan", "null", "n/a", "#n/a", "nat"))
POSITIVES = frozenset(("1", "1.0", "yes", "y", "true", "t", "won", "win", "oui", "converted", "نعم"))
NEGATIVES = frozenset(("0", "0.0", "no", "n", "false", "f", "lost", "loss", "non", "-1", "لا"))
UNREADABLE_SHARE = 0.01  # of the values of a number column that may be something else (they count as blank)
TEXT_WORDS = 4  # mean words from which a mostly distinct column is free text
DATE_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d-%m-%Y", "%Y%m%d")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?%?$")
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True)
class Dataset:
    """Rows ready for training, in order of time when ``ordered``.

    :param dropped: {column: why it is no feature}.
    """

    table: FeatureTable
    won: np.ndarray
    ordered: bool
    dropped: dict


def read_dataset(path, *, target, positive=None, time=None, time_is_order=False, drop=()):
    """Read a CSV.

    :param positive: value of ``target`` that means won; recognised by itself for yes/no, 1/0, true/false, won/lost.
    :param time: column that orders the rows; never a feature.
    :raises UsageError: with the cure.
    """
    header, columns = read_columns(path)
    for name in filter(None, [target, time, *drop]):
        if name not in columns:
            raise UsageError(f"{path} has no column {name!r}. Its columns: {', '.join(header)}")
    won, known = outcomes(columns[target], target, positive)
    dropped = {target: "the target"} | ({time: "the time"} if time else {}) | dict.fromkeys(drop, "--drop")
    order = np.flatnonzero(known)
    if time:
        order = order[np.argsort(time_values(columns[time], time)[order], kind="stable")]
    features, values = [], {}
    for name in header:
        if name in dropped:
            continue
        kind, column = infer(columns[name])
        if kind is None:
            dropped[name] = column
            continue
        if is_identifier(Feature(name, kind), column):
            dropped[name] = "an identifier"
            continue
        features.append(Feature(name, kind))
        values[name] = column
    if not features:
        raise UsageError(f"{path} has no column to learn from besides {', '.join(dropped)}")
    table = FeatureTable.from_columns(features, values).take(order)
    return Dataset(table, won[order], bool(time or time_is_order), dropped)


def read_columns(path):
    """``(header, {name: list of str})``; blank names are numbered, repeated names get a number."""
    rows = list(csv.reader(io.StringIO(_text(path), newline=""), delimiter=_delimiter(path)))
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if len(rows) < 2:
        raise UsageError(f"{path} holds no rows below its header")
    header = unique_names(rows[0])
    width = len(header)
    body = [row[:width] + [""] * (width - len(row)) for row in rows[1:]]
    cells = zip(*body, strict=True)
    return header, {name: [value.strip() for value in column] for name, column in zip(header, cells, strict=True)}


def unique_names(names):
    seen, unique = Counter(), []
    for position, name in enumerate(names, 1):
        name = name.strip() or f"column {position}"
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return unique


def outcomes(values, target, positive):
    """``(won, known)``: two bool arrays; rows with a blank target are not known (open leads)."""
    known = np.array([not _blank(value) for value in values])
    distinct = sorted({value for value in values if not _blank(value)})
    if positive is None:
        lowered = {value.lower(): value for value in distinct}
        recognised = [value for low, value in lowered.items() if low in POSITIVES]
        rest = [low for low in lowered if low not in POSITIVES]
        if len(recognised) != 1 or (len(distinct) > 2 and not all(low in NEGATIVES for low in rest)):
            shown = ", ".join(repr(value) for value in distinct[:8])
            raise UsageError(f"which value of {target!r} means won? Say it with --positive. Its values: {shown}")
        positive = recognised[0]
    won = np.array([_same(value, positive) for value in values])
    if not won[known].any() or won[known].all():
        shown = ", ".join(repr(value) for value in distinct[:8])
        raise UsageError(f"{target!r} needs won and lost rows: {positive!r} is in all or none of them ({shown})")
    return won, known


def infer(values):
    """``(kind, column)``, or ``(None, reason)`` when the column can be no feature."""
    present = [value for value in values if not _blank(value)]
    if not present:
        return None, "always blank"
    distinct = Counter(present)
    numbers = {value: parse_number(value) for value in distinct}
    unreadable = sum(count for value, count in distinct.items() if numbers[value] is None)
    if unreadable <= UNREADABLE_SHARE * len(present) and len(distinct) > 2:
        readable = {value: number for value, number in numbers.items() if number is not None}
        return "number", np.array([readable.get(value, np.nan) for value in values])
    dates = parse_dates(distinct)
    if dates is not None:
        return "number", np.array([dates.get(value, np.nan) for value in values])
    words = sum(len(value.split()) * count for value, count in distinct.items()) / len(present)
    if words >= TEXT_WORDS and len(distinct) > 0.5 * len(present) and len(distinct) > 50:
        return "text", ["" if _blank(value) else value for value in values]
    return "category", [None if _blank(value) else value for value in values]


def time_values(values, name):
    """Sortable floats; blanks first."""
    kind, column = infer(values)
    if kind != "number":
        raise UsageError(f"--time {name!r}: neither numbers nor dates. Use --time-is-order if the rows are in order")
    return np.nan_to_num(column, nan=-np.inf)


def parse_number(value):
    """Float of "12", "-3.5", "1e3", "12 %" or "3,5"; None for anything else."""
    compact = value.replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    if not _NUMBER.match(compact):
        return None
    return float(compact.rstrip("%").replace(",", "."))


def parse_dates(distinct):
    """{value: days since 1970} if the column is dates in one format, else None."""
    sample = next(iter(distinct))
    for parse in (datetime.fromisoformat, *(_parser(pattern) for pattern in DATE_FORMATS)):
        try:
            parse(sample)
            return {value: _days(parse(value)) for value in distinct}
        except ValueError:
            continue
    return None


def _parser(pattern):
    return lambda value: datetime.strptime(value, pattern)


def _days(moment):
    return (moment.replace(tzinfo=None) - _EPOCH).total_seconds() / 86400


def _blank(value):
    return value.lower() in BLANKS


def _same(value, positive):
    if value == positive:
        return True
    mine, wanted = parse_number(value), parse_number(positive)
    return mine is not None and mine == wanted


def _text(path):
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}. Give the file with --csv") from error
    for encoding in ("utf-8-sig", "cp1256" if b"\xc7\xe1" in content else "cp1252", "latin-1"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UsageError(f"cannot read {path}: unknown encoding")  # latin-1 reads anything


def _delimiter(path):
    """The separator that splits the first lines into the most, equally many cells."""
    lines = _text(path).splitlines()[:50]
    best = max(",;\t|", key=lambda mark: (_cells(lines[:1], mark) and _steady(lines, mark), _cells(lines[:1], mark)))
    return best


def _cells(lines, mark):
    return max((len(row) for row in csv.reader(lines, delimiter=mark)), default=1) - 1


def _steady(lines, mark):
    widths = Counter(len(row) for row in csv.reader(lines, delimiter=mark))
    return widths.most_common(1)[0][1] / max(len(lines), 1) if widths else 0.0
