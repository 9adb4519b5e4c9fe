"""A deployment in development mode, and phones to play on it."""

from __future__ import annotations

import io
import shutil
from functools import partial

import pytest

from services.core.settings import draw_secrets
from services.runtime.workers import make_carriers, make_dispatcher
from services.simulator.operator import Operator, within
from services.simulator.terminal import Terminal
from tests.services.simulator.desk import Desk, served
from tests.support.browser import browser, page
from tests.support.servers import running_bilum

__all__ = ["browser", "page"]


@pytest.fixture
def alone(open_world, settings):
    """A world in development mode."""
    return open_world(development=True, gateway=draw_secrets(settings.gateway))


@pytest.fixture
def dispatch(alone):
    """Sends what is due."""
    dispatcher = make_dispatcher(alone.runtime, make_carriers(alone.runtime, io.StringIO()))
    yield dispatcher.drain
    dispatcher.close()


class Paper:
    """Keeps what a terminal shows."""

    def __init__(self):
        self.screens, self.notes = [], []

    def screen(self, drawn):
        self.screens.append(drawn)

    def note(self, text):
        self.notes.append(text)

    @property
    def last(self):
        """The text on the last screen, on one line."""
        lines = self.screens[-1].splitlines()[1:-1]
        return " ".join(line.strip("│ ") for line in lines)


@pytest.fixture
def paper():
    return Paper()


@pytest.fixture
def terminal(alone, paper, clock):
    return Terminal(Operator(within(alone.app)), "+67570000001", "en", paper, clock)


@pytest.fixture(scope="module")
def server(migrated_folder, tmp_path_factory):
    """Address of a real server process in development mode."""
    folder = shutil.copytree(migrated_folder, tmp_path_factory.mktemp("server") / "data")
    with running_bilum(folder, BILUM_DEVELOPMENT="1") as url:
        yield url


@pytest.fixture
def desk(page, server):
    """The page of that server."""
    return Desk(page, server)


@pytest.fixture
def serve(settings):
    """Serves the application in this process, wrapped as a test wants it."""
    return partial(served, settings)
