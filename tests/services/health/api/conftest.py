"""People who work with programmes, each with a token, beside those of livestock."""

from __future__ import annotations

import shutil
from dataclasses import replace
from uuid import UUID

import pytest

from services.core.roles import Role
from services.health.care.concerns import set_clinicians
from services.health.care.rota import DutyHours
from services.messaging.postings import ANYWHERE
from services.storage.models import Party
from tests.services.health.scene import APPROVER, CLINICIAN, PLANNER, Course, person, publish
from tests.services.scene import Caller, Scene
from tests.services.world import open_folder

ANALYST = "+67570000905"


@pytest.fixture(scope="session")
def staffed(staged, tmp_path_factory):
    """The scene, with a planner, an approver, a clinician and an analyst besides, to copy."""
    folder, made = staged
    world = open_folder(shutil.copytree(folder, tmp_path_factory.mktemp("staffed") / "data"))
    callers = dict(made.callers)
    for name, role, number in (
        ("planner", Role.PLANNER, PLANNER),
        ("approver", Role.APPROVER, APPROVER),
        ("clinician", Role.CLINICIAN, CLINICIAN),
        ("analyst", Role.HEALTH_ANALYST, ANALYST),
    ):
        key = person(world.runtime.database, number, role)
        callers[name] = Caller(world.app, world.bearer(role, key), _public_id(world, key))
    _post(world, UUID(callers["clinician"].party))
    world.runtime.close()
    return world.runtime.settings.data_dir, Scene(world, callers, made.places)


@pytest.fixture(scope="session")
def enrolled(staffed, tmp_path_factory):
    """A person in an approved programme, ten days before the quit date, to copy."""
    folder = shutil.copytree(staffed[0], tmp_path_factory.mktemp("enrolled") / "data")
    world = open_folder(folder)
    publish(world.runtime.database)
    _post(world, UUID(staffed[1].callers["clinician"].party))
    one = Course(world.runtime.database)
    one.join()
    one.keep()
    world.runtime.close()
    return folder, one


def _post(world, clinician):
    with world.runtime.database.write() as session:
        hours = {ANYWHERE: DutyHours(8, 16)}
        set_clinicians(session, "tobacco", {ANYWHERE: clinician}, hours)


def _public_id(world, key):
    with world.runtime.database.read() as session:
        return str(session.get_one(Party, key).public_id)


def opened(folder, made):
    world = open_folder(folder)
    callers = {name: replace(one, app=world.app) for name, one in made.callers.items()}
    return Scene(world, callers, made.places)


@pytest.fixture
def ministry(request, staffed, tmp_path):
    """People of every role; with `course` there is a programme, and somebody is in it."""
    asked = "course" in request.fixturenames
    folder = request.getfixturevalue("enrolled")[0] if asked else staffed[0]
    scene = opened(shutil.copytree(folder, tmp_path / "data"), staffed[1])
    yield scene
    scene.world.runtime.close()


@pytest.fixture
def course(ministry, enrolled):
    """A person in an approved programme, ten days before the quit date."""
    one = replace(enrolled[1], database=ministry.world.runtime.database)
    ministry.world.runtime.clock.now = one.now
    return one
