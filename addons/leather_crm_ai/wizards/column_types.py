"""What a column of text holds: its type guessed from its values, and the values read in that type.

Plain Python, no Odoo: everything here works on the distinct values of a column, so that its cost follows their number
and not the number of rows.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise

TRUE_WORDS = frozenset({"yes", "true", "y", "t", "oui", "o", "vrai", "v", "1", "نعم", "صحيح", "x"})
FALSE_WORDS = frozenset({"no", "false", "n", "f", "non", "faux", "0", "لا", "خطأ"})
CHOICE_LIMIT = 30  # more distinct values than this are a text, not a choice
CHOICE_LENGTH = 80
MOSTLY = 0.9  # so many of the values decide what a column holds; the others are errors
DATE_ORDERS = ("dmy", "mdy", "ymd")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

_SPACES = re.compile(r"[\s\u00a0\u202f\u2009']+")
_NUMBER = re.compile(r"^[+-]?(\d[\d.,]*|[.,]\d+)([eE][+-]?\d{1,2})?$")
_UNIT = r"(?:[€$£¥%]|da|dzd|eur|usd|gbp|mad|tnd|sar|aed|دج|د\.ج\.?|ر\.س\.?|درهم)"
_CURRENCY = re.compile(rf"^{_UNIT}?(.*?){_UNIT}?$", re.IGNORECASE)
_DATE = re.compile(
    r"^(\d{1,4})[/.\-\s](\d{1,2})[/.\-\s](\d{1,4})"
    r"(?:[T\s]+(\d{1,2})[:hH](\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([AaPp][Mm])?\s*(?:Z|UTC|[+-]00:?00)?)?$"
)
_DIGITS = {ord(c): str(unicodedata.digit(c)) for c in "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹"} | {ord("٫"): ".", ord("٬"): ","}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


@dataclass
class ColumnProfile:
    """What is known of one column: ``kind`` is number, integer, boolean, date, datetime, choice, text or empty."""

    kind: str
    rows: int
    filled: int
    counts: Counter = field(repr=False)
    samples: list
    date_order: str | None = None
    decimal: str = "."
    is_identifier: bool = False
    is_ordered: bool = False

    @property
    def distinct(self):
        return len(self.counts)

    @property
    def is_constant(self):
        """One value in every row: nothing to learn from. Blank counts as a value."""
        return self.distinct + (self.filled < self.rows) < 2


def clean(text):
    """A cell's text without what no database or screen can hold; formulas stay text."""
    return _CONTROL.sub("", text).strip()


def neutralise(text):
    """A text that a spreadsheet shows instead of running: a leading = + - @ tab or CR gets an apostrophe."""
    return f"'{text}" if isinstance(text, str) and text.startswith(FORMULA_STARTS) else text


def fold(text):
    """A text as it is compared: no case, no accents, no marks, one space between words."""
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(c for c in text if not unicodedata.combining(c))
    return re.sub(r"[^\w]+|_", " ", text).strip()


# ------------------------------------------------------------
# Guessing
# ------------------------------------------------------------


def profile(values, day_first=True, decimal=","):
    """Profile of one column.

    :param values: its cells as text, cleaned, one per row
    :param day_first: how to read 03/04/2024 when no value of the column decides it
    :param decimal: the decimal mark of the reader, for 1.234 when no value of the column decides it
    """
    counts = Counter(value for value in values if value)
    distinct = list(counts)
    result = ColumnProfile("text", len(values), sum(counts.values()), counts, distinct[:3])
    if not distinct:
        result.kind = "empty"
        return result
    result.kind = _guess_kind(result, distinct, day_first, decimal)
    result.is_identifier = _is_identifier(result, distinct)
    result.is_ordered = result.kind == "integer" and _is_monotonic(values)
    return result


def _guess_kind(result, distinct, day_first, decimal):
    words = {value.casefold() for value in distinct}
    full = result.filled == result.rows
    if len(words) == 2 and words <= TRUE_WORDS | FALSE_WORDS and words & TRUE_WORDS and words & FALSE_WORDS:
        return "boolean" if full else "choice"  # a blank must stay distinct from "no"
    order = guess_date_order(distinct, day_first)
    if order:
        result.date_order = order
        moments = [moment for value in distinct if (moment := parse_datetime(value, order))]
        return "datetime" if any(moment.time() != datetime.min.time() for moment in moments) else "date"
    result.decimal = guess_decimal(distinct, decimal)
    numbers = [number for value in distinct if (number := parse_number(value, result.decimal)) is not None]
    padded = any(len(v) > 1 and v[0] == "0" and v.isdigit() for v in distinct)  # 0550… is a code, not a number
    if len(numbers) >= MOSTLY * len(distinct) and not padded:
        return "integer" if all(n == int(n) and abs(n) < 2**31 for n in numbers) else "number"
    if (
        len(distinct) <= CHOICE_LIMIT
        and 2 * len(distinct) <= result.filled
        and max(map(len, distinct)) <= CHOICE_LENGTH
    ):
        return "choice"
    return "text"


def _is_identifier(result, distinct):
    """Nearly every row has its own value, and the value is no measure: a key, a code, a serial number."""
    if result.filled < 10 or result.kind not in ("integer", "text"):
        return False
    if len(distinct) < 0.95 * result.filled:
        return False
    if result.kind == "integer":
        numbers = [number for value in distinct if (number := parse_number(value, result.decimal)) is not None]
        dense = max(numbers) - min(numbers) < 2 * len(distinct)
        coded = result.filled >= 50 and len({len(value) for value in distinct}) == 1 and len(distinct[0]) >= 5
        return len(distinct) == result.filled and (dense or coded)
    return all(len(value) <= 64 and " " not in value for value in distinct)


def _is_monotonic(values):
    """All filled, all different, rising or falling from the first row to the last."""
    if not all(values) or len(values) < 3:
        return False
    numbers = [parse_number(value) for value in values]
    if None in numbers:
        return False
    pairs = list(pairwise(numbers))
    return all(a < b for a, b in pairs) or all(a > b for a, b in pairs)


def guess_date_order(values, day_first=True):
    """The order of day, month and year in which the values are dates; None when they are not.

    A few wrong cells do not change what a column is: they are reported as errors later.
    """
    dates = [value for value in values if _DATE.match(value.translate(_DIGITS))]
    if len(dates) < MOSTLY * len(values):
        return None
    orders = ("ymd", "dmy", "mdy") if day_first else ("ymd", "mdy", "dmy")
    fitting = {order: sum(parse_datetime(value, order) is not None for value in dates) for order in orders}
    best = max(orders, key=fitting.get)  # the first of equals
    return best if fitting[best] >= MOSTLY * len(values) else None


def guess_decimal(values, default=","):
    """The decimal mark of a column: decided by the first value that leaves no doubt."""
    for value in values:
        text = _strip_number(value)
        dots, commas = text.count("."), text.count(",")
        if dots and commas:
            return "." if text.rfind(".") > text.rfind(",") else ","
        if dots > 1 or commas > 1:
            return "," if dots > 1 else "."
        mark = "." if dots else "," if commas else None
        if mark:
            before, after = text.split(mark)
            if (
                len(after) != 3
                or not before.lstrip("+-")
                or before.lstrip("+-").startswith("0")
                or len(before.lstrip("+-")) > 3
            ):
                return mark
    return default


# ------------------------------------------------------------
# Reading
# ------------------------------------------------------------


def _strip_number(value):
    text = _SPACES.sub("", value.translate(_DIGITS))
    if text.startswith("(") and text.endswith(")"):  # an accountant's minus
        text = f"-{text[1:-1]}"
    match = _CURRENCY.match(text)
    return match.group(1) if match else text


def is_number(value, decimal="."):
    return parse_number(value, decimal) is not None


def parse_number(value, decimal="."):
    """A number written with any grouping, a currency sign or Arabic digits; None when it is not one."""
    text = _strip_number(value)
    if not _NUMBER.match(text):
        return None
    grouping = "," if decimal == "." else "."
    whole, mark, fraction = text.partition(decimal)
    if decimal in fraction or grouping in fraction or not _is_grouped(whole, grouping):
        return None
    number = float(f"{whole.replace(grouping, '')}{'.' if mark else ''}{fraction}")
    return number if abs(number) < 1e15 else None


def _is_grouped(whole, grouping):
    """1.234.567 is a number, 1.23.4 is not."""
    first, *others = whole.split(grouping)
    return not others or (0 < len(first.lstrip("+-")) <= 3 and all(len(part) in (2, 3) for part in others))


def parse_boolean(value):
    """True, False, or None when the word is neither."""
    word = value.casefold()
    return True if word in TRUE_WORDS else False if word in FALSE_WORDS else None


def parse_datetime(value, order="dmy"):
    """A date with or without a time, read in the given order (ISO is always understood); None when it is not one."""
    match = _DATE.match(value.strip().translate(_DIGITS))
    if not match:
        return None
    a, b, c, hour, minute, second, half = match.groups()
    if len(a) == 4:
        order = "ymd"
    elif order == "ymd" and len(c) == 4:
        return None
    parts = dict(zip(order, (a, b, c), strict=True))
    return _build_datetime(parts, int(hour or 0), int(minute or 0), int(second or 0), (half or "").lower())


def _build_datetime(parts, hour, minute, second, half):
    year = int(parts["y"])
    if len(parts["y"]) == 2:
        year += 2000 if year < 70 else 1900
    elif len(parts["y"]) != 4:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return datetime(year, int(parts["m"]), int(parts["d"]), hour, minute, second)
    except ValueError:
        return None


def parse_date(value, order="dmy"):
    """A day; None when it is not one."""
    moment = parse_datetime(value, order)
    return date(moment.year, moment.month, moment.day) if moment else None
