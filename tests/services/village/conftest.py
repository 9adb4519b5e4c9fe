from __future__ import annotations

import pytest

from services.runtime.container import Runtime
from tests.services.conftest import KINDS
from tests.services.village.box import set_up_box
from tests.services.world import on


@pytest.fixture
def box(world):
    """A box on SQLite."""
    return set_up_box(world)


@pytest.fixture(params=KINDS)
def any_box(request, settings, clock, open_database):
    """A box on each kind of database."""
    return set_up_box(on(Runtime(settings, open_database(request.param), clock)))
