from __future__ import annotations

import pytest

from tests.services.traceability.control.outbreak_scene import Country


@pytest.fixture
def country(database):
    return Country(database)
