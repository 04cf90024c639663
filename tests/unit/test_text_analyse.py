"""Everything about a message in one call, and the cold start on texts written for development."""

import csv
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import complaints_rules
from bench.__main__ import main
from bench.engine import load_engine

load_engine()
from leather_engine.text.analyse import Analysis, analyse  # noqa: E402
from leather_engine.text.rules import RuleSet, load_csv  # noqa: E402
from leather_engine.text.severity import DEFAULTS, Facts  # noqa: E402

OTHERS = [
    "la livraison est en retard",
    "il manque 3 paires",
    "la facture est fausse",
    "commande mazal ma wslatch",
    "personne ne répond au téléphone",
    "la taille est trop petite",
    "la couture est décousue",
    "العلبة ممزقة",
]
TEXTS = Path(__file__).resolve().parent.parent / "data" / "complaints_dev.csv"


@pytest.fixture(scope="module")
def rules():
    return RuleSet(load_csv(complaints_rules.RULES))


def primary(analysis):
    return analysis.codes[0][0] if analysis.codes else None


@pytest.mark.parametrize(
    ("text", "code", "level"),
    [
        ("la semelle s'est décollée", "Q1", 3),
        ("la smelle c décolé o bou de 2 moi", "Q1", 3),
        ("semelle tna7at men 9oddam", "Q1", 3),
        ("السومال تقلعت", "Q1", 3),
        ("The sole came off while I was climbing a ladder", "Q1", 4),
        ("un clou a traversé la semelle, personne n'a été blessé", "P1", 4),
        ("the toe cap bent when a brick fell on it", "P1", 4),
        ("l'ouvrier s'est coupé le pied, 3 points de suture", "P3", 4),
        ("طاح وتكسرت رجلو، راه فالسبيطار", "P3", 4),
        ("ضربتني الكهرباء من الصباط", "P2", 4),
        ("ça glisse comme du savon sur sol mouillé", "P2", 4),
        ("rejli hmaret w t7okni mel sebbat", "P4", 4),
        ("forte odeur de colle dans la boite", "P4", 3),
        ("il manque 3 paires", "D2", 2),
        ("wa9tach tewsel la commande ta3i", "S4", 2),
        ("vos chaussures sont-elles antistatiques ?", "N1", 0),
        ("bonjour, je voudrais un devis pour 50 paires", "N1", 0),
        ("Merci, chaussures solides et confortables, bravo", "N2", 0),
        ("votre embout m'a sauvé le pied, merci", "N2", 0),
        ("Gagnez 500 euros par jour, cliquez ici", "N3", 0),
    ],
)
def test_messages(rules, text, code, level):
    found = analyse(text, rules)
    assert (primary(found), found.severity) == (code, level)
    assert found.is_complaint == (not code.startswith("N"))


# Kinds of danger, in words that the texts for development do not have
DANGERS = [
    ("mon gros orteil est devenu tout violet, l'embout a cédé", "harm to a part of the body"),
    ("my shin was sliced by the edge of the collar", "harm to a part of the body"),
    ("ضربت رجلي وتورمت قدمي", "harm to a part of the body"),
    ("dreb raso m3a l7it ki zle9", "harm to a part of the body"),
    ("neuf points sous le pied, en arrêt pour un mois", "medical consequences"),
    ("he is on crutches and off work", "medical consequences"),
    ("راه في العناية المركزة", "medical consequences"),
    ("rah f reanimation b sbab sabat", "medical consequences"),
    ("les soudeurs refusent de les porter sur le toit, ils ont peur", "refused out of fear"),
    ("nobody dares to wear them on the ladder any more", "refused out of fear"),
    ("khayfin yetla3ou bihom l stah", "refused out of fear"),
    ("le préventeur a interdit vos chaussures", "withdrawn by an authority"),
    ("the safety officer pulled every pair", "withdrawn by an authority"),
    ("مفتش العمل منع استعمالها", "withdrawn by an authority"),
    ("échec à l'essai de choc, l'embout s'est aplati", "failed test"),
    ("rasbet f test ta3 l'embout", "failed test"),
    ("we cut one in half and found cardboard where the steel should be", "missing plate"),
    ("makanch la plaque f semelle", "missing plate"),
    ("aucun marquage CE sur la languette", "missing marking"),
    ("bla ktaba ta3 norme la f lsan la men dakhel", "missing marking"),
    ("votre attestation est un faux", "forged certificate"),
    ("الشهادة مزورة والختم مقلد", "forged certificate"),
    ("j'ai failli passer sous le chariot à cause de la semelle", "near-accident"),
    ("he grabbed the rail or he would have been gone", "near-accident"),
    ("كاد زميلي يسقط من السقالة", "near-accident"),
    ("semelle partie alors que je montais sur l'échelle", "sole off at work"),
    ("got zapped by the panel, so much for antistatic", "shock"),
    ("drabni trisiti w ana labesha", "shock"),
    ("la soude a traversé et brûlé la peau", "chemical burn"),
    ("لاسيد دخل وحرقلي رجلي", "chemical burn"),
]


@pytest.mark.parametrize(("text", "kind"), DANGERS)
def test_a_danger_is_never_less_than_the_highest_level(rules, text, kind):
    assert analyse(text, rules).severity == 4, kind


@pytest.mark.parametrize(
    "text",
    [
        "votre facture m'a fait mal au portefeuille, on saigne",
        "your invoice left us bleeding money",
        "mort de rire devant votre prix",
        "le CHU souhaite un devis pour 40 paires",
        "military hospital here, looking for 50 clogs, do you send samples?",
        "حنا سبيطار، شحال يدير الصباط؟",
        "vos délais sont mortels",
        "je cherche une chaussure qui ne glisse pas, que conseillez-vous ?",
        "combien de joules supporte l'embout ?",
        "un clou planté sous la semelle, arrêté net par la plaque, bravo",
        "thank you, a beam fell and the cap held, not a scratch",
        "chokran, lembout selek rejli",
        "un carton est tombé du camion, boites écrasées",
        "accident de votre camion sur l'autoroute, 20 paires en retard",
        "boxes arrived a bloody mess",
        "mes gars refusent de les mettre, elles sont moches",
        "lacets ma ykamlouch, w oeillet tar men blastou",
    ],
)
def test_figures_of_speech_questions_and_praise_are_no_danger(rules, text):
    assert analyse(text, rules).severity < 4


@pytest.mark.parametrize("hurt", ["wa7ed tjra7 f rejlou", "un ouvrier s'est cassé le pied", "تكسرت رجلو"])
@given(others=st.lists(st.sampled_from(OTHERS), max_size=4))
def test_an_injury_is_among_the_first_three(hurt, others):
    found = analyse(". ".join([*others, hurt]), _small())
    assert "P3" in [code for code, _ in found.codes[:3]]
    assert found.severity == 4


def test_a_sole_that_failed_at_work_counts_beside_anything_else(rules):
    text = "livraison en retard, rien reçu, commande 4512 ; et la semelle s'est décollée quand je montais l'échelle"
    assert analyse(text, rules).severity == 4


def test_pairs_on_a_paper_are_money(rules):
    """A wrong invoice stays what it is, however many pairs stand on it."""
    assert analyse("facture de 60 paires, 45 reçues", rules).severity == DEFAULTS["C2"]
    assert analyse("facture de 60 paires, 45 reçues", rules, Facts(pairs=60)).severity == 3


@pytest.mark.parametrize("text", ["", "   ", "😡", "12345", "\x00\ud800", "هههههه", "\u202e\u200f", "a" * 60_000])
def test_texts_that_say_nothing(rules, text):
    found = analyse(text, rules)
    assert isinstance(found, Analysis)
    assert found.severity in range(5)


def test_more_than_one_thing_is_named(rules):
    found = analyse("la semelle est décollée et il manque la notice dans la boite, 2 paires", rules)
    assert primary(found) == "Q1"
    assert "K3" in found.secondary


def test_facts_raise_the_severity(rules):
    text = "taille trop petite"
    assert analyse(text, rules).severity == 1
    assert analyse(text, rules, Facts(pairs=30)).severity == 3
    assert analyse(text, rules, Facts(previous_by_customer=2)).severity == 3


def test_pairs_in_the_text_count_when_nothing_else_is_known(rules):
    assert analyse("taille trop petite sur 30 paires", rules).severity == 3
    assert analyse("taille trop petite sur 30 paires", rules, Facts(pairs=2)).severity == 1


def test_anger_raises_nothing(rules):
    calm, angry = "le lacet est cassé", "le lacet est cassé, c'est une honte, bande de voleurs !!!"
    assert analyse(calm, rules).severity == analyse(angry, rules).severity


def test_confidences_are_shares(rules):
    found = analyse("la semelle est décollée, la couture aussi, livraison en retard", rules)
    values = [confidence for _, confidence in found.codes]
    assert values == sorted(values, reverse=True)
    assert 0 < sum(values) < 1
    assert len({code for code, _ in found.codes}) == len(found.codes)


@given(st.text() | st.text(alphabet="اتسملرط قع 7935abcdé?!.\n|~+"))
def test_no_text_is_too_odd(text):
    rules = _small()
    found = analyse(text, rules)
    assert all(code in DEFAULTS for code, _ in found.codes)
    assert all(text[hit.start : hit.end] == hit.text for hit in found.hits)


def _small():
    if not hasattr(_small, "rules"):
        _small.rules = RuleSet(load_csv(complaints_rules.RULES))
    return _small.rules


def test_the_cold_start_keeps_its_level(rules):
    """Texts written for development: they tell when a change breaks something, not how good the rules are."""
    rows = complaints_rules.read_rows(TEXTS)
    figures = complaints_rules.measure(rows, [complaints_rules.run(rules, row["text"]) for row in rows])
    assert figures["texts"] >= 250
    assert figures["language"] >= 0.99
    assert figures["family_top1"] >= 0.88
    assert figures["code_top1"] >= 0.85
    assert figures["code_top3"] >= 0.95
    assert figures["severity"] >= 0.85
    assert figures["s4_recall"] >= 0.98
    assert figures["s4_precision"] >= 0.80
    for language, shown in figures["per_language"].items():
        assert shown["s4_recall"] >= 0.95, language
        assert shown["family_top1"] >= 0.82, language


def test_a_message_takes_milliseconds(rules):
    rows = complaints_rules.read_rows(TEXTS)
    seconds = sorted(complaints_rules.run(rules, row["text"])[1] for row in rows)
    assert seconds[len(seconds) // 2] < 0.05  # a busy machine; the benchmark tells the real figure


def test_a_very_long_mail_does_not_hang(rules):
    text = " ".join(row["text"] for row in complaints_rules.read_rows(TEXTS))[:50_000]
    started = time.perf_counter()
    analyse(text, rules)
    assert time.perf_counter() - started < 10


def test_the_benchmark_writes_its_figures(tmp_path, capsys):
    out = tmp_path / "out.json"
    assert main(["complaints-rules", "--csv", str(TEXTS), "--json", str(out), "--misses"]) == 0
    figures = json.loads(out.read_text())
    keys = {"language", "family_top1", "code_top1", "code_top3", "severity", "s4_recall", "s4_precision", "texts"}
    assert keys | {"per_language", "p95_ms"} == set(figures)
    assert set(figures["per_language"]) == {"fr", "ar", "arabizi", "en"}
    assert "s4_recall" in capsys.readouterr().out


@pytest.mark.parametrize("level", ["2", "S2", "s2"])
def test_the_benchmark_reads_levels_in_both_ways(tmp_path, level):
    path = tmp_path / "texts.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([complaints_rules.COLUMNS, ("rien recu", "fr", "D5", level)])
    assert complaints_rules.read_rows(path)[0]["severity"] == 2


@pytest.mark.parametrize("content", ["", "text,language\na,fr\n", "text,language,primary_code,severity\na,fr,Q1,7\n"])
def test_the_benchmark_says_what_is_wrong_with_a_file(tmp_path, capsys, content):
    path = tmp_path / "texts.csv"
    path.write_text(content, encoding="utf-8")
    assert main(["complaints-rules", "--csv", str(path)]) == 2
    assert "texts.csv" in capsys.readouterr().err


def test_the_benchmark_says_that_a_file_is_missing(tmp_path, capsys):
    assert main(["complaints-rules", "--csv", str(tmp_path / "none.csv")]) == 2
    assert "cannot read" in capsys.readouterr().err
