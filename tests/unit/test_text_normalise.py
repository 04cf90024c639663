"""One spelling for many: normalise, tokens, skeleton."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.engine import load_engine

load_engine()
from leather_engine.text.normalise import (  # noqa: E402
    COMMA_GAP,
    MAX_CHARACTERS,
    STOP_GAP,
    normalise,
    read,
    skeleton,
    tokens,
    without_clitics,
)

ALPHABETS = st.text() | st.text(alphabet="aéàçœ’' 379ـًٌّشةأإىک?!.,\n😀ﻻ0٣")


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("Décollée", "decole"),
        ("DÉCOOOLLÉE !!!", "decole"),
        ("l’usine", "l usine"),
        ("œil", "oeil"),
        ("don't", "dont"),
        ("off all", "off all"),
        ("anti-perforation", "anti perforation"),
        ("السَّلامُ عليكم", "السلام عليكم"),
        ("العــلبة", "العلبه"),
        ("أإآٱ", "ا"),
        ("أب إب آب", "اب اب اب"),
        ("إلى", "الي"),
        ("٤٣", "43"),
        ("ﻻ", "لا"),
        ("صبا\u200fط", "صباط"),
        ("ڨالولي", "قالولي"),
        ("كم؟", "كم ?"),
        ("😡 nul", "😡 nul"),
        ("", ""),
        (" \n\t", ""),
    ],
)
def test_many_spellings_are_read_as_one(written, read_as):
    assert normalise(written) == read_as


@given(ALPHABETS)
def test_normalising_twice_changes_nothing(text):
    once = normalise(text)
    assert normalise(once) == once


@given(ALPHABETS)
def test_places_point_into_the_original(text):
    last = 0
    for word, start, end in tokens(text):
        assert word
        assert last <= start < end <= len(text)
        assert normalise(text[start:end]).replace(" ", "") == word or normalise(text[start:end]) == word
        last = start


def test_places_survive_characters_that_disappear_or_double():
    text = "ال\u064eسلا\u0640م œuf"
    assert [text[start:end] for _, start, end in tokens(text)] == ["ال\u064eسلا\u0640م", "œuf"]


def test_stops_put_words_apart():
    _, near = read("semelle cuir")
    _, comma = read("semelle, cuir")
    _, stop = read("semelle. Cuir")
    _, line = read("semelle\ncuir")
    assert near == [0, 1]
    assert comma == [0, 1 + COMMA_GAP]
    assert stop == line == [0, 1 + STOP_GAP]


@pytest.mark.parametrize(
    "words",
    [
        ("semelle", "smella", "سومال"),
        ("ta7et", "tahat", "طاحت"),
        ("tla7et", "tel7at", "طلحت"),
        ("livraison", "livrizon", "ليفريزون"),
        ("9ala3", "kala3", "قلع"),
        ("khedma", "5edma", "خدمه"),
        ("chantier", "shantier", "شانطير"),
    ],
)
def test_a_word_keeps_its_consonants_in_every_script(words):
    assert len({skeleton(word) for word in words}) == 1


@pytest.mark.parametrize(
    ("word", "form"),
    [("والحذاء", "حذاء"), ("للعامل", "عامل"), ("بالخيط", "خيط"), ("lsemelle", "semelle"), ("elsabat", "sabat")],
)
def test_article_and_preposition_come_off(word, form):
    assert form in without_clitics(word)


def test_what_is_too_long_is_not_read():
    text = "a " * MAX_CHARACTERS + "semelle"
    assert tokens(text)[-1][2] <= MAX_CHARACTERS
