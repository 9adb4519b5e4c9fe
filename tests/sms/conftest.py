"""A dispatcher's store and clock, in memory."""

from __future__ import annotations

import pytest

from tests.fakes.carriers import Clock
from tests.fakes.dispatch_store import MemoryDispatchStore


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store():
    return MemoryDispatchStore()
