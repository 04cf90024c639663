"""Questions and answers: found in four languages, refused out of scope, nothing personal kept; and their benchmark."""

import json

import pytest

from bench.__main__ import main
from bench.engine import load_engine

load_engine()
from leather_engine.text import faq  # noqa: E402
from leather_engine.text.faq import ANSWER, CHOOSE, UNKNOWN, FaqMatcher  # noqa: E402

ENTRIES = [
    ("size", ["Which size do I take?", "Quelle pointure choisir ?", "كيف أختار المقاس؟", "wach men pointure nakhod"]),
    ("delay", ["How long is the delivery time?", "Quel est le délai de livraison ?", "كم تستغرق مدة التسليم؟"]),
    ("minimum", ["What is the minimum order?", "Quelle est la quantité minimale ?", "ما هو الحد الأدنى للطلب؟"]),
    ("return", ["How can I return shoes?", "Comment retourner des chaussures ?", "كيف أرجع الأحذية؟"]),
]  # fmt: skip


@pytest.fixture(scope="module")
def matcher():
    return FaqMatcher(ENTRIES)


# --- finding


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("which size must I take", "size"),
        ("je choisis quelle pointure", "size"),
        ("كيف اختار المقاس", "size"),
        ("wach men pointure nakhod khoya", "size"),
        ("delai de livraison svp", "delay"),
        ("c'est quoi la quantité minimale", "minimum"),
        ("comment je peux retourner mes chaussures", "return"),
    ],
)
def test_finds_other_wordings(matcher, text, key):
    match = matcher.match(text)
    assert match.kind == ANSWER
    assert match.keys == [key]


@pytest.mark.parametrize(
    "text", ["", "   ", "Who won the football yesterday?", "raconte une blague", "غدا مباراة", "???"]
)
def test_refuses_what_is_out_of_scope(matcher, text):
    match = matcher.match(text)
    assert match.kind == UNKNOWN
    assert match.keys == []


def test_offers_a_choice_when_two_are_near():
    matcher = FaqMatcher(
        [("s3", ["What does the S3 class mean?"]), ("s1", ["What does the S1 class mean?"]), *ENTRIES]
    )  # fmt: skip
    match = matcher.match("what does the class mean")
    assert match.kind == CHOOSE
    assert set(match.keys) == {"s3", "s1"}


def test_a_phrasing_itself_is_certain(matcher):
    match = matcher.match("  QUELLE pointure choisir ?!")
    assert (match.kind, match.keys, match.score) == (ANSWER, ["size"], 1.0)


def test_an_edited_entry_counts_at_once():
    question = "Do you make ice cream?"
    assert FaqMatcher(ENTRIES).match(question).kind == UNKNOWN
    assert FaqMatcher([*ENTRIES, ("ice", ["ice cream making"])]).match(question).keys[0] == "ice"


def test_no_entries_at_all():
    assert FaqMatcher([]).match("hello").kind == UNKNOWN
    assert FaqMatcher([("a", ["", None])]).match("hello").kind == UNKNOWN


def test_scores_do_not_depend_on_the_order_of_entries(matcher):
    other = FaqMatcher(list(reversed(ENTRIES)))
    ours = dict(zip(matcher.keys, matcher.scores("quelle pointure"), strict=True))
    theirs = dict(zip(other.keys, other.scores("quelle pointure"), strict=True))
    assert ours == pytest.approx(theirs, abs=1e-4)


def test_a_huge_text_is_read_in_part(matcher):
    assert matcher.match("quelle pointure choisir " * 50_000).kind in (ANSWER, CHOOSE)


# --- words at any step


@pytest.mark.parametrize(
    "text",
    [
        *("I want to talk to a human", "agent please", "Can I speak to someone?", "A person"),
        *("Je veux parler à quelqu'un", "Une personne", "passez-moi un conseiller s'il vous plaît"),
        "PARLER A UN HUMAIN",
        *("أريد التحدث مع موظف", "موظف من فضلك", "نحب نهدر مع واحد"),
        *("bghit nahder m3a wa7ed", "nehder m3a insan"),
    ],
)  # fmt: skip
def test_a_person_is_asked_for(text):
    assert faq.asks_for_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "ma chaussure a blessé une personne sur le chantier",
        "Quel est le délai de livraison ?",
        "",
        "ma commande",
        "somebody@else.example",
        "الطلب",
    ],
)
def test_no_person_is_asked_for(text):
    assert not faq.asks_for_person(text)


def test_yes_no_and_done():
    assert all(map(faq.is_yes, ("Oui", "yes, thanks", "نعم", "ih")))
    assert all(map(faq.is_no, ("Non", "No", "لا", "None of these", "makanch")))
    assert all(map(faq.is_done, ("C'est tout", "done", "انتهيت", "khlas")))
    assert not faq.is_yes("oui mais la semelle est décollée et la livraison en retard")
    assert not faq.is_no("no delivery came since three weeks and I wait")


# --- what is kept


def test_strips_what_tells_whose_it_is():
    kept = faq.strip_personal(
        "Commande S00042, BL/2026-17, facture INV/2026/00012, tél 0555 12 34 56 ou +213 (0)555-123-456,"
        " moi@usine.dz https://x.example/p?a=1 pointure 42 ISO 20345"
    )
    for secret in ("S00042", "2026", "0555", "213", "usine", "x.example", "123"):
        assert secret not in kept
    assert "pointure 42" in kept
    assert "20345" in kept
    assert len(faq.strip_personal("mot " * 500)) <= 200
    assert faq.strip_personal(None) == ""


# --- the benchmark


def test_bench(tmp_path):
    rows = [[text, key] for key, texts in ENTRIES for text in texts]
    asked = [["quelle pointure choisir svp", "size"], ["minimum order", "minimum"], ["tell me a joke", "oos"]]
    data, out = tmp_path / "data.json", tmp_path / "out.json"
    data.write_text(json.dumps({"train": rows, "test": asked}), encoding="utf-8")
    arguments = ["faq", "--train", f"{data}#train", "--test", f"{data}#test", "--oos", "oos", "--per-label", "2"]
    assert main([*arguments, "--json", str(out)]) == 0
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert figures["accuracy"] == 1.0
    assert figures["oos_refused_at_10pct"] == 1.0
    assert figures["oos_answers"]["unknown"] == 1.0
    assert figures["per_label"]["2"]["phrasings"] == 8


def test_bench_says_what_is_wrong(tmp_path, capsys):
    data = tmp_path / "data.json"
    data.write_text(json.dumps({"train": [["a b", "x"], ["c d", "y"]] * 2, "test": [["e", "oos"]]}), encoding="utf-8")
    assert main(["faq", "--train", f"{data}#train", "--test", f"{data}#test", "--oos", "oos"]) == 2
    assert "no text in scope" in capsys.readouterr().err
