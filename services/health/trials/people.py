"""People of a trial as it is analysed: who was allocated, what they got, what became of them.

By intention to treat: everybody stays in the arm that was drawn, whatever they got, and whoever
did not answer is no success. A person's outcome is their last answer, in whichever of their courses
since; its day counts from the first.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from services.health.courses.subscriptions import SubscriptionState
from services.health.format.model import Programme
from services.health.indicators.follow_up import CourseAssessments, died_before
from services.health.indicators.follow_up_queries import answers_of, delivered_to
from services.health.versions.store import programme_by_id
from services.storage.models import Subscription, TrialAllocation, TrialRow
from sms.local_time import local_day

_CHUNK = 2_000
_LEFT = frozenset({SubscriptionState.OPTED_OUT, SubscriptionState.FORGOTTEN})


class Participant(NamedTuple):
    """One person of a trial.

    Attributes:
        arm: its code.
        due_on: day of the primary assessment.
        closes_on: day until which an answer to it counts.
        received: at least one text of the course was delivered.
        left: they left, or were forgotten, before they answered.
        died: before the day of the assessment.
        answer: to the primary assessment; None: none.
    """

    number: int
    stratum: str
    arm: str
    allocated_on: date
    due_on: date | None
    closes_on: date | None
    received: bool
    left: bool
    died: bool
    answer: str | None
    success: bool

    def is_due(self, today: date) -> bool:
        """Return whether their answer can be judged: they gave it, or its time is over."""
        return self.answer is not None or (self.closes_on is not None and self.closes_on < today)


class Primary(NamedTuple):
    """The primary outcome: items that ask for it, its success, and days that an answer counts."""

    outcome: str
    items: frozenset[str]
    success: frozenset[str]
    close_days: int


def primary_of(programme: Programme) -> Primary:
    """Return the primary outcome of a programme's trial.

    Raises:
        LookupError: it has none.
    """
    trial = programme.trial
    if trial is None:
        raise LookupError(programme.code)
    code, assessment = trial.primary
    outcome = next(one for one in programme.outcomes if one.code == code)
    ask = programme.entry(assessment).ask
    days = ask.close_days if ask else 0
    return Primary(code, frozenset({assessment}), frozenset(outcome.success), days)


def participants(session: Session, trial: TrialRow, now: datetime) -> Iterator[Participant]:
    """Yield the people of a trial in the order of their allocation; their arms are not hidden."""
    rows = session.execute(
        select(TrialAllocation, *_COURSE)
        .join(Subscription, Subscription.id == TrialAllocation.subscription_id)
        .where(TrialAllocation.trial_id == trial.id)
        .order_by(TrialAllocation.number)
    ).all()
    courses = CourseAssessments(session)
    primaries: dict[int, Primary] = {}
    for start in range(0, len(rows), _CHUNK):
        some = rows[start : start + _CHUNK]
        for row in some:
            if row.version_id not in primaries:
                programme = programme_by_id(session, row.version_id)[1]
                primaries[row.version_id] = primary_of(programme)
        facts = _Facts(session, trial.programme, some, primaries, now)
        for row in some:
            yield facts.of(row, courses, primaries[row.version_id])


_COURSE = (
    Subscription.version_id,
    Subscription.cohort,
    Subscription.zone,
    Subscription.activated_at,
    Subscription.anchors,
    Subscription.first_dates,
)


def _courses_of(rows: Sequence[TrialAllocation], programme: str) -> Select[*tuple[Any, ...]]:
    """Select the courses of people in a programme since the first of them was allocated."""
    return (
        select(
            Subscription.id,
            Subscription.person_id,
            Subscription.state,
            Subscription.reason,
            Subscription.ended_at,
            Subscription.zone,
        )
        .where(
            Subscription.person_id.in_({row.person_id for row in rows}),
            Subscription.programme == programme,
            Subscription.activated_at >= min(row.allocated_at for row in rows),
        )
        .order_by(Subscription.id)
    )


class _Facts:
    """Answers, deliveries and ends of some people, in all of their courses of a programme."""

    def __init__(
        self,
        session: Session,
        programme: str,
        rows: Collection[Row[*tuple[Any, ...]]],
        primaries: Mapping[int, Primary],
        now: datetime,
    ) -> None:
        found = session.execute(_courses_of([row.TrialAllocation for row in rows], programme)).all()
        owner = {row.id: row.person_id for row in found}
        self._ends = {row.person_id: row for row in found}
        items = {item for primary in primaries.values() for item in primary.items}
        self._answers = {
            owner[row.subscription_id]: row.answer
            for row in session.execute(answers_of(owner.keys(), items))
        }
        delivered = session.execute(delivered_to(owner.keys(), now))
        self._received = {owner[row.subscription_id] for row in delivered}

    def of(
        self, row: Row[*tuple[Any, ...]], courses: CourseAssessments, primary: Primary
    ) -> Participant:
        allocation: TrialAllocation = row.TrialAllocation
        person = allocation.person_id
        due_on = next(
            (
                one.on
                for one in courses.due(row)
                if one.point.outcome == primary.outcome and primary.items & set(one.point.items)
            ),
            None,
        )
        end, answer = self._ends.get(person), self._answers.get(person)
        return Participant(
            number=allocation.number,
            stratum=allocation.stratum,
            arm=allocation.arm,
            allocated_on=local_day(allocation.allocated_at),
            due_on=due_on,
            closes_on=due_on and due_on + timedelta(days=primary.close_days),
            received=person in self._received,
            left=answer is None and end is not None and end.state in _LEFT,
            died=due_on is not None and end is not None and died_before(end, due_on),
            answer=answer,
            success=answer in primary.success,
        )
