"""Language of short, mixed, badly spelled messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.engine import load_engine

load_engine()
from leather_engine.text.language import detect  # noqa: E402
from leather_engine.text.words import LANGUAGES  # noqa: E402


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("bonjour jai rien recu", "fr"),
        ("slt la semelle c decolé svp", "fr"),
        ("Les embouts sont pliés, lot 23-0318, S3 SRC", "fr"),
        ("merci", "fr"),
        ("never arrived", "en"),
        ("toe cap crushed", "en"),
        ("where is my order SO1234?", "en"),
        ("لم أستلم الطلبية", "ar"),
        ("السومال طاحت", "ar"),
        ("السلام، commande ta3i ما جاتش", "ar"),
        ("la semelle t9al3et men 9oddam", "arabizi"),
        ("wa9tach tji commande", "arabizi"),
        ("salam ch7al prix ta3 S3", "arabizi"),
        ("rani nestena remboursement men 2 mois", "arabizi"),
        ("bonjour, sebbat ta3kom khayeb bezaf, la couture partie", "arabizi"),
        ("", "unknown"),
        ("   ", "unknown"),
        ("😡😡😡👎", "unknown"),
        ("0661234567", "unknown"),
        ("12 / 42 / 2024", "unknown"),
        ("https://example.com/a?b=c", "unknown"),
        ("Die Schuhe sind nicht gut, bitte eine Antwort", "unknown"),
        ("Los zapatos están muy mal, gracias por todo", "unknown"),
        ("Обувь сломалась", "unknown"),
        ("鞋子坏了", "unknown"),
    ],
)
def test_language(text, code):
    assert detect(text).code == code


def test_sizes_and_product_codes_are_no_arabizi():
    assert detect("Commande de 12 paires S3 et S1P, EN20345, 3eme relance, 48h").code == "fr"


def test_a_long_name_in_latin_letters_does_not_make_an_arabic_text_french():
    assert detect("وصلتنا أحذية من طراز Hodna S3 SRC وكانت ممزقة").code == "ar"


def test_confidence_grows_with_the_evidence():
    mixed = detect("bonjour the shoes sont broken")
    clear = detect("bonjour les chaussures sont cassées depuis hier")
    assert clear.confidence > mixed.confidence


def test_word_lists_hold_no_word_of_three_languages_by_mistake():
    shared = LANGUAGES["fr"] & LANGUAGES["en"] & LANGUAGES["arabizi"]
    assert len(shared) < 25


@given(st.text())
def test_any_text_has_an_answer(text):
    found = detect(text)
    assert found.code in ("fr", "en", "ar", "arabizi", "unknown")
    assert 0 <= found.confidence <= 1
