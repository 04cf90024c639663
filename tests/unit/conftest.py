"""Unit tests: the engine, the trainer and the benchmark; no Odoo, no database, no data set."""

import os
import sys
from pathlib import Path

for pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[pool] = "1"

from hypothesis import settings  # noqa: E402

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent)]  # the made-up leads, and the package bench

settings.register_profile("unit", max_examples=25, deadline=None, derandomize=True)
settings.load_profile("unit")
