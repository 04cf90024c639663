"""Load the addon's engine by path, as its training subprocess does."""

import importlib.util
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

for _pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_pool, "1")  # as in the trainer


def load_engine():
    """The engine as package ``leather_engine``."""
    if "leather_engine" not in sys.modules:
        directory = ROOT / "addons" / "leather_crm_ai" / "engine"
        spec = importlib.util.spec_from_file_location(
            "leather_engine", directory / "__init__.py", submodule_search_locations=[str(directory)]
        )
        package = importlib.util.module_from_spec(spec)
        sys.modules["leather_engine"] = package
        spec.loader.exec_module(package)
    return sys.modules["leather_engine"]
