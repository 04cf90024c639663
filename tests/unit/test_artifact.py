import contextlib
import io
import json
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import sklearn
import skops.io
from hypothesis import given
from hypothesis import strategies as st
from made import made_leads

from conftest import HERE
from leather_engine import artifact, linear
from leather_engine.lead_scoring import LeadScorer

KEY = b"a secret of this database"
METADATA = {"task": "lead_scoring", "company": 1, "version": 3}


@pytest.fixture(scope="module")
def scorer():
    table, won = made_leads(700)
    return LeadScorer(members={"logistic": 0.5, "boosting": 0.5}, folds=3).fit(table, won)


@pytest.fixture(scope="module")
def packed(scorer):
    return artifact.pack(scorer=scorer.compile(), estimators=scorer.estimators(), metadata={"task": "lead_scoring"})


def rebuilt(data, **changes):
    """The same zip with some members replaced (name with _ for .) or removed (None)."""
    buffer = io.BytesIO()
    changes = {name.replace("__", "."): content for name, content in changes.items()}
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = changes.get(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return buffer.getvalue()


def test_round_trip(packed, scorer):
    table, _ = made_leads(200, seed=2)
    loaded = artifact.load_scorer(packed)
    np.testing.assert_array_equal(loaded.predict_proba(table), scorer.predict_proba(table))
    np.testing.assert_array_equal(loaded.explain(table).feature, scorer.compile().explain(table).feature)
    np.testing.assert_array_equal(loaded.in_domain(table), scorer.compile().in_domain(table))
    assert loaded.profile == json.loads(json.dumps(scorer.compile().profile))


def test_estimators_from_the_file_agree_with_the_scorer_from_the_file(packed, scorer):
    table, _ = made_leads(200, seed=2)
    estimators, loaded = artifact.load_estimators(packed), artifact.load_scorer(packed)
    codes = loaded.encode(table)
    total = 0.5 * estimators["logistic"].decision_function(linear.design(codes, scorer.columns_))
    total += 0.5 * estimators["boosting"].decision_function(codes.astype(float))
    reference = estimators["calibrator"].predict_proba(total[:, None])[:, 1]
    np.testing.assert_allclose(loaded.predict_proba(table), reference, atol=1e-9, rtol=0)


def test_same_model_same_bytes(packed, scorer):
    again = artifact.pack(scorer=scorer.compile(), estimators=scorer.estimators(), metadata={"task": "lead_scoring"})
    assert again == packed


def test_metadata_names_the_versions(packed):
    metadata = artifact.load_metadata(packed)
    assert metadata["format"] == artifact.FORMAT_VERSION
    assert sklearn.__version__.startswith(metadata["sklearn"])
    assert metadata["task"] == "lead_scoring"


def test_signature_is_accepted(packed):
    artifact.verify(packed, METADATA, *artifact.sign(packed, METADATA, KEY), KEY)


def test_tampering_with_any_region_is_noticed(packed):
    signature = artifact.sign(packed, METADATA, KEY)
    for position in np.linspace(0, len(packed) - 1, 60).astype(int):
        damaged = bytearray(packed)
        damaged[position] ^= 1
        with pytest.raises(artifact.TamperedArtifact):
            artifact.verify(bytes(damaged), METADATA, *signature, KEY)


@pytest.mark.parametrize("change", [{"company": 2}, {"version": 4}, {"extra": None}])
def test_tampering_with_the_metadata_is_noticed(packed, change):
    signature = artifact.sign(packed, METADATA, KEY)
    with pytest.raises(artifact.TamperedArtifact):
        artifact.verify(packed, {**METADATA, **change}, *signature, KEY)


@pytest.mark.parametrize("signature", [("", ""), (None, None), ("é", "é")])
def test_wrong_signatures_and_keys(packed, signature):
    with pytest.raises(artifact.TamperedArtifact):
        artifact.verify(packed, METADATA, *signature, KEY)
    with pytest.raises(artifact.TamperedArtifact):
        artifact.verify(packed, METADATA, *artifact.sign(packed, METADATA, KEY), b"another key")


@given(st.binary(max_size=300))
def test_garbage_is_refused(data):
    for load in (artifact.load_scorer, artifact.load_estimators, artifact.load_metadata):
        with pytest.raises(artifact.ArtifactError):
            load(data)


@given(st.data())
def test_a_flipped_byte_never_ends_in_anything_but_an_artifact_error(packed, data):
    damaged = bytearray(packed)
    damaged[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(artifact.ArtifactError):
        artifact.load_scorer(bytes(damaged))


def test_missing_members(packed):
    with pytest.raises(artifact.UnreadableArtifact):
        artifact.load_scorer(rebuilt(packed, scoring__json=None))
    with pytest.raises(artifact.UnreadableArtifact):
        artifact.load_estimators(rebuilt(packed, model__skops=None))


def test_other_versions_are_refused(packed):
    metadata = artifact.load_metadata(packed)
    old_format = artifact.canonical_json({**metadata, "format": 0})
    with pytest.raises(artifact.WrongVersion):
        artifact.load_scorer(rebuilt(packed, metadata__json=old_format))
    old_library = artifact.canonical_json({**metadata, "sklearn": "0.1"})
    with pytest.raises(artifact.WrongVersion, match=r"0\.1"):
        artifact.load_estimators(rebuilt(packed, metadata__json=old_library))


@pytest.fixture
def small_caps(monkeypatch):
    """Bombs of 30 MB will do; packing 256 MB would only take longer."""
    monkeypatch.setattr(artifact, "MAX_UNPACKED", 30 * 2**20)


def test_bombs_are_refused(packed, small_caps, monkeypatch):
    bomb = rebuilt(packed, scoring__json=b" " * (artifact.MAX_UNPACKED + 1))
    assert len(bomb) < 2**20
    with pytest.raises(artifact.TooLarge):
        artifact.load_scorer(bomb)
    monkeypatch.setattr(artifact, "MAX_PACKED", 1000)
    with pytest.raises(artifact.TooLarge):
        artifact.load_scorer(packed)


def test_a_header_that_lies_about_the_size(packed):
    honest = rebuilt(packed, scoring__json=b" " * 100_000)
    with zipfile.ZipFile(io.BytesIO(honest)) as archive:
        size = archive.getinfo("scoring.json").file_size.to_bytes(4, "little")
    lying = honest.replace(size, (10).to_bytes(4, "little"))
    with pytest.raises(artifact.ArtifactError):
        artifact.load_scorer(lying)


def test_a_bomb_inside_the_estimators(packed, small_caps):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", b" " * (artifact.MAX_UNPACKED + 1))
    with pytest.raises(artifact.TooLarge):
        artifact.load_estimators(rebuilt(packed, model__skops=inner.getvalue()))


class Evil:
    def __reduce__(self):
        import os

        return os.system, ("true",)


@pytest.mark.parametrize("content", [{"a": Evil()}, {"a": print}, {"a": subprocess.run}, [np.random.default_rng]])
def test_types_outside_the_list_are_refused(packed, content):
    with pytest.raises(artifact.ForbiddenType):
        artifact.load_estimators(rebuilt(packed, model__skops=skops.io.dumps(content)))


def test_an_array_of_objects_is_not_unpickled(packed):
    buffer = io.BytesIO()
    np.save(buffer, np.array([Evil()], dtype=object), allow_pickle=True)
    with pytest.raises(artifact.UnreadableArtifact):
        artifact.load_scorer(rebuilt(packed, **{"arrays/tables__npy": buffer.getvalue()}))


def test_scoring_from_a_file_loads_numpy_only(packed, tmp_path):
    (tmp_path / "model.zip").write_bytes(packed)
    code = (
        "import sys; sys.path[:0] = [sys.argv[1]]; import conftest\n"
        "from leather_engine import artifact\n"
        "artifact.load_scorer(open(sys.argv[2], 'rb').read())\n"
        "heavy = {'sklearn', 'scipy', 'skops'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code, str(HERE.parent), str(tmp_path / "model.zip")], check=True)


def test_a_document_with_nan_is_refused():
    with pytest.raises(ValueError, match=r"not JSON compliant|Out of range"):
        artifact.canonical_json({"a": float("nan")})
