"""The reader that comes with the addon: what it finds beyond the rules, what it doubts, and where it keeps quiet."""

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import starter.__main__ as build
from bench.complaints_rules import RULES, measure, read_rows, run
from bench.engine import ROOT
from leather_engine import artifact
from leather_engine.text import starter as engine
from leather_engine.text import whole_text
from leather_engine.text.analyse import analyse
from leather_engine.text.rules import Hit, Rule, RuleSet, load_csv
from leather_engine.text.severity import DEFAULTS


@pytest.fixture(scope="module")
def rules():
    return RuleSet(load_csv(RULES))


@pytest.fixture(scope="module")
def starter():
    return engine.load()


# What no list of words can know.
UNSAID = [
    "Notre soudeur est chez lui le pied en l'air depuis mardi, les étincelles ont fini dans sa chaussure.",
    "Since the pallet came down on him the lad walks with a stick, the front of the boot is as flat as a plate",
    "الحارس راه في الدار من يوم الجمعة، رجلو منفوخة من بعد ما طاح عليها الباب و السباط ما حماهاش",
    "khouna 3ando 10 jours arret, la palette nezlet 3la sba3o w sabat makan walou",
]
# What a list of words takes for danger.
OTHER_MATTERS = [
    "Le camion qui livrait a eu un accident, personne n'est blessé mais mes 5 cartons ont deux jours de retard.",
    "Your price list is painful, we are bleeding money on toe caps, please review the discount",
]


@pytest.mark.parametrize("text", UNSAID)
def test_danger_without_its_words(text, rules, starter):
    found = analyse(text, rules, starter=starter)
    assert found.severity == 4
    assert found.codes[0][0].startswith("P")


def test_the_words_that_did_it_are_named(rules, starter):
    text = "The boys put cardboard in so they won't feel the screws"
    assert analyse(text, rules).severity < 4
    found = analyse(text, rules, starter=starter)
    ((key, words),) = found.severity_reasons
    assert key == "reads_dangerous"
    assert words
    assert all(word in text for word in words.split(", "))
    assert not {"the", "they", "in", "so"} & set(words.split(", "))


@pytest.mark.parametrize("text", OTHER_MATTERS)
def test_words_of_danger_about_another_matter(text, rules, starter):
    assert analyse(text, rules, starter=starter).severity < 4


def test_a_doubted_danger_stays_grave(starter):
    small = RuleSet([Rule("a", "P1", "any", 3.0, ("capuchon",))])
    text = "il manque un capuchon de stylo dans le colis, 1 carton au lieu de 2"
    assert analyse(text, small).severity == 4
    found = analyse(text, small, starter=starter)
    assert (found.severity, found.severity_reasons[0]) == (3, ("doubted", ""))


def test_what_a_rule_of_the_house_finds_is_not_doubted(starter):
    own = RuleSet([Rule("a", "P1", "any", 3.0, ("capuchon",), own=True)])
    text = "il manque un capuchon de stylo dans le colis, 1 carton au lieu de 2"
    found = analyse(text, own, starter=starter)
    assert (found.severity, found.severity_reasons) == (4, [("ppe_failed", "P1")])


def test_doubt_never_falls_below_grave_for_a_complaint(rules, starter):
    """Over all texts that nobody has learned from."""
    for row in _unseen("e"):
        alone, found = analyse(row["text"], rules), analyse(row["text"], rules, starter=starter)
        if alone.severity == 4 and found.is_complaint:
            assert found.severity >= 3, row["text"]


ANGER = [
    ("le lacet est cassé sur une paire", "c'est une honte, bande de voleurs !!!"),
    ("the box of one pair is torn", "this is a disgrace, you thieves!!!"),
    ("السير تاع الصباط تقطع", "عيب عليكم يا سراقين"),
]


@pytest.mark.parametrize("fault, anger", ANGER)
def test_anger_raises_nothing(fault, anger, rules, starter):
    severity = analyse(fault, rules, starter=starter).severity
    assert analyse(f"{fault}, {anger}", rules, starter=starter).severity == severity


def test_anger_is_taken_out():
    hits = [Hit("a", "negative", 1, 4, 9, "awful"), Hit("b", "Q1", 1, 0, 3, "the")]
    assert engine.calm("the awful sole", hits) == "the   sole"


def test_a_code_no_rule_knows_has_words(rules, starter):
    text = "three of the lads switched back to the old ones after Ahmed went down by the tanks"
    found = analyse(text, RuleSet([]), starter=starter)
    assert found.codes
    code = found.codes[0][0]
    assert found.words[code]
    assert all(word in text for word in found.words[code])


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=300))
def test_never_raises(text, rules, starter):
    found = analyse(text, rules, starter=starter)
    assert 0 <= found.severity <= 4
    shares = [share for _, share in found.codes]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1.01


def test_nothing_to_read(rules, starter):
    for text in ("", "  \n "):
        assert analyse(text, rules, starter=starter) == analyse(text, rules)


# --- the file


def test_built_from_these_texts():
    assert build.check(engine.DEFAULT, sorted(build.TEXTS.glob("*.csv"))) == 0


def test_every_code_is_known(starter):
    known = {label.removesuffix(engine.DANGER_MARK) for label in starter.scorer.classes(engine.HEAD)}
    assert set(DEFAULTS) <= set(known)


def test_no_text_to_measure_on_was_learned():
    learned = {row["text"].strip() for path in build.TEXTS.glob("*.csv") for row in read_rows(path)}
    for name in "bcef":
        assert not learned & {row["text"].strip() for row in _unseen(name)}


def test_an_unreadable_file(tmp_path):
    damaged = tmp_path / "starter.zip"
    damaged.write_bytes(engine.DEFAULT.read_bytes()[:5000])
    with pytest.raises(artifact.ArtifactError):
        engine.load(damaged)
    with pytest.raises(OSError):
        engine.load(tmp_path / "none.zip")


def test_same_texts_same_bytes(tmp_path, monkeypatch):
    _write_authors(tmp_path)
    monkeypatch.setattr(build, "TEXTS", tmp_path)
    monkeypatch.setattr(build, "GRAMS", 300)
    outs = [tmp_path / "one.zip", tmp_path / "two.zip"]
    for out in outs:
        assert build.main(["--out", str(out)]) == 0
    assert outs[0].read_bytes() == outs[1].read_bytes()
    assert build.main(["--check", "--out", str(outs[0])]) == 0
    rules = tmp_path / "rules"
    rules.write_bytes(build.RULES.read_bytes() + b"\n")
    with monkeypatch.context() as other:
        other.setattr(build, "RULES", rules)
        assert build.main(["--check", "--out", str(outs[0])]) == 1
    (tmp_path / "a.csv").write_text((tmp_path / "a.csv").read_text() + "more,en,Q1,3,\n")
    assert build.main(["--check", "--out", str(outs[0])]) == 1


def test_one_author_may_have_two_files(tmp_path):
    _write_authors(tmp_path)
    (tmp_path / "a.csv").rename(tmp_path / "short_b.csv")
    assert set(build.read(sorted(tmp_path.glob("*.csv"))).authors) == {"b"}


def test_texts_that_nobody_learned_from(rules, starter):
    """A guard: well below what was measured (README), above what the rules reach alone."""
    rows = [row for name in "bcef" for row in _unseen(name)]
    figures = measure(rows, [run(rules, row["text"], starter) for row in rows])
    assert figures["s4_recall"] > 0.95
    assert figures["s4_precision"] > 0.68
    assert figures["family_top1"] > 0.78
    assert figures["code_top3"] > 0.88


def _unseen(name):
    return read_rows(ROOT / "tests" / "data" / f"complaints_unseen_{name}.csv")


def _write_authors(folder):
    texts = [("sole came off", "Q1", 3), ("he is in hospital", "P3", 4), ("late again", "D1", 2)]
    for author in "ab":
        with open(folder / f"{author}.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["text", "language", "primary_code", "severity", "secondary_codes"])
            writer.writerows(
                [f"{text} {author}{i}", "en", code, level, ""] for i in range(6) for text, code, level in texts
            )


# --- longer texts

OTHER = (
    "Bonjour, notre commande S00123 est toujours en retard, quand sera-t-elle livrée ? La facture porte une remise de "
    "5 % au lieu de 8 %. Merci de rappeler Madame Haddad au sujet des prochaines tailles."
)
IN_PASSING = "Au fait, les gars mettent du carton dedans pour ne pas sentir les vis sous le pied."


@pytest.mark.parametrize("danger", ["Un ouvrier s'est blessé au pied, l'embout a cassé.", IN_PASSING])
def test_danger_in_one_sentence_of_a_long_mail(danger, rules, starter):
    assert analyse(OTHER, rules, starter=starter).severity < 4
    for text in (f"{danger} {OTHER}", f"{OTHER}\n{danger}", OTHER.replace("? La", f"? {danger} La")):
        assert analyse(text, rules, starter=starter).severity == 4, text


def test_a_subject_about_something_else(rules, starter):
    words = "Bonjour, depuis la dernière livraison les gars mettent du carton dedans pour ne pas sentir les vis."
    for subject in ("Cartons dans les chaussures", "Facture", "Re: commande S00012"):
        assert analyse(f"{subject}\n{words}", rules, starter=starter).severity == 4


def test_parts():
    assert whole_text.split("One two. Three four five six seven. End.") == ["One two. Three four five six seven. End."]
    assert whole_text.split("a b c d e f. g h i j k l؟ m") == ["a b c d e f.", "g h i j k l؟ m"]
    assert whole_text.split("Boxes\nThe boys put cardboard in. Why?") == ["Boxes", "The boys put cardboard in. Why?"]
    assert whole_text.split("") == [""]


@given(st.lists(st.text(alphabet="ab .!?\n", max_size=40), max_size=60))
def test_parts_lose_no_word_and_are_not_many(texts):
    text = " ".join(texts)
    parts = whole_text.split(text)
    assert " ".join(parts).split() == text.split()
    assert len(parts) <= 2 * whole_text.MOST_PARTS


def test_a_very_long_text(rules, starter):
    text = f"{OTHER} " * 300
    assert analyse(f"{text} {IN_PASSING}", rules, starter=starter).language == "fr"
