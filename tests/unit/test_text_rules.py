"""Patterns that people write, and where they match."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.engine import ROOT, load_engine

load_engine()
from leather_engine.text.lexicon import Lexicon  # noqa: E402
from leather_engine.text.patterns import CODES, MAX_LINE, PatternError, parse  # noqa: E402
from leather_engine.text.rules import Rule, RuleSet, load_csv  # noqa: E402
from leather_engine.text.severity import DEFAULTS  # noqa: E402

RULES = Path(ROOT) / "addons" / "leather_crm_ai" / "data" / "leather.complaint.rule.csv"
FLAGS = {
    "injury",
    "ppe_failed",
    "worn",
    "unsafe",
    "site_stopped",
    "legal",
    "repeated",
    "question",
    "praise",
    "spam",
    "positive",
    "negative",
    "skin",
    "smell",
    "marking",
    "certificate",
    "unissued",
    "idle",
    "unhurt",
    "hypothetical",
    "saved",
    "nofault",
    "however",
}


@pytest.fixture(scope="module")
def shipped():
    return load_csv(RULES)


def ruleset(*lines, **lists):
    rules = [Rule(f"list_{name}", f"@{name}", "any", 0, tuple(words)) for name, words in lists.items()]
    return RuleSet([*rules, Rule("r", "Q1", "any", 2, lines)])


def found(text, *lines, language=None, **lists):
    return [hit.text for hit in ruleset(*lines, **lists).match(text, language)]


@pytest.mark.parametrize(
    ("line", "text", "hits"),
    [
        ("semelle", "la semelle", ["semelle"]),
        ("semelle", "la SEMÉLLE", ["SEMÉLLE"]),
        ("semelle", "la semellllle", ["semellllle"]),
        ("semelle", "la couture", []),
        ("decol*", "décollement", ["décollement"]),
        ("decol*|detach*", "détachée", ["détachée"]),
        ("part en morceaux|decol*", "elle part en morceaux", ["part en morceaux"]),
        ("pas recu", "pas encore recu", ["pas encore recu"]),
        ("pas recu", "recu pas", []),
        ("pas recu", "pas du tout encore recu", []),
        ("pas _ recu", "pas du tout encore recu", ["pas du tout encore recu"]),
        ("pas (recu|arrive*)", "pas arrivée", ["pas arrivée"]),
        ("semelle ~ decol*", "décollée, la semelle", ["décollée, la semelle"]),
        ("semelle ~ decol*", "semelle " + "bla " * 9 + "décollée", []),
        ("semelle ~ decol*", "La semelle. Autre chose ici. Décollée", []),
        ("semelle + decol*", "semelle " + "bla " * 9 + "décollée", ["semelle"]),
        ("decol* !etiquette", "étiquette décollée", []),
        ("decol* !(etiquette|@x)", "semelle décollée", ["décollée"]),
        ("# paires", "12 paires et 3 cartons", ["12 paires"]),
        ("prix ?", "quel prix ?", ["prix ?"]),
        ("@x ~ decol*", "la talonnette décolle", ["talonnette décolle"]),
        ("d'eau", "plein d'eau", ["d'eau"]),
        ("لا يوجد", "لا يوجد دليل", ["لا يوجد"]),
        ("حذاء", "والحذاء ممزق", ["والحذاء"]),
    ],
)
def test_what_a_line_finds(line, text, hits):
    assert found(text, line, x=["talonnette"]) == hits


def test_an_exception_takes_away_what_it_covers():
    lines = ("bless*", "- personne n'est bless*")
    assert found("personne n'est blessé", *lines) == []
    assert found("il est blessé", *lines) == ["blessé"]


def test_a_list_may_have_exceptions_and_name_other_lists():
    lists = {"sole": ["semelle", "- semelle interieure"], "part": ["@sole", "talon"]}
    assert found("semelle usée", "@part use*", **lists) == ["semelle usée"]
    assert found("semelle intérieure usée", "@part use*", **lists) == []


def test_lists_in_a_circle_do_not_hang():
    assert found("talon usé", "@a use*", a=["@b", "talon"], b=["@a x"]) == ["talon usé"]


def test_places_point_into_the_original():
    text = "Bjr,\nla s\u064eemelle s'est  DÉCOLLÉE 😡"
    (hit,) = ruleset("semelle ~ decol*").match(text)
    assert text[hit.start : hit.end] == hit.text == "s\u064eemelle s'est  DÉCOLLÉE"
    assert (hit.rule_key, hit.label, hit.weight) == ("r", "Q1", 2)


@pytest.mark.parametrize(
    "written", ["remboursment", "rembourssement", "rembuorsement", "remboursemant", "emboursement"]
)
def test_one_slip_of_the_pen_is_forgiven_in_a_long_word(written):
    expected = [] if written[0] == "e" else [written]  # the first letter is seldom wrong
    assert found(written, "remboursement", language="fr") == expected


@pytest.mark.parametrize("written", ["cousin", "coutume", "these"])
def test_a_common_or_short_word_is_nobodys_misspelling(written):
    lexicon = Lexicon(frozenset(["coutume", "these"]))
    lexicon.add("cousu", False, "fr")
    lexicon.add("couture", False, "fr")
    lexicon.add("thesis", False, "en")
    assert not lexicon.resolve(written, by_sound=False)


def test_free_spelling_of_arabizi_is_known_by_its_consonants():
    rules = RuleSet([Rule("r", "Q1", "arabizi", 2, ("t9al3et",))])
    assert [hit.text for hit in rules.match("t9ala3at", "arabizi")] == ["t9ala3at"]
    assert [hit.text for hit in rules.match("السومال تقلعت", "ar")] == ["تقلعت"]
    assert rules.match("tkl3t tiklat", "fr") == []


@pytest.mark.parametrize(
    ("written", "rule"),
    [("tchouf", "tchouk"), ("ychouf", "ychouk"), ("nkanes", "unconscious"), ("khayef", "khayeb")],
)
def test_free_spelling_leaves_the_consonants_and_the_length_of_a_word(written, rule):
    rules = RuleSet([Rule("r", "P4", "any", 2, (rule,))])
    assert rules.match(rule, "arabizi")
    assert not rules.match(written, "arabizi")


@pytest.mark.parametrize("written", ["tchouuk", "tchok", "tchuok"])
def test_free_spelling_changes_vowels(written):
    assert RuleSet([Rule("r", "P4", "arabizi", 2, ("tchouk",))]).match(written, "arabizi")


def test_short_words_of_a_language_that_is_not_spoken_are_ignored():
    rules = RuleSet([Rule("r", "Q1", "en", 2, ("pain",))])
    assert rules.match("du pain", "en")
    assert not rules.match("du pain", "fr")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("a" * (MAX_LINE + 1), "line_too_long"),
        ("!!!", "nothing_to_find"),
        ("-", "nothing_to_find"),
        ("!semelle", "nothing_to_find"),
        ("semelle|", "alternative_missing"),
        ("(semelle||talon)", "alternative_missing"),
        ("(semelle", "bracket_missing"),
        ("semelle)", "bracket_missing"),
        ("ab*", "beginning_too_short"),
        ("semelle ~", "joint_without_part"),
        ("~ semelle", "joint_without_part"),
        ("a ~ + b", "joint_without_part"),
        ("@nowhere", "unknown_list"),
    ],
)
def test_a_mistake_is_named_with_its_line(line, code):
    assert code in CODES
    assert RuleSet.errors(f"semelle\n; a remark\n\n{line}", lists=["sole"]) == [(4, code)]


def test_lists_are_not_checked_when_none_are_given():
    assert RuleSet.errors("@nowhere") == []


def test_a_line_with_a_mistake_does_not_spoil_the_others():
    assert found("semelle", "(((", "@nowhere", "semelle") == ["semelle"]


@given(st.text(alphabet="ab |()~+_@#!*-?; é", max_size=60))
def test_any_line_is_understood_or_named(line):
    problems = RuleSet.errors([line], lists=[])
    assert all(number == 1 and code in CODES for number, code in problems)
    try:
        parse(line)
    except PatternError as error:
        assert error.code in CODES
    ruleset(line).match("ab a b ab é")


@given(st.lists(st.sampled_from(["semelle", "decolle", ".", ",", "pas", "recu", "12", "سومال", "😀"]), max_size=30))
def test_every_hit_lies_in_the_text(words):
    text = " ".join(words)
    for hit in ruleset("semelle ~ decol*", "pas recu", "# _ semelle", "- pas semelle").match(text):
        assert 0 <= hit.start < hit.end <= len(text)
        assert text[hit.start : hit.end] == hit.text


# --- the rules that come with the addon


def test_shipped_rules_have_no_mistake(shipped):
    lists = {rule.list_name for rule in shipped if rule.list_name}
    assert [
        (rule.key, RuleSet.errors(rule.patterns, lists)) for rule in shipped if RuleSet.errors(rule.patterns, lists)
    ] == []


def test_shipped_rules_name_known_labels_once(shipped):
    assert len({rule.key for rule in shipped}) == len(shipped)
    assert all(rule.key.startswith("rule_") for rule in shipped)
    assert {rule.label for rule in shipped if not rule.list_name} <= DEFAULTS.keys() | FLAGS
    assert {rule.language for rule in shipped} <= {"fr", "ar", "arabizi", "en", "any"}


def test_every_code_has_rules(shipped):
    assert DEFAULTS.keys() <= {rule.label for rule in shipped}


def test_matching_takes_time_in_proportion(shipped):
    rules = RuleSet(shipped)
    for unit in ("semelle décollée ", "السومال طاحت ", "a", "((|~ ", "12 paires "):
        started = time.perf_counter()
        rules.match((unit * 50_000)[:50_000])
        assert time.perf_counter() - started < 5
