import json

import numpy as np
import pytest
from made import FEATURES, made_leads

from leather_engine import live, recipes, training
from leather_engine.artifact import load_metadata, load_scorer
from leather_engine.features import Feature, FeatureTable
from leather_engine.training import TrainingConfig, TrainingError, fit_scorer, json_safe, train_leads

CONFIG = TrainingConfig(bootstrap_repeats=20)


@pytest.fixture(scope="module")
def leads():
    table, won = made_leads(450)
    return table, won, np.arange(450.0)


@pytest.fixture(scope="module")
def result(leads):
    return train_leads(*leads, config=CONFIG)


def test_the_report_is_complete_and_plain_json(result):
    report = json.loads(json.dumps(result.report, allow_nan=False))
    assert set(report) == {
        "task", "verdict", "metrics", "intervals", "calibration", "influence", "features", "recipe", "data", "profile",
        "drift_reference", "live_comparison", "versions", "random_state",
    }  # fmt: skip
    assert set(report["metrics"]) == {"ours", "trivial", "odoo"}
    assert report["data"]["rows"] == 450
    assert report["data"]["train_rows"] + report["data"]["holdout_rows"] == 450
    assert report["data"]["holdout_window"] == [360.0, 449.0]
    assert report["live_comparison"] is None
    low, high = report["intervals"]["ours"]["auc"]
    assert low <= report["metrics"]["ours"]["auc"] <= high


def test_a_good_model_is_published(result):
    assert result.publish
    assert [check["rival"] for check in result.report["verdict"]["checks"]] == ["trivial", "odoo", "odoo"]


def test_what_matters_is_most_influential(result):
    shares = {entry["feature"]: entry["share"] for entry in result.report["influence"]}
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["source"] > shares["country"]


def test_the_artifact_scores_like_the_scorer(result, leads):
    data = result.artifact()
    np.testing.assert_array_equal(load_scorer(data).predict_proba(leads[0]), result.scorer.predict_proba(leads[0]))
    assert load_metadata(data)["data"]["window"] == [0.0, 449.0]


def test_without_the_card_the_model_is_the_same(result, leads):
    np.testing.assert_array_equal(
        fit_scorer(*leads, config=CONFIG).predict_proba(leads[0]), result.scorer.predict_proba(leads[0])
    )


def test_noise_is_not_published():
    rng = np.random.default_rng(0)
    table = FeatureTable.from_columns([Feature("x", "number")], {"x": rng.normal(size=400)})
    result = train_leads(table, rng.random(400) < 0.4, config=CONFIG)
    assert not result.publish
    assert result.report["verdict"]["code"] == "worse_than_trivial"
    assert result.report["data"]["holdout"] == "random"


def test_too_few_leads():
    table, _ = made_leads(100)
    with pytest.raises(TrainingError) as caught:
        train_leads(table, np.arange(100) < 39)
    assert caught.value.code == "too_few_leads"
    assert caught.value.detail == {"won": 39, "lost": 61, "min_won": 40, "min_lost": 40}


def test_snapshots_are_counted_as_leads():
    table, _ = made_leads(200)
    with pytest.raises(TrainingError) as caught:
        train_leads(table, np.arange(200) < 100, lead=np.arange(200) // 4)
    assert (caught.value.detail["won"], caught.value.detail["lost"]) == (25, 25)


def test_no_usable_feature():
    table = FeatureTable.from_columns([Feature("x", "category")], {"x": ["same"] * 200})
    with pytest.raises(TrainingError, match="no_usable_feature"):
        train_leads(table, np.arange(200) < 100)


def test_denied_and_leaking_fields_never_enter(leads):
    table, won, when = leads
    leak = [f"{flag}" for flag in won]
    features = [*FEATURES, Feature("leak", "category")]
    with_leak = FeatureTable.from_columns(features, {**table.columns, "leak": leak})
    config = TrainingConfig(deny=("country",), report=False)
    used = {feature.name for feature in fit_scorer(with_leak, won, when, config=config).features_}
    assert used == {"source", "revenue", "tags", "title"}
    insisting = TrainingConfig(deny=("country",), keep_leaks=("leak",), report=False)
    assert "leak" in {feature.name for feature in fit_scorer(with_leak, won, when, config=insisting).features_}


def test_the_live_version_is_judged_on_later_rows_or_refitted(result, leads, monkeypatch):
    monkeypatch.setattr(live, "MIN_ROWS", 80)
    config = TrainingConfig(report=False)
    table, won, when = leads
    later = train_leads(table, won, when + 90, config=config, live=result.artifact())
    assert later.report["live_comparison"] == "rows_after_its_training"
    assert later.report["metrics"]["live"]["logloss"] > 0
    same = train_leads(*leads, config=config, live=result.artifact())
    assert same.report["live_comparison"] == "recipe_refitted"
    losses = [same.report["metrics"][name]["logloss"] for name in ("live", "ours")]
    assert losses[0] == pytest.approx(losses[1], rel=0.05)
    broken = train_leads(*leads, config=config, live=b"garbage")
    assert broken.report["live_comparison"] == "unreadable"
    assert broken.publish


def test_progress_names_every_step(leads):
    seen = []
    train_leads(*leads, config=TrainingConfig(report=False), progress=lambda *step: seen.append(step))
    assert [step for step, _, _ in seen] == list(training.STEPS)
    assert [done for _, done, _ in seen] == list(range(len(training.STEPS)))


def test_unknown_settings_are_refused():
    assert TrainingConfig.from_mapping({"deny": ["a"], "min_won": 3}).deny == ("a",)
    with pytest.raises(ValueError, match="unknown settings: typo"):
        TrainingConfig.from_mapping({"typo": 1})


def test_json_safe():
    value = {"a": np.float64("nan"), 1: (np.int64(2), np.array([True, False])), "b": [float("inf")]}
    assert json_safe(value) == {"a": None, "1": [2, [True, False]], "b": [None]}


def test_a_more_trusted_recipe_is_left_only_for_a_clearly_better_one():
    scored = [{"recipe": name, "logloss": loss} for name, loss in (("a", 0.5), ("b", 0.497), ("c", 0.48))]
    assert recipes.most_trusted(scored) == "c"
    assert recipes.most_trusted(scored[:2]) == "a"


def test_backtests_are_skipped_for_few_leads_and_without_time():
    table, won = made_leads(300)
    assert recipes.choose_recipe(table, won, np.arange(300.0)).backtest == []
    assert recipes.choose_recipe(table, won).backtest == []


def test_a_backtest_is_reported():
    table, won = made_leads(850)
    recipe = recipes.choose_recipe(table.select(["source", "revenue"]), won, np.arange(850.0))
    assert [entry["recipe"] for entry in recipe.backtest] == ["standard", "recent", "steady 0.25", "odoo"]
    assert recipe.name in {entry["recipe"] for entry in recipe.backtest[:-1]}
