"""The clock of the province in which a person lives."""

from __future__ import annotations

from sqlalchemy import select

from services.health.courses.home_province import set_province
from services.health.imports.import_people import import_people
from services.messaging.outbox import COURSE
from services.storage.models import Contact, Message, Person, Subscription
from sms.local_time import DEFAULT_ZONE
from tests.services.health.campaigns.town import Town
from tests.services.health.scene import publish

BOUGAINVILLE = "Pacific/Bougainville"


def zones(database):
    with database.read() as session:
        return session.scalars(select(Subscription.zone)).all()


def planned(database):
    wanted = select(Message.item, Message.planned_at, Message.zone)
    waits = (Message.state == "queued", Message.purpose == COURSE)
    with database.read() as session:
        return session.execute(wanted.where(*waits)).all()


def test_import__that_tells_the_province__moves_the_course_to_the_clock_there(database, tmp_path):
    publish(database)
    town = Town(database)
    key = town.add(province=None)
    town.subscribe(key)
    assert zones(database) == [DEFAULT_ZONE]
    with database.read() as session:
        number = session.scalars(select(Contact.number).where(Contact.party_id == key)).one()
    file = tmp_path / "list.csv"
    file.write_text(f"phone,language,province\n{number},en,Bougainville\n", encoding="utf-8")
    assert import_people(file, database, town.now).refusals == []
    assert zones(database) == [BOUGAINVILLE]


def test_province__of_a_running_course__moves_its_waiting_texts(course):
    course.join()
    course.later(hours=2)
    before = {row.item: row.planned_at for row in planned(course.database)}
    assert before
    with course.database.write() as session:
        person = session.scalars(select(Person)).one()
        set_province(session, person, "Bougainville", course.now)
    assert zones(course.database) == [BOUGAINVILLE]
    course.keep()
    waiting = planned(course.database)
    assert {row.zone for row in waiting} == {BOUGAINVILLE}
    for row in waiting:
        # The same hour of their own day, which is one earlier by UTC.
        assert (before[row.item] - row.planned_at).total_seconds() == 3600
