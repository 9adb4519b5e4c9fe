"""A ministry at the console: a programme, its clinician and planner by name, and a person in it."""

from __future__ import annotations

from contextlib import suppress

from services.core.roles import Role
from services.health.care.concerns import set_clinicians
from services.health.care.rota import DutyHours
from services.health.errors import ApprovedAlready
from services.messaging.postings import ANYWHERE
from services.storage.models import Party
from tests.factories import NOW
from tests.services.health.scene import CLINICIAN, PLANNER, Course, person, publish

OTHER = "+67570000904"


def set_ministry(world) -> Course:
    """Publish a programme, name those who work with it, and let a person join."""
    database = world.runtime.database
    with suppress(ApprovedAlready):
        publish(database)
    for name, role, number in (
        ("planner", Role.PLANNER, PLANNER),
        ("clinician", Role.CLINICIAN, CLINICIAN),
        ("other clinician", Role.CLINICIAN, OTHER),
    ):
        key = person(database, number, role)
        with database.write() as session:
            session.get_one(Party, key).name = name
    post(world, ANYWHERE, CLINICIAN)
    course = Course(database, max(NOW, world.runtime.clock.now))
    course.join()
    course.keep()
    world.runtime.clock.now = course.now
    return course


def post(world, province, number) -> None:
    """Give a clinician the programme, in a province or anywhere."""
    key = person(world.runtime.database, number, Role.CLINICIAN)
    with world.runtime.database.write() as session:
        party = session.get_one(Party, key).public_id
        set_clinicians(session, "tobacco", {province: party}, {province: DutyHours(8, 16)})
