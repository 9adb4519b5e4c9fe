from __future__ import annotations

import shutil

import pytest

from services.runtime.workers import record_everything
from tests.services.console.visitors import Visitor
from tests.services.world import _scene_of, open_folder


@pytest.fixture(scope="session")
def recorded_folder(staged, tmp_path_factory):
    """The scene of the staged folder, with all of it on a ledger of its own, to copy."""
    folder, made = staged
    copied = shutil.copytree(folder, tmp_path_factory.mktemp("recorded") / "data")
    world = open_folder(copied)
    record_everything(world.runtime, lambda: None, lambda _: None)
    world.runtime.close()
    return copied, made


@pytest.fixture
def recorded(recorded_folder, tmp_path):
    """People, places and pigs, all of whose records are on the ledger."""
    folder, made = recorded_folder
    world = open_folder(shutil.copytree(folder, tmp_path / "data"))
    yield _scene_of(world, made)
    world.runtime.close()


@pytest.fixture
def auditor(recorded):
    return Visitor(recorded.world).take_session_of("auditor")
