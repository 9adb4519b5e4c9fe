from __future__ import annotations

import pytest

from tests.services.passport.scene import Office


@pytest.fixture
def office(database):
    """A database of each kind, in which the sow has lived."""
    made = Office(database)
    made.live()
    return made


@pytest.fixture
def public(world):
    """The office behind the web application."""
    made = Office(world.runtime.database)
    made.live()
    return made
