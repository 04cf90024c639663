import csv
import json
from pathlib import Path

import numpy as np
import pytest
from made_orders import made_orders

from bench import customers
from bench.__main__ import main

KEYS = {
    "auc30", "auc90", "pr_auc90", "brier30", "brier90", "ece30", "ece90", "date_mae", "product_auc",
    "product_again_auc", "qty_wape",
}  # fmt: skip
OPTIONS = ["--customer", "Client", "--date", "Jour", "--amount", "Montant", "--quantity", "Paires"]


@pytest.fixture
def path(tmp_path):
    target = tmp_path / "orders.csv"
    with open(target, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["Client", "Jour", "Montant", "Paires", "Modèle"])
        writer.writerows(zip(*made_orders(customers=200, days=420), strict=True))
    return str(target)


def run(path, tmp_path, *more):
    out = str(tmp_path / "out.json")
    assert main(["customers", "--csv", path, *OPTIONS, "--json", out, *more]) == 0
    return json.loads(Path(out).read_text(encoding="utf-8"))


def test_the_whole_run(path, tmp_path, capsys):
    figures = run(path, tmp_path, "--product", "Modèle", "--scale", "500")
    assert len(figures["cuts"]) == 3
    assert figures["seconds"] > 0 and figures["peak_mib"] > 0
    for cut in figures["cuts"]:
        for name in ("ours", "bgnbd", "interval", "boosting"):
            assert set(cut[name]) == KEYS
        assert None not in cut["ours"].values()
        assert 0.5 < cut["ours"]["auc90"] < 1
    assert [cut["days_before_the_end"] for cut in figures["cuts"]] == [270, 180, 90]
    assert figures["scale"]["customers"] == 500
    printed = capsys.readouterr()
    assert "270 days before the end" in printed.out
    assert "cut 3/3" in printed.err


def test_without_products(path, tmp_path):
    figures = run(path, tmp_path)
    assert figures["cuts"][0]["ours"]["product_auc"] is None
    assert figures["cuts"][0]["ours"]["qty_wape"] > 0
    assert figures["cuts"][0]["bgnbd"]["qty_wape"] is None


@pytest.mark.parametrize(
    ("arguments", "cure"),
    [
        (["--csv", "{csv}", *OPTIONS[:4], "--quantity", "Paires"], "--amount is missing"),
        (["--csv", "{csv}", *OPTIONS[:6]], "--quantity is missing"),
        (["--csv", "ghost.csv", *OPTIONS], "--csv"),
        (["--csv", "{csv}", *OPTIONS, "--product", "Ghost"], "no column 'Ghost'"),
        (["--csv", "{csv}", *OPTIONS, "--json", "/ghost/out.json"], "--json"),
    ],
)
def test_mistakes_are_told_with_the_cure(path, arguments, cure, capsys):
    assert main(["customers", *[argument.format(csv=path) for argument in arguments]]) == 2
    assert cure in capsys.readouterr().err


@pytest.mark.parametrize(("rows", "cure"), [([(1, 5, 1, -1)], "zero or less"), ([(1, 5, 1, 1)], "at least 90")])
def test_too_little_to_measure(tmp_path, rows, cure, capsys):
    target = tmp_path / "few.csv"
    target.write_text("Client,Jour,Montant,Paires\n" + "\n".join(",".join(map(str, row)) for row in rows))
    assert main(["customers", "--csv", str(target), *OPTIONS]) == 2
    assert cure in capsys.readouterr().err


def test_the_interval_rule_by_hand():
    past = customers.Past(customers.History.from_lines([1] * 4, [0, 10, 30, 50], [1] * 4, [4, 4, 4, 8]), 55)
    told = customers.ask_interval(past, np.array([True]))
    assert told["date"].tolist() == [15]
    assert told["quantity"].tolist() == [5]
    assert told["probability"][30].tolist() == [1]


def test_wape():
    assert customers.wape(np.array([10.0, 30.0]), np.array([20.0, 30.0])) == 0.25
