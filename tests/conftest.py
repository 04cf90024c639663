"""Load the engine and the trainer by path, as the training subprocess does: no Odoo anywhere."""

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADDON = ROOT / "addons" / "leather_crm_ai"


def load_engine():
    """The engine as package ``leather_engine`` (importing the addon itself would import Odoo)."""
    if "leather_engine" not in sys.modules:
        directory = ADDON / "engine"
        spec = importlib.util.spec_from_file_location(
            "leather_engine", directory / "__init__.py", submodule_search_locations=[str(directory)]
        )
        package = importlib.util.module_from_spec(spec)
        sys.modules["leather_engine"] = package
        spec.loader.exec_module(package)
    return sys.modules["leather_engine"]


load_engine()
