"""People of programmes in Chromium: on a small and a large screen, with scripts and without."""

from __future__ import annotations

import pytest

from tests.services.console.passes import both_ways
from tests.services.console.people.walks import ImportWalk, PeopleWalk

pytestmark = [pytest.mark.browser, pytest.mark.console, pytest.mark.sockets]

PEOPLE = 110
"""Three portions of rows, and all that are wrong; five hundred are taken in journeys."""


def test_people__on_both_screens_and_without_scripts__are_found_moved_and_ended(scene, browser):
    both_ways(PeopleWalk, browser, scene.world, PeopleWalk.go)


def test_import__of_many_people_with_seven_to_correct__takes_six_clicks(scene, browser):
    both_ways(ImportWalk, browser, scene.world, lambda walk: walk.go(PEOPLE))
