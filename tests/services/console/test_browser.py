"""Sign-in and tasks in Chromium: on a small and a large screen, with scripts and without."""

from __future__ import annotations

import pytest

from tests.services.console.test_tasks import opened
from tests.services.console.walk import Walk
from tests.support.chromium import chromium, open_page
from tests.support.web import on_socket

pytestmark = [pytest.mark.browser, pytest.mark.console, pytest.mark.sockets]


def test_morning__on_both_screens_and_without_scripts__goes_all_the_way(scene):
    # One browser for all: it takes longer to start than to go the way.
    with on_socket(scene.world.app) as base, chromium() as browser:
        for width, scripts in ((1280, True), (360, True), (360, False)):
            with open_page(browser, width, scripts=scripts) as page:
                Walk(page, base, scene.world, checks=scripts).morning()
        opened(scene.world, keeper="neighbour", province="Enga")
        with open_page(browser, 1280) as page:
            walk = Walk(page, base, scene.world, checks=False)
            walk.enrol()
            # The list is changed in its place, without a load of the page.
            page.evaluate("window.kept = true")
            page.get_by_label("Which tasks").select_option("late")
            page.get_by_text("Nothing waits.").wait_for()
            assert page.evaluate("window.kept")
            assert page.url.endswith("?which=late")
