"""A village of its own for each test."""

from __future__ import annotations

import pytest

from tests.services.box.village import Time, open_village, settings_of


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def village(tmp_path, time):
    opened = open_village(settings_of(tmp_path), time)
    yield opened
    opened.box.close()
