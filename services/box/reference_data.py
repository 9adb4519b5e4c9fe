"""Reference data from the server: animals, words of programmes, numbers to promise."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from gateway.errors import NumbersSpent
from gateway.tags import issue
from services.box.local_phrases import Book, Danger, Word
from services.box.store import get_state, set_state
from services.box.tables import ANIMAL, BOUND, NUMBER
from services.core.clock import read_time, write_time
from services.livestock.recording.short_numbers import EXAMPLE_PIG, EXAMPLE_PLACE

STATUSES, PROGRAMMES, BINDINGS = "statuses", "programmes", "bound"
_NONE: dict[str, Any] = {"version": 0, "words": [], "danger": []}


@dataclass(frozen=True, slots=True)
class Animal:
    """The last that the server told of an animal."""

    numbers: Sequence[str]
    status: str
    province: str | None
    barred: bool
    as_of: datetime


@dataclass
class Knowledge:
    """Reference data for one message. `unit` is an open writing unit of work.

    `was_asked`: the server asked the sender something; what is not understood may be the answer.
    `is_bound`: the server believes the box for the sender, as far as it has told.
    """

    unit: Connection
    now: datetime
    was_asked: bool
    is_bound: bool = True

    def animal(self, number: str) -> Animal | None:
        """Return what was told of an animal."""
        told = self.unit.scalar(select(ANIMAL.c.told).where(ANIMAL.c.number == number))
        if told is None:
            return None
        row = json.loads(told)
        return Animal(**{**row, "as_of": read_time(row["as_of"])})

    def promise(self, tag: str) -> str | None:
        """Return the number that a tag gets, the same each time; None: no number is left."""
        given: str | None = self.unit.scalar(select(NUMBER.c.number).where(NUMBER.c.tag == tag))
        if given is not None:
            return given
        free: str | None = self.unit.scalar(
            select(NUMBER.c.number)
            .where(NUMBER.c.tag.is_(None))
            .order_by(NUMBER.c.counter)
            .limit(1)
        )
        if free is not None:
            self.unit.execute(update(NUMBER).where(NUMBER.c.number == free).values(tag=tag))
        return free


class Books:
    """The book of the words that were told last; it is made anew when they change."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._made: tuple[int, Book] | None = None

    def now(self, unit: Connection) -> Book:
        """Return the book of what is kept."""
        told = get_state(unit, PROGRAMMES) or _NONE
        with self._lock:
            if self._made is None or self._made[0] != told["version"]:
                words = [Word(**one) for one in told["words"]]
                danger = [Danger(**one) for one in told["danger"]]
                self._made = (told["version"], Book(words, danger))
            return self._made[1]


def have(unit: Connection) -> dict[str, int]:
    """Return what the server is told of the lists: versions, and how many numbers are left."""
    free = select(func.count()).select_from(NUMBER).where(NUMBER.c.tag.is_(None))
    return {
        STATUSES: (get_state(unit, STATUSES) or _NONE)["version"],
        PROGRAMMES: (get_state(unit, PROGRAMMES) or _NONE)["version"],
        "numbers": unit.scalar(free) or 0,
        BINDINGS: (get_state(unit, BINDINGS) or _NONE)["version"],
    }


def keep_animals(unit: Connection, version: int, rows: Sequence[dict[str, Any]]) -> None:
    """Keep a list of animals in the place of the one before."""
    by_number = {number: json.dumps(row) for row in rows for number in row["numbers"]}
    unit.execute(delete(ANIMAL))
    if by_number:
        values = [{"number": number, "told": told} for number, told in by_number.items()]
        unit.execute(insert(ANIMAL), values)
    as_of = max((read_time(row["as_of"]) for row in rows), default=None)
    kept = {"version": version, "as_of": as_of and write_time(as_of), "rows": len(rows)}
    set_state(unit, STATUSES, kept)


def keep_words(unit: Connection, told: dict[str, Any]) -> None:
    """Keep the words of programmes in the place of those before."""
    set_state(unit, PROGRAMMES, told)


def keep_bound(unit: Connection, version: int, people: Collection[bytes]) -> None:
    """Keep whose numbers are bound to the box, by blind index, in the place of those before."""
    unit.execute(delete(BOUND))
    if people:
        unit.execute(insert(BOUND), [{"person": person} for person in people])
    set_state(unit, BINDINGS, {"version": version})


def is_bound(unit: Connection, person: bytes) -> bool:
    """Tell whether a person's number is bound to the box; a box that was told none assumes so."""
    if get_state(unit, BINDINGS) is None:
        return True
    return unit.scalar(select(BOUND.c.person).where(BOUND.c.person == person)) is not None


def keep_numbers(unit: Connection, first: int, last: int) -> None:
    """Add a block of counters to the numbers that may be promised."""
    made = []
    for counter in range(first, last + 1):
        try:
            number = issue(counter)
        except NumbersSpent:
            break
        if number is not None and number not in {EXAMPLE_PIG, EXAMPLE_PLACE}:
            made.append({"number": number, "counter": counter})
    if made:
        unit.execute(insert(NUMBER).on_conflict_do_nothing(), made)
