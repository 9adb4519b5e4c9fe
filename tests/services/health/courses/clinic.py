"""A programme that is approved, people in its course, and what waits for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import select, update

from services.health.courses.completion import finish
from services.health.courses.plan_changes import PlanChange, start_course
from services.health.courses.planner import plan
from services.health.courses.subscriptions import SubscriptionState
from services.health.format.parser import read_programme
from services.health.versions.store import programme_by_id
from services.storage.models import (
    AskedQuestion,
    Message,
    Party,
    Subscription,
)
from services.storage.persons import person_of
from sms.local_time import DEFAULT_ZONE
from sms.message import MessageState
from tests.factories import NOW
from tests.services.health.stored import sign, store_approved, version_of

if TYPE_CHECKING:
    from services.health.format.model import Programme
    from services.storage.database import Database

DAY = timedelta(days=1)
YAML = """
code: tobacco
area: mTobaccoCessation
title: {en: Quit tobacco}
languages: {en: complete}
nameless: {en: friend}
cohorts: [general, mother]
anchors:
  quit: {label: {en: quit date}}
  feast: {label: {en: Christmas}, dates: [2026-12-25, 2027-12-25]}
join: {en: [QUIT]}
intake:
  - id: agree
    text: {en: "Do you agree? YES or NO"}
    ask: {expect: choice, consent: true, options: {1: {code: "yes"}, 2: {code: "no"}}}
welcome: {en: "Welcome, {name}."}
stop:
  text: {en: "It ends. STOP ALL ends all."}
  ask: {expect: choice, options: {1: {code: quit}, 2: {code: other}}}
pause_days: 10
resume: shift
country: {least_age: 0}
last_day: {anchor: quit, day: 14}
phases:
  - id: start
    anchor: enrolment
    messages:
      - {id: tip1, day: 1, at: "09:00", text: {en: "Tell a friend."}}
      - {id: tip5, day: 5, at: "08:00", late: expire, text: {en: "Drink water."}}
      - {id: mother3, day: 3, at: "15:00", cohorts: [mother], text: {en: "For two."}}
      - {id: general3, day: 3, at: "15:00", cohorts: [general], text: {en: "For you."}}
      - id: check
        day: 12
        at: "11:00"
        late: send
        assessment: true
        text: {en: "How are you? 1 well 2 not"}
        ask: {expect: choice, options: {1: {code: well}, 2: {code: not}}, close_days: 2}
  - id: course
    anchor: quit
    late: shift
    messages:
      - {id: before, day: -1, at: "18:00", text: {en: "Tomorrow, {name}."}}
      - id: day0
        day: 0
        at: "07:30"
        late: send
        text: {en: "Today, {quit}!", discreet: {en: "Today!"}}
      - {id: day2, day: 2, at: "12:00", double_ok: true, text: {en: "Day 2."}}
      - id: month1
        day: 10
        at: "10:00"
        late: send
        assessment: true
        text: {en: "Since the {quit}, how often? 1 none 2 some"}
        ask:
          expect: choice
          options: {1: {code: none}, 2: {code: some}}
          close_days: 4
          remind_days: [2]
      - {id: never, day: 15, at: "10:00", text: {en: "After the end."}}
  - id: feast
    anchor: feast
    messages:
      - {id: feast0, day: 0, at: "12:00", text: {en: "A merry Christmas."}}
outcomes:
  - {code: abstinent, label: {en: not smoking}, assessments: [month1], success: [none]}
"""
PROGRAMME = read_programme(YAML)
CONTINUES = YAML.replace("resume: shift", "resume: continue")


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    """An instant of 2026 by the clocks of Port Moresby."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=10)


@dataclass
class Clinic:
    """A version of the programme, approved in English, and the people in it."""

    database: Database
    text: str = YAML
    version: int = field(init=False)
    _numbers: count = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        with self.database.write() as session:
            version = version_of("tobacco", self.text)
            store_approved(session, version, sign(session))
            self.version = version.id

    def enrol(
        self, now: datetime = NOW, zone: str = DEFAULT_ZONE, name: str | None = None, **anchors: str
    ) -> int:
        """Put a person into the course; the key of the subscription."""
        number = f"+67570{next(self._numbers):06}"
        with self.database.write() as session:
            party = Party(public_id=uuid4(), role="keeper", name=name)
            session.add(party)
            session.flush()
            row = Subscription(
                public_id=uuid4(),
                person_id=person_of(session, party).id,
                programme="tobacco",
                version_id=self.version,
                language="en",
                cohort="general",
                state=SubscriptionState.CONSENTED.value,
                number=number,
                number_index=self.database.vault.health_index(number),
                zone=zone,
                anchors=anchors,
                turns={},
                source="sms",
                invited_at=now,
            )
            session.add(row)
            session.flush()
            _, programme = programme_by_id(session, self.version)
            start_course(session, row, programme, now)
            return row.id

    def plan(self, now: datetime, limit: int = 2_000) -> int:
        """Plan everything; how many people were."""
        whole = 0
        while done := self.chunk(now, limit):
            whole += done
        return whole

    def chunk(self, now: datetime, limit: int = 2_000) -> int:
        with self.database.write() as session:
            return plan(session, self.database.vault, now, limit=limit)

    def finish(self, now: datetime, limit: int = 100) -> int:
        with self.database.write() as session:
            return finish(session, now, limit)

    def change(self, key: int, function, *args, **how):
        """Call a function of `plan_changes` or `pauses` for a subscription."""
        change = [PlanChange(**how)] if how else []
        with self.database.write() as session:
            row = session.get_one(Subscription, key)
            return function(session, row, self.programme(session), *args, *change)

    def programme(self, session) -> Programme:
        return programme_by_id(session, self.version)[1]

    def row(self, key: int) -> Subscription:
        with self.database.read() as session:
            session.expire_on_commit = False
            return session.get_one(Subscription, key)

    def messages(self, key: int | None = None) -> list[Message]:
        mine = () if key is None else (Message.subscription_id == key,)
        with self.database.read() as session:
            session.expire_on_commit = False
            found = select(Message).where(*mine).order_by(Message.planned_at, Message.id)
            return list(session.scalars(found))

    def waiting(self, key: int | None = None) -> list[tuple[str, datetime]]:
        """Item and time of what waits, in the order in which it goes."""
        return [(one.item, one.planned_at) for one in self.messages(key) if one.state == "queued"]

    def askings(self) -> list[tuple[str, str]]:
        with self.database.read() as session:
            rows = session.scalars(
                select(AskedQuestion).order_by(AskedQuestion.asked_at, AskedQuestion.id)
            )
            return [(row.item, row.state) for row in rows]

    def send(self, now: datetime) -> None:
        """What is due goes out."""
        with self.database.write() as session:
            session.execute(
                update(Message)
                .where(Message.state == "queued", Message.planned_at <= now)
                .values(state=MessageState.SENT.value, tries=1)
            )
