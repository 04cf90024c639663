from datetime import datetime

from odoo.tests import BaseCase, tagged

from ..wizards.column_types import (
    clean,
    fold,
    guess_date_order,
    guess_decimal,
    neutralise,
    parse_boolean,
    parse_datetime,
    parse_number,
    profile,
)
from ..wizards.header_words import FIELD_BY_HEADER, ROLE_BY_HEADER, guess_meaning


@tagged("post_install", "-at_install")
class TestLeadImportTypes(BaseCase):
    """Guessing and reading without a database."""

    def _kind(self, *values, **options):
        return profile(list(values), **options).kind

    def test_kinds(self):
        self.assertEqual(self._kind("", "", ""), "empty")
        self.assertEqual(self._kind("yes", "no", "yes"), "boolean")
        self.assertEqual(self._kind("oui", "non"), "boolean")
        self.assertEqual(self._kind("نعم", "لا"), "boolean")
        self.assertEqual(self._kind("yes", "no", "", "no", "yes"), "choice", "a blank is not a no")
        self.assertEqual(self._kind("1", "2", "30"), "integer")
        self.assertEqual(self._kind("1,5", "2"), "number")
        self.assertEqual(self._kind("99999999999", "1"), "number", "too large for a whole number")
        self.assertEqual(self._kind("0550112233", "0661"), "text", "a leading zero makes a code")
        self.assertEqual(self._kind("1/2/2024", "13/2/2024"), "date")
        self.assertEqual(self._kind("2024-01-05 10:00", "2024-01-06 00:00"), "datetime")
        self.assertEqual(self._kind(*["red", "blue", "green"] * 5), "choice")
        self.assertEqual(self._kind("any", "text", "will", "do"), "text")

    def test_few_wrong_values_do_not_change_the_kind(self):
        self.assertEqual(self._kind(*map(str, range(100, 140)), "many"), "integer")
        self.assertEqual(self._kind(*[f"{day}/01/2024" for day in range(1, 29)], "soon"), "date")

    def test_identifiers(self):
        self.assertTrue(profile([f"K-{n}" for n in range(20)]).is_identifier)
        self.assertTrue(profile([str(n) for n in range(500, 520)]).is_identifier)
        self.assertFalse(profile([str(n * n * 7) for n in range(20)]).is_identifier, "a measure")
        self.assertFalse(profile([f"some words {n}" for n in range(20)]).is_identifier, "a text")
        self.assertTrue(profile([str(n) for n in range(30, 0, -1)]).is_ordered)

    def test_constants(self):
        self.assertTrue(profile(["a", "a"]).is_constant)
        self.assertFalse(profile(["a", ""]).is_constant, "blank is a value")

    def test_numbers(self):
        for text, decimal, expected in (
            ("1 234,50 DA", ",", 1234.5),
            ("1\u202f234,5", ",", 1234.5),
            ("1.234.567", ",", 1234567.0),
            ("1,234.5", ".", 1234.5),
            ("€ 12.5", ".", 12.5),
            ("12 %", ".", 12.0),
            ("(5)", ".", -5.0),
            ("-3", ".", -3.0),
            ("1e3", ".", 1000.0),
            ("١٢٣", ".", 123.0),
            ("1'000", ".", 1000.0),
            ("12abc", ".", None),
            ("1.2.3", ".", None),
            ("1,23,4", ".", None),
            ("", ".", None),
            ("nan", ".", None),
            ("1e99", ".", None),
        ):
            self.assertEqual(parse_number(text, decimal), expected, text)

    def test_decimal_mark(self):
        self.assertEqual(guess_decimal(["1.234,5"]), ",")
        self.assertEqual(guess_decimal(["1,234.5"]), ".")
        self.assertEqual(guess_decimal(["1,234,567"]), ".")
        self.assertEqual(guess_decimal(["2.5", "1.234"]), ".")
        self.assertEqual(guess_decimal(["0.125"], ","), ".")
        self.assertEqual(guess_decimal(["1.234"], ","), ",", "the reader's own decides")

    def test_dates(self):
        self.assertEqual(guess_date_order(["03/04/2024"], day_first=True), "dmy")
        self.assertEqual(guess_date_order(["03/04/2024"], day_first=False), "mdy")
        self.assertEqual(guess_date_order(["03/14/2024", "01/02/2024"]), "mdy")
        self.assertEqual(guess_date_order(["2024-03-14"]), "ymd")
        self.assertIsNone(guess_date_order(["1.5", "2.5"]))
        self.assertEqual(parse_datetime("05/01/24 3:05 PM"), datetime(2024, 1, 5, 15, 5))
        self.assertEqual(parse_datetime("2024-01-05T10:22:11Z"), datetime(2024, 1, 5, 10, 22, 11))
        self.assertEqual(parse_datetime("٠٥/٠١/٢٠٢٤"), datetime(2024, 1, 5))
        self.assertIsNone(parse_datetime("31/02/2024"))
        self.assertIsNone(parse_datetime("1/1/999"))

    def test_words(self):
        self.assertEqual([parse_boolean(word) for word in ("Oui", "NO", "maybe")], [True, False, None])
        self.assertEqual(
            [guess_meaning(word) for word in ("Gagné", "PERDU", "مكسوب", "مفقود", "new", "")],
            ["won", "lost", "won", "lost", "open", "open"],
        )
        self.assertEqual(FIELD_BY_HEADER[fold("Société")], "partner_name")
        self.assertEqual(FIELD_BY_HEADER[fold("E-MAIL")], "email_from")
        self.assertEqual(ROLE_BY_HEADER[fold("Date de clôture")], "closed")
        self.assertEqual(ROLE_BY_HEADER[fold("تاريخ الإنشاء")], "created")

    def test_text(self):
        self.assertEqual(clean(" a\x00b\x07\n c "), "ab\n c")
        self.assertEqual(neutralise("=1+1"), "'=1+1")
        self.assertEqual(neutralise("@x"), "'@x")
        self.assertEqual(neutralise("plain"), "plain")
