import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import FEATURES, made_leads

from conftest import HERE
from leather_engine import boosting, linear
from leather_engine.features import Feature, FeatureTable
from leather_engine.lead_scoring import LeadScorer, NotFittedError, fit_platt, recency_weights
from leather_engine.metrics import auc
from leather_engine.scoring import sigmoid, strongest

MEMBERS = {
    "logistic": {"logistic": 1.0},
    "boosting": {"boosting": 1.0},
    "blend": {"logistic": 0.4, "boosting": 0.4, "bayes": 0.2},
}


@pytest.fixture(scope="module", params=MEMBERS)
def fitted(request):
    table, won = made_leads(700)
    return LeadScorer(members=MEMBERS[request.param], folds=3).fit(table, won)


@pytest.fixture(scope="module")
def fresh():
    return made_leads(400, seed=1)


def reference_probability(scorer, table):
    """The same prediction by scikit-learn's own estimators."""
    codes = scorer.compile().encode(table)
    usable = codes[:, scorer.positions_]
    columns = scorer._usable_columns
    total = np.zeros(len(table))
    for name, share in scorer.weights_.items():
        if name == "logistic":
            total += share * scorer.models_[name].decision_function(linear.design(usable, columns))
        elif name == "boosting":
            total += share * scorer.models_[name].decision_function(usable.astype(float))
        else:
            total += share * scorer.models_[name].log_odds(codes)
    return scorer.calibrator_.predict_proba(total[:, None])[:, 1]


def test_compiled_equals_scikit_learn(fitted, fresh):
    expected = reference_probability(fitted, fresh[0])
    np.testing.assert_allclose(fitted.predict_proba(fresh[0]), expected, atol=1e-9, rtol=0)


def test_it_learns(fitted, fresh):
    assert auc(fresh[1], fitted.predict_proba(fresh[0])) > 0.7


def test_probabilities_are_inside_zero_and_one(fitted, fresh):
    probability = fitted.predict_proba(fresh[0])
    assert probability.shape == (400,)
    assert ((probability > 0) & (probability < 1)).all()


def test_contributions_sum_to_the_log_odds(fitted, fresh):
    scorer = fitted.compile()
    total = scorer.contributions(fresh[0]).sum(axis=1) + scorer.base
    np.testing.assert_allclose(sigmoid(total), scorer.predict_proba(fresh[0]), atol=1e-12)


def test_score_equals_predict_and_explain(fitted, fresh):
    scorer = fitted.compile()
    probability, explanation = scorer.score(fresh[0])
    np.testing.assert_allclose(probability, scorer.predict_proba(fresh[0]), atol=1e-12)
    assert explanation.feature.shape == explanation.contribution.shape == (400, 6)
    single = scorer.explain(fresh[0].take([7]))
    np.testing.assert_array_equal(single.feature[0], explanation.feature[7])


def test_explanation_is_ordered_and_padded(fitted, fresh):
    explanation = fitted.compile().explain(fresh[0], top=3)
    for features, amounts in zip(explanation.feature, explanation.contribution, strict=True):
        for part, sign in ((slice(0, 3), 1), (slice(3, 6), -1)):
            real = features[part] >= 0
            values = sign * amounts[part][real]
            assert (values > 0).all()
            assert (np.diff(values) <= 0).all()
            assert (amounts[part][~real] == 0).all()
            assert not real[np.argmin(real) :].any() or real.all()


def test_order_of_rows_changes_nothing(fitted, fresh):
    order = np.random.default_rng(0).permutation(len(fresh[0]))
    np.testing.assert_array_equal(fitted.predict_proba(fresh[0].take(order)), fitted.predict_proba(fresh[0])[order])


def test_order_of_columns_changes_nothing(fresh):
    table, won = made_leads(500)
    turned = [feature.name for feature in FEATURES[::-1]]
    one = LeadScorer(members={"logistic": 1.0}, folds=3).fit(table, won)
    other = LeadScorer(members={"logistic": 1.0}, folds=3).fit(table.select(turned), won)
    np.testing.assert_allclose(one.predict_proba(fresh[0]), other.predict_proba(fresh[0].select(turned)), atol=1e-6)
    np.testing.assert_allclose(one.predict_proba(fresh[0]), one.predict_proba(fresh[0].select(turned)), atol=0)


def test_same_seed_same_model(fresh):
    table, won = made_leads(600)
    first, second = (LeadScorer(folds=3).fit(table, won).predict_proba(fresh[0]) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def one_lead(**values):
    blank = {"source": None, "country": None, "revenue": np.nan, "tags": (), "title": ""}
    return FeatureTable.from_columns(FEATURES, {name: [{**blank, **values}[name]] for name in blank})


def test_unseen_category_says_nothing_in_the_linear_model():
    table, won = made_leads(700)
    scorer = LeadScorer(members={"logistic": 1.0}, folds=3).fit(table, won).compile()
    contribution = scorer.contributions(one_lead(source="never seen"))[0]
    means = np.mean(scorer.contributions(table)[:, 0])
    assert means == pytest.approx(0, abs=1e-9)
    referral, web = (scorer.contributions(one_lead(source=s))[0, 0] for s in ("Referral", "Web"))
    assert web < contribution[0] < referral


@given(
    source=st.none() | st.text(min_size=1),
    revenue=st.floats(allow_infinity=True, allow_nan=True),
    tags=st.lists(st.text(min_size=1), max_size=4),
    title=st.text(),
)
def test_any_input_gets_a_probability(fitted, source, revenue, tags, title):
    lead = one_lead(source=source, revenue=revenue, tags=tags, title=title)
    scorer = fitted.compile()
    assert 0 < scorer.predict_proba(lead)[0] < 1
    assert 0 <= scorer.in_domain(lead)[0] <= 1


def test_familiar_input_is_in_domain(fitted):
    scorer = fitted.compile()
    table, _ = made_leads(700)
    assert scorer.in_domain(table).min() > 0.7
    strange = one_lead(source="x", country="y", revenue=1e12, tags=("z",), title="qqqq wwww")
    assert scorer.in_domain(strange)[0] < 0.2


def test_profile_tells_win_rates():
    table, won = made_leads(700)
    profile = LeadScorer(members={"logistic": 1.0}, folds=3).fit(table, won).compile().profile
    referral = np.array([value == "Referral" for value in table.columns["source"]])
    row = profile["source"]["values"]["Referral"]
    assert (row["n"], row["won"]) == (referral.sum(), won[referral].sum())
    assert row["rate"] == pytest.approx((row["won"] + 20 * won.mean()) / (row["n"] + 20), abs=1e-6)
    assert profile["revenue"]["blank"]["n"] == np.isnan(table.columns["revenue"]).sum()
    assert sum(r["n"] for r in profile["revenue"]["bins"]) + profile["revenue"]["blank"]["n"] == 700


def test_text_names_its_words():
    table, won = made_leads(700)
    scorer = LeadScorer(members={"logistic": 1.0}, folds=3).fit(table, won).compile()
    good, bad = scorer.strongest_words("title", "Safety BOOTS and free spam")
    assert {"safety", "boots"} >= {word for word, _ in good[:2]}
    assert {"free", "spam"} >= {word for word, _ in bad[:2]}


def test_leads_with_snapshots_stay_in_one_fold():
    table, won = made_leads(300)
    twice = np.repeat(np.arange(300), 2)
    features = [*FEATURES, Feature("lead", "category")]
    columns = {f.name: table.take(twice).columns[f.name] for f in FEATURES} | {"lead": [f"L{i}" for i in twice]}
    snapshots = FeatureTable.from_columns(features, columns)
    scorer = LeadScorer(members={"logistic": 1.0}, folds=3).fit(snapshots, won[twice], lead=twice)
    assert auc(won[twice], scorer.predict_proba(snapshots)) < 0.97  # the identifier has not been learned by heart


def test_recency_weights():
    weights = recency_weights(np.array([30.0, 10.0, 20.0, 40.0]), 0.25)
    assert weights.tolist() == [0.5, 0.125, 0.25, 1.0]
    assert recency_weights(None, 0.25) is None
    assert recency_weights(np.arange(4), None) is None


def test_noise_is_not_turned_round():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=400)
    won = rng.random(400) < sigmoid(-scores)
    assert fit_platt(scores, won).coef_[0, 0] > 0


def test_strongest_by_hand():
    feature, value = strongest(np.array([[0.5, -2.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0]]), 2)
    assert feature.tolist() == [[3, 0, 1, -1], [-1, -1, -1, -1]]
    assert value.tolist() == [[1.0, 0.5, -2.0, 0.0], [0.0] * 4]


def test_wrong_use_is_said():
    table, won = made_leads(30)
    with pytest.raises(NotFittedError):
        LeadScorer().predict_proba(table)
    with pytest.raises(ValueError, match="30 rows in the table but 29 outcomes"):
        LeadScorer().fit(table, won[:29])
    with pytest.raises(ValueError, match="two won and two lost"):
        LeadScorer().fit(table, np.ones(30, dtype=bool))


def test_more_columns_than_the_dense_design_holds(monkeypatch, fresh):
    table, won = made_leads(300)
    dense = LeadScorer(folds=3).fit(table, won).predict_proba(fresh[0])
    monkeypatch.setattr(linear, "DENSE_WORK", 0)
    sparse = LeadScorer(folds=3).fit(table, won).predict_proba(fresh[0])
    np.testing.assert_allclose(dense, sparse, atol=0.01)


def test_forest_of_stumps_and_of_no_splits():
    columns = LeadScorer(members={"boosting": 1.0}, folds=2)
    table, won = made_leads(60)  # too few rows for a second split
    columns.fit(table, won)
    np.testing.assert_allclose(columns.predict_proba(table), reference_probability(columns, table), atol=1e-9)
    assert boosting.MAX_ITERATIONS % boosting.STEP == 0


def test_scoring_loads_neither_scikit_learn_nor_scipy():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import conftest\n"
        "from leather_engine import artifact, features, lead_scoring, odoo_scoring, profile, validation\n"
        "heavy = {'sklearn', 'scipy', 'skops', 'pandas', 'joblib', 'odoo'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code, str(HERE.parent)], check=True)
