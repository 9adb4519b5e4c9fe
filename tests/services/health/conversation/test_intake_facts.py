"""What every intake asks is kept with the person for counts, and the first dates of a course."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.health.courses.subscriptions import SubscriptionState
from services.storage.models import Person, Subscription
from tests.factories import FARMER, NOW
from tests.services.health.scene import SMALL, Course, publish

_CHOICE = "ask: {expect: choice, options: {1: {code: %s}, 2: {code: %s}}}"
ASKS = SMALL.replace(
    "  - id: when\n",
    f"""  - id: age
    text: {{en: "How old are you?", tpi: "Yu gat hamas krismas?"}}
    ask: {{expect: number, from: 5, to: 150}}
  - id: sex
    text: {{en: "1 woman 2 man", tpi: "1 meri 2 man"}}
    {_CHOICE % ("female", "male")}
  - id: distance
    text: {{en: "How far is the clinic? 1 near 2 far", tpi: "Klinik i longwe? 1 nogat 2 yes"}}
    {_CHOICE % ("near", "far")}
  - id: when
""",
)


def person_of(database):
    with database.read() as session:
        session.expire_on_commit = False
        return session.scalars(select(Person).order_by(Person.id.desc())).first()


@pytest.mark.slow
def test_keep_fact__the_intake__fills_what_no_list_has_said(database):
    publish(database, ASKS)
    course = Course(database)
    course.say("QUIT", "1", "yes", "Maria", "1", "34", "1", "2", "5 Dec")
    found = person_of(database)
    assert (found.birth_year, found.sex) == (NOW.year - 34, "f")
    assert (found.distance, found.phone_shared) == ("far", True)
    # Again, on a phone of their own, nearer the clinic: what a list may have said stays.
    course.say("STOP", "2", "QUIT", "1", "yes", "Maria", "2", "30", "2", "1", "5 Dec")
    found = person_of(database)
    assert (found.birth_year, found.sex) == (NOW.year - 34, "f")
    assert (found.distance, found.phone_shared) == ("near", False)
    other = Course(database, sender="+67570000777")
    other.say("QUIT", "1", "yes", "Peter", "2", "140", "2", "1", "5 Dec")
    assert (person_of(database).birth_year, person_of(database).sex) == (None, "m")


def test_first_dates__moved_and_slipped__keep_the_first_one_alone(database):
    publish(database)
    course = Course(database)
    course.join()
    first = course.row().anchors["quit"]
    assert course.row().first_dates is None
    course.say("DATE 9 Dec")
    assert course.row().first_dates == {"quit": first}
    course.say("DATE 5 Dec")
    assert course.row().anchors["quit"] == first
    assert course.row().first_dates == {"quit": first}
    course.later(days=14)
    course.say("SLIP")
    row = course.row()
    assert "quit" not in row.anchors
    assert row.first_dates == {"quit": first}
    course.say("PAUSE")
    course.later(days=11)
    row = course.row()
    assert row.state == SubscriptionState.ACTIVE
    assert row.first_dates["quit"] == first
    began = row.activated_at + timedelta(hours=10)
    assert row.first_dates["enrolment"] == began.date().isoformat()
    assert row.first_dates["enrolment"] != row.anchors["enrolment"]
    course.forget()
    with database.read() as session:
        assert set(session.scalars(select(Subscription.first_dates))) == {None}


def test_first_dates__before_the_course_begins__are_the_last_ones_said(database):
    publish(database)
    course = Course(database, sender=FARMER)
    course.say("QUIT", "1", "yes", "Maria", "2")
    assert course.row().first_dates is None
    course.say("5 Dec")
    assert course.row().first_dates is None
