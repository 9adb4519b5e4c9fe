"""Alarms about red flags that nobody looks after, to the administrators."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select, update

from services.health.metrics import read_concern_metrics
from services.messaging import operator_alarms
from services.storage.models import Concern, Person
from tests.factories import NOW
from tests.services.messaging.dispatch.post import DAY, MINUTE
from tests.services.messaging.test_operator_alarms import BOSS, HOUR, Watch

pytestmark = pytest.mark.slow

OLD = "of one who flagged long ago"


@pytest.fixture
def watch(database):
    made = Watch(database)
    made.administrator(BOSS)
    made.post.clock.now = NOW.replace(minute=0, second=0, microsecond=0)
    return made


def flag(watch, person, **changes):
    """A red flag of a person now; the person's name is their link."""
    link, at = person.encode(), watch.post.clock()
    with watch.database.write() as session:
        known = session.scalars(select(Person).where(Person.link == link)).first()
        if known is None:
            known = Person(link=link, party=person, province="Enga")
            session.add(known)
            session.flush()
        values = {"kind": "flag", "code": "chest_pain", "at": at, **changes}
        session.add(Concern(public_id=uuid4(), person_id=known.id, **values))


def handle(watch, person):
    of = select(Person.id).where(Person.link == person.encode())
    with watch.database.write() as session:
        session.execute(
            update(Concern)
            .where(Concern.person_id.in_(of))
            .values(handled_at=watch.post.clock(), note="Called.")
        )


def forget(watch, person):
    with watch.database.write() as session:
        session.execute(
            update(Person).where(Person.link == person.encode()).values(link=None, party=None)
        )


def alarms(watch, what="red flag"):
    return [body for _, body in watch.told() if what in body]


def test_flag__that_nobody_looks_after__alarms_after_half_an_hour_once(watch):
    flag(watch, "Maria")
    watch.tick(30)
    assert alarms(watch) == []
    watch.tick(5)
    [told] = alarms(watch)
    assert told == (
        "Bilum: red flags that nobody has handled: 1, the oldest since 25 Nov 12:00. "
        "Make sure that a clinician looks at the list of concerns now."
    )


def test_flag__beside_one_that_is_open_for_days__alarms_too(watch):
    flag(watch, OLD)
    watch.post.clock.advance(3 * DAY)
    watch.tick()
    assert len(alarms(watch)) == 1
    flag(watch, "Maria")
    watch.tick(32)
    assert len(alarms(watch)) == 2
    # Who is in danger again is so as well.
    watch.post.clock.advance(HOUR)
    flag(watch, OLD)
    watch.tick(32)
    assert len(alarms(watch)) == 3


def test_flag__of_who_was_forgotten__alarms_nobody_and_is_not_counted(watch):
    flag(watch, OLD)
    forget(watch, OLD)
    watch.tick(32)
    assert watch.told() == []
    with watch.database.read() as session:
        gauges = read_concern_metrics(session, watch.post.clock())
        assert [one.samples[0].value for one in gauges] == [0, 0]


def test_flag__of_who_was_handled__keeps_no_other_of_the_hour_silent(watch):
    flag(watch, "Maria")
    watch.tick(31)
    handle(watch, "Maria")
    watch.post.clock.advance(20 * MINUTE)
    flag(watch, "Anna")
    watch.tick(31)
    assert len(alarms(watch)) == 2


def test_flags__of_one_person_again_and_again__alarm_once_an_hour(watch):
    for _ in range(30):
        flag(watch, "Maria")
        watch.tick(4, every=4)
    watch.tick(32, every=4)
    assert len(alarms(watch)) == 2


def test_flags__of_many_people__alarm_a_few_times_an_hour(watch):
    for number in range(40):
        flag(watch, f"person {number}")
        watch.tick()
    watch.tick(32)
    assert len(alarms(watch)) == operator_alarms.PEOPLE_AN_HOUR
