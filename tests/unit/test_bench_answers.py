import csv
import json
from pathlib import Path

import numpy as np
import pytest

from bench import answers
from bench.__main__ import main

KEYS = {
    "past", "asked", "clusters", "clusters_from", "recall_at_1", "recall_at_3", "nearest_alone", "build_cpu_s",
    "baseline", "baseline_letters", "speed",
}  # fmt: skip
PROBLEMS = {
    "sole": "semelle décollée",
    "late": "livraison en retard",
    "price": "facture trop chère",
    "size": "trop petites",
}


def write_csv(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerows([["Message", "Réponse"], *rows])
    return str(path)


def rows(count, seed=0):
    rng = np.random.default_rng(seed)
    places = ["chantier", "atelier", "dépôt", "bureau", "usine"]
    names = sorted(PROBLEMS)
    return [
        (f"{PROBLEMS[names[row % 4]]} au {rng.choice(places)} {rng.choice(places)}", f"Réponse {names[row % 4]} !")
        for row in range(count)
    ]


def run(path, out, *more):
    return main(["answers", "--csv", path, "--text", "Message", "--reply", "Réponse", "--json", out, *more])


@pytest.fixture
def out(tmp_path):
    return str(tmp_path / "out.json")


def test_the_whole_run(tmp_path, out, capsys, monkeypatch):
    monkeypatch.setattr(answers, "ASKED", 40)
    path = write_csv(tmp_path / "a.csv", rows(100))
    assert run(path, out, "--sizes", "50,300") == 0
    figures = json.loads(Path(out).read_text(encoding="utf-8"))
    assert set(figures) == KEYS
    assert (figures["past"], figures["asked"], figures["clusters"]) == (80, 20, 4)
    assert figures["clusters_from"] == "equal replies"
    assert figures["recall_at_1"] == figures["recall_at_3"] == 1.0
    assert set(figures["speed"]) == {"50", "300"}
    assert figures["speed"]["50"]["replicated"] == 0.0
    assert figures["speed"]["300"]["replicated"] == pytest.approx(1 - 80 / 300)
    assert 0 < figures["speed"]["300"]["p50_ms"] <= figures["speed"]["300"]["p95_ms"]
    printed = capsys.readouterr()
    assert "73% made with noise" in printed.out
    assert "80 past messages, 20 asked, 4 replies (equal replies)" in printed.err


def test_asked_messages_of_their_own(tmp_path, out, monkeypatch):
    monkeypatch.setattr(answers, "ASKED", 10)
    past, test = write_csv(tmp_path / "a.csv", rows(40)), write_csv(tmp_path / "b.csv", rows(8, seed=1))
    assert run(past, out, "--test", test, "--sizes", "40") == 0
    figures = json.loads(Path(out).read_text(encoding="utf-8"))
    assert (figures["past"], figures["asked"]) == (40, 8)


def test_replies_that_differ_in_spelling_are_one():
    clusters, how = answers.cluster(["Désolé !", "desole", "Merci"], seed=0)
    assert clusters == [0, 0, 1]
    assert how == "equal replies"


def test_distinct_replies_are_clustered_by_their_words():
    topics = ["remboursement de la paire numéro", "nouvelle livraison prévue pour le"]
    replies = [f"{topics[row % 2]} {row} {'abcdefghij'[row % 10]}{row}" for row in range(40)]
    clusters, how = answers.cluster(replies, seed=0)
    assert how == "k-means over the replies' words"
    assert len(set(clusters)) > 1
    assert not {clusters[row] for row in range(0, 40, 2)} & {clusters[row] for row in range(1, 40, 2)}
    assert clusters == answers.cluster(replies, seed=0)[0]


def test_noise_changes_words_and_keeps_the_number():
    texts = ["un deux trois quatre cinq six"] * 3
    made, share = answers.replicate(texts, 30, seed=0)
    assert len(made) == 30
    assert share == pytest.approx(0.9)
    assert {len(text.split()) for text in made} == {6}
    assert len(set(made[3:])) > 5
    assert answers.replicate(texts, 2, seed=0) == (texts[:2], 0.0)


@pytest.mark.parametrize(
    ("change", "cure"),
    [
        ({"--csv": "ghost.csv"}, "cannot read ghost.csv"),
        ({"--reply": "Ghost"}, "Its columns: Message, Réponse"),
        ({"--sizes": "many"}, "whole numbers"),
        ({"--sizes": "0"}, "above zero"),
        ({"--json": "/ghost/out.json"}, "--json"),
    ],
)
def test_mistakes_are_told_with_the_cure(tmp_path, out, capsys, change, cure):
    path = write_csv(tmp_path / "a.csv", rows(20))
    options = {"--csv": path, "--text": "Message", "--reply": "Réponse", "--json": out, **change}
    assert main(["answers", *(part for option in options.items() for part in option)]) == 2
    assert cure in capsys.readouterr().err


def test_too_few_rows_are_told(tmp_path, out, capsys):
    assert run(write_csv(tmp_path / "a.csv", rows(2)), out) == 2
    assert "at least 3" in capsys.readouterr().err
