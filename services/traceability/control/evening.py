"""What goes out each evening: to roadblocks the permits of tomorrow, to receivers what is overdue.

A roadblock without signal at noon may have it at night, and paper needs none at all.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from services.storage.mailings import AFTER_ANSWERS, Letter, Mailing, queue_letters
from services.storage.models import Animal, Movement, Party, Post, Premises
from services.texts.catalogue import day_and_month, say
from services.texts.fitting import SEGMENT, units
from services.traceability.control.posts import expected_permits
from services.traceability.control.reach import language_of, numbers_of
from services.traceability.model import Key
from services.traceability.numbers import name_premises
from services.traceability.provinces import zone_of
from services.traceability.queries.places import number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from services.traceability.rules.permits import Permit

EVENING = time(18)
OVERDUE = timedelta(days=3)
# What is older was never reported, or is a mistake: a text would only puzzle its reader.
FORGOTTEN = timedelta(days=30)
_LIFE = timedelta(hours=14)
_OVERDUE_LIFE = timedelta(days=2)


def send_evening(session: Session, now: datetime) -> None:
    """Put this evening's texts into the outbox; run again, nothing is queued twice.

    Args:
        session: an open writing session.
        now: UTC; before six in the evening of a roadblock's own time nothing goes to it.
    """
    queue_letters(
        session, _roadblocks(session, now), Mailing("evening", now, now + _LIFE, AFTER_ANSWERS)
    )
    queue_letters(
        session, _overdue(session, now), Mailing("overdue", now, now + _OVERDUE_LIFE, AFTER_ANSWERS)
    )


def list_lines(session: Session, permits: Iterable[Permit], language: str) -> list[str]:
    """Write permits as lists do: number, how many pigs, and where they go."""
    lines = []
    for permit in permits:
        pigs = say("word.pigs", language, count=len(permit.animals) or permit.head_count)
        lines.append(f"{permit.number} {pigs} > {number_of(session, permit.destination)}")
    return lines


def texts_of(lines: Sequence[str], language: str, place: Key, on: date) -> list[str]:
    """Write a roadblock's list in as few texts of one segment as it takes."""
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


def _roadblocks(session: Session, now: datetime) -> Iterator[Letter]:
    rows = session.execute(
        select(Premises, Party)
        .join(Post, Post.premises_id == Premises.id)
        .join(Party, Party.id == Post.party_id)
        .order_by(Premises.id, Party.id)
    ).all()
    numbers = numbers_of(session, [party.id for _, party in rows])
    for premises, party in rows:
        here = now.astimezone(ZoneInfo(zone_of(premises.province)))
        if party.id not in numbers or here.time() < EVENING:
            continue
        tomorrow, language = here.date() + timedelta(days=1), language_of(party.language)
        lines = list_lines(session, expected_permits(session, premises, tomorrow), language)
        place = name_premises(session, premises.id)
        for part, text in enumerate(texts_of(lines, language, place, tomorrow)):
            dedupe = f"evening\0{premises.public_id}\0{party.public_id}\0{tomorrow}\0{part}"
            yield Letter(*numbers[party.id], text, dedupe)


def _overdue(session: Session, now: datetime) -> Iterator[Letter]:
    """Ask the keepers to whom animals were sent whether they came."""
    here = now.astimezone(ZoneInfo(zone_of(None)))
    if here.time() < EVENING:
        return
    oldest, newest = here.date() - FORGOTTEN, here.date() - OVERDUE
    rows = session.execute(
        select(Movement.origin_id, Movement.departed_on, Animal, Premises.id, Party)
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
    numbers = numbers_of(session, {row.Party.id for row in rows})
    for row in rows:
        if row.Party.id in numbers:
            dedupe = f"overdue\0{row.Animal.public_id}\0{row.departed_on}"
            yield Letter(*numbers[row.Party.id], _question(session, row), dedupe)


def _question(session: Session, row: Row[*tuple[Any, ...]]) -> str:
    language = language_of(row.Party.language)
    return say(
        "overdue",
        language,
        pig=Key(row.Animal.scheme, row.Animal.value),
        place=number_of(session, row.origin_id) or say("word.place", language),
        other=number_of(session, row.id),
        day=day_and_month(row.departed_on, language),
    )
