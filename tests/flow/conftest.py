"""Each journey runs on both deployments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.flow.deployments import embedded, servers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.demo import Stage

SERVERS = [
    pytest.param("servers", id="postgresql-anvil", marks=[pytest.mark.postgres, pytest.mark.anvil])
]
DEPLOYMENTS = [pytest.param("embedded", id="sqlite-ethtester"), *SERVERS]


@pytest.fixture(params=DEPLOYMENTS)
def stage(request: pytest.FixtureRequest, tmp_path) -> Iterator[Stage]:
    """A deployment with phones, a recorder and an auditor."""
    if request.param == "embedded":
        with embedded(tmp_path / "data") as opened:
            yield opened
    else:
        with servers(tmp_path / "data", request.getfixturevalue("postgres_url")) as opened:
            yield opened
