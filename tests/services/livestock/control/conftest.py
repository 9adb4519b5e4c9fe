from __future__ import annotations

import pytest

from tests.services.livestock.control.outbreak_scene import Office


@pytest.fixture
def country(database):
    return Office(database)
