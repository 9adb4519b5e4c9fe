"""A day in the field in Chromium: on a small and a large screen, with scripts and without."""

from __future__ import annotations

import pytest

from tests.services.console.field.patrol import Patrol
from tests.services.console.passes import both_ways

pytestmark = [pytest.mark.browser, pytest.mark.console, pytest.mark.sockets]


def test_patrol__on_both_screens_and_without_scripts__goes_all_the_way(scene, browser):
    both_ways(Patrol, browser, scene.world, Patrol.go)
