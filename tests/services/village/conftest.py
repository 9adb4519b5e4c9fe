from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from services.runtime.container import Runtime
from tests.services.conftest import KINDS
from tests.services.village.box import set_up_box
from tests.services.world import on, open_folder


@pytest.fixture(scope="session")
def boxed(migrated_folder, tmp_path_factory):
    """A folder in which a box is set up, and the box, once in a process."""
    folder = shutil.copytree(migrated_folder, tmp_path_factory.mktemp("boxed") / "data")
    world = open_folder(folder)
    made = set_up_box(world)
    world.runtime.close()
    return folder, made


@pytest.fixture
def box(boxed, settings, clock):
    """A box on SQLite, in a copy."""
    folder, made = boxed
    shutil.copy(folder / "bilum.db", settings.data_dir)
    world = on(Runtime.open(settings, clock))
    device = replace(made.device, world=world, sent=[])
    yield replace(made, world=world, device=device, had=[])
    world.runtime.close()


@pytest.fixture(params=KINDS)
def any_box(request, settings, clock):
    """A box on each kind of database."""
    if request.param == "sqlite":
        return request.getfixturevalue("box")
    database = request.getfixturevalue("open_database")(request.param)
    return set_up_box(on(Runtime(settings, database, clock)))
