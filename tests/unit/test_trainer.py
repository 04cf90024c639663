import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from made import made_leads

from conftest import HERE
from leather_engine.artifact import load_scorer
from leather_engine.features import FeatureTable

TRAINER = HERE.parent.parent / "addons" / "leather_crm_ai" / "trainer" / "__main__.py"


def prepare(directory, rows=300, **config):
    table, won = made_leads(rows)
    table.save(directory / "table")
    np.savez(directory / "labels.npz", won=won, when=np.arange(float(rows)), lead=np.arange(rows))
    job = {"task": "lead_scoring", "config": {"bootstrap_repeats": 10, **config}}
    (directory / "job.json").write_text(json.dumps(job))
    return directory


def train(directory, **options):
    return subprocess.run([sys.executable, str(TRAINER), str(directory)], capture_output=True, text=True, **options)


def test_success(tmp_path):
    done = train(prepare(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["verdict"]["publish"] is True
    assert json.loads((tmp_path / "progress.json").read_text()) == {"step": "pack", "done": 5, "of": 6}
    scorer = load_scorer((tmp_path / "artifact.zip").read_bytes())
    assert scorer.predict_proba(FeatureTable.load(tmp_path / "table")).shape == (300,)
    assert not list(tmp_path.glob("*.partial"))
    assert not (tmp_path / "error.json").exists()


def test_same_input_same_bytes(tmp_path):
    outputs = []
    for seed in ("1", "2"):
        directory = tmp_path / seed
        directory.mkdir()
        done = train(prepare(directory, rows=510), env={**os.environ, "PYTHONHASHSEED": seed})
        assert done.returncode == 0, done.stderr
        outputs.append([(directory / name).read_bytes() for name in ("artifact.zip", "result.json")])
    assert outputs[0] == outputs[1]


def test_too_few_leads_is_told(tmp_path):
    done = train(prepare(tmp_path, rows=60))
    assert done.returncode == 3
    error = json.loads((tmp_path / "error.json").read_text())
    assert error["code"] == "too_few_leads"
    assert error["detail"]["min_won"] == 40
    assert not (tmp_path / "result.json").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("job.json", b"garbage"),
        ("job.json", b"[]"),
        ("job.json", b'{"task": "rule the world"}'),
        ("job.json", b'{"task": "lead_scoring", "config": {"typo": 1}}'),
        ("job.json", None),
        ("labels.npz", b"garbage"),
        ("labels.npz", None),
        ("table/columns.npz", b"garbage"),
        ("table/features.json", None),
    ],
)
def test_garbage_is_told(tmp_path, name, content):
    prepare(tmp_path, rows=60)
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert train(tmp_path).returncode == 3
    assert json.loads((tmp_path / "error.json").read_text())["code"] == "bad_job"


def test_labels_of_another_length_are_told(tmp_path):
    prepare(tmp_path, rows=60)
    np.savez(tmp_path / "labels.npz", won=np.ones(59, dtype=bool))
    assert train(tmp_path).returncode == 3
    assert "59" in json.loads((tmp_path / "error.json").read_text())["detail"]["message"]


def test_usage(tmp_path):
    assert train(tmp_path / "ghost").returncode == 2


def test_killed_in_mid_run_leaves_no_result(tmp_path):
    process = subprocess.Popen([sys.executable, str(TRAINER), str(prepare(tmp_path, rows=1500))])
    deadline = time.monotonic() + 60
    while not (tmp_path / "progress.json").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert (tmp_path / "progress.json").exists()
    assert not (tmp_path / "result.json").exists()
    assert not (tmp_path / "artifact.zip").exists()


def test_no_odoo_in_the_trainer(tmp_path):
    (tmp_path / "odoo.py").write_text("raise SystemExit('Odoo was imported')")
    done = train(prepare(tmp_path, rows=60), env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert done.returncode == 3, done.stderr
