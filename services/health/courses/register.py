"""People in programmes as lists show them, what was sent to each, and who read of them.

Phone numbers are masked. The caller records each reading: see `services.storage.read_log`.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from services.health.courses.staff import items_of_arms, summary
from services.health.courses.subscriptions import SubscriptionState
from services.health.format.model import Programme
from services.messaging.outbox import COURSE
from services.messaging.postings import Posting, covered
from services.storage.models import Message, Party, Person, ProgrammeVersion, Subscription
from services.storage.read_log import ReadSubject, accesses_of
from sms.local_time import local_day
from sms.message import MessageState
from sms.reasons import SENTENCES, Reason


class PeopleFilter(NamedTuple):
    """Filter of a list of people; None: any.

    `states`: of their courses; `number_index`: of their number, in the health domain.
    """

    programme: str | None = None
    states: Collection[str] | None = None
    province: str | None = None
    number_index: bytes | None = None


class PersonPlace(NamedTuple):
    """Home of a person, as far as it is known."""

    province: str | None
    district: str | None


class PersonReading(NamedTuple):
    """One reading of a person's record: when, by whom, by which route or command.

    `reader` is None for a command on the server itself.
    """

    at: datetime
    reader: Party | None
    what: str


_NOWHERE = PersonPlace(None, None)
_WENT = (MessageState.SENT, MessageState.DELIVERED, MessageState.UNCERTAIN)


def people_query(postings: Sequence[Posting] | None, wanted: PeopleFilter) -> Select[Subscription]:
    """Select the courses of people that postings cover; who was forgotten is in no list."""
    conditions: list[ColumnElement[bool]] = [
        covered(postings, Subscription.programme, Person.province),
        Subscription.state != SubscriptionState.FORGOTTEN.value,
    ]
    if wanted.programme is not None:
        conditions.append(Subscription.programme == wanted.programme)
    if wanted.states is not None:
        conditions.append(Subscription.state.in_(sorted(wanted.states)))
    if wanted.province is not None:
        conditions.append(Person.province == wanted.province)
    if wanted.number_index is not None:
        conditions.append(Subscription.number_index == wanted.number_index)
    people = select(Subscription).outerjoin(Person, Person.id == Subscription.person_id)
    return people.where(*conditions)


def people_views(session: Session, rows: Sequence[Subscription]) -> list[dict[str, Any]]:
    """Return courses in short, each with the place of its person."""
    keys = {row.version_id for row in rows}
    found = select(ProgrammeVersion.id, ProgrammeVersion.number).where(
        ProgrammeVersion.id.in_(keys)
    )
    numbers = {row.id: row.number for row in session.execute(found)}
    places = places_of(session, {row.person_id for row in rows})
    return [
        summary(row, numbers[row.version_id]) | places.get(row.person_id, _NOWHERE)._asdict()
        for row in rows
    ]


def places_of(session: Session, people: Collection[int]) -> Mapping[int, PersonPlace]:
    """Return where people live, by their keys."""
    wanted = select(Person.id, Person.province, Person.district).where(Person.id.in_(people))
    return {row.id: PersonPlace(row.province, row.district) for row in session.execute(wanted)}


def sent_texts(
    session: Session, row: Subscription, programme: Programme, limit: int
) -> list[dict[str, Any]]:
    """Return the newest texts to a person in a course, at most `limit`, and what became of each.

    In a trial, those of the course that every arm gets.
    """
    mine: ColumnElement[bool] = Message.subscription_id == row.id
    if programme.trial is not None:
        # A reply to an answer may be an arm's as well.
        common = or_(Message.item.is_(None), Message.item.not_in(items_of_arms(programme)))
        mine &= common & Message.reply.is_(None)
    wanted = select(Message).where(mine).order_by(Message.planned_at.desc(), Message.id.desc())
    return [
        {
            "id": one.public_id,
            "item": one.item,
            "purpose": one.purpose,
            "at": one.planned_at,
            "state": one.state,
            "reason": one.reason,
            "explanation": SENTENCES[Reason(one.reason)] if one.reason else None,
            "body": one.body,
        }
        for one in session.scalars(wanted.limit(limit))
    ]


def readings_of(session: Session, row: Subscription, limit: int) -> list[PersonReading]:
    """Return the newest readings of a person's record in programmes, at most `limit`."""
    about = ReadSubject(person_id=row.person_id, health_index=row.number_index or None)
    found = accesses_of(session, about, limit)
    keys = {one.actor_id for one in found}
    readers = {one.id: one for one in session.scalars(select(Party).where(Party.id.in_(keys)))}
    return [PersonReading(one.at, readers.get(one.actor_id or 0), one.what) for one in found]


def course_days(session: Session, row: Subscription, programme: Programme) -> list[date]:
    """Return the days of the course's texts that went out; in a trial, of those of every arm."""
    mine: ColumnElement[bool] = (Message.subscription_id == row.id) & (Message.purpose == COURSE)
    if programme.trial is not None:
        mine &= Message.item.not_in(items_of_arms(programme))
    wanted = select(Message.planned_at).where(mine, Message.state.in_(_WENT))
    return [local_day(at, row.zone) for at in session.scalars(wanted)]
