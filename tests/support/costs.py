"""CPU seconds by folder, printed at the end: `make test PYTEST_ARGS='-p tests.support.costs'`.

CPU of the test's process and of the processes that it started and that ended; a busy machine
changes it less than time on the clock.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

_PROPERTY = "cpu_seconds"
_DEEPEST = 3
_tests: Counter[str] = Counter()
_seconds: Counter[str] = Counter()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    before = _now()
    yield
    item.user_properties.append((_PROPERTY, _now() - before))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    before = _now()
    yield
    item.user_properties.append((_PROPERTY, _now() - before))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when != "teardown":
        return
    folder = "/".join(report.nodeid.partition("::")[0].split("/")[:-1][:_DEEPEST])
    _tests[folder] += 1
    _seconds[folder] += sum(value for name, value in report.user_properties if name == _PROPERTY)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.section("CPU seconds by folder")
    for folder, seconds in _seconds.most_common():
        terminalreporter.write_line(f"{seconds:8.1f} s {_tests[folder]:6} tests  {folder}")
    terminalreporter.write_line(f"{_seconds.total():8.1f} s {_tests.total():6} tests")


def _now() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
