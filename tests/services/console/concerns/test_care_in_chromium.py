"""Concerns and the inbox in Chromium: on both screens, with scripts and without."""

from __future__ import annotations

import pytest

from tests.services.console.concerns.care import Care
from tests.services.console.passes import both_ways

pytestmark = [pytest.mark.browser, pytest.mark.console, pytest.mark.sockets]


def test_care__on_both_screens_and_without_scripts__goes_all_the_way(scene, browser):
    both_ways(Care, browser, scene.world, Care.go)
