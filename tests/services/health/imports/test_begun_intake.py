"""A list with signed consent, over an intake or an invitation that waits for an answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from services.health.courses.subscriptions import QuestionState
from services.health.imports.import_people import import_people
from services.messaging.outbox import OutboundMessage as Text
from services.messaging.outbox import SendOptions, Trace, enqueue_messages
from services.storage.models import AskedQuestion, Message
from sms.message import Kind
from tests.factories import FARMER
from tests.services.health.scene import Course, publish

LINE = f"{FARMER},en,tobacco,FORM-1,2026-11-25,2026-12-05"


@pytest.fixture
def course(database, tmp_path):
    """Who has written QUIT and was asked the first question, then stood on a planner's list."""
    publish(database)
    course = Course(database)
    course.say("QUIT")
    course.database = database
    path = tmp_path / "list.csv"
    path.write_text(f"phone,language,programme,consent,consent_date,quit\n{LINE}\n")
    course.enrol = lambda: import_people(path, database, course.now)
    return course


def test_enrol__over_an_open_question__nothing_waits_for_its_answer(course):
    assert course.enrol().enrolled == 1
    assert [state for _, state, _ in course.askings()] == ["dropped"]
    course.later(days=8)
    assert (course.row().state, course.row().reason) == ("active", None)


def test_enrol__then_the_old_question_is_answered__the_course_runs_as_before(course):
    course.enrol()
    before = course.row()
    course.later(days=3)
    course.say("1", "yes")
    now = course.row()
    kept = "state", "consented_at", "activated_at", "anchors", "version_id"
    assert [getattr(now, name) for name in kept] == [getattr(before, name) for name in kept]


def test_enrol__over_an_invitation_that_waits__sends_the_welcome_alone(course):
    row = course.row()
    options = SendOptions("campaign", course.now, course.now + timedelta(days=2), Kind.SERVICE)
    text = Text(FARMER, row.number_index, "Join us", "it", trace=Trace(subscription_id=row.id))
    with course.database.write() as session:
        enqueue_messages(session, [text], options)
    course.enrol()
    with course.database.read() as session:
        waiting = select(Message.purpose).where(
            Message.state == "queued", Message.subscription_id == row.id, Message.kind != "answer"
        )
        assert session.scalars(waiting).all() == ["welcome"]


@pytest.fixture
def left_open(course):
    """The same of an earlier version, which left the question open."""
    course.enrol()
    with course.database.write() as session:
        session.execute(update(AskedQuestion).values(state=QuestionState.OPEN.value))
    return course


def test_close__of_an_intake_whose_course_runs__does_not_end_it(left_open):
    left_open.later(days=8)
    assert (left_open.row().state, left_open.row().reason) == ("active", None)


def test_answers__to_an_intake_whose_course_runs__do_not_begin_it_anew(left_open):
    before = left_open.row()
    left_open.later(hours=20)
    left_open.say("1", "yes", "Maria", "2", "20 Dec")
    now = left_open.row()
    kept = "state", "consented_at", "activated_at"
    assert [getattr(now, name) for name in kept] == [getattr(before, name) for name in kept]
