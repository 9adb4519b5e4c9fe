"""An analyst's morning in Chromium: on a small and a large screen, with scripts and without."""

from __future__ import annotations

import pytest

from tests.services.console.indicators.figures_walk import AnalystMorning
from tests.services.console.passes import both_ways

pytestmark = [pytest.mark.browser, pytest.mark.console, pytest.mark.sockets]


def test_analyst__on_both_screens_and_without_scripts__sends_figures(world, browser):
    both_ways(AnalystMorning, browser, world, AnalystMorning.go)
