"""Draw the pictures of docs/console: `python -m tests.services.console`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.services.console.walk import Walk
from tests.services.scene import set_scene
from tests.services.world import open_folder
from tests.support.chromium import chromium, open_page
from tests.support.paths import ROOT
from tests.support.web import on_socket

PICTURES = ROOT / "docs" / "console"


def main():
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        world = open_folder(Path(folder))
        world.runtime.database.upgrade()
        set_scene(world)
        with on_socket(world.app) as base, chromium() as browser:
            for width in (360, 1280):
                with open_page(browser, width) as page:
                    Walk(page, base, world, PICTURES).morning()
        world.runtime.close()
    print(f"{len(list(PICTURES.glob('*.png')))} pictures in {PICTURES}")


if __name__ == "__main__":
    main()
