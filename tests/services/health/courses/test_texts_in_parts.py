"""A change of plan while a long text waits in parts, since no channel joins them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from services.health.courses.plan_changes import change_plan, pause, resume
from services.health.indicators.disaggregation import Period
from services.health.indicators.fact_queries import FactQuery
from services.health.indicators.text_queries import texts
from services.messaging.consent import grant
from services.messaging.dispatch.store import DatabaseDispatchStore
from services.storage.models import Subscription
from sms.message import AttemptState, DeliveryReport, FailureClass, Outcome
from sms.ports import Finished
from sms.routing import Route
from sms.settings import SmsSettings
from tests.services.health.courses.clinic import YAML, Clinic, at

if TYPE_CHECKING:
    from datetime import datetime

    from services.storage.database import Database

SETTINGS = SmsSettings(
    routes=(Route("+", ("kannel",)),), one_segment=frozenset({"kannel"}), daily_cap=10
)
LONG = (
    YAML.replace("how often? 1 none 2 some", "how often? 1 none 2 some " + "word " * 35)
    .replace('"Day 2."', '"Day 2. ' + "word " * 45 + '"')
    .replace("resume: shift", "resume: continue")
)


class Course:
    """One person, and the worker who sends her texts."""

    def __init__(self, database: Database) -> None:
        self.database, self.clinic = database, Clinic(database, LONG)
        self.store = DatabaseDispatchStore(database, SETTINGS)
        self.key = self.clinic.enrol(at(20, 12), quit="2026-11-27")
        with database.write() as session:
            row = session.get_one(Subscription, self.key)
            grant(session, row.number_index, "tobacco", "sms", at(20, 12))

    def go(self, now: datetime, limit: int = 50) -> list[str]:
        """Plan and send what is due; return how each text begins and ends."""
        self.clinic.plan(now)
        self.started = self.store.start("w", self.store.claim("w", limit, now), now)
        sent = [Outcome(AttemptState.SENT, str(one.attempt_id)) for one in self.started]
        pairs = zip(self.started, sent, strict=True)
        self.store.finish([Finished(one, outcome) for one, outcome in pairs], now)
        return [f"{one.message.body[:5]}..{one.message.body[-5:]}" for one in self.started]

    def expected(self, now: datetime) -> int:
        """Return how many texts of the course the month counts."""
        november = Period(date(2026, 11, 1), date(2026, 11, 30))
        with self.database.read() as session:
            (row,) = session.execute(texts(FactQuery.of("tobacco", november, now))).all()
            return int(row.expected)

    def split(self, now: datetime) -> None:
        """Let the text that is due wait in parts."""
        self.go(now - timedelta(hours=1))
        assert self.go(now) == []
        assert len(self.clinic.waiting(self.key)) >= 2


@pytest.fixture
def course(database: Database) -> Course:
    return Course(database)


PLAIN, ASSESSMENT = at(29, 12, 1), at(7, 10, 1, month=12)


@pytest.mark.parametrize("due", [PLAIN, ASSESSMENT])
@pytest.mark.parametrize("change", [{"discreet": True}, {"hour": 9}])
def test_change__while_a_text_waits_in_parts__it_goes_once_and_whole(course, due, change):
    course.split(due)
    course.clinic.change(course.key, change_plan, due, **change)
    assert course.go(due.replace(minute=5)) == []
    went = course.go(due.replace(minute=6))
    assert len(went) == 2
    assert went[0] != went[1]
    assert course.go(due.replace(minute=7)) == []


def test_pause__while_a_text_waits_in_parts__none_goes_and_none_is_lost(course):
    course.split(PLAIN)
    course.clinic.change(course.key, pause, PLAIN)
    assert course.go(PLAIN.replace(minute=5)) == []
    assert course.clinic.waiting(course.key) == []
    states = {one.reason for one in course.clinic.messages(course.key) if one.item == "day2"}
    assert states == {"replanned"}


def test_pause__while_an_assessment_waits_in_parts__it_goes_whole(course):
    course.split(ASSESSMENT)
    course.clinic.change(course.key, pause, ASSESSMENT)
    course.go(ASSESSMENT.replace(minute=5))
    assert len(course.go(ASSESSMENT.replace(minute=6))) == 2
    course.clinic.change(course.key, resume, ASSESSMENT.replace(minute=8))
    course.go(ASSESSMENT.replace(minute=9))
    assert course.go(ASSESSMENT.replace(minute=10)) == []


def test_change__once_a_part_has_gone__the_rest_follows(course):
    course.split(PLAIN)
    first = course.go(PLAIN.replace(minute=5), limit=1)
    course.clinic.change(course.key, change_plan, PLAIN.replace(minute=5), discreet=True)
    rest = course.go(PLAIN.replace(minute=6))
    assert len(first + rest) == 2
    assert course.go(PLAIN.replace(minute=7)) == []


def test_parts__that_were_sent_and_fail__do_not_come_back_after_a_pause(course):
    course.split(PLAIN)
    assert len(course.go(PLAIN.replace(minute=5))) == 2
    course.clinic.change(course.key, pause, PLAIN.replace(minute=6))
    for one in course.started:
        told = "kannel", one.attempt_id, None, AttemptState.UNDELIVERED, FailureClass.UNREACHABLE
        course.store.report(DeliveryReport(*told), PLAIN.replace(minute=7))
    assert course.clinic.waiting(course.key) == []


def test_parts__that_were_sent_and_fail__come_back_after_another_change(course):
    course.split(PLAIN)
    course.go(PLAIN.replace(minute=5))
    course.clinic.change(course.key, change_plan, PLAIN.replace(minute=6), hour=18)
    for one in course.started:
        told = "kannel", one.attempt_id, None, AttemptState.UNDELIVERED, FailureClass.UNREACHABLE
        course.store.report(DeliveryReport(*told), PLAIN.replace(minute=7))
    waiting = [item for item, _ in course.clinic.waiting(course.key)]
    assert waiting.count("day2") == 2


def test_count__of_a_text_that_went_in_parts__is_one_text(course):
    course.go(at(28, 12))
    expected = course.expected(at(29, 11))
    course.split(PLAIN)
    course.go(PLAIN.replace(minute=5))
    assert course.expected(at(29, 13)) == expected
