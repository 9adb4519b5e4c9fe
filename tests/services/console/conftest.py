from __future__ import annotations

import pytest

from tests.services.console.visitors import Visitor
from tests.support.chromium import chromium


@pytest.fixture(scope="package")
def browser():
    """One Chromium for all tests of the console; pages of each have cookies of their own."""
    with chromium() as started:
        yield started


@pytest.fixture
def visitor(scene):
    return Visitor(scene.world)
