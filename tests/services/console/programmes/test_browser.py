"""A text of a shipped course adapted and approved in Chromium, in a number of clicks."""

from __future__ import annotations

import pytest

from tests.services.console.passes import both_ways
from tests.services.console.programmes.adapting import Adapting

pytestmark = [pytest.mark.browser, pytest.mark.console, pytest.mark.sockets]


def test_adapting__on_both_screens_and_without_scripts__goes_all_the_way(scene, browser):
    both_ways(Adapting, browser, scene.world, Adapting.go)
