import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as oracle

from leather_engine import metrics
from leather_engine.folds import lead_ids, shuffled_folds, time_split

scored = st.lists(st.tuples(st.booleans(), st.sampled_from(np.linspace(0.01, 0.99, 25).tolist())), min_size=2).filter(
    lambda pairs: len({won for won, _ in pairs}) == 2
)


@given(scored)
def test_metrics_agree_with_scikit_learn(pairs):
    won, probability = map(np.array, zip(*pairs, strict=True))
    assert metrics.auc(won, probability) == pytest.approx(oracle.roc_auc_score(won, probability))
    assert metrics.pr_auc(won, probability) == pytest.approx(oracle.average_precision_score(won, probability))
    assert metrics.logloss(won, probability) == pytest.approx(oracle.log_loss(won, probability))
    assert metrics.brier(won, probability) == pytest.approx(oracle.brier_score_loss(won, probability))


@given(scored, st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(pairs, random):
    shuffled = list(pairs)
    random.shuffle(shuffled)
    before, after = (metrics.all_metrics(*map(np.array, zip(*p, strict=True))) for p in (pairs, shuffled))
    assert before == pytest.approx(after)


def test_undefined_is_nan():
    assert np.isnan(metrics.auc([True, True], [0.1, 0.2]))
    assert np.isnan(metrics.logloss([], []))
    assert np.isnan(metrics.lift10([False], [0.5]))


def test_certain_and_wrong_stays_finite():
    assert np.isfinite(metrics.logloss([True, False], [0.0, 1.0]))


def test_calibration_of_a_calibrated_forecast():
    rng = np.random.default_rng(0)
    probability = rng.random(20000)
    won = rng.random(20000) < probability
    assert metrics.ece(won, probability) < 0.02
    assert metrics.ece(won, probability**3) > 0.1
    curve = metrics.calibration_bins(won, probability)
    assert len(curve) == 10
    assert sum(row["n"] for row in curve) == 20000


def test_lift_by_hand():
    won = np.array([True] * 10 + [False] * 90)
    assert metrics.lift10(won, won.astype(float)) == pytest.approx(10.0)
    assert metrics.lift10(won, np.full(100, 0.5)) == pytest.approx(1.0)


def test_bootstrap_is_seeded_and_covers_the_value():
    rng = np.random.default_rng(1)
    probability = rng.random(400)
    won = rng.random(400) < probability
    first, again = (metrics.bootstrap(won, probability, repeats=60, names=("auc",)) for _ in range(2))
    assert first == again
    assert first["auc"][0] < metrics.auc(won, probability) < first["auc"][1]


def test_bootstrap_by_lead_is_wider():
    rng = np.random.default_rng(2)
    probability = rng.random(100)
    won = rng.random(100) < probability
    lead = np.repeat(np.arange(100), 10)
    copies = [np.repeat(values, 10) for values in (won, probability)]
    naive = metrics.bootstrap(*copies, repeats=80, names=("auc",))["auc"]
    fair = metrics.bootstrap(*copies, lead=lead, repeats=80, names=("auc",))["auc"]
    assert fair[1] - fair[0] > 2 * (naive[1] - naive[0])


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=5), st.integers(2, 5))
def test_folds_keep_leads_together_and_are_balanced(rows, folds):
    lead = np.array([group for group, _ in rows])
    outcome = dict(rows)
    won = np.array([outcome[group] for group in lead])
    fold = shuffled_folds(won, lead, folds=folds)
    for group in set(lead.tolist()):
        assert len(set(fold[lead == group])) == 1
    winners = [len(set(lead[(fold == k) & won].tolist())) for k in range(folds)]
    assert max(winners) - min(winners) <= 1


def test_time_split_is_by_time_and_by_lead():
    lead = np.array([1, 2, 3, 4, 5, 1])
    when = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 9.0])
    train, test = time_split(when, lead, holdout=0.2)
    assert set(lead[test]) == {5}  # lead 1 began first, though its last snapshot is the newest row
    assert set(lead[train]) == {1, 2, 3, 4}


def test_lead_ids_without_leads():
    assert lead_ids(None, 3).tolist() == [0, 1, 2]
