import csv
import json
from pathlib import Path

import numpy as np
import pytest
from made_texts import QUICK, made_texts

from bench import complaints
from bench.__main__ import main
from bench.errors import UsageError
from bench.labelled import check_classes, read_labelled, without
from leather_engine.text import network

KEYS = {
    "accuracy", "macro_f1", "ece_raw", "ece", "auto_at_5pct", "auto_error", "oos_refused_at_10pct", "train_cpu_s",
    "p50_ms", "p95_ms", "messages_per_s", "artifact_mb", "per_class",
}  # fmt: skip
ODD = "quelle est la météo demain à Sétif"


def write_csv(path, texts, labels, delimiter=","):
    with open(path, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, delimiter=delimiter)
        rows.writerow(["Texte", "Code"])
        rows.writerows(zip(texts, labels, strict=True))
    return str(path)


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setattr(complaints, "SEEDS", 2)
    monkeypatch.setattr(network, "ROWS_SEEN", QUICK)
    train, test = made_texts(200), made_texts(80, seed=1)
    odd = [f"{ODD} {row}" for row in range(30)]
    return (
        write_csv(tmp_path / "train.csv", [*train[0], *odd[:10]], [*train[1], *["none"] * 10], ";"),
        write_csv(tmp_path / "test.csv", [*test[0], *odd[10:]], [*test[1], *["none"] * 20]),
        str(tmp_path / "out.json"),
    )


def run(train, test, out, *more):
    return main(
        ["complaints", "--train", train, "--test", test, "--text", "Texte", "--label", "Code", "--json", out, *more]
    )


def test_the_whole_run(files, capsys):
    assert run(*files, "--oos", "none", "--per-class", "5") == 0
    figures = json.loads(Path(files[2]).read_text(encoding="utf-8"))
    assert set(figures) == KEYS | {"baseline", *complaints.FEW, "oos_learned_refused_at_10pct"}
    assert set(figures["baseline"]) == KEYS
    assert figures["accuracy"] > 0.9
    assert figures["oos_refused_at_10pct"] > 0.9
    assert figures["oos_learned_refused_at_10pct"] > 0.9
    assert figures["auto_at_5pct"] > 0.5
    assert figures["auto_error"] < 0.1
    for few in (*(figures[name] for name in complaints.FEW), figures["baseline"]["per_class"]):
        assert set(few) == {"5"}
        assert 0.5 < few["5"] <= 1.0
    assert 0 < figures["p50_ms"] <= figures["p95_ms"]
    printed = capsys.readouterr()
    assert "5 per class, rest unlabelled" in printed.out
    assert "200 texts to learn from, 80 to test on, 3 labels" in printed.err


def test_without_anything_out_of_scope(files):
    assert run(*files) == 0
    figures = json.loads(Path(files[2]).read_text(encoding="utf-8"))
    assert figures["oos_refused_at_10pct"] is None
    assert "oos_learned_refused_at_10pct" not in figures
    assert figures["per_class"] == {}


@pytest.mark.parametrize(
    ("change", "cure"),
    [
        ({"--train": "ghost.csv"}, "--train"),
        ({"--label": "Ghost"}, "Its columns: Texte, Code"),
        ({"--per-class": "five"}, "whole numbers"),
        ({"--per-class": "1"}, "at least 2"),
        ({"--json": "/ghost/out.json"}, "--json"),
        ({"--label": "Texte"}, "Is --label the right column?"),
    ],
)
def test_mistakes_are_told_with_the_cure(files, capsys, change, cure):
    options = {"--train": files[0], "--test": files[1], "--text": "Texte", "--label": "Code", **change}
    assert main(["complaints", *(part for option in options.items() for part in option)]) == 2
    assert cure in capsys.readouterr().err


def test_json_lines(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"t": "late", "l": "D1"}\n\n{"t": "", "l": "D1"}\n{"t": "تأخير", "l": 3}\n', encoding="utf-8")
    assert read_labelled(str(path), "t", "l") == (["late", "تأخير"], ["D1", "3"])
    path.write_text('{"t": "late"}\n', encoding="utf-8")
    with pytest.raises(UsageError, match="line 1"):
        read_labelled(str(path), "t", "l")


def test_splits_of_a_json_object(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"train": [["late", "D1"]], "extra": [["small", "F1"]]}))
    assert read_labelled(f"{path}#train", "x", "y") == (["late"], ["D1"])
    assert read_labelled(f"{path}#train+extra", "x", "y") == (["late", "small"], ["D1", "F1"])
    with pytest.raises(UsageError, match="Its splits: train, extra"):
        read_labelled(f"{path}#ghost", "x", "y")
    path.write_text("[")
    with pytest.raises(UsageError, match="not JSON"):
        read_labelled(f"{path}#train", "x", "y")


def test_empty_files_are_told(tmp_path):
    path = write_csv(tmp_path / "a.csv", ["", "x"], ["D1", ""])
    with pytest.raises(UsageError, match="no row"):
        read_labelled(path, "Texte", "Code")


def test_out_of_scope_rows_are_kept_apart():
    assert without(["a", "b", "c"], ["x", "none", "y"], "none") == (["a", "c"], ["x", "y"], ["b"])
    assert without(["a"], ["x"], None) == (["a"], ["x"], [])
    with pytest.raises(UsageError):
        check_classes(["x", "x", "y"])


def test_draws_hold_so_many_of_each_and_change_with_the_seed():
    labels = ["a"] * 30 + ["b"] * 3
    rows = complaints.draw(labels, 5, 0)
    assert [sum(labels[row] == name for row in rows) for name in "ab"] == [5, 3]
    assert len(set(rows)) == 8
    assert rows.tolist() == complaints.draw(labels, 5, 0).tolist() != complaints.draw(labels, 5, 1).tolist()


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("card_arrival", "card arrival"),
        ("وصول البطاقة", "وصول البطاقة"),
        ("cardArrival", "card Arrival"),
        ("Q1", ""),
        ("2", ""),
    ],
)
def test_labels_that_are_words(label, words):
    assert complaints.words_of(label) == words


def test_what_is_automated_is_counted():
    probability = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    right = np.array([True, False, True])
    assert complaints.automated(probability, right, 0.7) == {"auto_at_5pct": 2 / 3, "auto_error": 0.5}
    assert complaints.automated(probability, right, None) == {"auto_at_5pct": 0.0, "auto_error": None}
