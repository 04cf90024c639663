"""Orders, lots, invoices, sizes and pairs that a message names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.engine import load_engine

load_engine()
from leather_engine.text.entities import MOST_PAIRS, SIZES, extract  # noqa: E402
from leather_engine.text.normalise import normalise  # noqa: E402
from leather_engine.text.quantities import Quantities, compare  # noqa: E402


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("12 paires", 12),
        ("12 prs", 12),
        ("12paires", 12),
        ("350 paires de S3", 350),
        ("1 200 paires", 1200),
        ("20 nouvelles paires", 20),
        ("une paire", 1),
        ("deux paires", 2),
        ("une dizaine de paires", 10),
        ("une vingtaine de chaussures", 20),
        ("deux cents paires", 200),
        ("quatre-vingts paires", 80),
        ("twenty five pairs", 25),
        ("two hundred pairs", 200),
        ("a dozen pairs", 12),
        ("١٢ زوجا", 12),
        ("عشرة أزواج", 10),
        ("زوجين", 2),
        ("مئة وعشرون زوجا", 120),
        ("rab3a w 3achrin pairs", 24),
        ("11 sebbat", 11),
        ("10 cartons de 12", 120),
        ("commande 120 paires", 120),
        ("lot de 50 paires", 50),
        ("3 paires sur les 200 paires", 200),
        ("quantité : 45", 45),
        ("nos 43 techniciens", 0),
        ("38 workers boots too small", 0),
        ("38 khadama sabathom sghir", 0),
        ("12 عامل أحذيتهم ضيقة", 0),
        ("38 ouvriers, 38 paires", 38),
        ("42", 0),
        ("en 2024", 0),
        ("0661 23 45 67", 0),
        ("6800 da la paire", 0),
        ("", 0),
    ],
)
def test_pairs(text, pairs):
    assert extract(text).pairs == pairs


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("pointure 43", ["43"]),
        ("t.42", ["42"]),
        ("taille 41/42", ["41", "42"]),
        ("size 44 please", ["44"]),
        ("مقاس 42", ["42"]),
        ("nemra 45", ["45"]),
        ("du 39 à la place du 44", ["39", "44"]),
        ("un 42 et un 43", ["42", "43"]),
        ("pointures 42, 43 et 45", ["42", "43", "45"]),
        ("taille 52", []),
        ("45 ouvriers et 40 minutes", []),
        ("commande 43 paires", []),
        ("le 40 % de remise", []),
        ("0550 42 43 44", []),
    ],
)
def test_sizes(text, sizes):
    assert extract(text).sizes == sizes


@pytest.mark.parametrize(
    ("text", "orders", "lots", "invoices"),
    [
        ("commande S00042", ["S00042"], [], []),
        ("commande n° SO1234 du 5 janvier", ["SO1234"], [], []),
        ("BC n°4512", ["4512"], [], []),
        ("order PO-60418", ["PO-60418"], [], []),
        ("réf. commande CMD-7741", ["CMD-7741"], [], []),
        ("الطلبية رقم ٣٣١٨", ["3318"], [], []),
        ("lot 23-0318", [], ["23-0318"], []),
        ("lot no. on tongue 2309B", [], ["2309B"], []),
        ("الدفعة رقم 2209", [], ["2209"], []),
        ("facture F-2290", [], [], ["F-2290"]),
        ("Facture INV/2026/00012 du 3/11/2026", [], [], ["INV/2026/00012"]),
        ("invoice INV/2026/11/0001 is wrong", [], [], ["INV/2026/11/0001"]),
        ("فاتورة INV/2026/00345 غير صحيحة", [], [], ["INV/2026/00345"]),
        ("rappel de R/2026/00012", [], [], []),
        ("le 12/2026/115", [], [], []),
        ("fatoura ra9m 5521", [], [], ["5521"]),
        ("الفاتورة رقم 118", [], [], ["118"]),
        ("facture de 6800 DA", [], [], []),
        ("facture 6800 da", [], [], []),
        ("commande 120 paires", [], [], []),
        ("commande du 12/03/2024", [], [], []),
        ("commande passée en 2024", [], [], []),
        ("appelez le 0661234567", [], [], []),
    ],
)
def test_codes(text, orders, lots, invoices):
    found = extract(text)
    assert (found.orders, found.lots, found.invoices) == (orders, lots, invoices)


def test_spans_point_into_the_original():
    text = "Cde n° S00042 – lot 23-0318, pointure ٤٢, « 12 paires » œuvre"
    spans = {kind: text[start:end] for kind, start, end in extract(text).spans}
    assert spans == {"order": "S00042", "lot": "23-0318", "size": "٤٢", "pairs": "12"}


@given(st.text() | st.text(alphabet="0123456789 /.,-commandelotpaires°nSO\u0664"))
def test_any_text_can_be_read(text):
    found = extract(text)
    assert 0 <= found.pairs <= MOST_PAIRS
    assert all(int(size) in SIZES for size in found.sizes)
    assert all(0 <= start < end <= len(text) for _, start, end in found.spans)


@pytest.mark.parametrize(
    ("text", "code", "difference"),
    [
        ("BL : 80 annoncées, 64 comptées", "D2", 16),
        ("Delivered 130 pairs, ordered and invoiced 150", "D2", 20),
        ("reçu 17 paires au lieu de 20", "D2", 3),
        ("commandina 100 jatna 82", "D2", 18),
        ("سلمتم 112 زوجا بدل 100", "D6", 12),
        ("livré 60 paires au lieu de 40", "D6", 20),
        ("Facture de 48 paires, 45 reçues", "C2", 3),
        ("hsabtouna 30 paires w hna dina ghir 28", "C2", 2),
        ("commandé 20, reçu 20", None, 0),
        ("12 paires", None, 0),
        ("", None, 0),
    ],
)
def test_quantities_set_side_by_side(text, code, difference):
    found = compare(normalise(text).split())
    assert (found.code, found.difference) == (code, difference)


def test_hidden_numbers_are_not_quantities():
    words = normalise("commande 4512 recue 4").split()
    assert compare(words, {1}) == Quantities()
