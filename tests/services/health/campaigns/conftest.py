from __future__ import annotations

import pytest

from tests.services.health.campaigns.town import Town
from tests.services.health.scene import publish


@pytest.fixture
def town(database) -> Town:
    """A town, and a ministry that plans campaigns."""
    return Town(database)


@pytest.fixture
def clinic(database) -> Town:
    """A town with a programme that is approved in both languages."""
    publish(database)
    return Town(database)
