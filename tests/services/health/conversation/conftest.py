from __future__ import annotations

import pytest

from tests.services.health.scene import Course, publish


@pytest.fixture
def course(database) -> Course:
    """Somebody who may write to the small programme, which is approved in both languages."""
    publish(database)
    return Course(database)
