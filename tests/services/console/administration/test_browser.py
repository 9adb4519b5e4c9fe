"""The administrator's pages in Chromium: on a small and a large screen, and without scripts."""

from __future__ import annotations

import pytest

from tests.services.console.administration.governing import Governing
from tests.services.console.passes import both_ways

pytestmark = [pytest.mark.browser, pytest.mark.console, pytest.mark.sockets]


def test_administrator__on_both_screens_and_without_scripts__goes_all_the_way(scene, browser):
    both_ways(Governing, browser, scene.world, Governing.go)
