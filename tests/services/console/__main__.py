"""Draw the pictures of docs/console: `python -m tests.services.console [WALK ...]`, else all."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.services.console.administration.governing import Governing
from tests.services.console.campaigns.ministry import Ministry
from tests.services.console.concerns.care import Care
from tests.services.console.field.patrol import Patrol
from tests.services.console.indicators.figures_walk import AnalystMorning
from tests.services.console.ledger.checking import Checking
from tests.services.console.morning import Morning
from tests.services.console.outbreaks.journey import OutbreakJourney
from tests.services.console.people.walks import ImportWalk, PeopleWalk
from tests.services.console.programmes.adapting import Adapting
from tests.services.scene import set_scene
from tests.services.world import open_folder
from tests.support.chromium import chromium, open_page
from tests.support.paths import ROOT
from tests.support.web import on_socket

PICTURES = ROOT / "docs" / "console"
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
    print(f"{len(list(PICTURES.glob('*.png')))} pictures in {PICTURES}")


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


if __name__ == "__main__":
    main(sys.argv[1:])
