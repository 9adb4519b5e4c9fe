"""The doors of the program, as attackers and honest people find them: fast, on SQLite."""

from __future__ import annotations

import pytest

from tests.corpus.measuring import open_door
from tests.services.conftest import (
    bilum,
    clock,
    database,
    migrated_file,
    migrated_folder,
    open_database,
    open_world,
    settings,
    staged,
    world,
)
from tests.threats.phones import Phones, threatened

__all__ = [
    "bilum",
    "clock",
    "database",
    "migrated_file",
    "migrated_folder",
    "open_database",
    "open_world",
    "settings",
    "staged",
    "world",
]


@pytest.fixture(scope="module")
def opened():
    with open_door() as door:
        door.let_all_speak("en")
        door.keep()
        yield door


@pytest.fixture
def door(opened):
    opened.reset()
    return opened


@pytest.fixture
def scene(staged, tmp_path):
    with threatened(staged, tmp_path) as made:
        yield made


@pytest.fixture
def phones(scene):
    return Phones(scene.world)
