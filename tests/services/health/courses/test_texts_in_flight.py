"""A text that a carrier was called for, and a change of its course before the carrier tells more.

It is tried again only where its course has it still, in the same words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from services.health.courses import staff
from services.health.courses.holding import hold
from services.health.courses.life_events import take_in
from services.health.courses.plan_changes import change_plan, pause
from services.health.courses.subscriptions import SubscriptionState
from services.health.format.life_events import LifeEvent, Then
from services.messaging.consent import grant
from services.messaging.dispatch.store import DatabaseDispatchStore
from services.storage.models import ProgrammeApproval, Subscription
from sms.carriers.base import failed
from sms.message import ABSENT, AttemptState, DeliveryReport, FailureClass, Outcome
from sms.ports import Finished
from sms.routing import Route
from sms.settings import SmsSettings
from tests.services.health.courses.clinic import Clinic, at

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from services.storage.database import Database
    from sms.ports import Started

SETTINGS = SmsSettings(routes=(Route("+", ("twilio",)),))
MORNING = at(27, 7, 31)
TODAY = "Today, 27 Nov!"
UNREACHABLE = FailureClass.UNREACHABLE
LOSS = LifeEvent("loss", then=Then.CARE)


@dataclass
class Course:
    """One person, whose quit date is 27 November, and the worker who sends her texts."""

    database: Database
    settings: SmsSettings = SETTINGS
    clinic: Clinic = field(init=False)
    key: int = field(init=False)

    def __post_init__(self) -> None:
        self.clinic = Clinic(self.database)
        self.store = DatabaseDispatchStore(self.database, self.settings)
        self.key = self.clinic.enrol(at(20, 12), quit="2026-11-27")
        with self.database.write() as session:
            row = session.get_one(Subscription, self.key)
            grant(session, row.number_index, "tobacco", "sms", at(20, 12))

    def go(self, now: datetime, outcome: Outcome | None = None) -> list[Started]:
        """Plan and send what is due; by default the carrier takes it."""
        self.clinic.plan(now)
        started = list(self.store.start("w", self.store.claim("w", 50, now), now))
        sent = [
            Finished(one, outcome or Outcome(AttemptState.SENT, str(one.attempt_id)))
            for one in started
        ]
        self.store.finish(sent, now)
        return started

    def bodies(self, now: datetime) -> list[str]:
        return [one.message.body for one in self.go(now)]

    def unreachable(self, started: list[Started], now: datetime) -> None:
        """Report of texts that the carrier had taken."""
        for one in started:
            told = "twilio", one.attempt_id, None, AttemptState.UNDELIVERED, UNREACHABLE, "30003"
            self.store.report(DeliveryReport(*told), now)

    def absent(self, started: list[Started], now: datetime) -> None:
        """Find nothing at the carrier, as often as it takes."""
        missing = Outcome(AttemptState.FAILED, failure=FailureClass.TRANSIENT, code=ABSENT)
        for minutes in (0, 15):
            for one in started:
                later = now + timedelta(minutes=minutes)
                self.store.uncertain(10, later)
                self.store.resolve(one.attempt_id, missing, later)

    def states(self, item: str) -> list[tuple[str, str | None]]:
        return [
            (one.state, one.reason) for one in self.clinic.messages(self.key) if one.item == item
        ]


def end(course: Course, now: datetime) -> None:
    with course.database.write() as session:
        row = session.get_one(Subscription, course.key)
        staff.end(session, row, SubscriptionState.COMPLETED, None, now)


def rest(course: Course, now: datetime) -> None:
    course.clinic.change(course.key, pause, now)


def be_held(course: Course, now: datetime) -> None:
    course.clinic.change(course.key, hold, now)


def lose(course: Course, now: datetime) -> None:
    with course.database.write() as session:
        row = session.get_one(Subscription, course.key)
        take_in(session, row, course.clinic.programme(session), LOSS, now)


def move(course: Course, now: datetime) -> None:
    course.clinic.change(course.key, change_plan, now, anchors={"quit": date(2026, 11, 29)})


def hide(course: Course, now: datetime) -> None:
    course.clinic.change(course.key, change_plan, now, discreet=True)


def withdraw(course: Course, now: datetime) -> None:
    with course.database.write() as session:
        session.query(ProgrammeApproval).update({"withdrawn_at": now})


CHANGES = [end, rest, be_held, lose, move, hide, withdraw]


@pytest.mark.parametrize("change", CHANGES)
def test_sent_text__its_course_changes_and_the_phone_was_off__does_not_come_back(
    database: Database, change: Callable[[Course, datetime], None]
) -> None:
    course = Course(database)
    started = course.go(MORNING)
    assert [one.message.body for one in started] == [TODAY]

    change(course, at(27, 9))
    course.unreachable(started, at(27, 10))

    assert TODAY not in course.bodies(at(28, 10, 1)) + course.bodies(at(29, 8))
    assert course.states("day0")[0][0] == "undelivered"


@pytest.mark.parametrize("change", CHANGES)
def test_uncertain_text__its_course_changes_and_the_carrier_has_it_not__does_not_go_again(
    database: Database, change: Callable[[Course, datetime], None]
) -> None:
    course = Course(database)
    started = course.go(MORNING, failed(FailureClass.UNKNOWN, "timeout"))

    change(course, at(27, 7, 40))
    course.absent(started, at(27, 7, 50))

    assert TODAY not in course.bodies(at(27, 9)) + course.bodies(at(28, 8))
    assert course.states("day0")[0][0] == "failed"


def test_sent_text__the_plan_changes_elsewhere__is_tried_again(database: Database) -> None:
    course = Course(database)
    started = course.go(MORNING)

    course.clinic.change(course.key, change_plan, at(27, 9), hour=18)
    course.unreachable(started, at(27, 10))

    assert course.bodies(at(28, 10, 1)) == [TODAY]


def test_sent_assessment__the_course_pauses__is_tried_again(database: Database) -> None:
    course = Course(database)
    started = course.go(at(7, 10, 1, month=12))
    course.clinic.change(course.key, pause, at(7, 11, month=12))
    course.unreachable(started, at(7, 12, month=12))

    assert course.bodies(at(8, 12, 1, month=12)) == [started[0].message.body]


def test_sent_assessment__it_comes_again_on_a_new_date__is_not_tried_again(
    database: Database,
) -> None:
    course = Course(database)
    started = course.go(at(7, 10, 1, month=12))
    course.clinic.change(
        course.key, change_plan, at(7, 11, month=12), anchors={"quit": date(2026, 12, 1)}
    )
    course.unreachable(started, at(7, 12, month=12))

    assert "month1" not in [one.item for one in course.clinic.messages() if one.state == "queued"]
    assert len(course.states("month1")) == 1


def test_sent_text__its_course_ended_and_the_phone_had_it__is_delivered(database: Database) -> None:
    course = Course(database)
    started = course.go(MORNING)

    end(course, at(27, 9))
    told = "twilio", started[0].attempt_id, None, AttemptState.DELIVERED, None, None
    course.store.report(DeliveryReport(*told), at(27, 10))

    assert course.states("day0") == [("delivered", None)]
