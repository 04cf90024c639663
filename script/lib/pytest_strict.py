"""A pytest plugin for script/test: an unexpected skip is a failure, and the layers are added up.

A test may be skipped when its reason starts with ``optional:`` (say, a library that the addon can
do without). Every other skip hides something, such as a browser test without a browser.
"""

import json
import os
from pathlib import Path

import pytest

ALLOWED = "optional:"


def _skip_reason(report):
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason.removeprefix("Skipped: ")


def _forbid_skip(report):
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = _skip_reason(report)
        if not reason.startswith(ALLOWED):
            report.outcome = "failed"
            report.longrepr = f"unexpected skip: {reason}"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport():
    """Turn the skip of a test into a failure."""
    outcome = yield
    _forbid_skip(outcome.get_result())


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report():
    """Turn the skip of a whole module into an error."""
    outcome = yield
    _forbid_skip(outcome.get_result())


def pytest_terminal_summary(terminalreporter):
    """Add this layer to the tally of the run and print the total after the last one."""
    tally = os.environ.get("LEATHER_TEST_TALLY")
    if not tally:
        return
    path = Path(tally)
    layers = json.loads(path.read_text()) if path.exists() else {}
    counts = {
        outcome: len(terminalreporter.getreports(outcome))
        for outcome in ("passed", "failed", "error", "skipped", "xfailed")
    }
    layers[os.environ["LEATHER_TEST_LAYER"]] = {key: n for key, n in counts.items() if n}
    path.write_text(json.dumps(layers))
    if os.environ.get("LEATHER_TEST_LAST"):
        terminalreporter.section("all layers")
        for name, numbers in layers.items():
            words = ", ".join(f"{n} {outcome}" for outcome, n in numbers.items()) or "no tests"
            terminalreporter.write_line(f"{name}: {words}")
        passed = sum(numbers.get("passed", 0) for numbers in layers.values())
        terminalreporter.write_line(f"in total: {passed} passed")
