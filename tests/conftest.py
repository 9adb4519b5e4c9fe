"""What holds for every test.

- No test reaches the network. Those marked `sockets`, `postgres` or `anvil` may use loopback.
- A test that needs a server, a program or data is marked so; where it is not there, the test is
  skipped and says so. With BILUM_TEST_REQUIRE_ALL=1 each skip, whatever its reason, is a failure.
- A test that uses a server without its marker is an error of collection.
- Hypothesis has no deadline, and draws few examples unless BILUM_TEST_FULL is 1; where CI is set,
  it draws the same ones every time.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests.support import environment, markers
from tests.support.catalogues import share_catalogues
from tests.support.paths import SHARED_DATA
from tests.support.postgres import fresh_database
from tests.support.rewriting import rewrite_share
from tests.support.routes import make_routes_once
from tests.support.shortcuts import estimate_deployments_once, hash_pins_lightly, take_shortcuts
from tests.support.statements import compile_statements_once

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

LOOPBACK = ["127.0.0.1", "::1", "localhost"]

hypothesis.settings.register_profile("local", deadline=None, max_examples=environment.EXAMPLES)
hypothesis.settings.register_profile(
    "ci", deadline=None, max_examples=environment.EXAMPLES, derandomize=True, database=None
)
hypothesis.settings.load_profile("ci" if environment.IN_CI else "local")
make_routes_once()
compile_statements_once()
take_shortcuts()


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    rewrite_share(session.config)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        named = markers.names(item)
        if named & {"sockets", "postgres", "anvil"}:
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))
        if named & environment.NEEDS.keys():
            item.add_marker(markers.EXTERNAL)
    # Processes that share the files take these first: at the end, one would keep the others idle.
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    estimate_deployments_once()
    share_catalogues()
    hash_pins_lightly()
    # What was imported and collected stays to the end: no test waits for it to be looked through.
    gc.collect()
    gc.freeze()
    # And what a test leaves is small: a quarter of all time went into looking for it.
    gc.set_threshold(50_000, 20, 1_000)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    # What the tests left is looked through once; pytest does it ten times, and Python as it ends.
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    markers.set_current(markers.names(item))
    missing = environment.missing(item)
    if missing:
        pytest.skip(missing)


def pytest_runtest_logfinish() -> None:
    markers.set_current(None)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    # A run that its limit ends tells nothing at its end.
    if environment.IN_CI and report.failed and not environment.IS_WORKER:
        print(f"\nFAILED {report.nodeid} ({report.when})\n{report.longreprtext}", flush=True)  # noqa: T201


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
    _refuse_unmarked(report)
    return report


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """URL of an empty PostgreSQL database for one test, which is marked `postgres`."""
    markers.require("postgres")
    with fresh_database(environment.POSTGRES_URL) as url:
        yield url


@pytest.fixture(scope="session")
def server_template() -> Iterator[str]:
    """URL of a PostgreSQL database at the newest revision, to copy; nobody is connected to it."""
    markers.require("postgres")
    # Slow to import, and needed where there is a server alone.
    from services.storage.database import Database  # noqa: PLC0415
    from services.storage.vault import Vault  # noqa: PLC0415

    with fresh_database(environment.POSTGRES_URL) as url:
        database = Database(url, Vault(bytes(32)))
        database.upgrade()
        database.close()
        yield url


@pytest.fixture
def migrated_url(server_template: str) -> Iterator[str]:
    """URL of a PostgreSQL database at the newest revision, for one test, which is marked so."""
    with fresh_database(environment.POSTGRES_URL, server_template) as url:
        yield url


@pytest.fixture
def shared_data() -> Path:
    """Folder of the real data, for a test marked `shared_data`."""
    return SHARED_DATA


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if environment.REQUIRE_ALL and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped where everything must run: {report.longrepr}"


def _refuse_unmarked(report: pytest.CollectReport) -> None:
    tests = (item for item in report.result or () if isinstance(item, pytest.Function))
    faults = [fault for item in tests if (fault := markers.unmarked(item))]
    if faults:
        report.outcome = "failed"
        report.longrepr = "\n".join(faults)
