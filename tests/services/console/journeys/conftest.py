"""A ministry on a deployment whose workers run by hand, its DHIS2, and a browser."""

from __future__ import annotations

import io
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from services.cli.demo_stage import Stage
from tests.fakes.dhis2_server import Dhis2Server, dhis2_server
from tests.services.console.indicators.ministry import settings_of, stock
from tests.services.console.journeys.office import Office
from tests.services.console.programmes.adapting import CODE
from tests.services.console.programmes.ministry import staffed
from tests.services.world import Clock, on
from tests.support.web import on_socket

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Ministry:
    """People in an office, phones and workers of the deployment, and where its figures go.

    `screen`: every SMS that went, as the console carrier shows it.
    """

    office: Office
    stage: Stage
    screen: io.StringIO
    dhis2: Dhis2Server


@pytest.fixture
def ministry(staged, tmp_path, browser) -> Iterator[Ministry]:
    """A ministry on its first day: staff, and the courses that come with Bilum."""
    folder, screen = shutil.copytree(staged[0], tmp_path / "data"), io.StringIO()
    with ExitStack() as stack:
        server = stack.enter_context(dhis2_server())
        stock(server)
        stage = Stage(folder, screen, settings_of(server), Clock())
        stack.callback(stage.runtime.close)
        world = on(stage.runtime)
        staffed(world, CODE)
        base = stack.enter_context(on_socket(world.app))
        office = Office(browser, base, world, stack)
        yield Ministry(office, stage, screen, server)
