"""Red flags that were ended and opened again, and flags after a note: who is asked, what rests."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.health.care.concern_tasks import handle_concern
from services.health.care.task_sources import keep_health_tasks
from services.health.courses.staff import resume
from services.messaging.tasks.reading import history_of
from services.storage.models import Concern, Party, SecondContact, Subscription, Task
from tests.services.health.care.test_ladder import DIE, night, texts
from tests.services.health.scene import CLINICIAN, FARMER

__all__ = ["night"]

PAIN = "I have chest pain"
ANSWERED = timedelta(microseconds=123456)


def says(night, word, note=""):
    """The clinician works on the newest task by SMS."""
    with night.database.read() as session:
        number = session.scalars(select(Task.number).order_by(Task.id.desc())).first()
    night.sender = CLINICIAN
    said = night.say(f"{word} {number} {note}".strip())
    night.sender = FARMER
    assert number in said
    return said


def handle(night, code, note):
    with night.database.write() as session:
        rows = session.scalars(select(Concern).order_by(Concern.id)).all()
        key = session.scalars(select(Party.id).where(Party.role == Role.CLINICIAN)).first()
        row = next(one for one in rows if one.code == code and one.handled_at is None)
        handle_concern(session, row, key, note, night.now)


def tick(night, **units):
    night.later(**units)
    keep_health_tasks(night.database, night.now)


def task_of(night):
    with night.database.read() as session:
        session.expire_on_commit = False
        return session.scalars(select(Task).order_by(Task.id.desc())).first()


def open_codes(night):
    with night.database.read() as session:
        rows = session.scalars(select(Concern).where(Concern.handled_at.is_(None))).all()
        return [row.code for row in rows]


@pytest.mark.parametrize("end", ["done", "api"])
def test_open__of_a_red_flag_that_was_ended__stays_open_and_is_late_in_half_an_hour(night, end):
    night.now += ANSWERED
    night.say(DIE)
    if end == "done":
        says(night, "DONE", "all is well")
    else:
        handle(night, "self_harm", "all is well")
    assert open_codes(night) == []
    says(night, "OPEN")
    opened = night.now - timedelta(seconds=30)
    tick(night, minutes=1)
    row = task_of(night)
    assert (row.closed_at, row.outcome, open_codes(night)) == (None, None, ["self_harm"])
    assert row.due_at == (opened + timedelta(minutes=30)).replace(microsecond=0)
    with night.database.read() as session:
        told = [(one.kind, one.text) for one in history_of(session, row)]
        [made] = session.scalars(select(Concern)).all()
        assert (made.handled_by_id, made.note) == (None, None)
    assert told[-2:] == [("closed", "all is well"), ("reopened", None)]


def test_open__after_one_of_two_flags_had_its_own_note__opens_the_other_alone(night):
    night.say(DIE)
    night.say(PAIN)
    handle(night, "chest_pain", "It was a muscle.")
    night.now += timedelta(minutes=5)
    says(night, "DONE")
    says(night, "OPEN")
    tick(night, minutes=1)
    assert task_of(night).closed_at is None
    assert open_codes(night) == ["self_harm"]


@pytest.mark.slow
def test_open__of_who_was_forgotten__opens_no_concern(night):
    night.say(DIE)
    says(night, "DONE")
    night.forget()
    says(night, "OPEN")
    tick(night, minutes=1)
    assert open_codes(night) == []
    assert task_of(night).outcome == "settled"


@pytest.mark.slow
def test_open__within_hours_of_a_wrong_end__asks_what_was_due_meanwhile_once(night):
    night.say(DIE)
    says(night, "DONE")
    tick(night, hours=2, minutes=1)
    assert len(texts(night)) == 1
    says(night, "OPEN")
    for _ in range(2):
        tick(night, minutes=1)
        assert len(texts(night)) == 2
    assert "How are you now?" in texts(night)[-1]
    tick(night, hours=12)
    assert len(texts(night)) == 3


@pytest.mark.slow
def test_open__after_both_times_of_asking__asks_once(night):
    night.say(DIE)
    says(night, "DONE")
    tick(night, hours=11, minutes=15)
    with night.database.read() as session:
        assert all(row.closed_at for row in session.scalars(select(SecondContact)))
    says(night, "OPEN")
    tick(night, minutes=1)
    tick(night, minutes=1)
    assert len(texts(night)) == 2


@pytest.mark.slow
def test_open__of_a_flag_for_which_courses_rest__lets_them_rest_again(night):
    night.say(DIE)
    says(night, "DONE")
    tick(night, minutes=1)
    assert night.row().state == "active"
    says(night, "OPEN")
    tick(night, minutes=1)
    assert (night.row().state, night.row().resumes_on) == ("paused", None)
    # Whom staff let go on since, goes on.
    with night.database.write() as session:
        resume(session, session.scalars(select(Subscription)).one(), night.now)
    tick(night, minutes=1)
    assert night.row().state == "active"
    says(night, "DONE", "Called.")
    tick(night, minutes=1)
    says(night, "OPEN")
    tick(night, minutes=1)
    assert night.row().state == "paused"


def test_open__of_a_flag_of_the_body__lets_no_course_rest(night):
    night.say(PAIN)
    says(night, "DONE")
    says(night, "OPEN")
    tick(night, minutes=1)
    assert night.row().state == "active"


@pytest.mark.slow
@pytest.mark.parametrize("end", ["note", "stop"])
def test_flag__after_a_note_or_stop__has_a_ladder_of_its_own(night, end):
    night.say(DIE)
    if end == "note":
        says(night, "DONE", "Called.")
    else:
        night.say("STOP")
    night.now += timedelta(minutes=5)
    begun = len(texts(night))
    night.say(DIE)
    assert len(texts(night)) == begun + 1
    tick(night, hours=2, minutes=1)
    assert len(texts(night)) == begun + 2
    tick(night, hours=12)
    tick(night, hours=12)
    assert len(texts(night)) == begun + 3
    assert all("How are you now?" in one or "day?" in one for one in texts(night)[-2:])


def test_flag__while_a_ladder_is_under_way__begins_none(night):
    night.say(DIE)
    night.now += timedelta(minutes=5)
    night.say(PAIN)
    assert len(texts(night)) == 1
    handle(night, "chest_pain", "It was a muscle.")
    night.say(PAIN)
    assert len(texts(night)) == 1
    tick(night, hours=2, minutes=1)
    assert len(texts(night)) == 2


@pytest.mark.slow
def test_second_contact__after_a_note_of_the_first_of_two_flags__asks_about_the_other(night):
    night.say(DIE)
    night.now += timedelta(minutes=5)
    night.say(PAIN)
    handle(night, "self_harm", "Talked with her.")
    tick(night, hours=2)
    assert "How are you now?" in texts(night)[-1]
    assert len(texts(night)) == 2
    night.say("2")
    handle(night, "chest_pain", "It was a muscle.")
    tick(night, hours=24)
    assert len(texts(night)) == 2


@pytest.mark.slow
def test_flag__while_the_second_of_a_ladder_is_open__begins_none_of_its_own(night):
    night.say(DIE)
    night.say(PAIN)
    handle(night, "self_harm", "Talked with her.")
    night.now += timedelta(minutes=40)
    night.say(PAIN)
    tick(night, hours=2)
    assert len(texts(night)) == 2
    tick(night, hours=12)
    assert len(texts(night)) == 3
