"""The facts of a programme counted in plain Python, from docs/indicators.md alone.

It goes through all rows one by one, by local days and not by instants, and shares nothing with what
it checks but the names of facts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from services.health.indicators.disaggregation import Cell
from services.storage.models import (
    AskedQuestion,
    Attempt,
    Message,
    Person,
    ProgrammeVersion,
    Subscription,
)
from tests.services.health.indicators.histories import CODE, NOW

if TYPE_CHECKING:
    from datetime import datetime

    from services.health.indicators.disaggregation import Period
    from services.storage.database import Database

_ZONE = ZoneInfo("Pacific/Port_Moresby")
_PLACE = "abstinent", "month1"


def recount(database: Database, period: Period, now: datetime = NOW) -> dict[Cell, Counter]:
    """Every fact of the programme in a period, row by row."""
    with database.read() as session:
        read = {
            table: list(session.scalars(select(table)))
            for table in (Person, Subscription, Message, Attempt, AskedQuestion, ProgrammeVersion)
        }
        count = _Recount(read, period, now)
        for row in count.mine.values():
            if row.never_asked:
                continue
            count.ways_in(row)
            count.ways_out(row)
        count.texts(read[Message])
        count.costs(read[Attempt])
        count.questions(read[AskedQuestion])
    return {where: +counted for where, counted in count.facts.items() if +counted}


class _Recount:
    def __init__(self, read: dict[type, list[Any]], period: Period, now: datetime) -> None:
        self.facts: defaultdict[Cell, Counter] = defaultdict(Counter)
        self.people = {row.id: row for row in read[Person]}
        self.mine = {row.id: row for row in read[Subscription] if row.programme == CODE}
        self.by_id = {row.id: row for row in read[Message]}
        self.kinder = max(row.id for row in read[ProgrammeVersion])
        self.period, self.now = period, now

    def cell(self, row: Subscription) -> Cell:
        person = self.people.get(row.person_id)
        return Cell(
            (person and person.province) or "unknown",
            (person and person.sex) or "unknown",
            band(self.period.last.year, person and person.birth_year),
            row.language,
            row.cohort,
            joined(row.activated_at, self.period),
            {"sms": "word", "import": "list", "campaign": "invitation"}[row.source],
            (person and person.distance) or "unknown",
            {True: "shared", False: "own"}.get(person and person.phone_shared, "unknown"),
        )

    def of(self, subscription: int) -> Counter:
        return self.facts[self.cell(self.mine[subscription])]

    def during(self, at: datetime | None) -> bool:
        if at is None or at >= self.now:
            return False
        return self.period.first <= at.astimezone(_ZONE).date() <= self.period.last

    def before_end(self, at: datetime | None) -> bool:
        if at is None or at >= self.now:
            return False
        return at.astimezone(_ZONE).date() <= self.period.last

    def ways_in(self, row: Subscription) -> None:
        counted = self.facts[self.cell(row)]
        if not self.during(row.invited_at):
            return
        counted["attempts",] += 1
        counted["eligible",] += row.screened_at is not None
        counted["consented",] += row.consented_at is not None
        counted["activated",] += row.activated_at is not None
        if row.state == "ineligible":
            counted["screened_out",] += 1
            counted["screened_out", row.reason or "not_told"] += 1

    def ways_out(self, row: Subscription) -> None:
        counted = self.facts[self.cell(row)]
        ended = row.ended_at
        there = ended is None or ended.astimezone(_ZONE).date() >= self.period.first
        counted["present",] += self.before_end(row.invited_at) and there
        member = self.before_end(row.consented_at) and there
        counted["members",] += member
        counted["at_ceiling",] += self.during(row.capped_at)
        counted["paused",] += member and row.state == "paused" and self.before_end(row.paused_at)
        if not self.during(ended):
            return
        if row.consented_at:
            name = {"ineligible": "excluded"}.get(row.state, row.state)
            counted[name,] += 1
            if name == "opted_out":
                counted[name, row.reason or "not_told"] += 1
        elif row.state in {"opted_out", "lost"}:
            counted["declined" if row.state == "opted_out" else "silent",] += 1

    def texts(self, messages: list[Message]) -> None:
        addressed, reached = set(), set()
        for one in messages:
            planned = one.purpose == "course" and one.state != "cancelled"
            if not planned or one.subscription_id not in self.mine:
                continue
            if self.during(one.planned_at):
                self.of(one.subscription_id)["expected",] += 1
                self.of(one.subscription_id)[part_of(one.state),] += 1
                addressed.add(one.subscription_id)
                if one.state == "delivered":
                    reached.add(one.subscription_id)
        self.each("addressed", addressed)
        self.each("reached", reached)

    def costs(self, attempts: list[Attempt]) -> None:
        texted = set()
        for one in attempts:
            person = self.by_id[one.message_id].subscription_id
            if person in self.mine and self.during(one.started_at) and one.state != "failed":
                self.of(person)["cost",] += one.cost
                texted.add(person)
        self.each("texted", texted)

    def each(self, name: str, subscriptions: set[int]) -> None:
        for one in subscriptions:
            self.of(one)[name,] += 1

    def questions(self, askings: list[AskedQuestion]) -> None:
        went = {
            (one.subscription_id, one.item, one.planned_at)
            for one in self.by_id.values()
            if one.purpose == "course" and one.state in {"sent", "delivered"}
        }
        failed = {
            (one.subscription_id, one.item, one.planned_at)
            for one in self.by_id.values()
            if one.purpose == "course"
            and one.state in {"undelivered", "failed", "expired", "suppressed", "cancelled"}
        }
        assessed = defaultdict(list)
        for one in askings:
            key = one.subscription_id, one.item, one.asked_at
            waits = one.state != "dropped" and key not in failed
            asked = one.state == "answered" or waits or key in went
            if asked and one.subscription_id in self.mine and self.during(one.asked_at):
                self.of(one.subscription_id)["asked",] += 1
                self.of(one.subscription_id)["answered",] += one.state == "answered"
                if one.item == "month1":
                    assessed[one.subscription_id].append(one)
        for person, asked in assessed.items():
            self.outcome(person, [one for one in asked if one.state == "answered"])

    def outcome(self, person: int, answers: list[AskedQuestion]) -> None:
        counted = self.of(person)
        counted["outcome_asked", *_PLACE] += 1
        if answers:
            last = max(answers, key=lambda one: (one.asked_at, one.id))
            kind = self.mine[person].version_id == self.kinder
            counted["outcome_answered", *_PLACE] += 1
            counted["success", *_PLACE] += last.answer in ({"none", "some"} if kind else {"none"})


def joined(began: datetime | None, period: Period) -> str:
    if began is None:
        return "not_begun"
    month = f"{began.astimezone(_ZONE):%Y-%m}"
    return month if month <= f"{period.last:%Y-%m}" else "later"


def band(year: int, born: int | None) -> str:
    if born is None or not 0 <= year - born <= 120:
        return "unknown"
    age = year - born
    if age < 15:
        return "0-14"
    if age >= 65:
        return "65+"
    least = (age - 5) // 10 * 10 + 5
    return f"{least}-{least + 9}"


def part_of(state: str) -> str:
    if state == "delivered":
        return "delivered"
    if state == "sent":
        return "unreported"
    return "waiting" if state in {"queued", "attempting"} else "not_delivered"
