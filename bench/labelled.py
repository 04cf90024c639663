"""Labelled texts from a CSV, JSONL or JSON file."""

import json
import os
from collections import Counter

from .csvdata import read_columns
from .errors import UsageError


def read_labelled(spec, text, label):
    """``(texts, labels)`` of the rows that have both.

    :param spec: path of a CSV (any delimiter) or JSONL file with the columns ``text`` and ``label``, or
        ``FILE.json#split`` (or ``#split+split``) of a JSON object {split: [[text, label], …]}.
    :raises UsageError: with the cure.
    """
    path, _hash, splits = spec.partition("#")
    if not os.access(path, os.R_OK):
        raise UsageError(f"cannot read {path}. Give the file with --train and --test")
    try:
        rows = list(_rows(path, splits, text, label))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8: {error}") from error
    rows = [(str(words), str(name)) for words, name in rows if words not in (None, "") and name not in (None, "")]
    if not rows:
        raise UsageError(f"{spec} holds no row with both a text and a label")
    texts, labels = zip(*rows, strict=True)
    return list(texts), list(labels)


def _rows(path, splits, text, label):
    if splits:
        return _of_splits(path, splits.split("+"))
    if path.endswith((".jsonl", ".ndjson")):
        return _of_lines(path, text, label)
    return _of_csv(path, text, label)


def _of_splits(path, wanted):
    with open(path, encoding="utf-8") as file:
        try:
            document = json.load(file)
        except ValueError as error:
            raise UsageError(f"{path} is not JSON: {error}") from error
    for name in wanted:
        if not isinstance(document, dict) or name not in document:
            known = ", ".join(document) if isinstance(document, dict) else "it is no JSON object"
            raise UsageError(f"{path} has no split {name!r}. Its splits: {known}")
        yield from document[name]


def _of_lines(path, text, label):
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    row = json.loads(line)
                    yield row[text], row[label]
                except (ValueError, KeyError, TypeError) as error:
                    raise UsageError(f"{path}, line {number}: no {text!r} and {label!r} there ({error})") from error


def _of_csv(path, text, label):
    header, columns = read_columns(path)
    for name in (text, label):
        if name not in columns:
            raise UsageError(f"{path} has no column {name!r}. Its columns: {', '.join(header)}")
    return zip(columns[text], columns[label], strict=True)


def without(texts, labels, name):
    """``(texts, labels, texts of that label)``."""
    kept = [row for row, label in enumerate(labels) if label != name]
    apart = [words for words, label in zip(texts, labels, strict=True) if label == name]
    return [texts[row] for row in kept], [labels[row] for row in kept], apart


def check_classes(labels):
    """:raises UsageError: nothing to tell apart."""
    if sum(count > 1 for count in Counter(labels).values()) < 2:
        raise UsageError("two labels with two training rows each are needed. Is --label the right column?")
