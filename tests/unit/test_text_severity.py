"""How serious: rules over codes, flags and facts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.engine import load_engine

load_engine()
from leather_engine.text.sentiment import judge  # noqa: E402
from leather_engine.text.severity import DEFAULTS, Facts, assess  # noqa: E402

COMPLAINTS = [code for code in DEFAULTS if not code.startswith("N")]
FLAGS = [
    "injury",
    "worn",
    "unsafe",
    "site_stopped",
    "legal",
    "repeated",
    "skin",
    "smell",
    "marking",
    "negative",
    "idle",
]


@pytest.mark.parametrize(
    ("codes", "flags", "facts", "level", "key"),
    [
        (["P3"], ["injury"], {}, 4, "injury"),
        (["P3"], [], {}, 4, "injury"),
        (["P1"], [], {}, 4, "ppe_failed"),
        (["P2"], [], {}, 4, "ppe_failed"),
        (["P4"], ["skin"], {}, 4, "unsafe"),
        (["P4"], ["smell"], {}, 3, "smell"),
        (["P4"], ["smell", "skin"], {}, 4, "unsafe"),
        (["P1"], ["certificate", "unissued"], {}, 3, "certificate"),
        (["P1"], ["certificate", "unissued", "ppe_failed"], {}, 4, "ppe_failed"),
        (["P1"], ["certificate"], {}, 4, "ppe_failed"),
        (["Q1"], [], {}, 3, "structural"),
        (["Q2"], ["worn"], {}, 4, "failed_worn"),
        (["Q1"], ["worn", "idle"], {}, 3, "structural"),
        (["D1", "Q1"], ["worn"], {}, 4, "failed_worn"),
        (["D1", "Q1"], ["worn", "idle"], {}, 2, "default"),
        (["D1", "Q1"], [], {}, 2, "default"),
        (["Q5", "P1"], [], {}, 4, "ppe_failed"),
        (["Q3"], ["injury"], {}, 4, "injury"),
        (["D1"], ["injury"], {}, 2, "default"),
        (["K3"], [], {}, 2, "default"),
        (["K3"], ["marking"], {}, 4, "unsafe"),
        (["D1"], [], {}, 2, "default"),
        (["D1"], ["site_stopped"], {}, 3, "site_stopped"),
        (["C1"], ["legal"], {}, 3, "legal"),
        (["S1"], ["repeated"], {}, 3, "repeated"),
        (["F1"], [], {}, 1, "default"),
        (["F1"], [], {"pairs": 9}, 1, "default"),
        (["F1"], [], {"pairs": 10}, 3, "many_pairs"),
        (["F1"], [], {"pairs": 2, "lot_pairs": 200}, 3, "lot_share"),
        (["F1"], [], {"pairs": 1, "lot_pairs": 200}, 1, "default"),
        (["F1"], [], {"pairs": 0, "lot_pairs": 200}, 1, "default"),
        (["Q5"], [], {"previous_by_customer": 1}, 2, "default"),
        (["Q5"], [], {"previous_by_customer": 2}, 3, "customer_third"),
        (["Q5"], [], {"previous_on_lot": 2}, 3, "lot_third"),
        (["N1"], ["injury", "legal"], {"pairs": 500}, 0, "question"),
        ([], [], {}, 2, "nothing_known"),
        ([], ["legal"], {}, 3, "legal"),
    ],
)
def test_the_most_serious_rule_counts(codes, flags, facts, level, key):
    found = assess(codes, flags, Facts(**facts))
    assert found.level == level
    assert key in [reason for reason, _ in found.reasons]


def test_every_code_has_a_default():
    for code, level in DEFAULTS.items():
        assert assess([code], []).level == level


def test_facts_may_be_left_out():
    assert assess(["F1"], []) == assess(["F1"], [], Facts())


def test_reasons_name_what_they_counted():
    reasons = dict(assess(["F1"], [], Facts(pairs=30, lot_pairs=1000)).reasons)
    assert reasons == {"many_pairs": "30", "lot_share": "3.0"}


def test_anger_never_counts():
    for code in COMPLAINTS:
        assert assess([code], ["negative", "negative"]).level == assess([code], []).level


facts = st.builds(
    Facts,
    pairs=st.integers(0, 300),
    lot_pairs=st.integers(0, 1000),
    previous_by_customer=st.integers(0, 5),
    previous_on_lot=st.integers(0, 5),
)


@given(st.lists(st.sampled_from(COMPLAINTS), max_size=3), st.sets(st.sampled_from(FLAGS)), facts, st.integers(0, 50))
def test_more_facts_never_make_it_less_serious(codes, flags, known, more):
    base = assess(codes, flags, known).level
    assert (
        assess(codes, flags, Facts(known.pairs + more, known.lot_pairs, 0, 0)).level
        >= assess(codes, flags, Facts(known.pairs, known.lot_pairs, 0, 0)).level
    )
    for name in ("previous_by_customer", "previous_on_lot"):
        values = {**known.__dict__, name: getattr(known, name) + more}
        assert assess(codes, flags, Facts(**values)).level >= base
    assert all(assess(codes, {*flags, flag}, known).level >= base for flag in ("injury", "legal", "site_stopped"))


@pytest.mark.parametrize(
    ("flags", "codes", "sentiment"),
    [
        ([], ["N1"], "neutral"),
        (["negative"], ["N1"], "negative"),
        (["positive", "positive"], ["N1"], "positive"),
        ([], ["Q1"], "negative"),
        (["positive", "positive"], ["Q1"], "neutral"),
        ([], ["N2"], "positive"),
        ([], [], "neutral"),
    ],
)
def test_sentiment(flags, codes, sentiment):
    assert judge(flags, codes) == sentiment
