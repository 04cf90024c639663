import json

import numpy as np
import pytest
from made_texts import QUICK, made_texts

from leather_engine import artifact
from leather_engine.text import automation, network, training
from leather_engine.text.training import STEPS, TextConfig, train_text
from leather_engine.training import TrainingError

CONFIG = TextConfig(rounds=1)


@pytest.fixture(scope="module", autouse=True)
def quick():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "ROWS_SEEN", QUICK)
        yield


@pytest.fixture(scope="module")
def data():
    texts, labels = made_texts(360)
    return texts, {"category": labels}, np.arange(360.0)


@pytest.fixture(scope="module")
def result(data):
    return train_text(*data, config=CONFIG)


def test_the_report_is_complete_and_plain_json(result):
    report = json.loads(json.dumps(result.report, allow_nan=False))
    assert report["task"] == "complaint"
    assert report["data"] == {"rows": 360, "window": [0.0, 359.0], "holdout": "time"}
    head = report["heads"]["category"]
    assert head["classes"] == ["D1", "F1", "Q1"]
    assert head["rows"] == 360
    assert head["missing"] == {}
    assert set(head["metrics"]) == {"ours", "trivial"}
    assert set(head["metrics"]["ours"]) == {"accuracy", "macro_f1", "logloss", "ece"}
    assert set(head["automation"][0]) == {"threshold", "share", "error", "error_upper"}
    assert set(head["calibration"][0]) == {"low", "high", "n", "mean_probability", "right_rate"}
    assert head["verdict"] == {"publish": True, "code": "accepted", "checks": head["verdict"]["checks"]}
    assert [check["rival"] for check in head["verdict"]["checks"]] == ["trivial", "trivial"]
    assert report["verdict"]["checks"][0]["head"] == "category"


def test_a_good_model_is_published_and_automates(result):
    assert result.publish
    head = result.report["heads"]["category"]
    assert head["metrics"]["ours"]["accuracy"] > 0.95 > head["metrics"]["trivial"]["accuracy"]
    threshold = automation.choose_threshold(head["automation"], 0.05)
    assert automation.get_share(head["automation"], threshold) > 0.8


def test_the_artifact_scores_like_the_scorer(result, data):
    packed = result.artifact()
    loaded = artifact.load_scorer(packed)
    assert list(loaded.heads) == ["category"]
    ours = result.scorer.predict_proba(data[0][:20])["category"]
    np.testing.assert_array_equal(loaded.predict_proba(data[0][:20])["category"], ours)
    assert artifact.load_metadata(packed)["data"]["window"] == [0.0, 359.0]


def test_same_input_same_bytes(result, data):
    again = train_text(*data, config=CONFIG)
    assert again.artifact() == result.artifact()
    assert again.report == result.report


def test_steps_are_reported(data):
    steps = []
    texts, heads, when = data
    train_text(
        texts[:120],
        {"category": heads["category"][:120]},
        when[:120],
        config=CONFIG,
        progress=lambda *step: steps.append(step),
    )
    assert steps == [(step, number, len(STEPS)) for number, step in enumerate(STEPS)]


def test_noise_is_not_published():
    texts, _ = made_texts(200)
    labels = list(np.random.default_rng(99).choice(["a", "b"], 200))
    result = train_text(texts, {"category": labels}, config=CONFIG)
    assert not result.publish
    report = result.report
    assert report["heads"]["category"]["verdict"]["code"].startswith("worse_than_")
    assert report["verdict"]["code"] == report["heads"]["category"]["verdict"]["code"]
    assert report["data"]["holdout"] == "random"
    assert not artifact.load_scorer(result.artifact()).heads


def test_a_model_that_the_rules_beat_is_not_published():
    texts, labels = made_texts(200, seed=3)
    blank = ["bonjour " + text.split()[0] for text in texts]
    result = train_text(blank, {"category": labels}, config=CONFIG, rules={"category": labels})
    head = result.report["heads"]["category"]
    assert head["metrics"]["rules"]["accuracy"] == 1.0
    assert head["verdict"]["code"] in ("worse_than_rules", "worse_than_trivial")
    assert not result.publish


def test_rules_that_say_little_are_beaten(data):
    texts, heads, when = data
    rules = [label if row % 5 == 0 else None for row, label in enumerate(heads["category"])]
    rules[1] = "no label of ours"
    result = train_text(texts, heads, when, config=CONFIG, rules={"category": rules})
    assert result.publish
    assert {check["rival"] for check in result.report["verdict"]["checks"]} == {"trivial", "rules"}


def test_labels_with_too_few_texts_are_named_and_count_as_errors(data):
    texts, heads, _ = data
    few = ["le carton est écrasé"] * 13
    labels = [*heads["category"], *["K1"] * 13]
    result = train_text([*texts, *few], {"category": labels}, config=CONFIG)
    head = result.report["heads"]["category"]
    assert head["missing"] == {"K1": 7}
    assert "K1" not in head["classes"]
    assert head["automation"][-1]["error"] >= 13 / 373


def test_several_heads_each_on_its_own():
    texts, labels = made_texts(300)
    noise = list(np.random.default_rng(1).choice(["x", "y"], 300))
    partly = [label if row % 2 else None for row, label in enumerate(labels)]
    heads = {
        "category": labels,
        "noise": noise,
        "partly": partly,
        "never": [None] * 300,
        "few": ["a"] * 5 + [None] * 295,
    }
    result = train_text(texts, heads, np.arange(300.0), config=CONFIG)
    assert list(result.scorer.heads) == ["category", "partly"]
    report = result.report["heads"]
    assert report["partly"]["rows"] == 150
    assert not report["noise"]["verdict"]["publish"]
    assert report["never"]["verdict"]["code"] == report["few"]["verdict"]["code"] == "too_few_texts"
    assert report["few"]["missing"] == {"a": 15}
    assert set(result.scorer.predict_proba(["semelle"])) == {"category", "partly"}


def test_names_are_used(data):
    texts, heads, when = data
    names = {"category": {"Q1": "outsole", "D1": "shipment\nexpédition", "F1": ""}}
    scorer = train_text(
        texts[:150], {"category": heads["category"][:150]}, when[:150], names=names, config=CONFIG
    ).scorer
    found = scorer.rank("category", ["outsole", "shipment", "expédition"])
    assert [ranked[0][0] for ranked in found] == ["Q1", "D1", "D1"]


def test_unlabelled_texts_are_used(data):
    texts, labels = made_texts(90, seed=7, noise=0.3)
    more, _ = made_texts(300, seed=8)
    config = TextConfig(rounds=1, min_per_class=5)
    heads = {"category": [*labels[:45], *[None] * 345]}
    with_more = train_text([*texts, *more], heads, config=config)
    without = train_text(texts[:45], {"category": labels[:45]}, config=config)
    ours = [result.report["heads"]["category"] for result in (with_more, without)]
    assert [head["rows"] for head in ours] == [45, 45]
    assert ours[0]["metrics"]["ours"] != ours[1]["metrics"]["ours"]


@pytest.mark.parametrize(
    ("labels", "code"),
    [
        (["Q1"] * 60, "one_label"),
        (["Q1"] * 40 + ["D1"] * 19, "too_few_texts"),
        ([None] * 60, "too_few_texts"),
        ([], "too_few_texts"),
    ],
)
def test_nothing_to_learn_is_told(labels, code):
    with pytest.raises(TrainingError) as caught:
        train_text([f"text {row}" for row in range(len(labels))], {"category": labels}, config=CONFIG)
    assert caught.value.code == code
    assert caught.value.detail["min_per_class"] == 20


def test_blank_texts_are_not_learned_from():
    labels = ["Q1"] * 30 + ["D1"] * 30
    with pytest.raises(TrainingError) as caught:
        train_text([""] * 15 + [None] * 15 + ["late"] * 30, {"category": labels}, config=CONFIG)
    assert caught.value.detail["labels"] == {"category": {"D1": 30}}


def test_long_and_odd_texts():
    texts, labels = made_texts(100)
    texts[0], texts[1], texts[2] = "a" * 50_000, "x y " * 12_500, "\ud800\x00😀"
    assert train_text(texts, {"category": labels}, config=CONFIG).publish


def test_a_label_seen_only_lately_does_not_stop_the_training(data):
    texts, heads, when = data
    labels = [*heads["category"][:320], *["K1"] * 40]
    late = [*texts[:320], *["carton écrasé " + text for text in texts[320:]]]
    head = train_text(late, {"category": labels}, when, config=CONFIG).report["heads"]["category"]
    assert "K1" in head["classes"]
    assert head["metrics"]["ours"]["accuracy"] < 0.6


def test_only_one_label_in_the_earlier_texts():
    texts, _ = made_texts(100)
    with pytest.raises(TrainingError) as caught:
        train_text(texts, {"category": ["a"] * 80 + ["b"] * 20}, np.arange(100.0), config=CONFIG)
    assert caught.value.code == "too_few_texts"


def test_the_live_version_is_measured_on_later_texts_only(data, result):
    texts, heads, _when = data
    more, labels = made_texts(260, seed=5)
    live = result.artifact()
    later = train_text(
        [*texts, *more], {"category": [*heads["category"], *labels]}, np.arange(620.0), config=CONFIG, live=live
    )
    head = later.report["heads"]["category"]
    assert head["live_comparison"] == "texts_after_its_training"
    assert {check["rival"] for check in head["verdict"]["checks"]} == {"trivial", "live"}
    assert set(head["metrics"]) == {"ours", "trivial", "live", "ours_beside_live"}
    assert head["metrics"]["live"]["accuracy"] > 0.9
    same = train_text(*data, config=CONFIG, live=live).report["heads"]["category"]
    assert same["live_comparison"] == "too_few_later_texts"
    assert "live" not in same["metrics"]
    broken = train_text(*data, config=CONFIG, live=b"garbage")
    assert broken.report["live_comparison"] == "unreadable"
    assert broken.publish


def test_worse_than_the_live_version_is_not_published(data):
    texts, labels = made_texts(600)
    live = train_text(texts[:300], {"category": labels[:300]}, np.arange(300.0), config=CONFIG).artifact()
    spoilt = list(np.random.default_rng(0).permutation(labels[:480]))
    mixed = [spoilt[row] if row % 3 else labels[row] for row in range(480)]
    result = train_text(texts, {"category": [*mixed, *labels[480:]]}, np.arange(600.0), config=CONFIG, live=live)
    assert result.report["heads"]["category"]["verdict"]["code"] == "worse_than_live"
    assert not result.publish


def test_unknown_settings_are_refused():
    assert TextConfig.from_mapping({"min_per_class": 5}).min_per_class == 5
    with pytest.raises(ValueError, match="typo"):
        TextConfig.from_mapping({"typo": 1})


@pytest.mark.parametrize(("features", "heads", "rounds"), [(20_000, 3, 2), (20_001, 3, 1), (60_000, 1, 2)])
def test_a_large_vocabulary_gets_fewer_networks(features, heads, rounds):
    assert training._affordable_rounds(features, heads, TextConfig()) == rounds
