"""What holds for every test.

- No test reaches the network. Those marked `sockets`, `postgres` or `anvil` may use loopback.
- A test that needs a server, a tool or data that is not there is skipped and says so; with
  BILUM_TEST_REQUIRE_ALL=1 each skip, whatever its reason, is a failure.
- Hypothesis has no deadline; where CI is set, it draws the same examples every time.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests.support import environment
from tests.support.paths import SHARED_DATA
from tests.support.postgres import fresh_database
from tests.support.routes import compile_routes_once

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

LOOPBACK = ["127.0.0.1", "::1", "localhost"]

hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("ci" if environment.IN_CI else "local")
compile_routes_once()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _markers(item) & {"sockets", "postgres", "anvil"}:
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))


def pytest_collection_finish() -> None:
    # What was imported and collected stays to the end: no test waits for it to be looked through.
    gc.collect()
    gc.freeze()
    # And what a test leaves is small: a quarter of all time went into looking for it.
    gc.set_threshold(50_000, 20, 1_000)


def pytest_runtest_setup(item: pytest.Item) -> None:
    missing = environment.missing(_markers(item))
    if missing:
        pytest.skip(missing)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if not hasattr(report, "wasxfail"):
        _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse_skip(report)
    return report


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """URL of an empty PostgreSQL database for one test, which is marked `postgres`."""
    assert environment.POSTGRES_URL, "mark the test `postgres`"
    with fresh_database(environment.POSTGRES_URL) as url:
        yield url


@pytest.fixture
def shared_data() -> Path:
    """Folder of the real data, for a test marked `shared_data`."""
    return SHARED_DATA


def _markers(item: pytest.Item) -> set[str]:
    return {marker.name for marker in item.iter_markers()}


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if environment.REQUIRE_ALL and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped where everything must run: {report.longrepr}"
