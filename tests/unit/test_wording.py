import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leather_engine import wording
from leather_engine.wording import TextEncoder, grams, words

TEXTS = [
    "30 pairs of safety shoes, urgent_order",
    "",
    "Needs sizes 39 to 46; URGENT!",
    "أحذية السلامة للورشة",
    "-- ...",
    "chaussures de sécurité, 300 paires",
    "zzzz",
]


@pytest.fixture
def encoder():
    vocabulary = list(dict.fromkeys(gram for text in TEXTS[:3] for word in words(text) for gram in grams(word)))
    weights = np.random.default_rng(0).normal(size=len(vocabulary))
    return TextEncoder(
        vocabulary=vocabulary, weights=weights, edges=np.linspace(-1, 1, 9), centers=np.zeros(10), blank_seen=True
    )


@given(st.text(st.characters(max_codepoint=127)))
def test_words_of_plain_texts_are_those_of_the_pattern(text):
    assert words(text) == list(dict.fromkeys(re.findall(r"[^\W_]+", text.lower())))[: wording.MAX_WORDS]


def test_a_text_alone_and_among_others(encoder):
    codes, share = encoder.encode(TEXTS)
    for row, text in enumerate(TEXTS):
        single = encoder.encode([text])
        np.testing.assert_array_equal(single[0][0], codes[row])
        assert single[1][0] == share[row]


def test_blank_and_unknown_texts(encoder):
    codes, share = encoder.encode(["", "-- ...", "qqq", "shoes"])
    assert codes[:, 0].tolist()[:2] == [0, 0]
    assert codes[2, 0] == encoder.encode(["www"])[0][0, 0] != 0
    assert share.tolist() == [1.0, 1.0, 0.0, 1.0]


def test_a_full_cache_changes_nothing(encoder, monkeypatch):
    before = encoder.encode(TEXTS)
    monkeypatch.setattr(wording, "CACHE_WORDS", 2)
    again = encoder.encode(TEXTS)
    for left, right in zip(before, again, strict=True):
        np.testing.assert_array_equal(left, right)
