"""The ladder after a red flag: what happens next, courses at rest, and two second contacts.

The first text tells at once who was told, when they call, who carries the person and which hospital
is open. After two hours, and next morning, another asks how they are. On a phone that others read,
and where the danger may be at home, the texts are neutral, and come by day.
"""

import logging
from datetime import datetime, time, timedelta
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from services.core.error_logging import isolated
from services.core.geography import zone_of
from services.health.care.rota import call_time
from services.health.care.urgency import Danger, danger_of, is_discreet, rests
from services.health.courses.holding import hold
from services.health.courses.subscriptions import OPEN, RUNNING, SubscriptionState
from services.health.versions.store import readable
from services.messaging.outbox import OutboundMessage, SendOptions, Trace, enqueue_messages
from services.messaging.tasks.model import EntryKind, TaskKind
from services.storage.models import (
    Change,
    Concern,
    Person,
    SecondContact,
    Subscription,
    Task,
    TaskEntry,
    TaskSource,
)
from services.storage.rowsets import keys
from services.storage.vault import vault_of
from services.texts.catalogue import help_words, say
from services.texts.help_numbers import directory
from sms.message import Kind

_LOG = logging.getLogger(__name__)
PURPOSE = "second_contact"
FIRST, NEXT_DAY = 1, 2
# So that the advice, which is the reply, goes first.
_AFTER_THE_ADVICE = timedelta(seconds=1)
_SOON = timedelta(hours=2)
_LIFE = timedelta(hours=12)
_MORNING, _EVENING = time(9), time(19)
_DAY = timedelta(days=1)
_FLAG = "flag"
# Entries of tasks are to the second alone.
_SECOND = timedelta(seconds=1)
_REOPENED = TaskEntry.kind == EntryKind.REOPENED.value
_GOES_ON = or_(
    Subscription.state == SubscriptionState.ACTIVE.value,
    and_(
        Subscription.state == SubscriptionState.PAUSED.value, Subscription.resumes_on.is_not(None)
    ),
)
_CHANGED = (
    select(func.max(Change.at))
    .where(Change.subscription_id == Subscription.id, Change.what.in_(["hold", "resume"]))
    .scalar_subquery()
)
"""When a course last began or ceased to rest."""


class Patient(NamedTuple):
    """A person in danger as texts reach them.

    Attributes:
        number: E.164.
        row: of their course; None: they are in none.
        discreet: whether others may read the phone; of who is in no course nobody knows.
    """

    number: str
    language: str
    row: Subscription | None = None

    @property
    def discreet(self) -> bool:
        """True if others may read the phone: of who is in no course nobody knows."""
        return self.row is None or self.row.discreet


def begin_ladder(session: Session, made: Concern, patient: Patient) -> None:
    """Send the first text, plan the second contacts, and let courses rest where it is wise.

    While a ladder of the person is under way, a further flag begins none.
    """
    danger, now = danger_of(made.code), made.at
    if rests(danger):
        _hold_courses(session, made.person_id, now)
    if _is_under_way(session, made):
        return
    province = session.scalar(select(Person.province).where(Person.id == made.person_id))
    text = first_text(session, made, patient.language, province)
    if text is not None:
        send(session, patient, text, (f"{PURPOSE}\0{made.public_id}\0now", now + _AFTER_THE_ADVICE))
    session.add_all(
        SecondContact(
            concern_id=made.id,
            person_id=made.person_id,
            step=step,
            language=patient.language,
            due_at=due,
        )
        for step, due in planned(danger, now, zone_of(province)).items()
    )
    session.flush()


def _is_under_way(session: Session, made: Concern) -> bool:
    """Tell whether a second contact of the person of a new flag is still to be sent.

    One with nothing left to ask about, or whose course was left, is closed only when it falls due.
    """
    planned_for = session.scalars(
        select(Concern)
        .join(SecondContact, SecondContact.concern_id == Concern.id)
        .outerjoin(Subscription, Subscription.id == Concern.subscription_id)
        .where(
            SecondContact.person_id == made.person_id,
            SecondContact.closed_at.is_(None),
            SecondContact.sent_at.is_(None),
            or_(Subscription.id.is_(None), Subscription.state.in_(sorted(OPEN))),
        )
    ).unique()
    return any(open_flag(session, one) not in {None, made} for one in planned_for)


def open_flag(session: Session, asked: Concern) -> Concern | None:
    """Return what a second contact asks about that was planned for a flag; None: nothing is open.

    It is that flag, or once it is handled the first later one that has no contacts of its own.
    """
    has_own = exists().where(SecondContact.concern_id == Concern.id)
    wanted = select(Concern).where(
        Concern.person_id == asked.person_id,
        Concern.kind == _FLAG,
        Concern.handled_at.is_(None),
        or_(Concern.id == asked.id, and_(Concern.id > asked.id, ~has_own)),
    )
    return session.scalars(wanted.order_by(Concern.id).limit(1)).first()


def planned(danger: Danger, now: datetime, zone: str) -> dict[int, datetime]:
    """Return when each second contact is due; where the danger may be at home, by day alone."""
    here = now.astimezone(ZoneInfo(zone))
    next_day = datetime.combine(here.date() + _DAY, _MORNING, ZoneInfo(zone))
    soon = here + _SOON
    if is_discreet(danger) and not _MORNING <= soon.time() < _EVENING:
        return {NEXT_DAY: _next_morning(soon)}
    return {FIRST: soon, NEXT_DAY: max(next_day, soon + _SOON)}


def _next_morning(here: datetime) -> datetime:
    ahead = _DAY if here.time() >= _EVENING else timedelta(0)
    return datetime.combine(here.date() + ahead, _MORNING, here.tzinfo)


def first_text(session: Session, made: Concern, language: str, province: str | None) -> str | None:
    """Return what happens next, in one text; None: on this phone nothing more is said of it."""
    danger = danger_of(made.code)
    if is_discreet(danger):
        return None
    when = call_time(session, made, language, made.at)
    call = _told(made, language, when)
    if danger is not Danger.BODY:
        return say("ladder.listens", language, told=call, **help_words(language, province))
    numbers = directory().provinces.get(province or "")
    if numbers is not None and numbers.ambulance:
        return say("ladder.go", language, told=call)
    known = numbers.hospital if numbers else None
    hospital = known or say("ladder.hospital", language)
    return say("ladder.carried", language, hospital=hospital, told=call)


def _told(made: Concern, language: str, when: str | None) -> str:
    if made.told_id is None:
        return say("ladder.nobody", language)
    return say("ladder.told", language, when=when) if when else say("ladder.told_soon", language)


def send(session: Session, patient: Patient, text: str, named: tuple[str, datetime]) -> None:
    """Queue a text of the ladder, at any hour; `named`: its name for the outbox, and from when."""
    name, now = named
    row = patient.row
    index = vault_of(session).index(patient.number)
    trace = Trace(row.id if row else None, language=patient.language)
    message = OutboundMessage(patient.number, index, text, name, trace=trace)
    options = SendOptions(PURPOSE, now, now + _LIFE, Kind.URGENT, vital=True, private=True)
    enqueue_messages(session, [message], options)


def hold_again(session: Session, now: datetime) -> int:
    """Let courses rest again whose red flag was ended, and then opened again; return how many.

    What staff resumed since it was opened again goes on.
    """
    opened = _opened_again(session)
    if not opened:
        return 0
    rows = session.execute(
        select(Subscription, Concern.id, Concern.code, _CHANGED)
        .join(Concern, Concern.person_id == Subscription.person_id)
        .where(Concern.id.in_(keys(session, opened)))
        .where(Concern.kind == _FLAG, Concern.handled_at.is_(None), _GOES_ON)
        .order_by(Subscription.id)
    ).all()
    return sum(
        isolated(session, _LOG, f"course {row.id} cannot rest", partial(_rest, session, row, now))
        for row, concern, code, changed in rows
        if rests(danger_of(code)) and (changed is None or changed < opened[concern] + _SECOND)
    )


def _opened_again(session: Session) -> dict[int, datetime]:
    """Return when concerns of open tasks were opened again, by database key; few ever are."""
    at = (
        select(func.max(TaskEntry.at))
        .where(TaskEntry.task_id == Task.id, _REOPENED)
        .correlate(Task)
        .scalar_subquery()
    )
    wanted = (
        select(TaskSource.concern_id, at)
        .join(Task, Task.id == TaskSource.task_id)
        .where(Task.closed_at.is_(None), Task.kind == TaskKind.CONCERN.value)
    )
    told = session.execute(wanted.order_by(Task.id)).all()
    return {concern: opened for concern, opened in told if opened is not None and concern}


def _rest(session: Session, row: Subscription, now: datetime) -> None:
    programme = readable(session, row.version_id)
    if programme is not None:
        hold(session, row, programme, now)


def _hold_courses(session: Session, person_id: int, now: datetime) -> None:
    rows = session.scalars(
        select(Subscription)
        .where(Subscription.person_id == person_id, Subscription.state.in_(sorted(RUNNING)))
        .order_by(Subscription.id)
    ).all()
    for row in rows:
        _rest(session, row, now)
