"""Reports that do not fit the book: the officers of the province are told, once an hour a place."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.control.affected import officers_of
from services.livestock.control.alarm_senders import quoted, tame
from services.livestock.control.alarms import Caller
from services.livestock.control.task_sources import (
    TaskPlace,
    open_flag_task,
    open_unplaced_task,
)
from services.livestock.domain.model import Recorded
from services.messaging.offices import OfficeHolder, messages_for
from services.messaging.outbox import SendOptions, enqueue_messages
from services.storage.models import Party, Premises
from services.texts.catalogue import language_of, say
from sms.message import Kind
from sms.numbers import local

PURPOSE = "odd"
_LIFE = timedelta(days=3)
_LONGEST_NAME = 20


class Reporter(NamedTuple):
    """Reporter of an event: database key of the party, phone number, and language."""

    party_id: int
    number: str
    language: str


def tell_officers(
    session: Session, odd: Sequence[Recorded], reporter: Reporter, now: datetime
) -> bool:
    """Open the task of flagged events and text the officers; return whether one can be reached.

    A second text about the place within the clock hour is not sent: who looks sees all its flags.

    Args:
        odd: events of one message that have flags; at least one.
        reporter: who reported them.
        now: UTC.
    """
    done = odd[0]
    place = done.report.premises
    key = done.known.premises[place].id if place else None
    row = session.get_one(Premises, key) if key else None
    province = row.province if row else None
    name = tame((row.name if row else None) or "", _LONGEST_NAME)
    label = f"{place} {name}" if name else str(place or "-")
    holders = officers_of(session, province).holders
    hour = int(now.timestamp() // 3600)

    def text(officer: OfficeHolder) -> str:
        language = language_of(officer.language)
        return say(
            "odd.to_officer",
            language,
            pig=done.flags[0][0],
            place=label,
            province=province or say("alarm.no_province", language),
            why=say(f"flag.{done.flags[0][1].value}", language),
            other=local(reporter.number),
            receipt=done.receipt,
        )

    messages = messages_for(holders, f"{PURPOSE}\0{key}\0{hour}", text)
    options = SendOptions(PURPOSE, now, now + _LIFE, Kind.SERVICE, office=True)
    enqueue_messages(session, messages, options)
    told = bool(holders)
    where = TaskPlace(key, province, reporter.party_id)
    open_flag_task(session, odd, where, now, told=told)
    return told


class Unplaced(StrEnum):
    """Kind of what is told of pigs, and recorded of no place.

    FOUND: a dead pig lies somewhere, and nobody knows whose it is. PART: a text tells of disease,
    and a part of it did not come.
    """

    FOUND = "found"
    PART = "part"


def tell_unplaced(
    session: Session, party: Party, caller: Caller, what: Unplaced, now: datetime
) -> bool:
    """Text the officers what a party tells of pigs, though nothing is recorded of it.

    It is their task. One text an hour goes of a sender, to the officers of their province.

    Returns:
        Whether an officer can be reached.
    """
    kept = select(Premises.province).where(Premises.keeper_id == party.id)
    province = session.scalar(kept.order_by(Premises.id).limit(1)) or party.province
    holders = officers_of(session, province).holders

    def text(officer: OfficeHolder) -> str:
        language = language_of(officer.language)
        who = say("alarm.call", language, other=local(caller.number)) if caller.number else ""
        return say(f"alarm.{what}", language, signs=" ".join(quoted(caller.words)), phone=who)

    about = f"{what}\0{caller.sender}\0{int(now.timestamp() // 3600)}"
    options = SendOptions("alarm", now, now + _LIFE, Kind.URGENT, office=True)
    enqueue_messages(session, messages_for(holders, about, text), options)
    open_unplaced_task(session, what, TaskPlace(None, province, party.id), now, told=bool(holders))
    return bool(holders)


def look_at(session: Session, odd: Sequence[Recorded], reporter: Reporter, now: datetime) -> str:
    """Tell the officers of flagged events, and return the promise that they look."""
    told = tell_officers(session, odd, reporter, now)
    return promise(reporter.language, "look", kept=told)


def promise(language: str, word: str, *, kept: bool) -> str:
    """Return a promise of what an officer does, or whom to call where none can be reached."""
    return say(f"promise.{word}" if kept else "promise.nobody", language)
