"""People of health programmes at the console, and a programme that they look after."""

from __future__ import annotations

from uuid import uuid4

from services.core.roles import Role
from services.health.care.concerns import set_clinicians
from services.health.care.rota import DutyHours
from services.messaging.inbox_tasks import keep_message_tasks
from services.messaging.postings import ANYWHERE
from services.storage.models import Party
from tests.factories import NOW, Phones
from tests.services.console.visitors import party_named
from tests.services.health.scene import (
    APPROVER,
    CLINICIAN,
    PLANNER,
    Course,
    person,
    publish,
)

PEOPLE = {
    "planner": (Role.PLANNER, PLANNER),
    "approver": (Role.APPROVER, APPROVER),
    "clinician": (Role.CLINICIAN, CLINICIAN),
    "analyst": (Role.HEALTH_ANALYST, "+67570000905"),
    "other clinician": (Role.CLINICIAN, "+67570000906"),
}


def add_staff(world, *, programme=True):
    """Staff with names; the clinician looks after the programme everywhere."""
    database = world.runtime.database
    world.runtime.clock.now = NOW
    for name, (role, number) in PEOPLE.items():
        key = person(database, number, role)
        with database.write() as session:
            session.get_one(Party, key).name = name
    if programme:
        publish(database)
        post(world, "clinician")


def post(world, name, code="tobacco", province=ANYWHERE):
    """Put a clinician in charge of a programme, in the place of whoever was."""
    with world.runtime.database.write() as session:
        wanted = {province: party_named(session, name).public_id}
        set_clinicians(session, code, wanted, {province: DutyHours(8, 16)})


def member(world, *texts):
    """Somebody who has joined the programme, and writes."""
    one = Course(world.runtime.database, now=world.runtime.clock())
    one.join()
    world.runtime.clock.now = one.now
    says(world, *texts)
    return one


def says(world, *texts):
    """The member writes texts."""
    one = Course(world.runtime.database, now=world.runtime.clock())
    one.say(*texts)
    world.runtime.clock.now = one.now


def staff_is_there(world):
    with world.runtime.database.read() as session:
        return session.query(Party).filter(Party.role == "clinician").first() is not None


def write(world, text, sender):
    """Write a text by SMS, and let the clock make a task of what nobody understood."""
    database, clock = world.runtime.database, world.runtime.clock
    Phones(database, clock(), Course(database).talk).send(text, sender, sid=f"SM{uuid4()}")
    keep_message_tasks(database, clock())
