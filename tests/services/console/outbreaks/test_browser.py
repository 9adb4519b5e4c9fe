"""An outbreak in Chromium, from alarm to release, on both screens, with scripts and without."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.services.console.outbreaks.journey import OutbreakJourney
from tests.services.console.passes import both_ways

pytestmark = [pytest.mark.browser, pytest.mark.console, pytest.mark.sockets]

CLICKS = 32


def test_outbreak__from_alarm_to_release__takes_two_officers_so_many_clicks(scene, browser):
    both_ways(OutbreakJourney, browser, scene.world, go)


def go(walk):
    walk.go()
    assert walk.clicks == CLICKS
    if walk.scripts:
        live(walk)


def live(walk):
    """The reach is shown while one types, and never that of before; the slider draws in place."""
    page = walk.page
    walk.take_session_of("officer")
    walk.goto("/orders/new")
    page.evaluate("window.kept = true")
    walk.fill("The area in words, as keepers read it", "Jiwaka")
    page.get_by_label("Provinces or districts").fill("Jiwaka")
    expect(page.get_by_role("button", name="Declare it now")).to_be_visible()
    # A day long ago is asked again in its place.
    page.get_by_label("First day", exact=True).fill("2025-11-25")
    expect(page.get_by_role("button", name="Declare it now")).to_have_count(0)
    page.get_by_label("Yes, Tuesday 25 Nov 2025 is right").check()
    expect(page.get_by_role("button", name="Declare it now")).to_be_visible()
    page.get_by_label("Provinces or districts").fill("Atlantis")
    expect(page.get_by_role("region", name="What it reaches")).to_contain_text("Write each as")
    expect(page.get_by_role("button", name="Declare it now")).to_have_count(0)
    walk.goto("/outbreaks")
    walk.open_first()
    walk.follow("Trace the movements")
    trace = page.get_by_role("region", name="Graph of the contacts")
    expect(trace).to_contain_text("Until 25 Nov 2026")
    page.evaluate("window.kept = true")
    page.get_by_label("Day by day").fill("3")
    expect(trace).not_to_contain_text("Until 25 Nov 2026")
    assert page.evaluate("window.kept")
    # The map of after is one to move about in, too.
    expect(page.get_by_role("button", name="Zoom in")).to_have_count(1)
