"""Subscriptions, one person in one programme: their states, first steps and questions."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from services.health.format.entries import Question
from services.health.format.items import ALL
from services.health.format.model import Programme
from services.health.versions.store import PUBLISHED, programme_of
from services.messaging.consent import consents, grant
from services.messaging.outbox import COURSE, MAY_STILL_COME, went_by
from services.storage.models import (
    AskedQuestion,
    Change,
    Message,
    Party,
    Person,
    ProgrammeVersion,
    Subscription,
)
from services.storage.vault import vault_of
from sms.consent import EVERYTHING, GONE


class SubscriptionState(StrEnum):
    """State of a subscription.

    INVITED: was invited, or asked to join. SCREENED: passed the screening. CONSENTED: said yes.
    ACTIVE: the course runs. PAUSED: the course waits. The other states are final. LOST: the last
    assessment was never answered. ENDED: by an event of the person's life, which is the reason.
    """

    INVITED = "invited"
    SCREENED = "screened"
    CONSENTED = "consented"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    OPTED_OUT = "opted_out"
    INELIGIBLE = "ineligible"
    LOST = "lost"
    FORGOTTEN = "forgotten"
    ENDED = "ended"


BY_SMS = "sms"

DIED = "death"
"""Reason of a course that ended with its person's death."""

RUNNING = frozenset({SubscriptionState.ACTIVE, SubscriptionState.PAUSED})
MEMBERS = RUNNING | {SubscriptionState.CONSENTED}
OPEN = MEMBERS | {SubscriptionState.INVITED, SubscriptionState.SCREENED}
"""A person has at most one open subscription in each programme."""

_PUBLISHED = PUBLISHED.subquery()
# As literals: with parameters, PostgreSQL could not know that its partial index serves.
_IS_OPEN = Subscription.state.in_([literal(one.value, literal_execute=True) for one in OPEN])
_ANY_OPEN = exists().where(_IS_OPEN)
# Built once: every message and every key on a screen runs it. It has a row without programmes, too.
_OPEN_NOW = (
    select(_PUBLISHED, case((_PUBLISHED.c.id.is_(None), _ANY_OPEN), else_=true()).label("members"))
    .select_from(select(literal(1)).subquery())
    .outerjoin(_PUBLISHED, true())
    .order_by(_PUBLISHED.c.number)
)

# As above: a person's texts are read by the words of their courses.
_ALL_OPEN = (
    select(Subscription)
    .where(
        Subscription.person_id
        == select(Person.id).where(Person.link == bindparam("link")).scalar_subquery(),
        _IS_OPEN,
    )
    .order_by(Subscription.id.desc())
)


class OpenNow(NamedTuple):
    """Versions in force, for `newest_of`, and whether anybody may be in a course."""

    published: Sequence[Row[*tuple[Any, ...]]]
    members: bool


class Enrolment(NamedTuple):
    """A person joining a programme.

    Attributes:
        person: key of who joins.
        number: E.164; the texts go to it.
        source: `sms`, `import` or `campaign`.
        place: of an appointment.
    """

    person: int
    number: str
    language: str
    zone: str
    source: str
    campaign_id: int | None = None
    place: str | None = None


def open_subscription(session: Session, party: Party, code: str) -> Subscription | None:
    """Return a party's open subscription in a programme, if there is one."""
    everything = open_subscriptions(session, party)
    return next((one for one in everything if one.programme == code), None)


def open_now(session: Session) -> OpenNow:
    """Return the programmes that are open; without any, a course that was withdrawn may be."""
    rows = session.execute(_OPEN_NOW).all()
    return OpenNow([row for row in rows if row.id is not None], bool(rows[0].members))


def open_subscriptions(session: Session, party: Party) -> Sequence[Subscription]:
    """Return all open subscriptions of a party, newest first."""
    link = vault_of(session).link(party.public_id)
    return session.scalars(_ALL_OPEN, {"link": link}).all()


def invite(
    session: Session, enrolment: Enrolment, version: ProgrammeVersion, now: datetime
) -> Subscription:
    """Create an INVITED subscription to a version in an approved language; none is open yet.

    It is discreet until the person says that nobody else reads their phone.
    """
    programme, columns = programme_of(version), enrolment._asdict()
    made = Subscription(
        public_id=uuid4(),
        person_id=columns.pop("person"),
        programme=programme.code,
        version_id=version.id,
        cohort=(*programme.cohorts, ALL)[0],
        state=SubscriptionState.INVITED.value,
        anchors={},
        turns={},
        invited_at=now,
        discreet=True,
        number_index=vault_of(session).health_index(enrolment.number),
        **columns,
    )
    session.add(made)
    session.flush()
    return made


def consent_to(
    session: Session, subscription: Subscription, programme: Programme, source: str, now: datetime
) -> None:
    """Store a person's consent to a programme, and make the subscription CONSENTED.

    By SMS, not by a list, it also lifts STOP ALL and the word that the phone is somebody else's.
    `source`: `sms`, or the list's own words.
    """
    grant(session, subscription.number_index, programme.code, source, now)
    index = vault_of(session).index(subscription.number or "")
    said = consents(session, [index]).get(index, {}) if source == BY_SMS else {}
    for scope in {EVERYTHING, GONE} & {one for one, granted in said.items() if not granted}:
        grant(session, index, scope, source, now)
    subscription.state = SubscriptionState.CONSENTED.value
    subscription.screened_at = subscription.screened_at or now
    subscription.consented_at = now


def note_change(
    session: Session,
    subscription: Subscription,
    what: str,
    now: datetime,
    details: Mapping[str, object],
) -> None:
    """Record a change of a subscription's plan."""
    session.add(Change(subscription_id=subscription.id, at=now, what=what, details=dict(details)))


class QuestionState(StrEnum):
    """State of a question that was asked."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"
    DROPPED = "dropped"


def record_question(
    session: Session, subscription: Subscription, item: str, question: Question, at: datetime
) -> AskedQuestion:
    """Record a question asked at an instant, and drop an earlier one of the same item."""
    same = and_(AskedQuestion.subscription_id == subscription.id, AskedQuestion.item == item)
    # Two messages of one phone at one instant ask the question twice; record it once.
    at_once = session.scalars(
        select(AskedQuestion).where(same, AskedQuestion.asked_at == at)
    ).first()
    if at_once is not None:
        return at_once
    drop_questions(session, same)
    made = AskedQuestion(
        subscription_id=subscription.id,
        item=item,
        number_index=subscription.number_index,
        state=QuestionState.OPEN.value,
        **question_times(question, at),
    )
    session.add(made)
    session.flush()
    return made


def question_times(question: Question, at: datetime) -> dict[str, datetime | None]:
    """Return when a question is asked, first reminded of, and closed."""
    first = question.remind_days[0] if question.remind_days else None
    return {
        "asked_at": at,
        "remind_at": None if first is None else at + timedelta(days=first),
        "closes_at": at + timedelta(days=question.close_days),
    }


def newest_open_question(
    session: Session, number_index: bytes, asked_by: datetime, read_by: datetime | None = None
) -> AskedQuestion | None:
    """Return the question that a number was asked last, or reminded of last, if it is still open.

    `asked_by`: skip those that were asked later, or closed earlier. `read_by`: skip those whose
    text had not reached the phone by then. Nobody has read those whose texts all failed. A box
    delivers texts hours later, and what follows an answer may have been answered in advance.
    """
    values = {"number_index": number_index, "asked_by": asked_by}
    if read_by is not None:
        return session.scalars(_NEWEST_READ, values | {"read_by": read_by}).first()
    return session.scalars(_NEWEST, values).first()


def _newest(may_have: ColumnElement[bool]) -> Select[AskedQuestion]:
    """Select a number's newest open question; `may_have`: condition on texts that were read."""
    return (
        select(AskedQuestion)
        .where(
            AskedQuestion.number_index == bindparam("number_index"),
            AskedQuestion.state == QuestionState.OPEN.value,
            AskedQuestion.asked_at <= bindparam("asked_by"),
            AskedQuestion.closes_at > bindparam("asked_by"),
            ~_unread(may_have),
        )
        .order_by(
            func.coalesce(AskedQuestion.reminded_at, AskedQuestion.asked_at).desc(),
            AskedQuestion.id.desc(),
        )
        .limit(1)
    )


def _unread(may_have: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that a question's planned text was not read."""
    # The text may be postponed, and a reminder may arrive first.
    of_it = and_(
        Message.subscription_id == AskedQuestion.subscription_id,
        Message.item == AskedQuestion.item,
        Message.planned_at >= AskedQuestion.asked_at,
    )
    planned = and_(of_it, Message.purpose == COURSE)
    return and_(exists().where(planned), ~exists().where(of_it, may_have))


# Made once: every message of a course asks twice.
_NEWEST = _newest(MAY_STILL_COME)
_NEWEST_READ = _newest(went_by(bindparam("read_by")))


def drop_questions(session: Session, which: ColumnElement[bool]) -> None:
    """Drop open questions: no answer to them counts any more."""
    session.execute(
        update(AskedQuestion)
        .where(which, AskedQuestion.state == QuestionState.OPEN.value)
        .values(state=QuestionState.DROPPED.value, remind_at=None)
        .execution_options(synchronize_session="fetch")
    )
