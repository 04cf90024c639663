"""The training subprocess: ``python addons/leather_crm_ai/trainer/__main__.py WORKDIR``.

Reads from WORKDIR
    ``job.json``      {"task": "lead_scoring" or "text", "config": {...}, "limits": {...}}, config as in
                      ``engine.training.TrainingConfig`` or ``engine.text.training.TextConfig``, limits as in
                      :mod:`limits`
    ``texts.json``    text: {"texts": [...], "when": [days], "heads": {name: [label or null]}, "rules": {...},
                      "names": {name: {label: text}}}; texts without a label stand last
    ``table/``        lead_scoring: a saved ``FeatureTable``
    ``labels.npz``    lead_scoring: ``won`` (bool), and if known ``when`` (float days) and ``lead`` (int group ids)
    ``live.zip``      the live version's artifact, if there is one; the caller has verified its signature

Writes into WORKDIR
    ``progress.json``  {"step", "done", "of"} after every step
    ``artifact.zip``   the model
    ``result.json``    the model card, see ``engine.training``; written last, so its presence means success
    ``error.json``     {"code", "detail"} when the data, not the program, is the problem

Exit status: 0 success, 3 a problem the user can act on and 4 out of memory (error.json), 1 a crash (traceback on
stderr).
The same input gives the same bytes.  No Odoo in here.
"""

import os

for _pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_pool] = "1"  # before numpy: a thread pool in a training beside Odoo costs more than it brings

import importlib.util  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parent))  # started with -P: the folder is not on the path by itself

import limits  # noqa: E402

USER_PROBLEM = 3
OUT_OF_MEMORY = 4


def load_engine():
    """The engine as package ``leather_engine``, by path: importing the addon would import Odoo."""
    if "leather_engine" not in sys.modules:
        directory = Path(__file__).resolve().parent.parent / "engine"
        spec = importlib.util.spec_from_file_location(
            "leather_engine", directory / "__init__.py", submodule_search_locations=[str(directory)]
        )
        package = importlib.util.module_from_spec(spec)
        sys.modules["leather_engine"] = package
        spec.loader.exec_module(package)
    return sys.modules["leather_engine"]


def main(arguments):
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python trainer/__main__.py WORKDIR", file=sys.stderr)
        return 2
    workdir = Path(arguments[0])
    load_engine()
    from leather_engine.features import FeatureError
    from leather_engine.training import TrainingError

    try:
        run(workdir)
    except TrainingError as error:
        write_json(workdir / "error.json", {"code": error.code, "detail": error.detail})
        return USER_PROBLEM
    except MemoryError:
        write_json(workdir / "error.json", {"code": "memory", "detail": {}})
        return OUT_OF_MEMORY
    except (FeatureError, JobError) as error:
        write_json(workdir / "error.json", {"code": "bad_job", "detail": {"message": str(error)}})
        return USER_PROBLEM
    return 0


class JobError(ValueError):
    """The work directory does not hold a job this trainer knows."""


def run(workdir):
    """One job from start to end."""
    job = read_job(workdir)
    limits.apply(job.get("limits") or {})
    TASKS[job["task"]](workdir, job.get("config") or {})


def train_lead_scoring(workdir, settings):
    from leather_engine.features import FeatureTable
    from leather_engine.training import TrainingConfig, train_leads

    try:
        config = TrainingConfig.from_mapping(settings)
    except (TypeError, ValueError) as error:
        raise JobError(f"job.json: {error}") from error
    table = FeatureTable.load(workdir / "table")
    labels = read_labels(workdir, len(table))
    result = train_leads(
        table,
        labels["won"],
        labels.get("when"),
        labels.get("lead"),
        config=config,
        live=read_live(workdir),
        progress=progress_into(workdir),
    )
    write_result(workdir, result)


def train_text_labels(workdir, settings):
    from leather_engine.text.training import TextConfig, train_text

    try:
        config = TextConfig.from_mapping(settings)
    except (TypeError, ValueError) as error:
        raise JobError(f"job.json: {error}") from error
    job = read_texts(workdir)
    result = train_text(
        job["texts"],
        job["heads"],
        job["when"],
        rules=job["rules"],
        names=job.get("names"),
        config=config,
        live=read_live(workdir),
        progress=progress_into(workdir),
    )
    write_result(workdir, result)


TASKS = {"lead_scoring": train_lead_scoring, "text": train_text_labels}


def read_live(workdir):
    live = workdir / "live.zip"
    return live.read_bytes() if live.exists() else None


def progress_into(workdir):
    return lambda step, done, of: write_json(workdir / "progress.json", {"step": step, "done": done, "of": of})


def write_result(workdir, result):
    write_bytes(workdir / "artifact.zip", result.artifact())
    write_json(workdir / "result.json", result.report)


def read_texts(workdir):
    """The content of ``texts.json``, every list of one length."""
    try:
        job = json.loads((workdir / "texts.json").read_text(encoding="utf-8"))
        rows = len(job["texts"])
        columns = [job["when"], *job["heads"].values(), *job["rules"].values()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise JobError(f"texts.json: {error!r}") from error
    if any(len(column) != rows for column in columns):
        raise JobError(f"texts.json: every list has to have {rows} values")
    return job


def read_job(workdir):
    try:
        job = json.loads((workdir / "job.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise JobError(f"job.json: {error}") from error
    if not isinstance(job, dict) or not isinstance(job.get("config") or {}, dict):
        raise JobError("job.json: an object with task and config is expected")
    if job.get("task") not in TASKS:
        raise JobError(f"job.json: unknown task {job.get('task')!r}, known: {', '.join(TASKS)}")
    return job


def read_labels(workdir, rows):
    """{"won": bool array, "when": …, "lead": …}, each of length ``rows``."""
    import numpy as np

    try:
        with np.load(workdir / "labels.npz", allow_pickle=False) as arrays:
            labels = {name: arrays[name] for name in ("won", "when", "lead") if name in arrays}
    except (OSError, ValueError, EOFError, KeyError) as error:
        raise JobError(f"labels.npz: {error}") from error
    if "won" not in labels:
        raise JobError("labels.npz: the array 'won' is missing")
    for name, values in labels.items():
        if values.shape != (rows,):
            raise JobError(f"labels.npz: {name} has shape {values.shape}, the table has {rows} rows")
    return labels


def write_bytes(path, content):
    """All or nothing: a reader never sees half a file."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    os.replace(partial, path)


def write_json(path, document):
    write_bytes(path, json.dumps(document, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
