"""Draw the pictures of docs/console: `python -m tests.services.console [WALK ...]`, else all."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from tests.fakes.dhis2_server import dhis2_server
from tests.services.console.administration.governing import Governing
from tests.services.console.campaigns.ministry import Ministry
from tests.services.console.concerns.care import Care
from tests.services.console.field.patrol import Patrol
from tests.services.console.gallery import EVERY_PAGE, INDEX, PICTURES, gallery
from tests.services.console.indicators.figures_walk import AnalystMorning
from tests.services.console.ledger.checking import Checking
from tests.services.console.morning import Morning
from tests.services.console.outbreaks.journey import OutbreakJourney
from tests.services.console.people.walks import ImportWalk, PeopleWalk
from tests.services.console.programmes.adapting import Adapting
from tests.services.console.tour.country import settle
from tests.services.console.tour.stops import STOPS
from tests.services.console.tour.test_tour import Tour
from tests.services.console.walk import SCREENS, TOK_PISIN
from tests.services.scene import set_scene
from tests.services.world import open_folder
from tests.support.chromium import chromium, open_page
from tests.support.web import on_socket

WALKS = (
    Morning,
    PeopleWalk,
    ImportWalk,
    Checking,
    Care,
    Patrol,
    AnalystMorning,
    Adapting,
    Governing,
    Ministry,
    OutbreakJourney,
)


def main(names):
    PICTURES.mkdir(exist_ok=True)
    with chromium() as browser:
        for walk in WALKS:
            if not names or walk.__name__ in names:
                draw(walk, browser)
        if not names or Tour.__name__ in names:
            draw_every_page(browser)
    INDEX.write_text(gallery(), encoding="utf-8")
    print(f"{len(list(PICTURES.rglob('*.png')))} pictures in {PICTURES}")


def draw(walk, browser):
    """Go one way on both screens, on a scene of its own."""
    with tempfile.TemporaryDirectory() as folder:
        world = open_folder(Path(folder))
        world.runtime.database.upgrade()
        set_scene(world)
        with on_socket(world.app) as base:
            for width in (360, 1280):
                with open_page(browser, width) as page:
                    walk(page, base, world, PICTURES).go()
        world.runtime.close()


def draw_every_page(browser):
    """Draw every page of the tour."""
    EVERY_PAGE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        world = open_folder(Path(folder))
        world.runtime.database.upgrade()
        scene = set_scene(world)
        with dhis2_server() as server, on_socket(world.app) as base:
            values = settle(scene, server)
            with open_page(browser, SCREENS[0]) as page:
                tour = Tour(page, base, world, EVERY_PAGE, checks=False, language=TOK_PISIN)
                for who, paths in STOPS.items():
                    tour.sit_down(who)
                    for path in paths:
                        page.goto(f"{base}/console{path.format_map(values)}")
                        tour.draw(re.sub(r"[^a-z0-9]+", "-", path).strip("-"))
        world.runtime.close()


if __name__ == "__main__":
    main(sys.argv[1:])
