"""Messages of each evening: tomorrow's permits to roadblocks, overdue arrivals to receivers.

A roadblock without signal at noon may have it at night, and paper needs none at all.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from services.core.geography import DEFAULT_ZONE, zone_of
from services.livestock.control.affected import phones_of
from services.livestock.control.permits import pigs_text
from services.livestock.control.roadblocks import expected_permits
from services.livestock.control.task_sources import FORGOTTEN, OVERDUE
from services.livestock.domain.model import Key
from services.livestock.domain.permits import Permit
from services.livestock.queries.premises import PremisesSummary, read_places
from services.livestock.recording.short_numbers import name_premises
from services.messaging.outbox import OutboundMessage, SendOptions, enqueue_messages
from services.storage.locks import require_one_writer
from services.storage.models import Animal, Contact, Message, Movement, Party, Post, Premises
from services.storage.rowsets import keys
from services.texts.catalogue import day_and_month, language_of, say
from sms.encoding import SEGMENT, units
from sms.message import Kind

EVENING = time(18)
# Longer than an evening, shorter than the day until the next one.
_AN_EVENING = timedelta(hours=12)
_LISTS, _OVERDUE = "evening", "overdue"
_LIFE = timedelta(hours=14)
_OVERDUE_LIFE = timedelta(days=2)


def send_evening(session: Session, now: datetime) -> None:
    """Queue this evening's texts; a second run queues nothing twice.

    Each phone gets its texts once an evening. A permit that is issued later is on no list, but its
    number can be asked about.

    Args:
        now: UTC; a roadblock gets nothing before 18:00 of its own time.
    """
    # Two workers at once: the second sees the messages of the first.
    require_one_writer(session)
    lists = SendOptions(_LISTS, now, now + _LIFE, Kind.URGENT)
    enqueue_messages(session, _roadblocks(session, now), lists)
    enqueue_messages(
        session, _overdue(session, now), SendOptions(_OVERDUE, now, now + _OVERDUE_LIFE)
    )


def list_lines(session: Session, permits: Sequence[Permit], language: str) -> list[str]:
    """Write permits as lines of a list: number, pigs, destination."""
    places = read_places(session, {one.destination for one in permits if one.destination})
    return [
        f"{permit.number} {pigs_text(permit, language)} > {places[permit.destination or 0].number}"
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
    numbers = _not_served(session, _LISTS, now, [party.id for _, party in rows])
    for premises, together in groupby(rows, key=lambda row: row.Premises):
        inspectors = [row.Party for row in together if row.Party.id in numbers]
        here = now.astimezone(ZoneInfo(zone_of(premises.province)))
        if not inspectors or here.time() < EVENING:
            continue
        tomorrow, place = here.date() + timedelta(days=1), name_premises(session, premises.id)
        permits = expected_permits(session, premises, tomorrow)
        for party in inspectors:
            language = language_of(party.language)
            lines = list_lines(session, permits, language)
            for part, text in enumerate(texts_of(lines, language, place, tomorrow)):
                dedupe = f"evening\0{premises.public_id}\0{party.public_id}\0{tomorrow}\0{part}"
                yield OutboundMessage(*numbers[party.id], text, dedupe)


def _overdue(session: Session, now: datetime) -> Iterator[OutboundMessage]:
    """Ask receivers whether animals arrived, once for each movement."""
    here = now.astimezone(ZoneInfo(DEFAULT_ZONE))
    if here.time() < EVENING:
        return
    oldest, newest = here.date() - FORGOTTEN, here.date() - OVERDUE
    rows = session.execute(
        select(Movement, Animal, Party, Premises.province)
        .join(Animal, Animal.id == Movement.animal_id)
        .join(Premises, Premises.id == Movement.destination_id)
        .join(Party, Party.id == Premises.keeper_id)
        .where(
            Movement.arrived_on.is_(None),
            Movement.departed_on.between(oldest, newest),
            Animal.ended_on.is_(None),
        )
        .order_by(Movement.id)
    ).all()
    numbers = _not_served(session, _OVERDUE, now, {row.Party.id for row in rows})
    asked = [row for row in rows if row.Party.id in numbers]
    keys = {key for row in asked for key in (row.Movement.origin_id, row.Movement.destination_id)}
    places = read_places(session, keys - {None})
    for row in asked:
        dedupe = f"overdue\0{row.Animal.public_id}\0{row.Movement.departed_on}"
        text = _question(row, places)
        yield OutboundMessage(*numbers[row.Party.id], text, dedupe, zone_of(row.province))


def _question(
    row: Row[Movement, Animal, Party, str | None], places: Mapping[int, PremisesSummary]
) -> str:
    movement, animal, party = row.Movement, row.Animal, row.Party
    language, origin = language_of(party.language), places.get(movement.origin_id or 0)
    return say(
        "overdue",
        language,
        pig=Key(animal.scheme, animal.value),
        place=origin.number if origin else say("word.place", language),
        other=places[movement.destination_id or 0].number,
        day=day_and_month(movement.departed_on or date.min, language),
    )


def _not_served(
    session: Session, purpose: str, now: datetime, parties: Iterable[int]
) -> dict[int, tuple[str, bytes]]:
    """Return the phone numbers of parties without such a text this evening."""
    numbers = phones_of(session, parties)
    sent = (
        select(Contact.party_id)
        .join(Message, Message.recipient_index == Contact.number_index)
        .where(
            Contact.party_id.in_(keys(session, numbers)),
            Message.purpose == purpose,
            Message.created_at > now - _AN_EVENING,
        )
    )
    served = set(session.scalars(sent))
    return {party: number for party, number in numbers.items() if party not in served}
