"""Thefts: officers and police are told of one, and with the keeper of each sight of the animal.

The police are those of the province where it happens, and of the one that the animal is from. They
call whoever has it; its keeper is not told the number, since who asks may be an innocent buyer.

Of one animal at one place a text goes once an hour: who keeps asking costs no more.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.control.affected import officers_of, police_of
from services.livestock.control.alarms import Caller, caller_of
from services.livestock.control.animal_keepers import keepers_to_tell
from services.livestock.control.evidence_questions import said_by
from services.livestock.control.task_sources import AlarmTask, TaskPlace, open_alarm_task
from services.livestock.domain.model import EventType, Key, Origin, Recorded
from services.messaging.offices import OfficeHolder, messages_for
from services.messaging.outbox import SendOptions, enqueue_messages
from services.storage.models import Animal, Premises
from services.texts.catalogue import Listing, language_of, say
from sms.message import Kind
from sms.numbers import local

PURPOSE = "theft"
_LIFE = timedelta(days=3)


def tell_theft(session: Session, done: Recorded, caller: Caller, now: datetime) -> None:
    """Tell officers and police of the place of a theft that its keeper reports or agrees with.

    It is a task of the officers alone.

    Args:
        done: the report, or the agreement with it.
    """
    place = done.report.premises
    row = session.get_one(Premises, done.known.premises[place].id) if place else None
    province = row.province if row else None

    def text(officer: OfficeHolder) -> str:
        language = language_of(officer.language)
        return say(
            "alarm.stolen",
            language,
            pigs=Listing(tuple(map(str, done.report.animals)), tight=" "),
            place=f"{place} {row.name}" if row and row.name else place or "-",
            province=province or say("alarm.no_province", language),
            phone=say("alarm.call", language, other=local(caller.number or "")),
            receipt=done.receipt,
        )

    officers = officers_of(session, province).holders
    holders = [*officers, *police_of(session, [province])]
    about = theft_name((one.id for one in done.animals), row.id if row else None, now)
    send(session, holders, about, text, now)
    where = TaskPlace(row.id if row else None, province, caller.party_id)
    open_alarm_task(session, done, AlarmTask(where, None, bool(officers), "stolen"), now)


def tell_thefts(session: Session, events: Iterable[Recorded], origin: Origin) -> None:
    """Tell of the thefts among events that a program reported: see `tell_theft`."""
    for done in events:
        if done.report.type is EventType.STOLEN and not done.report.evidence:
            tell_theft(session, done, caller_of(session, origin.reporter), origin.recorded_at)


def tell_sights(session: Session, events: Iterable[Recorded], origin: Origin) -> None:
    """Tell of each stolen animal that events saw, or asked about, who must know."""
    seen = [(part, key) for one in events for part in one.parts for key in part.alarms]
    if not seen:
        return
    caller = caller_of(session, origin.reporter)
    for done, key in seen:
        _tell_sight(session, done, key, caller, origin.recorded_at)


def _tell_sight(session: Session, done: Recorded, key: Key, caller: Caller, now: datetime) -> None:
    place, animal = done.report.premises, done.known.animals[key]
    at = done.known.premises[place].id if place else None
    province = session.get_one(Premises, at).province if at else None
    officers = officers_of(session, province).holders
    police = police_of(session, [province, home_province(session, animal.id)])
    offices = {one.party_id: one for one in (*officers, *police)}
    keepers = [one for one, _ in keepers_to_tell(session, [animal])]
    words = {"pig": key, "place": place or "-", "receipt": done.receipt}
    seen = partial(_seen_text, caller.number, words)
    told = partial(_keepers_text, caller.number, words, known=bool(offices))
    about = sight_name(animal.id, at, now)
    send(session, offices.values(), about, seen, now)
    send(session, [one for one in keepers if one.party_id not in offices], about, told, now)
    where = TaskPlace(at, province, caller.party_id)
    alarm = AlarmTask(where, None, bool(officers), "stolen_seen", animal.id)
    open_alarm_task(session, done, alarm, now)


def _seen_text(number: str | None, words: Mapping[str, object], holder: OfficeHolder) -> str:
    language = language_of(holder.language)
    call = say("alarm.call", language, other=local(number)) if number else None
    phone = call or say("alarm.no_phone", language)
    return say("alarm.stolen_seen", language, phone=phone, **words)


def _keepers_text(
    number: str | None, words: Mapping[str, object], holder: OfficeHolder, *, known: bool
) -> str:
    """Write a sight to a keeper; `known`: whether police or officers were told whose it is."""
    language = language_of(holder.language)
    who = said_by(number, language)
    return say("alarm.seen_told" if known else "alarm.seen_untold", language, who=who, **words)


def home_province(session: Session, animal: int) -> str | None:
    """Return the province from which an animal was stolen: that of its registration."""
    at = select(Animal.registered_at_id).where(Animal.id == animal).scalar_subquery()
    return session.scalar(select(Premises.province).where(Premises.id == at))


def theft_name(animals: Iterable[int], place: int | None, at: datetime) -> str:
    """Return what the messages of a theft are named by, from database keys and its instant."""
    return f"theft\0{','.join(map(str, animals))}\0{place or ''}\0{_hour(at)}"


def sight_name(animal: int, place: int | None, at: datetime) -> str:
    """Return what the messages of a sight of a stolen animal are named by: see `theft_name`."""
    return f"stolen\0{animal}\0{place or ''}\0{_hour(at)}"


def _hour(now: datetime) -> int:
    return int(now.timestamp() // 3600)


def send(
    session: Session,
    holders: Iterable[OfficeHolder],
    about: str,
    text: Callable[[OfficeHolder], str],
    now: datetime,
) -> None:
    """Text people about a theft.

    Args:
        about: see `messages_for`.
    """
    options = SendOptions(PURPOSE, now, now + _LIFE, Kind.URGENT, office=True)
    enqueue_messages(session, messages_for(holders, about, text), options)
