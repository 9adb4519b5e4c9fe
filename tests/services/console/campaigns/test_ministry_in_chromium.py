"""A campaign in Chromium: on both screens, with scripts and without, by counted clicks."""

from __future__ import annotations

import pytest

from tests.services.console.campaigns.ministry import Ministry
from tests.services.console.passes import both_ways

pytestmark = [pytest.mark.browser, pytest.mark.console, pytest.mark.sockets]


def test_ministry__on_both_screens_and_without_scripts__sends_a_campaign(scene, browser):
    both_ways(Ministry, browser, scene.world, Ministry.go)
