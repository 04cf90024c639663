"""The benchmark of recommendations, and the reading of order lines."""

import csv
import gzip
import importlib
import json
from types import SimpleNamespace

import numpy as np
import pytest
from test_recommend import made

from bench import orders, recommend
from bench.__main__ import main
from bench.errors import UsageError

HEADER = ["Client", "Jour", "Montant", "Prix", "Paires", "Modèle"]


def write(path, rows, *, delimiter=",", header=HEADER):
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter).writerows([header, *rows])
    return path


def options(path, **changed):
    chosen = {"customer": "Client", "date": "Jour", "amount": "Montant", "quantity": "Paires", "product": "Modèle"}
    return SimpleNamespace(csv=str(path), **(chosen | changed))


def arguments(path, *more):
    flags = [part for name, value in vars(options(path)).items() for part in (f"--{name}", value)]
    return ["recommend", *flags, *map(str, more)]


def made_rows(count=120):
    customer, product, day = made(customers=count)
    return [[f"C{c}", d, 100, 50, 2, f"M{p}"] for c, p, d in zip(customer, product, day, strict=True)]


# ------------------------------------------------------------
# The benchmark
# ------------------------------------------------------------


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recommend")
    path, out = write(folder / "orders.csv", made_rows()), folder / "out.json"
    assert main(arguments(path, "--json", out)) == 0
    return json.loads(out.read_text(encoding="utf-8"))


def test_the_whole_run(figures):
    assert set(figures) == {"customers", "products", "cuts", "mean", "seconds", "peak_mib"}
    assert [cut["days_before_the_end"] for cut in figures["cuts"]] == [90, 180, 270]
    for cut in figures["cuts"]:
        assert 0 < cut["customers"] <= 120
        assert set(cut["quotation"]) == {"n", *recommend.NAMES}
        for view in ("all", "new"):
            assert set(cut[view]) == {"n", *recommend.NAMES} - {"next"}
            assert set(cut[view]["ours"]) == set(recommend.MEASURES)
    assert figures["seconds"] > 0
    assert 0 < figures["cuts"][0]["ms_per_customer"] < 100


def test_ours_finds_what_the_made_up_customers_buy(figures):
    mean = figures["mean"]
    assert mean["all"]["ours"]["recall5"] > mean["all"]["popularity"]["recall5"]
    assert mean["quotation"]["ours"]["recall5"] > mean["quotation"]["popularity"]["recall5"]
    for view in mean.values():
        for values in view.values():
            assert 0 <= values["recall5"] <= values["recall10"] <= 1
            assert values["hit5"] <= values["hit10"]


def test_the_same_run_twice_gives_the_same_figures(figures, tmp_path):
    out = tmp_path / "out.json"
    assert main(arguments(write(tmp_path / "o.csv.gz", made_rows(), delimiter=";"), "--json", out)) == 0
    again = json.loads(out.read_text(encoding="utf-8"))
    assert again["mean"] == figures["mean"]


def test_hits_and_recall_are_counted_by_hand():
    """Two customers; what they bought before comes first, and was bought again by the first one only."""
    lines = [("a", 1, 0), ("a", 2, 0), ("b", 3, 0), ("c", 1, 150), ("a", 1, 120), ("a", 4, 120), ("b", 1, 130)]
    customer, product, day = (np.array(column) for column in zip(*lines, strict=True))
    data = orders.Orders(np.unique(customer, return_inverse=True)[1], day, day * 0.0, day * 0 + 1.0, product, [], [])
    cut = recommend.measure_cut(data, 100, seed=0)
    assert cut["customers"] == 2
    own = cut["all"]["own_frequency"]
    assert (own["hit5"], own["recall5"]) == (1.0, 0.75)  # a: 1 of 2 (4 is unheard of); b: 1 of 1
    assert cut["new"]["own_frequency"]["recall5"] == 0.5  # a: none of 1; b: 1 of 1


@pytest.mark.parametrize(
    ("changed", "cure"),
    [
        ({"--csv": "ghost.csv"}, "--csv"),
        ({"--customer": "Ghost"}, "Its columns: Client, Jour"),
        ({"--amount": "Paires*Ghost"}, "no column 'Ghost'"),
        ({"--date": "Modèle"}, "day numbers"),
        ({"--quantity": "Modèle"}, "no number"),
        ({"--json": "/ghost/out.json"}, "--json"),
    ],
)
def test_mistakes_are_told_with_the_cure(tmp_path, capsys, changed, cure):
    given = arguments(write(tmp_path / "o.csv", made_rows(20)), "--json", tmp_path / "out.json")
    for flag, value in changed.items():
        given[given.index(flag) + 1] = value
    assert main(given) == 2
    assert cure in capsys.readouterr().err


def test_too_short_a_time_is_told(tmp_path, capsys):
    assert main(arguments(write(tmp_path / "o.csv", [["C", 1, 1, 1, 1, "M"], ["C", 50, 1, 1, 1, "M"]]))) == 2
    assert "span 49 days" in capsys.readouterr().err


# ------------------------------------------------------------
# Reading
# ------------------------------------------------------------


@pytest.mark.parametrize("days", [("2025-01-31", "2025-01-02"), ("31/01/2025", "02/01/2025"), ("20119", "20090.7")])
@pytest.mark.parametrize("name", ["o.csv", "o.csv.gz"])
def test_lines_are_read_in_order_of_their_day(tmp_path, days, name):
    rows = [["b", days[0], "1,5", 2, -3, "x"], ["a", days[1], 4, 5, "", "y"]]
    read = orders.read_orders(options(write(tmp_path / name, rows, delimiter=";")))
    assert (read.customers, read.products) == (["a", "b"], ["x", "y"])
    assert (read.customer.tolist(), read.product.tolist()) == ([0, 1], [1, 0])
    assert read.day.tolist() == [20090, 20119]
    assert (read.amount.tolist(), read.quantity.tolist()) == ([4.0, 1.5], [0.0, -3.0])


def test_an_amount_may_be_a_product(tmp_path):
    path = write(tmp_path / "o.csv", [["a", 1, "", "2.5", 4, "x"]])
    assert orders.read_orders(options(path, amount="Paires*Prix")).amount.tolist() == [10.0]


def test_lines_without_customer_or_day_are_left_out(tmp_path):
    rows = [["", 1, 1, 1, 1, "x"], ["a", "", 1, 1, 1, "x"], ["a", 5, 1, 1, 1, ""], ["a", 6, 1, 1, 1, "x"]]
    read = orders.read_orders(options(write(tmp_path / "o.csv", rows)))
    assert (len(read), read.left_out) == (2, 2)
    assert (read.product.tolist(), read.products) == ([-1, 0], ["x"])
    assert len(read.take(np.array([1]))) == 1
    with pytest.raises(UsageError, match="no line"):
        orders.read_orders(options(write(tmp_path / "p.csv", rows[:1])))


def test_columns_that_are_not_asked_for_may_be_absent(tmp_path):
    path = write(tmp_path / "o.csv", [["a", 3]], header=["Client", "Jour"])
    read = orders.read_orders(options(path, amount=None, quantity=None, product=None))
    assert (read.amount.tolist(), read.quantity.tolist(), read.product) == ([1.0], [1.0], None)


def test_a_damaged_archive_is_told(tmp_path):
    path = tmp_path / "o.csv.gz"
    path.write_bytes(gzip.compress(b"Client,Jour\na,1\n")[:-6])
    with pytest.raises(UsageError, match="damaged"):
        orders.read_orders(options(path))


def test_parquet_without_its_reader_is_told_with_the_cure(tmp_path, monkeypatch):
    path = tmp_path / "o.parquet"
    path.write_bytes(b"PAR1")

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(UsageError, match=r"requirements-bench\.txt"):
        orders.read_orders(options(path))


def test_parquet_columns_mean_what_those_of_a_csv_mean(tmp_path):
    """With a column as the reader gives it: numbers for names, None for blanks, dates and times."""
    from datetime import datetime

    class Column(list):
        type = "string"

        def to_pylist(self):
            return self

    assert orders._Arrow(Column([17850.0, None, float("nan"), "a "])).names().tolist() == ["17850", "", "", "a"]
    days, known = orders._Arrow(Column([datetime(2025, 1, 2, 8, 26), None])).days("Jour")
    assert (days[0], known.tolist()) == (20090, [True, False])
    assert orders._Arrow(Column(["2025-01-02", None])).days("Jour")[0][0] == 20090
    assert orders._Arrow(Column([3.9, 4])).days("Jour")[0].tolist() == [3, 4]
    with pytest.raises(UsageError, match="--quantity"):
        orders._Arrow(Column(["x"])).numbers("Paires", "--quantity")
