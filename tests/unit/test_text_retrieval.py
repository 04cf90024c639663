"""Past complaints like a new one: found, ranked, in bounded time; nothing of one customer in another's answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.engine import load_engine

load_engine()
from leather_engine.text import placeholders, retrieval  # noqa: E402
from leather_engine.text.carry_over import Gap, carry_over  # noqa: E402
from leather_engine.text.retrieval import AnswerIndex, rank_replies, read, shared_words  # noqa: E402

TEXTS = [
    "La semelle s'est décollée après trois semaines",
    "Semelles décollées sur deux paires",
    "Votre facture ne correspond pas à la commande",
    "Livraison en retard, le chantier attend",
    "النعل انفصل بعد أسبوعين",
    "The sole came off after two weeks",
]


def index_of(texts, keys=None):
    index = AnswerIndex()
    index.add(keys or range(len(texts)), [read(text) for text in texts])
    return index


def found(index, text, limit=30):
    return index.search(read(text), limit=limit)[0].tolist()


# --- reading and searching


def test_same_words_in_other_spellings():
    index = index_of(TEXTS)
    assert set(found(index, "semelle decolée !", 2)) == {0, 1}
    assert found(index, "FACTURE", 1) == [2]
    assert found(index, "انفصل النعل", 1) == [4]


def test_a_text_is_most_similar_to_itself():
    index = index_of(TEXTS)
    for key, text in enumerate(TEXTS):
        keys, similarities = index.search(read(text), limit=1)
        assert keys.tolist() == [key]
        assert similarities[0] == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("text", ["", "   ", "!!!", "\x00"])
def test_nothing_to_read_finds_nothing(text):
    assert found(index_of(TEXTS), text) == []
    assert found(AnswerIndex(), "semelle") == []
    assert len(read(text)) == 0
    assert found(index_of([text]), "semelle") == []


def test_features_are_bounded_and_the_same_in_every_process():
    long = " ".join(f"mot{number}x" for number in range(5000))
    assert len(read(long)) == retrieval.MAX_FEATURES
    assert read("semelle").tolist() == sorted(set(read("Semelle").tolist()))
    assert retrieval._hash("semelle") == 3235036372


def exact(texts, query):
    """Cosine written down as it is defined."""
    rows, wanted = [set(read(text).tolist()) for text in texts], set(read(query).tolist())
    count = {code: sum(code in row for row in rows) for code in set().union(*rows, wanted)}
    weight = {c: (1 + np.log((1 + len(rows)) / (1 + n))) ** retrieval.POWER for c, n in count.items()}

    def length(row):
        return np.sqrt(sum(weight[code] ** 2 for code in row))

    return [sum(weight[c] ** 2 for c in row & wanted) / (length(row) * length(wanted)) for row in rows]


def test_similarity_is_the_cosine():
    index = index_of(TEXTS)
    for query in ("la semelle décollée", "the sole and the facture", "chantier en retard"):
        keys, similarities = index.search(read(query))
        truth = exact(TEXTS, query)
        assert similarities == pytest.approx([truth[key] for key in keys], abs=1e-5)
        assert set(keys) == {key for key, value in enumerate(truth) if value > 0}


def made(count, seed=0):
    rng = np.random.default_rng(seed)
    words = [f"{a}{b}" for a in ("sem", "col", "fac", "liv", "poi", "tal") for b in ("elle", "ure", "age", "on", "ir")]
    return [" ".join(rng.choice(words, size=8)) for _ in range(count)]


def test_a_bounded_search_finds_the_same_first(monkeypatch):
    texts = made(3000)
    index = index_of(texts)
    whole = [index.search(read(text), limit=5) for text in texts[:50]]
    monkeypatch.setattr(retrieval, "MAX_POSTINGS", 4000)
    for text, (keys, similarities) in zip(texts[:50], whole, strict=True):
        bounded_keys, bounded = index.search(read(text), limit=5)
        assert bounded_keys[0] == keys[0]
        assert bounded[0] == pytest.approx(similarities[0], abs=1e-6)


def test_growing_piece_by_piece_finds_the_same(monkeypatch):
    monkeypatch.setattr(retrieval, "SEGMENT", 40)
    monkeypatch.setattr(retrieval, "TAIL", 10)
    texts = made(137)
    pieces = AnswerIndex()
    for at in range(0, len(texts), 7):
        pieces.add(range(at, min(at + 7, len(texts))), [read(text) for text in texts[at : at + 7]])
    assert len(pieces) == len(texts)
    assert sorted(key for keys in pieces._keys for key in keys.tolist()) == list(range(len(texts)))
    assert pieces.segments > 1
    for key in (0, 70, 136):
        assert found(pieces, texts[key], 1) == [key]


def test_memory_is_bounded_by_the_features():
    index = index_of(made(1000))
    assert index.nbytes < 1000 * (4 * retrieval.MAX_FEATURES + 32)


def test_of_equals_the_latest_comes_first():
    assert found(index_of([TEXTS[0]] * 3, keys=[5, 9, 7]), TEXTS[0]) == [9, 7, 5]


# --- ranking and reasons


def test_neighbours_vote_for_their_reply():
    assert [reply for reply, _score in rank_replies(["a", "b", "b"], [0.5, 0.45, 0.45])] == ["b", "a"]
    assert [reply for reply, _score in rank_replies(["a", "b", "b"], [0.9, 0.4, 0.4])] == ["a", "b"]
    assert rank_replies([], []) == []


def test_reasons_are_the_words_that_tell_most():
    index = index_of([*TEXTS, *(f"autre chose {number}x" for number in range(40))])
    assert sorted(shared_words("La semelle est décollée", TEXTS[0], index)) == ["décollée", "semelle"]
    assert shared_words("Semelles décollés", TEXTS[0], index) == ["semelles", "décollés"]
    assert shared_words("bonjour", TEXTS[0], index) == []


def test_words_that_all_texts_have_are_no_reason():
    index = index_of([f"modele {'abcdefghijklmnopqrst'[number] * 2}oxane" for number in range(20)])
    assert shared_words("modele bboxane", "modele bboxane", index) == ["bboxane"]


def test_a_word_with_the_article_is_the_same_word():
    index = index_of(TEXTS)
    assert shared_words("النعل نعل", TEXTS[4], index) == ["النعل"]


# --- templates


def gap(name):
    return f"<{name}>"


def test_a_missing_fact_leaves_a_gap_and_an_optional_sentence_goes():
    body = "<p>Hello {customer}, {order}.</p><p>[Lot {lot}.]</p><p>One. [Two {lot}.] Three.</p>"
    filled, missing = placeholders.fill(body, {"customer": "A", "lot": None}, gap=gap)
    assert filled == "<p>Hello A, <order>.</p><p>One. Three.</p>"
    assert missing == ["order"]


def test_facts_are_text_and_are_read_once():
    filled, missing = placeholders.fill("<p>{customer}</p>", {"customer": "<b>{lot}</b> [x] &"}, gap=gap)
    assert filled == "<p>&lt;b&gt;{lot}&lt;/b&gt; [x] &amp;</p>"
    assert missing == []


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        ("<p>Hello {customer}. [Lot <b>{lot}</b>.]</p>", []),
        ("<p>{nobody}</p>", ["unknown"]),
        ("<p>{}</p>", ["unknown"]),
        ("<p>{cust<b>omer}</b></p>", ["markup"]),
        ("<p>[one</p><p>two]</p>", ["paragraphs"]),
        ("<p>[<b>one]</b></p>", ["paragraphs"]),
        ("<p>[a [b] c]</p>", ["nested"]),
        ("<p>one] {customer</p>", ["stray"]),
        ('<p><a href="https://x/{lot}">x</a></p>', ["link"]),
    ],
)
def test_mistakes_in_templates_are_found(body, kinds):
    assert [kind for kind, _detail in placeholders.problems(body, {"customer", "lot"})] == kinds


@given(st.text(alphabet="{}[]<>pb/ customerlot\"'", max_size=60))
def test_any_body_is_checked_and_filled(body):
    placeholders.problems(body, {"customer"})
    placeholders.fill(body, {"customer": "A"}, gap=gap)


# --- one customer's answer for another


def say(parts):
    return "".join(part if isinstance(part, str) else f"<{part.fact}>" for part in parts)


THEIRS = {
    "customer": ["Rachid Hamdoune", "SARL Batibois"],
    "agent": ["Souhila Mekhaldi"],
    "product": ["TUF HAUT"],
    "lot": ["HIVER"],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bonjour Monsieur Hamdoune,\nvos paires partent.", "Bonjour Nadia,\nvos paires partent."),
        ("Bonjour,\nvos paires partent.", "Bonjour,\nvos paires partent."),
        ("Hello Tom Ashworth, all is well.", "Hello Nadia, all is well."),
        ("السلام عليكم السيد أحمد، شكرا", "السلام عليكم Nadia، شكرا"),
        ("Chez Batibois, commande S00123.", "Chez Nadia, commande S00999."),
        ("Lot HIVER, facture INV/2026/00012.", "Lot <lot>, facture <invoice>."),
        ("Facture INV/2026/11/0001 payée.", "Facture <invoice> payée."),
        ("Le camion part dimanche 3 mai 2026.", "Le camion part <day> <day>."),
        ("Appelez le 0555 12 34 56 ou a.b@c.dz.", "Appelez le <phone> ou <email>."),
        ("Voyez https://x.example/t?token=abc", "Voyez <link>"),
        ("Avoir de 12 500,00 DA pour 12 paires en 42.", "Avoir de <amount> pour <pairs> paires en <size>."),
        ("Colis 77120034.", "Colis <number>."),
        ("Le modèle TUF HAUT répond à EN ISO 20345:2022.", "Le modèle <product> répond à EN ISO 20345:2022."),
        ("Cordialement, Souhila Mekhaldi", "Cordialement, Tarek"),
        ("Dossier R/2026/00012", "Dossier R/2026/00077"),
    ],
)
def test_nothing_of_the_other_customer_is_carried_over(text, expected):
    ours = {"customer": "Nadia", "agent": "Tarek", "order": "S00999", "reference": "R/2026/00077"}
    assert say(carry_over(text, THEIRS, ours)) == expected


def test_what_is_known_of_neither_leaves_a_gap():
    assert carry_over("Lot 24-077.", {}, {}) == ["Lot ", Gap("lot"), "."]
    assert carry_over("", THEIRS, {}) == []


@given(st.text(max_size=200), st.text(min_size=2, max_size=20))
def test_a_name_never_survives(text, name):
    name = name.strip()
    if len(name) > 1 and name[0].isalpha() and name[-1].isalpha():
        said = say(carry_over(f"{text} {name} {text}", {"customer": [name]}, {}))
        assert f" {name} " not in f" {said} "
