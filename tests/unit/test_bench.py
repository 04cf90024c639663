import csv
import json
import subprocess
import sys

import numpy as np
import pytest
from made import made_leads

from bench import csvdata, leads
from bench.__main__ import main
from bench.errors import UsageError
from bench.leads import curve_split, split_names
from conftest import HERE

ROOT = HERE.parent.parent
METRICS = {"auc", "pr_auc", "logloss", "brier", "ece", "lift10"}


def write(path, rows, *, delimiter=",", encoding="utf-8"):
    with open(path, "w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def made_rows(count=160):
    table, won = made_leads(count)
    header = ["Id", "Day", "Source", "País", "Revenue", "Magazine", "", "Source", "Won?"]
    taken = [table.columns[name] for name in ("source", "country", "revenue")]
    outcomes = enumerate(np.where(won, "yes", "no"))
    rows = [[i, 1000 - i, *(column[i] for column in taken), "No", "", "x", outcome] for i, outcome in outcomes]
    return [header, *rows]


def bench(*arguments):
    command = [sys.executable, "-m", "bench", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_the_whole_run(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(leads, "CURVE", dict.fromkeys(leads.CURVE, 2))
    path = write(tmp_path / "leads.csv", made_rows(), delimiter=";")
    out = tmp_path / "out.json"
    options = ["--csv", path, "--target", "Won?", "--time", "Day", "--json", out, "--jobs", 1]
    assert main(["leads", *map(str, options)]) == 0
    printed = capsys.readouterr()
    figures = json.loads(out.read_text())
    assert set(figures) == {"cv5", "time", "curve", "seconds"}
    assert set(figures["cv5"]) == {"ours", "odoo", "logistic"}
    assert set(figures["time"]) == {"ours", "odoo", "logistic", "published"}
    assert set(figures["curve"]) == {"100", "200", "500", "1000"}
    assert set(figures["curve"]["100"]) == {"ours", "odoo", "logistic"}
    assert figures["curve"]["200"] is None
    assert {key for view in (figures["cv5"], figures["time"]) for entry in view.values() for key in entry} == METRICS
    assert figures["time"]["published"] in (figures["time"]["ours"], figures["time"]["odoo"])
    assert "left out: Id (an identifier)" in printed.err
    assert "5-fold" in printed.out


@pytest.mark.parametrize(
    ("arguments", "cure"),
    [
        (["--csv", "ghost.csv", "--target", "x"], "--csv"),
        (["--csv", "{csv}", "--target", "Ghost"], "Its columns: Id, Day"),
        (["--csv", "{csv}", "--target", "Won?", "--drop", "Ghost"], "no column 'Ghost'"),
        (["--csv", "{csv}", "--target", "Won?", "--positive", "maybe"], "'no', 'yes'"),
        (["--csv", "{csv}", "--target", "Source"], "--positive"),
        (["--csv", "{csv}", "--target", "Won?", "--time", "Source"], "--time-is-order"),
        (["--csv", "{csv}", "--target", "Won?", "--json", "/ghost/out.json"], "--json"),
    ],
)
def test_mistakes_are_told_with_the_cure(tmp_path, arguments, cure):
    path = write(tmp_path / "leads.csv", made_rows(60))
    done = bench("leads", *[argument.format(csv=path) for argument in arguments])
    assert done.returncode == 2
    assert cure in done.stderr
    assert "Traceback" not in done.stderr


def test_help_lists_the_commands():
    done = bench("--help")
    assert done.returncode == 0
    assert "leads" in done.stdout


def test_time_orders_the_rows_and_is_no_feature(tmp_path):
    dataset = csvdata.read_dataset(write(tmp_path / "a.csv", made_rows()), target="Won?", time="Day")
    assert dataset.ordered
    assert "Day" not in dataset.table.names
    straight = csvdata.read_dataset(write(tmp_path / "a.csv", made_rows()), target="Won?", drop=["Day"])
    assert dataset.won.tolist() == straight.won.tolist()[::-1]


def test_headers_and_empty_columns(tmp_path):
    dataset = csvdata.read_dataset(write(tmp_path / "a.csv", made_rows()), target="Won?")
    assert dataset.table.names == ("Source", "País", "Revenue", "Magazine", "Source (2)")
    assert dataset.dropped["column 7"] == "always blank"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters(tmp_path, encoding, delimiter):
    rows = [["Ville", "Won"], ["Sétif, centre", 1], ["N'Gaous", 0]]
    path = write(tmp_path / "a.csv", rows, delimiter=delimiter, encoding=encoding)
    header, columns = csvdata.read_columns(path)
    assert header == ["Ville", "Won"]
    assert columns["Ville"] == ["Sétif, centre", "N'Gaous"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2", "3.5", ""], "number"),
        (["1,5", "2,5", "3,5"], "number"),
        (["1 000", "2 000 ", "3 %"], "number"),
        (["0", "1", "0"], "category"),
        (["2024-01-01", "2024-02-01", "2024-03-01"], "number"),
        (["31/12/2024", "01/02/2024", "15/03/2024"], "number"),
        (["a", "b", "a"], "category"),
        ([f"we would like {i} pairs of boots" for i in range(60)], "text"),
        ([f"DZ-{i}" for i in range(60)], "category"),
        (["", "nan"], None),
    ],
)
def test_kinds(values, kind):
    assert csvdata.infer(values)[0] == kind


@pytest.mark.parametrize(
    ("values", "positive", "won"),
    [
        (["1", "0", ""], None, [True, False]),
        (["True", "False", "True"], None, [True, False, True]),
        (["won", "lost", "open"], "won", [True, False, False]),
        (["1.0", "0.0"], "1", [True, False]),
        (["نعم", "لا"], None, [True, False]),
    ],
)
def test_targets(values, positive, won):
    outcome, known = csvdata.outcomes(values, "target", positive)
    assert outcome[known].tolist() == won


def test_odd_targets_are_told():
    with pytest.raises(UsageError, match="--positive"):
        csvdata.outcomes(["gold", "silver"], "target", None)
    with pytest.raises(UsageError, match="all or none"):
        csvdata.outcomes(["yes", "yes"], "target", None)


def test_names_with_commas_can_be_dropped():
    assert split_names(["a, b", '"c, d",e']) == ["a", "b", "c, d", "e"]


def test_points_of_the_curve_keep_the_rate_and_do_not_overlap():
    won = np.arange(1000) < 117
    train, test = curve_split(won, 100, 0)
    assert len(train) == 100
    assert won[train].sum() == 12
    assert not set(train) & set(test)
