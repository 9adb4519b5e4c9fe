"""Messages of each evening: permits and stolen pigs to roadblocks, overdue arrivals to receivers.

A roadblock without signal at noon may have it at night, and paper needs none at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.geography import DEFAULT_ZONE, zone_of
from services.livestock.control.abattoir_feedback import PURPOSE as CARCASSES
from services.livestock.control.abattoir_feedback import feedback
from services.livestock.control.evening_phones import AN_EVENING, last_texted, not_served
from services.livestock.control.permits import pigs_text
from services.livestock.control.roadblocks import barred_permits, expected_permits, stolen_on
from services.livestock.control.task_sources import FORGOTTEN, OVERDUE
from services.livestock.domain.model import Key
from services.livestock.domain.movement_questions import Reason
from services.livestock.domain.permits import Permit
from services.livestock.queries.premises import read_places
from services.livestock.recording.short_numbers import name_premises
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.storage.database import Database
from services.storage.models import (
    Animal,
    Journal,
    Message,
    Movement,
    Party,
    Post,
    Premises,
)
from services.texts.catalogue import Listing, day_and_month, language_of, say
from sms.encoding import SEGMENT, units
from sms.message import Kind

EVENING = time(18)
_LISTS, _OVERDUE = "evening", "overdue"
_LIFE = timedelta(hours=14)
_OVERDUE_LIFE = timedelta(days=2)
_HERE = ZoneInfo(DEFAULT_ZONE)


class Evening:
    """The evening's texts of one worker: what is due is chosen outside the writers' lock.

    Movements that nobody has answered are many, so a worker looks for them once an evening.
    """

    def __init__(self) -> None:
        self._asked_on: date | None = None

    def send(self, database: Database, now: datetime) -> None:
        """Queue this evening's texts; a second run, or another worker, queues nothing twice.

        Each phone gets its texts once an evening. A permit that is issued later is on no list, but
        its number can be asked about.

        Args:
            now: UTC; a roadblock gets nothing before 18:00 of its own time.
        """
        here = now.astimezone(_HERE)
        asks = here.time() >= EVENING and self._asked_on != here.date()
        with database.read() as session:
            lists = list(_roadblocks(session, now))
            questions = list(_overdue(session, here)) if asks else []
            carcasses = list(feedback(session, here)) if asks else []
        _queue(database, lists, SendOptions(_LISTS, now, now + _LIFE, Kind.URGENT))
        _queue(database, questions, SendOptions(_OVERDUE, now, now + _OVERDUE_LIFE))
        _queue(database, carcasses, SendOptions(CARCASSES, now, now + _OVERDUE_LIFE))
        if asks:
            self._asked_on = here.date()


def _queue(database: Database, messages: Sequence[OutboundMessage], options: SendOptions) -> None:
    """Queue messages to phones that no other worker has served since they were chosen."""
    if not messages:
        return
    phones = {one.number_index for one in messages}
    with database.write() as session:
        recent = (
            Message.purpose == options.purpose,
            Message.created_at > options.now - AN_EVENING,
        )
        sent = select(Message.recipient_index).where(Message.recipient_index.in_(phones), *recent)
        served = set(session.scalars(sent))
        enqueue_messages(
            session, [one for one in messages if one.number_index not in served], options
        )


def list_lines(
    session: Session,
    permits: Sequence[Permit],
    language: str,
    barred: Mapping[str, Reason] = MappingProxyType({}),
) -> list[str]:
    """Write permits as lines of a list: number, pigs, destination; of barred ones the reason."""
    places = read_places(session, {one.destination for one in permits if one.destination})
    return [
        say(
            "evening.barred",
            language,
            permit=permit.number,
            state=say(f"short.{barred[permit.number]}", language),
        )
        if permit.number in barred
        else f"{permit.number} {pigs_text(permit, language)}"
        f" > {places[permit.destination or 0].number}"
        for permit in permits
    ]


def texts_of(lines: Sequence[str], language: str, place: Key, on: date) -> list[str]:
    """Write a roadblock's list in as few one-segment texts as possible."""
    values = {"place": place, "day": day_and_month(on, language)}
    if not lines:
        return [say("evening.none", language, **values)]
    room = SEGMENT - units(say("evening", language, list="", **values))
    texts = [""]
    for line in lines:
        longer = f"{texts[-1]}, {line}" if texts[-1] else line
        if units(longer) <= room:
            texts[-1] = longer
        else:
            texts.append(line)
    return [say("evening", language, list=text, **values) for text in texts]


def _roadblocks(session: Session, now: datetime) -> Iterator[OutboundMessage]:
    rows = session.execute(
        select(Premises, Party)
        .join(Post, Post.premises_id == Premises.id)
        .join(Party, Party.id == Post.party_id)
        .order_by(Premises.id, Party.id)
    ).all()
    numbers = not_served(session, _LISTS, now, [party.id for _, party in rows])
    for premises, together in groupby(rows, key=lambda row: row.Premises):
        inspectors = [row.Party for row in together if row.Party.id in numbers]
        here = now.astimezone(ZoneInfo(zone_of(premises.province)))
        if not inspectors or here.time() < EVENING:
            continue
        tomorrow, place = here.date() + timedelta(days=1), name_premises(session, premises.id)
        permits = expected_permits(session, premises, tomorrow)
        barred = barred_permits(session, permits, tomorrow)
        stolen = stolen_on(session, premises, tomorrow)
        for party in inspectors:
            language = language_of(party.language)
            lines = list_lines(session, permits, language, barred)
            texts = texts_of(lines, language, place, tomorrow)
            if stolen:
                pigs = Listing(tuple(stolen), tight=" ")
                texts.append(say("evening.stolen", language, place=place, pigs=pigs))
            for part, text in enumerate(texts):
                dedupe = f"evening\0{premises.public_id}\0{party.public_id}\0{tomorrow}\0{part}"
                yield OutboundMessage(*numbers[party.id], text, dedupe)


def _overdue(session: Session, here: datetime) -> Iterator[OutboundMessage]:
    """Ask receivers whether animals arrived: once about each movement, in one text an evening."""
    oldest, newest = here.date() - FORGOTTEN, here.date() - OVERDUE
    rows = session.execute(
        select(Movement, Animal, Party, Premises.province, Journal.recorded_at)
        .join(Animal, Animal.id == Movement.animal_id)
        .join(Premises, Premises.id == Movement.destination_id)
        .join(Party, Party.id == Premises.keeper_id)
        .join(Journal, Journal.id == Movement.departure_id)
        .where(
            Movement.arrived_on.is_(None),
            Movement.departed_on.between(oldest, newest),
            Animal.ended_on.is_(None),
        )
        .order_by(Party.id, Movement.id)
    ).all()
    numbers = not_served(session, _OVERDUE, here, {row.Party.id for row in rows})
    asked_at = last_texted(session, _OVERDUE, numbers)
    for party, together in groupby(rows, key=lambda row: row.Party):
        waiting = list(together)
        last = asked_at.get(party.id)
        if party.id not in numbers or not any(_is_new(row, last) for row in waiting):
            continue
        dedupe = f"overdue\0{party.public_id}\0{here.date()}"
        text, zone = _question(session, party, waiting), zone_of(waiting[0].province)
        yield OutboundMessage(*numbers[party.id], text, dedupe, zone)


def _is_new(row: Any, last: datetime | None) -> bool:  # noqa: ANN401 — a row of several tables
    """Tell whether a movement was told, or grew late, after its receiver was asked last."""
    evening = datetime.combine(row.Movement.departed_on + OVERDUE, EVENING, _HERE)
    return last is None or evening > last or row.recorded_at > last


def _question(session: Session, party: Party, rows: Sequence[Any]) -> str:
    language, first = language_of(party.language), rows[0]
    if len(rows) > 1:
        pigs = Listing(tuple(str(Key(row.Animal.scheme, row.Animal.value)) for row in rows))
        heads = sum(row.Animal.head_count or 1 for row in rows)
        return say("overdue.several", language, count=heads, pigs=pigs)
    movement, animal = first.Movement, first.Animal
    ends = [one for one in (movement.origin_id, movement.destination_id) if one is not None]
    places = read_places(session, ends)
    origin = places.get(movement.origin_id or 0)
    return say(
        "overdue",
        language,
        pig=Key(animal.scheme, animal.value),
        place=origin.number if origin else say("word.place", language),
        other=places[movement.destination_id].number,
        day=day_and_month(movement.departed_on, language),
    )
