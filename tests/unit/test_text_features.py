import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_texts import made_texts
from sklearn.feature_extraction.text import TfidfVectorizer

from leather_engine.text import features
from leather_engine.text.features import HEAD, TAIL, TextFeatures, letter_groups, read_words, word_groups

texts_of = st.text(
    st.one_of(st.characters(), st.sampled_from("abé 1٣ة؟?@.:/\n\u200f😀")), max_size=120
)  # what people and machines may send


@pytest.fixture(scope="module")
def texts():
    return made_texts()[0]


@pytest.fixture(scope="module")
def fitted(texts):
    return TextFeatures.fit(texts)


def words(text):
    return [word for word, _written in read_words(text)]


def test_the_numbers_are_those_of_scikit_learn(texts, fitted):
    """An independent implementation: two vectorisers with our words, each scaled to length one."""
    dense = np.zeros((len(texts), len(fitted)))
    starts, codes, values = fitted.table(texts)
    for row in range(len(texts)):
        dense[row, codes[starts[row] : starts[row + 1]]] = values[starts[row] : starts[row + 1]]
    settings = {"sublinear_tf": True, "lowercase": False, "dtype": np.float64}
    analysers = (
        (lambda text: word_groups(words(text)), fitted.word_grams),
        (lambda text: [group for word in words(text) for group in letter_groups(word)], fitted.letter_grams),
    )
    start = 0
    for analyser, vocabulary in analysers:
        theirs = TfidfVectorizer(analyzer=analyser, vocabulary=vocabulary, **settings).fit_transform(texts).toarray()
        np.testing.assert_allclose(dense[:, start : start + len(vocabulary)], theirs, atol=1e-6)
        start += len(vocabulary)
    assert start == len(fitted)


@given(text=texts_of)
def test_every_text_gives_a_row(fitted, text):
    codes, values = fitted.row(text)
    assert (np.diff(codes) > 0).all()
    assert np.isfinite(values).all()
    assert values @ values <= 2.0 + 1e-5


@given(text=texts_of)
def test_what_is_explained_is_what_is_scored(fitted, text):
    written, codes, values, places, owners = fitted.trace(text)
    row_codes, row_values = fitted.row(text)
    assert codes.tolist() == row_codes.tolist()
    assert values.tolist() == row_values.tolist()
    assert set(places) == set(range(len(codes)))
    assert owners.max(initial=-1) < len(written)


def test_one_spelling_for_many(fitted):
    one, other = fitted.row("SEMELLE Décollée"), fitted.row("semelle decolee")
    assert one[0].tolist() == other[0].tolist()


def test_addresses_links_and_long_numbers_are_kept_out():
    found = words("Écrivez à karim.b@exemple.dz ou @karim, voir https://exemple.dz/x?y=1 ; commande 20250117, 3 paires")
    assert "karim" not in " ".join(found)
    assert "exemple" not in " ".join(found)
    assert found.count(features.LINK) == 3
    assert features.NUMBER in found
    assert "3" in found


def test_a_mark_is_one_word_and_one_group():
    assert words("zzrulefirstcategoryq1 zzalso")[0] == "zzrulefirstcategoryq1"
    assert letter_groups("zzrulefirstcategoryq1") == ["zzrulefirstcategoryq1"]


def test_long_texts_are_read_at_both_ends():
    text = "first " + "x " * 30_000 + "last"
    found = words(text)
    assert (found[0], found[-1]) == ("first", "last")
    assert len(found) <= HEAD + TAIL


def test_a_word_of_fifty_thousand_letters():
    assert len(letter_groups("x" * 50_000)) < 200


def test_state_round_trip(fitted):
    document, arrays = fitted.state()
    again = TextFeatures.from_state(json.loads(json.dumps(document)), arrays)
    for text in ("la semelle est décollée", "", "مقاس صغير"):
        np.testing.assert_array_equal(fitted.row(text)[1], again.row(text)[1])


def test_another_reader_is_refused(fitted):
    document, arrays = fitted.state()
    with pytest.raises(ValueError, match="reader"):
        TextFeatures.from_state({**document, "reader": 0}, arrays)
    with pytest.raises(ValueError, match="length"):
        TextFeatures.from_state(document, {"idf": arrays["idf"][:-1]})


def test_the_vocabulary_is_capped_to_the_most_frequent(texts):
    small = TextFeatures.fit(texts, most=10)
    assert len(small) == 20
    assert "les" in small.word_grams or "de" in small.word_grams


def test_no_text_at_all():
    empty = TextFeatures.fit([])
    assert len(empty) == 0
    assert empty.row("anything")[0].tolist() == []
