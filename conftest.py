"""Fixtures for every test of the repository."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

DATABASES = Path(__file__).parent / "script" / "lib" / "db.py"


@pytest.fixture
def scratch_database():
    """Make throw-away databases: ``scratch_database("demo")`` or ``("empty")`` returns a name.

    Both hold the apps the addon depends on, not the addon; "empty" is without demo data. Use
    ``python -m odoo -c $LEATHER_ODOO_CONFIG -d NAME …`` on them. They are dropped after the test.
    """
    templates = {
        "demo": os.environ.get("LEATHER_TEMPLATE_DB"),
        "empty": os.environ.get("LEATHER_EMPTY_TEMPLATE_DB"),
    }
    made = []

    def make(kind="demo"):
        assert templates[kind], "run it with script/test, which makes the template databases"
        name = f"leather_scratch_{os.getpid()}_{len(made)}"
        made.append(name)
        subprocess.run([sys.executable, DATABASES, "clone", templates[kind], name], check=True)
        return name

    yield make
    for name in made:
        subprocess.run([sys.executable, DATABASES, "drop", name], check=True)
