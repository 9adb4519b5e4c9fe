"""Questions of an evening to receivers of animals that have not arrived.

Keepers are looked through a slice at a time, by their keys, outside the writers' lock. Each text
has a name of its own, so that nobody is asked twice, whatever is repeated or killed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from services.core.error_logging import do_each
from services.core.geography import zone_of
from services.livestock.control.evening_phones import (
    EVENING,
    HERE,
    last_texted,
    not_served,
    queue_unserved,
)
from services.livestock.control.task_sources import FORGOTTEN, OVERDUE
from services.livestock.domain.model import Key
from services.livestock.recording.short_numbers import numbers_of
from services.messaging.outbox import OutboundMessage, SendOptions
from services.storage.database import Database
from services.storage.models import Animal, Identifier, Journal, Movement, Party, Premises
from services.storage.rowsets import for_each, keys, spans
from services.texts.catalogue import MOST_ITEMS, Listing, day_and_month, language_of, say

PURPOSE = "overdue"
AT_ONCE = 500
_MOST_SLICES = 100
_LIFE = timedelta(days=2)

_Waiting = Sequence[Row[*tuple[Any, ...]]]
"""The oldest movements to one keeper that have not arrived, each with figures of them all."""


class OverdueQuestions:
    """One worker's questions: it looks through all keepers once an evening.

    A slice that fails keeps no other waiting: the evening is looked through again afterwards, and
    whoever was asked is passed by.
    """

    def __init__(self) -> None:
        self._day: date | None = None
        self._after: int | None = None
        self._failed = False

    def send(self, database: Database, now: datetime) -> None:
        """Ask the receivers among the next keepers, as many as one run of the clock takes.

        Args:
            now: UTC, of an evening.
        """
        today = now.astimezone(HERE).date()
        if self._day != today:
            self._day, self._after, self._failed = today, 0, False
        do_each(self._slices(database, now))

    def _slices(self, database: Database, now: datetime) -> Iterator[Callable[[], None]]:
        for _ in range(_MOST_SLICES):
            if self._after is None:
                return
            with database.read() as session:
                keepers = _keepers_after(session, self._after)
            if not keepers:
                self._after, self._failed = (0 if self._failed else None), False
                return
            self._after = keepers[-1]
            yield partial(self._ask, database, keepers, now)

    def _ask(self, database: Database, keepers: Sequence[int], now: datetime) -> None:
        try:
            with database.read() as session:
                messages = list(_questions(session, keepers, now))
            queue_unserved(database, messages, SendOptions(PURPOSE, now, now + _LIFE))
        except Exception:
            self._failed = True
            raise


def _keepers_after(session: Session, after: int) -> Sequence[int]:
    keeper = Premises.keeper_id
    found = select(keeper).where(keeper > after).distinct().order_by(keeper).limit(AT_ONCE)
    return [key for key in session.scalars(found) if key is not None]


def _questions(
    session: Session, keepers: Sequence[int], now: datetime
) -> Iterator[OutboundMessage]:
    """Ask keepers whether animals arrived: once about each movement, in one text an evening."""
    today = now.astimezone(HERE).date()
    waiting = _waiting(session, keepers, today)
    numbers = not_served(session, PURPOSE, now, waiting)
    asked_at = last_texted(session, PURPOSE, numbers)
    due = {key: waiting[key] for key in numbers if _is_new(waiting[key], asked_at.get(key))}
    places = numbers_of(session, Identifier.premises_id, _places_in(due.values()))
    people = select(Party.id, Party.public_id, Party.language).where(
        Party.id.in_(keys(session, due))
    )
    for party in session.execute(people.order_by(Party.id)):
        rows = due[party.id]
        text = _question(rows, places, language_of(party.language))
        dedupe = f"{PURPOSE}\0{party.public_id}\0{today}"
        yield OutboundMessage(*numbers[party.id], text, dedupe, zone_of(rows[0].province))


def _waiting(session: Session, keepers: Iterable[int], today: date) -> Mapping[int, _Waiting]:
    """Return what has not arrived at each of some keepers, of what should have by today."""
    oldest, newest = today - FORGOTTEN, today - OVERDUE
    table = spans(session, [(keeper, oldest, newest) for keeper in keepers])
    found = (
        select(*_columns())
        .select_from(Premises)
        .join(Movement, Movement.destination_id == Premises.id)
        .join(Animal, Animal.id == Movement.animal_id)
        .join(Journal, Journal.id == Movement.departure_id)
        .where(
            Premises.keeper_id == table.c.id,
            Movement.arrived_on.is_(None),
            Movement.departed_on.between(table.c.first, table.c.last),
            Animal.ended_on.is_(None),
        )
    )
    each = for_each(session, table, found).subquery()
    first = select(each).where(each.c.place <= MOST_ITEMS).order_by(each.c.keeper_id, each.c.place)
    waiting = defaultdict[int, list[Row[*tuple[Any, ...]]]](list)
    for row in session.execute(first):
        waiting[row.keeper_id].append(row)
    return waiting


def _columns() -> Sequence[Any]:
    """Return columns of a movement, its place among its receiver's, and figures of all those."""
    heads = func.coalesce(func.nullif(Animal.head_count, 0), 1)
    of_keeper: Mapping[str, Any] = {
        "animals": func.count(),
        "heads": func.sum(heads),
        "departed_last": func.max(Movement.departed_on),
        "told_last": func.max(Journal.recorded_at),
    }
    place = func.row_number().over(partition_by=Premises.keeper_id, order_by=Movement.id)
    return (
        Premises.keeper_id,
        Premises.province,
        Movement.origin_id,
        Movement.destination_id,
        Movement.departed_on,
        Animal.scheme,
        Animal.value,
        place.label("place"),
        *(one.over(partition_by=Premises.keeper_id).label(n) for n, one in of_keeper.items()),
    )


def _is_new(rows: _Waiting, last: datetime | None) -> bool:
    """Tell whether a movement was told, or grew late, after its receiver was asked last."""
    evening = datetime.combine(rows[0].departed_last + OVERDUE, EVENING, HERE)
    return last is None or evening > last or rows[0].told_last > last


def _places_in(due: Iterable[_Waiting]) -> Sequence[int]:
    """Return the premises that questions about one animal name."""
    firsts = [rows[0] for rows in due if rows[0].animals == 1]
    ends = {end for row in firsts for end in (row.origin_id, row.destination_id)}
    return [end for end in ends if end is not None]


def _question(rows: _Waiting, places: Mapping[int, Sequence[str]], language: str) -> str:
    first = rows[0]
    if first.animals > 1:
        numbers = tuple(str(Key(row.scheme, row.value)) for row in rows)
        pigs = Listing(numbers, more=first.animals - len(rows))
        return say("overdue.several", language, count=int(first.heads), pigs=pigs)
    origin, here = places.get(first.origin_id), places.get(first.destination_id)
    unknown = say("word.place", language)
    return say(
        "overdue",
        language,
        pig=Key(first.scheme, first.value),
        place=origin[0] if origin else unknown,
        other=here[0] if here else unknown,
        day=day_and_month(first.departed_on, language),
    )
