import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_texts import QUICK, TALK, WORDS, made_texts
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import LabelBinarizer

from conftest import HERE
from leather_engine import artifact
from leather_engine.text import network
from leather_engine.text.classifier import TextClassifier, best_temperature, label_folds
from leather_engine.text.network import Network, softmax
from leather_engine.text.scorer import CompiledText

words = st.sampled_from([*TALK, *(word for group in WORDS.values() for word in group), "unseen", "😀", "?"])
random_texts = st.lists(words, max_size=12).map(" ".join)


@pytest.fixture(scope="module", autouse=True)
def quick():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "ROWS_SEEN", QUICK)
        yield


@pytest.fixture(scope="module")
def fitted():
    return TextClassifier(rounds=1).fit(*made_texts())


@pytest.fixture(scope="module")
def compiled(fitted):
    return fitted.compile()


@pytest.fixture(scope="module")
def packed(compiled):
    return artifact.pack(scorer=compiled, estimators={}, metadata={"task": "complaint"})


@pytest.fixture(scope="module")
def oracle(fitted):
    """scikit-learn's own network with the weights that we learned."""
    net = fitted.network_
    model = MLPClassifier(hidden_layer_sizes=(len(net.hidden_bias),))
    model.coefs_ = [net.inputs * net.scale[:, None].astype(float), net.outputs / fitted.temperature_]
    model.intercepts_ = [net.hidden_bias, net.bias / fitted.temperature_]
    model.n_layers_, model.out_activation_, model.n_outputs_ = 3, "softmax", 3
    model._label_binarizer = LabelBinarizer().fit(fitted.classes_)
    model.n_features_in_ = len(fitted.features_)
    return model


@given(st.lists(random_texts, min_size=1, max_size=6))
def test_the_compiled_scorer_equals_scikit_learn(fitted, compiled, oracle, texts):
    starts, codes, values = fitted.features_.table(texts)
    dense = np.zeros((len(texts), len(fitted.features_)))
    for row in range(len(texts)):
        dense[row, codes[starts[row] : starts[row + 1]]] = values[starts[row] : starts[row + 1]]
    np.testing.assert_allclose(compiled.predict_proba(texts)["label"], oracle.predict_proba(dense), atol=1e-5)


def test_it_learns():
    texts, labels = made_texts(300)
    other_texts, other_labels = made_texts(200, seed=1)
    found = TextClassifier(rounds=1).fit(texts, labels).predict(other_texts)
    assert np.mean([a == b for a, b in zip(found, other_labels, strict=True)]) > 0.95


def test_confidence_is_honest_when_labels_are_noisy():
    texts, labels = made_texts(900, noise=0.3)
    model = TextClassifier(rounds=1).fit(texts, labels)
    other_texts, other_labels = made_texts(900, seed=1, noise=0.3)
    probability = model.predict_proba(other_texts)
    right = model.classes_[probability.argmax(axis=1)] == other_labels
    assert abs(probability.max(axis=1).mean() - right.mean()) < 0.08


def test_names_of_labels_are_learned_and_never_judged():
    texts = ["bonjour a", "bonjour b", "merci c", "merci d"]
    names = {"Q1": "semelle décollée\nunglued sole", "D1": "livraison en retard", "K9": "no such label", "F1": None}
    model = TextClassifier(rounds=1).fit(texts, ["Q1", "Q1", "D1", "D1"], names=names)
    assert model.predict(["une semelle", "the sole", "un retard"]) == ["Q1", "Q1", "D1"]
    assert model.held_out_.shape == (4, 2)
    assert "no such" not in model.features_.word_grams


def test_unlabelled_texts_help_where_labelled_ones_are_few():
    texts, labels = made_texts(400)
    few = [row for label in ("Q1", "D1", "F1") for row in [r for r, name in enumerate(labels) if name == label][:3]]
    known, known_labels = [texts[row] for row in few], [labels[row] for row in few]
    other_texts, other_labels = made_texts(200, seed=1)

    def accuracy(**options):
        found = TextClassifier(rounds=1).fit(known, known_labels, **options).predict(other_texts)
        return np.mean([a == b for a, b in zip(found, other_labels, strict=True)])

    assert accuracy(unlabelled=texts) > accuracy() + 0.05


def test_unlabelled_texts_are_not_needed_where_labelled_ones_are_many():
    texts, labels = made_texts(120)
    again = TextClassifier(rounds=1).fit(texts, labels, unlabelled=["semelle"] * 500)
    alone = TextClassifier(rounds=1).fit(texts, labels)
    np.testing.assert_array_equal(again.predict_proba(texts), alone.predict_proba(texts))


def test_a_short_text_can_be_as_sure_as_a_long_one():
    texts, labels = made_texts(200)
    model = TextClassifier(rounds=1).fit([*texts, *["https://a.dz/1"] * 40], [*labels, *["N3"] * 40])
    assert model.compile().rank("label", ["https://a.dz/2"])[0][0][0] == "N3"
    assert model.predict_proba(["https://a.dz/2"]).max() > 0.9


def test_noisy_labels_are_learned_for_a_shorter_time():
    clean = TextClassifier(rounds=1).fit(*made_texts(300))
    noisy = TextClassifier(rounds=1).fit(*made_texts(300, noise=0.5))
    assert noisy.effort_ <= clean.effort_
    assert TextClassifier(rounds=1, effort=0.2).fit(*made_texts(60)).effort_ == 0.2


def test_networks_that_judge_learn_as_long_as_the_one_that_is_kept(monkeypatch):
    lengths, fit = [], network._Member.fit
    monkeypatch.setattr(network._Member, "fit", lambda member, passes: lengths.append(passes) or fit(member, passes))
    TextClassifier(rounds=1, effort=0.3).fit(*made_texts(90))
    assert network._passes(90, 0.3) != network._passes(90 * 4 / 5, 0.3)
    assert set(lengths) == {network._passes(90, 0.3)}


def test_same_texts_same_bytes(packed):
    again = TextClassifier(rounds=1).fit(*made_texts()).compile()
    assert artifact.pack(scorer=again, estimators={}, metadata={"task": "complaint"}) == packed


@given(st.lists(random_texts, max_size=5))
def test_artifact_round_trip(packed, compiled, texts):
    loaded = artifact.load_scorer(packed)
    assert isinstance(loaded, CompiledText)
    np.testing.assert_array_equal(loaded.predict_proba(texts)["label"], compiled.predict_proba(texts)["label"])
    assert loaded.rank("label", texts) == compiled.rank("label", texts)


@given(random_texts)
def test_each_text_alone_and_in_a_batch(compiled, text):
    alone = compiled.predict_proba([text])["label"][0]
    beside = compiled.predict_proba(["something else", text])["label"][1]
    np.testing.assert_array_equal(alone, beside)
    assert alone.sum() == pytest.approx(1, abs=1e-5)


def test_familiarity_tells_complaints_from_other_texts(compiled):
    usual = [compiled.familiarity(text) for text in made_texts(200, seed=4)[0]]
    assert 0.35 < np.mean(usual) < 0.75
    assert np.mean(np.array(usual) < 0.1) < 0.2
    assert compiled.familiarity("totally unrelated weather forecast", head="label") < 0.1
    assert compiled.familiarity("") == compiled.familiarity("   ") == 0.0


@given(random_texts)
def test_ranks_are_the_likeliest_labels_in_order(compiled, text):
    ranked = compiled.rank("label", [text], top=2)[0]
    probability = dict(zip(compiled.classes("label"), compiled.predict_proba([text])["label"][0], strict=True))
    assert [label for label, _p, _words in ranked] == sorted(probability, key=lambda name: -probability[name])[:2]
    assert all(share == probability[label] for label, share, _words in ranked)
    assert all(set(words) <= set(text.split()) for _label, _p, words in ranked)


def test_the_words_that_decide_are_named(compiled):
    text = "Bonjour, la SEMELLE est décollée depuis hier"
    (word, weight), *_rest = compiled.explain(text, "Q1", 3)
    assert word in ("SEMELLE", "décollée")
    assert weight > 0
    assert "SEMELLE" in dict(compiled.explain(text, "Q1", 2, head="label"))
    assert compiled.rank("label", [text])[0][0][2][0] == word


@settings(max_examples=10)
@given(random_texts)
def test_contributions_add_up(compiled, text):
    """With the words' contributions taken off, what is left does not depend on the values of the features."""
    head = compiled.heads["label"]
    codes, values = compiled.features.row(text)
    network, direction = head.network, np.array([1.0, -0.5, -0.5], dtype=np.float32)
    total = network.contributions(codes, values, direction).sum()
    active = network.hidden(codes, values) > 0
    base = ((network.hidden_bias * active) @ network.outputs + network.bias) @ direction
    assert total + base == pytest.approx(network.log_odds(codes, values) @ direction, abs=1e-3)


def test_marks_are_learned_from_and_never_shown():
    texts, labels = made_texts(120)
    texts = [
        f"{' '.join(text.split()[:2])} zzrulefirst{label.lower()}" for text, label in zip(texts, labels, strict=True)
    ]
    model = TextClassifier(rounds=1).fit(texts, labels)
    assert model.predict(["bonjour zzrulefirstq1", "bonjour zzrulefirstd1"]) == ["Q1", "D1"]
    assert "zz" not in str(model.compile().explain("bonjour zzrulefirstq1", "Q1", 9))


@pytest.mark.parametrize("text", ["", "   ", "😀😀", "x" * 50_000, "a b " * 12_500, "\x00\ud800", "<b>&nbsp;</b>"])
def test_odd_texts_get_an_answer(compiled, text):
    probability = compiled.predict_proba([text])["label"]
    assert np.isfinite(probability).all()
    assert len(compiled.rank("label", [text])[0]) == 3
    assert 0 <= compiled.familiarity(text) <= 1


def test_no_texts(compiled):
    assert compiled.predict_proba([])["label"].shape == (0, 3)
    assert compiled.rank("label", []) == []


def test_one_class_is_refused():
    with pytest.raises(ValueError, match="two classes"):
        TextClassifier().fit(["a", "b"], ["Q1", "Q1"])


def test_words_met_in_no_text_of_a_fold_say_nothing():
    texts, labels = made_texts(60)
    model = TextClassifier(rounds=1)
    model.fit(texts, labels, features=TextClassifier(rounds=1).fit([*texts, "otherworld"], [*labels, "Q1"]).features_)
    alone = model.compile().predict_proba(["bonjour otherworld", "bonjour"])["label"]
    word = model.features_._words["otherworld"]
    assert not model.network_.inputs[word].any()
    assert np.abs(alone[0] - alone[1]).max() < 0.2


@given(st.lists(st.integers(0, 4), min_size=10, max_size=200), st.integers(2, 5))
def test_folds_hold_every_class_alike(target, folds):
    target = np.array(target)
    fold = label_folds(target, folds=folds)
    for label in np.unique(target):
        counts = np.bincount(fold[target == label], minlength=folds)
        assert counts.max() - counts.min() <= 1
    assert np.ptp(np.bincount(fold, minlength=folds)) <= 1


def test_the_temperature_undoes_what_was_done():
    rng = np.random.default_rng(0)
    log_odds = rng.normal(size=(4000, 3)) * 2
    target = np.array([rng.choice(3, p=row) for row in softmax(log_odds)])
    assert best_temperature(log_odds, target) == pytest.approx(1.0, abs=0.1)
    assert best_temperature(3 * log_odds, target) == pytest.approx(3.0, abs=0.3)


@pytest.mark.parametrize("part", ["inputs", "scale", "hidden_bias", "outputs", "bias"])
def test_parts_that_do_not_fit_are_refused(fitted, part):
    arrays = fitted.network_.state()
    with pytest.raises(ValueError, match="fit"):
        Network.from_state({**arrays, part: arrays[part][..., :-1]})


def test_a_document_that_does_not_fit_its_arrays_is_refused(compiled):
    document, arrays = compiled.state()
    heads = [{**document["heads"][0], "classes": ["Q1"]}]
    with pytest.raises(ValueError, match="classes"):
        CompiledText.from_state({**document, "heads": heads}, arrays)


def test_scoring_from_a_file_loads_numpy_only(packed, tmp_path):
    (tmp_path / "model.zip").write_bytes(packed)
    code = (
        "import sys; sys.path[:0] = [sys.argv[1]]; import conftest\n"
        "from leather_engine import artifact\n"
        "scorer = artifact.load_scorer(open(sys.argv[2], 'rb').read())\n"
        "scorer.rank('label', ['la semelle'])\n"
        "heavy = {'sklearn', 'scipy', 'skops', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code, str(HERE.parent), str(tmp_path / "model.zip")], check=True)
