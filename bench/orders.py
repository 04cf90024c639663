"""Order lines of any CSV, CSV.GZ or Parquet file: who bought what, when, how many, for how much.

Lines without a customer or a date are left out, and counted.  Negative lines (returns, credit notes) are kept: what
they mean is the benchmark's to decide.
"""

import csv
import gzip
import importlib
import io
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import numpy as np

from .csvdata import BLANKS, parse_dates, parse_number
from .errors import UsageError

PARQUET_MARK, GZIP_MARK = b"PAR1", b"\x1f\x8b"
READER = (
    "reading {path} needs pyarrow, which only benchmarks use: "
    "{python} -m pip install -r requirements-bench.txt (or give the file as CSV)"
)
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Orders:
    """Lines in order of their day; parallel arrays.

    :param customer: number of the customer, (n,) int64
    :param day: whole days since 1970, or the file's own day numbers, (n,) int64
    :param amount: of the line, (n,) float; ones where the file tells none
    :param quantity: of the line, (n,) float; ones where the file tells none
    :param product: number of the product, (n,) int64, or None; -1 where the line names none
    :param customers: names by number, sorted
    :param products: names by number, sorted
    :param left_out: lines without customer or day
    """

    customer: np.ndarray
    day: np.ndarray
    amount: np.ndarray
    quantity: np.ndarray
    product: np.ndarray | None
    customers: list
    products: list
    left_out: int = 0

    def __len__(self):
        return len(self.day)

    def take(self, rows):
        """Some of the lines; numbers and names stay."""
        product = None if self.product is None else self.product[rows]
        columns = {name: getattr(self, name)[rows] for name in ("customer", "day", "amount", "quantity")}
        return replace(self, product=product, **columns)


def add_order_arguments(parser, *, product_required=False):
    """The options that say where in a file the order lines are, and ``--json``."""
    parser.add_argument("--csv", required=True, metavar="FILE", help="order lines: CSV, CSV.GZ or Parquet")
    parser.add_argument("--customer", required=True, metavar="COL", help="column of the customer")
    parser.add_argument("--date", required=True, metavar="COL", help="column of the date: ISO dates or day numbers")
    product = "column of the amount; COL*COL multiplies two, as in Quantity*UnitPrice"
    parser.add_argument("--amount", metavar="COL", help=product)
    parser.add_argument("--quantity", metavar="COL", help="column of the quantity")
    parser.add_argument("--product", required=product_required, metavar="COL", help="column of the product")
    parser.add_argument("--json", metavar="OUT", help="also write the figures to this file")


def read_orders(arguments):
    """The :class:`Orders` of a file.

    :param arguments: what :func:`add_order_arguments` has parsed.
    :raises UsageError: with the cure.
    """
    wanted = [arguments.customer, arguments.date]
    factors = _factors(arguments.amount)
    wanted += [name for name in (arguments.quantity, arguments.product, *factors) if name]
    columns = _read(arguments.csv, list(dict.fromkeys(wanted)))
    customer = columns[arguments.customer].names()
    day, dated = columns[arguments.date].days(arguments.date)
    known = dated & (customer != "")
    if not known.any():
        raise UsageError(f"{arguments.csv} holds no line with both --customer and --date")
    rows = np.flatnonzero(known)
    rows = rows[np.argsort(day[rows], kind="stable")]
    amount, quantity = np.ones(len(day)), np.ones(len(day))
    for name in factors:
        amount = amount * columns[name].numbers(name, "--amount")
    if arguments.quantity:
        quantity = columns[arguments.quantity].numbers(arguments.quantity, "--quantity")
    customers, number = np.unique(customer[rows], return_inverse=True)
    product, products = None, []
    if arguments.product:
        product, products = _number_products(columns[arguments.product].names()[rows])
    return Orders(
        customer=number.astype(np.int64),
        day=day[rows].astype(np.int64),
        amount=amount[rows],
        quantity=quantity[rows],
        product=product,
        customers=customers.tolist(),
        products=products,
        left_out=int(len(day) - len(rows)),
    )


def _factors(amount):
    return [name.strip() for name in amount.split("*")] if amount else []


def _number_products(names):
    products, number = np.unique(names, return_inverse=True)
    number = number.astype(np.int64)
    if len(products) and products[0] == "":
        return number - 1, products[1:].tolist()
    return number, products.tolist()


# ------------------------------------------------------------
# Columns
# ------------------------------------------------------------


class _Texts:
    """A column of a CSV: strings."""

    def __init__(self, values):
        self.values = values

    def names(self):
        return np.array(["" if value.lower() in BLANKS else value for value in self.values], dtype=object).astype(str)

    def numbers(self, name, option):
        distinct = {value: parse_number(value) for value in set(self.values)}
        wrong = sorted(value for value, number in distinct.items() if number is None and value.lower() not in BLANKS)
        if wrong:
            raise UsageError(f"{option} {name!r} holds {wrong[0]!r}, which is no number")
        return np.array([distinct[value] or 0.0 for value in self.values])

    def days(self, name):
        """``(days, which lines have one)``; numbers are taken as they are."""
        present = {value for value in self.values if value.lower() not in BLANKS}
        numbers = {value: _plain_number(value) for value in present}
        if None in numbers.values():
            numbers = parse_dates(dict.fromkeys(sorted(present)))
        if numbers is None:
            raise UsageError(f"--date {name!r} holds neither dates of one format, such as 2025-03-31, nor day numbers")
        days = np.array([np.floor(numbers.get(value, np.nan)) for value in self.values])
        return np.nan_to_num(days), np.isfinite(days)


class _Arrow:
    """A column of a Parquet file."""

    def __init__(self, values):
        self.values = values

    def names(self):
        texts = ["" if value is None or value != value else _label(value) for value in self.values.to_pylist()]
        return np.array(texts, dtype=object).astype(str)

    def numbers(self, name, option):
        try:
            return np.nan_to_num(np.array(self.values.to_pylist(), dtype=np.float64))
        except (TypeError, ValueError) as error:
            raise UsageError(f"{option} {name!r} holds no numbers but {self.values.type}") from error

    def days(self, name):
        values = self.values.to_pylist()
        sample = next((value for value in values if value is not None), None)
        if isinstance(sample, str):
            return _Texts([value or "" for value in values]).days(name)
        days = np.array([_day_number(value) for value in values], dtype=np.float64)
        return np.nan_to_num(days), np.isfinite(days)


def _label(value):
    """17850.0 is customer 17850."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _day_number(value):
    if value is None:
        return np.nan
    if isinstance(value, datetime | date):
        return value.toordinal() - _EPOCH
    return float(np.floor(value))


def _plain_number(value):
    try:
        number = float(value)
    except ValueError:
        return None
    # 20250331 is a date without its dashes.
    return None if len(value) == 8 and value.isdigit() and parse_dates([value]) else number


# ------------------------------------------------------------
# Files
# ------------------------------------------------------------


def _read(path, names):
    """{name: column} of the wanted columns."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}. Give the file with --csv") from error
    if content.startswith(PARQUET_MARK):
        return _read_parquet(path, names)
    try:
        content = gzip.decompress(content) if content.startswith(GZIP_MARK) else content
    except (OSError, EOFError) as error:
        raise UsageError(f"cannot read {path}: the file is damaged ({error})") from error
    return _read_csv(path, content, names)


def _read_parquet(path, names):
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise UsageError(READER.format(path=path, python=".local/venv/bin/python")) from error
    file = parquet.ParquetFile(path)
    _check_names(path, names, file.schema_arrow.names)
    table = file.read(columns=names)
    return {name: _Arrow(table.column(name)) for name in names}


def _read_csv(path, content, names):
    text = _decode(content)
    first = text.split("\n", 1)[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t|", key=first.count))
    header = [name.strip() for name in next(rows, [])]
    _check_names(path, names, header)
    places = [header.index(name) for name in names]
    width = max(places) + 1
    cells = [[row[place].strip() for place in places] for row in rows if len(row) >= width]
    columns = zip(*cells, strict=True) if cells else [()] * len(names)
    return {name: _Texts(column) for name, column in zip(names, columns, strict=True)}


def _check_names(path, names, header):
    for name in names:
        if name not in header:
            raise UsageError(f"{path} has no column {name!r}. Its columns: {', '.join(header)}")


def _decode(content):
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")
