from __future__ import annotations

import pytest

from tests.services.cli.conftest import bilum  # noqa: F401 — a fixture
from tests.services.passport.scene import Office
from tests.services.web.conftest import clock, open_world, settings, world  # noqa: F401 — fixtures


@pytest.fixture
def office(database):
    """A database of each kind, in which the sow has lived."""
    made = Office(database)
    made.live()
    return made


@pytest.fixture
def public(world):  # noqa: F811 — the fixture of that name
    """The office behind the web application."""
    made = Office(world.runtime.database)
    made.live()
    return made
