from __future__ import annotations

import pytest

from tests.services.console.visitors import Visitor


@pytest.fixture
def visitor(scene):
    return Visitor(scene.world)
