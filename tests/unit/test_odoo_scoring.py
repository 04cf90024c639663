import numpy as np
import pytest

from leather_engine.features import Feature, FeatureTable
from leather_engine.odoo_scoring import OdooScorer


def table(**columns):
    kinds = {"tags": "tags", "amount": "number"}
    return FeatureTable.from_columns([Feature(name, kinds.get(name, "category")) for name in columns], columns)


def test_by_hand():
    # 3 won, 2 lost. a: 2 won 0 lost, b: 1 won 1 lost, one lost blank. Each count + 0.1.
    scorer = OdooScorer().fit(table(x=["a", "a", "b", "b", None]), [True, True, True, False, False])
    won_share, lost_share = 3.1 / 5.2, 2.1 / 5.2
    a = won_share * (2.1 / 3.2), lost_share * (0.1 / 1.2)
    b = won_share * (1.1 / 3.2), lost_share * (1.1 / 1.2)
    blank = won_share, lost_share
    expected = [round(100 * won / (won + lost), 2) / 100 for won, lost in (a, b, blank, blank)]
    assert scorer.predict_proba(table(x=["a", "b", None, "never seen"])) == pytest.approx(expected)


def test_blank_speaks_for_the_state_of_mail_and_phone_only():
    won = [True, False] * 20
    filled = ["ok" if w else None for w in won]
    assert OdooScorer().fit(table(email_state=filled), won).predict_proba(table(email_state=[None]))[0] < 0.1
    assert OdooScorer().fit(table(source=filled), won).predict_proba(table(source=[None]))[0] == pytest.approx(0.5)


def test_rare_tags_are_silent():
    won = np.arange(100) % 2 == 0
    rare = [("t",) if i < 40 and w else () for i, w in enumerate(won)]
    common = [("t",) if w or i % 10 == 1 else () for i, w in enumerate(won)]
    assert OdooScorer().fit(table(tags=rare), won).predict_proba(table(tags=[("t",)]))[0] == pytest.approx(0.5)
    speaking = OdooScorer().fit(table(tags=[*common]), won)
    assert speaking.frequencies_["tags"]["t"] == (50.1, 10.1)


def test_clipped_and_rounded_in_percent():
    won = np.arange(2000) % 2 == 0
    scorer = OdooScorer().fit(table(x=["a" if w else "b" for w in won], y=["c" if w else "d" for w in won]), won)
    probability = scorer.predict_proba(table(x=["a", "b"], y=["c", "d"]))
    assert probability == pytest.approx([0.9999, 0.0001])


def test_zero_amount_is_blank_as_in_odoo():
    won = np.arange(10) < 5
    scorer = OdooScorer().fit(table(amount=[0.0, 5.0] * 5), won)
    assert set(scorer.frequencies_["amount"]) == {"5.0"}
