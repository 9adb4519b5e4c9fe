"""A world in which phones dial, and the menus that they meet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.operators import read_operators
from services.runtime.app import create_app
from services.runtime.command_catalogue import CommandCatalogue
from tests.services.conftest import KINDS
from tests.services.messaging.ussd.phone import OPERATORS, SECRET, Phone, menus
from tests.services.world import World


def on_screens(world: World, **changes) -> World:
    """The same world, whose screens have the menus of these tests."""
    runtime = world.runtime
    ussd = read_operators(OPERATORS, SECRET, **changes)
    gateway = replace(runtime.settings.gateway, ussd=ussd)
    runtime = replace(runtime, settings=replace(runtime.settings, gateway=gateway))
    vars(runtime)["conversation"] = CommandCatalogue(runtime.policy, menus)
    return World(runtime, create_app(runtime))


@pytest.fixture
def dialled(scene):
    """The world of the scene, dialled into."""
    scene.world = on_screens(scene.world)
    return scene


@pytest.fixture
def server_dialled(server_scene):
    server_scene.world = on_screens(server_scene.world)
    return server_scene


@pytest.fixture(params=KINDS)
def anywhere(request):
    """The scene on each of both databases."""
    name = "dialled" if request.param == "sqlite" else "server_dialled"
    return request.getfixturevalue(name)


@pytest.fixture
def phone(dialled):
    """The keeper's."""
    return Phone(dialled.world, "+67570000001")
