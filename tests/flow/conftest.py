"""Each journey runs on both deployments."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from services.core.clock import utc_now
from tests.flow.deployments import embedded, servers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.cli.demo_stage import Stage

SERVERS = [
    pytest.param("servers", id="postgresql-anvil", marks=[pytest.mark.postgres, pytest.mark.anvil])
]
DEPLOYMENTS = [pytest.param("embedded", id="sqlite-ethtester"), *SERVERS]


class Calendar:
    """A clock that stands until it is moved: noon of 25 November 2026 in Port Moresby."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def machine_alone() -> Iterator[None]:
    """Run no other test of this kind meanwhile: each takes all processors for a minute."""
    with FileLock(Path(tempfile.gettempdir()) / "bilum-machine-alone.lock", timeout=1_800):
        yield


@pytest.fixture
def clock():
    """What the deployment goes by; a scene of a set day hands a `Calendar`."""
    return utc_now


@pytest.fixture(params=DEPLOYMENTS)
def stage(request: pytest.FixtureRequest, tmp_path, clock) -> Iterator[Stage]:
    """A deployment with phones, a recorder and an auditor."""
    if request.param == "embedded":
        with embedded(tmp_path / "data", clock) as opened:
            yield opened
    else:
        url = request.getfixturevalue("migrated_url")
        with servers(tmp_path / "data", url, clock) as opened:
            yield opened
