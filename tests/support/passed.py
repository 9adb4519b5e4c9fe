"""Tests that have passed and need not run again: `.ci/run`, from `make test` to `make test-all`.

`-p tests.support.passed --note-passed=FILE` writes which tests passed. `--leave-out=FILE` leaves
those out, but not one that does more in full: that leads to a count or to Hypothesis, which
`tests/support/repetitions.py` tells. What FILE does not name runs, be it new, failed or left out.
Written with a space, a FILE that exists is taken for the place of the settings of pytest.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.repetitions import does_more_in_full

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("passed")
    group.addoption("--note-passed", type=Path, help="file to write which tests passed to")
    group.addoption("--leave-out", type=Path, help="file that names tests that need not run again")


def pytest_configure(config: pytest.Config) -> None:
    file = config.getoption("--note-passed")
    # Where processes share the tests, the one that hands them out hears of each.
    if file is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Notes(file))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    file = config.getoption("--leave-out")
    if file is None:
        return
    passed = set(file.read_text("utf-8").splitlines())
    gone = [item for item in items if item.nodeid in passed and not _again(item)]
    config.hook.pytest_deselected(items=gone)
    left = set(gone)
    items[:] = [item for item in items if item not in left]


def _again(item: pytest.Item) -> bool:
    """Whether a test may do more in full: what its definition leads to tells."""
    name = item.nodeid.split("::")[1].partition("[")[0]
    return does_more_in_full(getattr(item, "module", None), name)


class _Notes:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._passed: set[str] = set()
        self._others: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.passed:
            self._others.add(report.nodeid)
        elif report.when == "call":
            self._passed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        self._file.write_text("".join(f"{one}\n" for one in sorted(self._passed - self._others)))
