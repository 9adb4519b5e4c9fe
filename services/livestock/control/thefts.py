"""Thefts: officers and police are told of one, and with the keeper of each sight of the animal.

The police are those of the province where it happens, and of the one that the animal is from.

Of one animal at one place a text goes once an hour: who keeps asking costs no more.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.control.affected import officers_of, police_of
from services.livestock.control.alarms import Caller, caller_of
from services.livestock.control.task_sources import AlarmTask, TaskPlace, open_alarm_task
from services.livestock.domain.model import EventType, Key, Origin, Recorded
from services.messaging.offices import OfficeHolder, messages_for, reachable_holders
from services.messaging.outbox import SendOptions, enqueue_messages
from services.storage.models import Animal, Party, Premises
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
    animals = ",".join(str(one.id) for one in done.animals)
    about = f"theft\0{animals}\0{row.id if row else ''}\0{_hour(now)}"
    _send(session, holders, about, text, now)
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
    number = caller.number
    place = done.report.premises
    ref = done.known.premises[place] if place else None
    province = session.get_one(Premises, ref.id).province if ref else None

    def text(holder: OfficeHolder) -> str:
        language = language_of(holder.language)
        call = say("alarm.call", language, other=local(number)) if number else None
        return say(
            "alarm.stolen_seen",
            language,
            pig=key,
            place=place or "-",
            phone=call or say("alarm.no_phone", language),
            receipt=done.receipt,
        )

    animal = done.known.animals[key].id
    told = {one.party_id: one for one in _keepers(session, animal)}
    officers = officers_of(session, province).holders
    police = police_of(session, [province, _home_province(session, animal)])
    told |= {one.party_id: one for one in (*officers, *police)}
    about = f"stolen\0{animal}\0{ref.id if ref else ''}\0{_hour(now)}"
    _send(session, told.values(), about, text, now)
    where = TaskPlace(ref.id if ref else None, province, caller.party_id)
    alarm = AlarmTask(where, None, bool(officers), "stolen_seen", animal)
    open_alarm_task(session, done, alarm, now)


def _home_province(session: Session, animal: int) -> str | None:
    """Return the province from which an animal was stolen: that of its registration."""
    at = select(Animal.registered_at_id).where(Animal.id == animal).scalar_subquery()
    return session.scalar(select(Premises.province).where(Premises.id == at))


def _keepers(session: Session, animal: int) -> Iterator[OfficeHolder]:
    """Yield its owner and the keeper of where it was registered, as far as a text reaches them."""
    row = session.get_one(Animal, animal)
    home = select(Premises.keeper_id).where(Premises.id == row.registered_at_id)
    keeper = row.owner_id or session.scalar(home)
    if keeper is not None:
        yield from reachable_holders(session, Party.id == keeper)


def _hour(now: datetime) -> int:
    return int(now.timestamp() // 3600)


def _send(
    session: Session,
    holders: Iterable[OfficeHolder],
    about: str,
    text: Callable[[OfficeHolder], str],
    now: datetime,
) -> None:
    options = SendOptions(PURPOSE, now, now + _LIFE, Kind.URGENT, office=True)
    enqueue_messages(session, messages_for(holders, about, text), options)
