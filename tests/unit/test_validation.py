import numpy as np
import pytest
from made import made_leads

from leather_engine import clocks, drift, gate, leaks, screening
from leather_engine.features import Feature, FeatureTable

ROWS = 1000


@pytest.fixture(scope="module")
def fields():
    """A noisy but honest field, leaks of several kinds, identifiers, clocks and constants."""
    rng = np.random.default_rng(0)
    won = rng.random(ROWS) < 0.3
    day = np.arange(ROWS, dtype=float)
    columns = {
        "honest": ["a" if flag != (rng.random() < 0.3) else "b" for flag in won],
        "reason": [None if flag else "too expensive" for flag in won],
        "closing score": won * 10 + rng.normal(size=ROWS),
        "quality tags": [("hot",) if flag else () for flag in won],
        "reference": [f"LEAD/{i:05}" for i in range(ROWS)],
        "number": day + 660000,
        "month": [f"m{int(i // 80)}" for i in day],
        "weekday": [f"d{int(i % 7)}" for i in day],
        "revenue": np.floor(rng.gamma(2, 5e6, ROWS)),
        "country": ["DZ"] * ROWS,
        "fax": [None] * ROWS,
        "note": [f"word {rng.integers(9)}" for _ in range(ROWS)],
    }
    kinds = {"closing score": "number", "number": "number", "revenue": "number", "quality tags": "tags", "note": "text"}
    features = [Feature(name, kinds.get(name, "category")) for name in columns]
    return FeatureTable.from_columns(features, columns), won, day


def test_leaks_are_suspected(fields):
    table, won, _ = fields
    suspects = leaks.suspected_leaks(table, won, changed_after_closing=["weekday"])
    assert {name: entry["reason"] for name, entry in suspects.items()} == {
        "reason": "predicts_too_well",
        "closing score": "predicts_too_well",
        "quality tags": "predicts_too_well",
        "weekday": "changed_after_closing",
    }


def test_an_identifier_does_not_fool_the_leak_check(fields):
    aucs = leaks.single_field_aucs(*fields[:2])
    assert aucs["reference"] == pytest.approx(0.5, abs=0.02)
    assert aucs["honest"] == pytest.approx(0.7, abs=0.05)
    assert np.isnan(aucs["note"])


def test_a_lead_on_both_sides_does_not_fool_the_leak_check():
    won = np.arange(200) % 2 == 0
    lead = np.repeat(np.arange(200), 4)
    table = FeatureTable.from_columns([Feature("id", "category")], {"id": [f"L{i}" for i in lead]})
    assert leaks.single_field_aucs(table, won[lead], lead=lead)["id"] == pytest.approx(0.5, abs=0.05)
    assert leaks.single_field_aucs(table, won[lead])["id"] > 0.9  # so the grouping is what protects


def test_every_feature_gets_its_reason(fields):
    table, won, _ = fields
    judged = screening.judge_features(table, won, deny=["revenue"], keep_leaks=["reason"])
    assert {entry["name"]: (entry["status"], entry["reason"]) for entry in judged} == {
        "honest": ("used", None),
        "reason": ("used", "predicts_too_well"),
        "closing score": ("left_out", "predicts_too_well"),
        "quality tags": ("left_out", "predicts_too_well"),
        "reference": ("left_out", "identifier"),
        "number": ("left_out", "identifier"),
        "month": ("used", None),
        "weekday": ("used", None),
        "revenue": ("left_out", "denied"),
        "country": ("left_out", "constant"),
        "fax": ("left_out", "constant"),
        "note": ("used", None),
    }


def test_whole_amounts_are_no_identifier(fields):
    table = fields[0]
    assert not screening.is_identifier(Feature("revenue", "number"), table.columns["revenue"])
    assert not screening.is_identifier(Feature("few", "number"), np.arange(20.0))


def test_an_identifier_with_blanks(fields):
    number = np.where(np.arange(ROWS) < 800, np.arange(ROWS), np.nan)
    assert screening.is_identifier(Feature("ID", "number"), number)


def test_clocks_are_found(fields):
    table, _, day = fields
    assert set(clocks.clock_features(table, day)) == {"month", "number"}
    shuffled = np.random.default_rng(0).permutation(day)
    assert clocks.clock_features(table, shuffled) == []


GOOD, BAD = {"logloss": 0.40, "auc": 0.80}, {"logloss": 0.60, "auc": 0.60}


@pytest.mark.parametrize(
    ("ours", "trivial", "odoo", "live", "code"),
    [
        (GOOD, BAD, BAD, None, "accepted"),
        (GOOD, BAD, None, None, "accepted"),
        (GOOD, BAD, BAD, GOOD, "accepted"),  # as good as the live one, on newer data
        (BAD, BAD, None, None, "worse_than_trivial"),
        ({"logloss": 0.599, "auc": 0.9}, BAD, None, None, "worse_than_trivial"),  # no more than luck
        (GOOD, BAD, GOOD, None, "worse_than_odoo"),
        (GOOD, BAD, {"logloss": 0.5, "auc": 0.81}, None, "worse_than_odoo"),
        (GOOD, BAD, {"logloss": 0.3, "auc": 0.7}, None, "worse_than_odoo"),
        (GOOD, BAD, BAD, {"logloss": 0.39, "auc": 0.7}, "worse_than_live"),
        ({"logloss": float("nan"), "auc": 0.9}, BAD, None, None, "worse_than_trivial"),
        (GOOD, BAD, {"logloss": 0.5, "auc": float("nan")}, None, "accepted"),
    ],
)
def test_the_gate(ours, trivial, odoo, live, code):
    verdict = gate.decide(ours, trivial, odoo, live)
    assert verdict.code == code
    assert verdict.publish == (code == "accepted")
    assert verdict.publish == all(check["passed"] for check in verdict.checks)


def test_the_live_version_is_compared_on_its_own_rows():
    verdict = gate.decide(GOOD, BAD, None, {"logloss": 0.45, "auc": 0.7}, ours_beside_live={"logloss": 0.5, "auc": 0.7})
    assert verdict.code == "worse_than_live"
    assert verdict.checks[-1] == {"rival": "live", "metric": "logloss", "ours": 0.5, "theirs": 0.45, "passed": False}


def test_psi():
    assert drift.psi([0.5, 0.5], [0.5, 0.5]) == pytest.approx(0)
    assert drift.psi([0.5, 0.5], [0.9, 0.1]) == pytest.approx(0.4 * np.log(1.8) - 0.4 * np.log(0.2))
    assert np.isfinite(drift.psi([1.0, 0.0], [0.0, 1.0]))
    assert drift.psi([0.5, 0.5], [0, 0]) is None


def test_drift_of_inputs_scores_and_base_rate():
    table, won = made_leads(2000)
    probability = np.random.default_rng(0).random(2000)
    reference = drift.reference(table, won, probability)
    same = drift.drift(reference, table, probability, won=won)
    assert max(same["features"].values()) == pytest.approx(0)
    assert same["score"] == pytest.approx(0)
    assert same["base_rate"] == {"then": won.mean(), "now": won.mean()}
    referral = np.array([value == "Referral" for value in table.columns["source"]])
    moved = drift.drift(reference, table.take(referral), probability[referral] / 3)
    assert moved["features"]["source"] > drift.PSI_ALARM > drift.PSI_WATCH > moved["features"]["revenue"]
    assert moved["score"] > drift.PSI_ALARM
    assert moved["base_rate"]["now"] is None


def test_drift_meets_values_it_has_never_seen():
    table, won = made_leads(300)
    reference = drift.reference(table, won, np.full(300, 0.5))
    values = {"source": "new", "country": None, "revenue": np.nan, "tags": ("new",), "title": ""}
    names = {name: [value] * 5 for name, value in values.items()}
    strange = FeatureTable.from_columns([*table.features, Feature("extra", "number")], {**names, "extra": [1] * 5})
    result = drift.drift(reference, strange, np.full(5, 0.9))
    assert set(result["features"]) == set(names)
    assert min(result["features"].values()) > drift.PSI_ALARM


def test_live_accuracy():
    result = drift.live_accuracy(np.array([True, True]), np.array([0.5, 0.9]))
    assert result["n"] == 2
    assert result["metrics"]["auc"] is None
    assert result["metrics"]["logloss"] == pytest.approx(-np.log([0.5, 0.9]).mean())
