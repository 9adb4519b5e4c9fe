from __future__ import annotations

import shutil

import pytest

from tests.fakes.dhis2_server import dhis2_server
from tests.services.console.indicators.ministry import TODAY, furnish, settings_of, stock
from tests.services.console.visitors import Visitor
from tests.services.world import open_folder


@pytest.fixture(scope="session")
def furnished(migrated_folder, tmp_path_factory):
    """A folder with a programme, its history and its staff, once, to copy."""
    folder = shutil.copytree(migrated_folder, tmp_path_factory.mktemp("figures") / "data")
    world = open_folder(folder)
    furnish(world)
    world.runtime.close()
    return folder


@pytest.fixture
def server():
    with dhis2_server() as server:
        stock(server)
        yield server


@pytest.fixture
def world(request, furnished, tmp_path):
    """The ministry; with `server` its settings name a DHIS2 that has places for its figures."""
    asked = "server" in request.fixturenames
    settings = settings_of(request.getfixturevalue("server")) if asked else {}
    world = open_folder(shutil.copytree(furnished, tmp_path / "data"), **settings)
    world.runtime.clock.now = TODAY
    yield world
    world.runtime.close()


@pytest.fixture
def analyst(world):
    return Visitor(world).take_session_of("analyst")


@pytest.fixture
def planner(world):
    return Visitor(world).take_session_of("planner")
