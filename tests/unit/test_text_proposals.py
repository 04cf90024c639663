"""Rules and model put together into proposals."""

from hypothesis import given
from hypothesis import strategies as st

from leather_engine.text.proposals import Proposal, combine, rule_words, with_rules

RULED = [("Q1", 0.8, ("semelle décollée",)), ("D1", 0.3, ("retard",))]
SAID = [("Q1", 0.9, ("semelle",)), ("Q2", 0.06, ()), ("F1", 0.04, ())]

labels = st.sampled_from(["P1", "Q1", "Q2", "D1", "N1"])
items = st.lists(st.tuples(labels, st.floats(0, 1), st.just(())), max_size=4, unique_by=lambda item: item[0]).map(
    lambda found: sorted(found, key=lambda item: -item[1])
)


def test_rules_alone_are_never_set_by_themselves():
    proposal = combine(RULED, (), threshold=0.0)
    assert (proposal.label, proposal.source, proposal.automatic) == ("Q1", "rules", False)


def test_the_model_leads_where_it_has_learned():
    proposal = combine(RULED, SAID, learned={"Q1", "Q2", "F1"}, threshold=0.85, version_id=7)
    assert (proposal.label, proposal.source, proposal.version_id) == ("Q1", "model", 7)
    assert proposal.automatic
    assert proposal.rules == ("Q1", "D1")


def test_below_the_threshold_a_person_decides():
    assert not combine(RULED, SAID, learned={"Q1"}, threshold=0.95, version_id=7).automatic
    assert not combine(RULED, SAID, learned={"Q1"}, threshold=None, version_id=7).automatic


def test_the_best_label_of_the_rules_stays_first_where_the_model_cannot_know_it():
    proposal = combine(
        [("P3", 0.4, ("blessé",)), ("Q1", 0.3, ())], SAID, learned={"Q1", "Q2", "F1"}, threshold=0.5, version_id=7
    )
    assert (proposal.label, proposal.source, proposal.version_id, proposal.automatic) == ("P3", "rules", None, False)
    assert [label for label, _confidence, _words in proposal.top] == ["P3", "Q1", "Q2"]


def test_a_lesser_label_of_the_rules_does_not_lead():
    proposal = combine([("Q1", 0.5, ()), ("P3", 0.4, ())], SAID, learned={"Q1", "Q2", "F1"}, version_id=7)
    assert (proposal.label, proposal.source) == ("Q1", "model")


def test_a_label_the_model_knows_is_not_moved_by_the_rules():
    proposal = combine([("Q2", 0.99, ())], SAID, learned={"Q1", "Q2", "F1"}, version_id=7)
    assert proposal.label == "Q1"


def test_the_words_of_the_rules_are_shown_beside_the_same_label():
    assert combine(RULED, SAID, learned={"Q1"}, version_id=7).top[0][2] == ("semelle décollée",)


def test_the_words_that_tell_the_model_of_the_rules_are_never_shown():
    marked = [("Q1", 0.9, ("semelle", "zzrulefirstcodeq1"))]
    assert combine((), marked, learned={"Q1"}).top[0][2] == ("semelle",)


def test_the_model_reads_what_the_rules_said():
    assert with_rules("bonjour", {"code": RULED}) == "bonjour zzrulefirstcodeq1 zzrulealsocoded1"
    assert rule_words({"severity": ["3"], "code": []}) == ["zzrulefirstseverity3"]


def test_nothing_found():
    assert Proposal().label is None
    assert combine((), ()).to_json() == {"top": [], "source": "rules", "version": None, "auto": False}


@given(items, items, st.sets(labels), st.none() | st.floats(0, 1))
def test_whatever_comes_in(ruled, said, learned, threshold):
    proposal = combine(ruled, said, learned=learned, threshold=threshold, version_id=1)
    assert len(proposal.top) <= 3
    if proposal.automatic:
        assert proposal.source == "model"
        assert proposal.confidence >= threshold
        assert proposal.label == said[0][0]
    assert (proposal.label is None) == (not ruled and not said)
