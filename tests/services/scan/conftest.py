"""The page in a real browser, before a real server on a scene of pigs."""

from __future__ import annotations

import shutil
from contextlib import ExitStack

import pytest

from tests.services.scan.scanner import Ground, Scanner
from tests.support.browser import browser, page
from tests.support.servers import running_bilum

__all__ = ["browser", "page"]


@pytest.fixture(scope="module")
def standing_ground(staged, tmp_path_factory):
    """A scene of pigs and its server."""
    folder, made = staged
    with ExitStack() as stack:
        data = shutil.copytree(folder, tmp_path_factory.mktemp("ground") / "data")
        yield Ground(data, made, stack)


@pytest.fixture
def ground(standing_ground):
    """The same, whose server may have been stopped by the test before."""
    if standing_ground.running is None:
        standing_ground.start()
    return standing_ground


@pytest.fixture(scope="module")
def served(migrated_folder, tmp_path_factory):
    """The address of a server that nobody writes to."""
    folder = shutil.copytree(migrated_folder, tmp_path_factory.mktemp("served") / "data")
    with running_bilum(folder) as url:
        yield url


@pytest.fixture
def scanner(ground, page):
    """The page, opened."""
    return Scanner(page, ground).open()
