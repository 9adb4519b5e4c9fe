from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from tests.services.console.people.ministry import set_ministry
from tests.services.console.visitors import Visitor
from tests.services.world import open_folder


@pytest.fixture(scope="session")
def ministered(staged, tmp_path_factory):
    """The scene with a ministry, to copy."""
    world = open_folder(shutil.copytree(staged[0], tmp_path_factory.mktemp("ministry") / "data"))
    course = set_ministry(world)
    world.runtime.close()
    return world.runtime.settings.data_dir, course


@pytest.fixture
def world(ministered, tmp_path):
    opened = open_folder(shutil.copytree(ministered[0], tmp_path / "data"))
    opened.runtime.clock.now = ministered[1].now
    yield opened
    opened.runtime.close()


@pytest.fixture
def course(world, ministered):
    """A person in the programme, ten days before the quit date."""
    return replace(ministered[1], database=world.runtime.database)


@pytest.fixture
def clinician(world):
    return Visitor(world).take_session_of("clinician")


@pytest.fixture
def planner(world):
    return Visitor(world).take_session_of("planner")
