"""Animals, movements and ranges of tags of another system.

Identifiers are kept as they are, under the schemes `premises` and `animal`.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import chain
from typing import NamedTuple

from services.core.errors import RowFault
from services.core.table_files import Cells, cell_text
from services.livestock.control.program_reports import first_of_late, record_and_tell
from services.livestock.domain.details import SEXES
from services.livestock.domain.model import (
    EventType,
    Key,
    Occurred,
    Origin,
    Report,
    Scheme,
    event_id,
)
from services.livestock.imports.rows import (
    CHANNEL,
    Kind,
    choice,
    content_key,
    day,
    place,
    tag,
    text,
)
from services.livestock.recording.premises import allocate, is_allocated, order_tags
from services.storage.unit_of_work import Unit

Sides = tuple[Report, Report]


class Animals(Kind[Report]):
    """Columns: `tag`, `premises`; where known `born` (ISO 8601 day), `sex`, `breed`.

    `day` is when it was registered, the day of the import where it is empty.

    Args:
        today: the local day; later days are refused.
    """

    columns = ("tag", "premises")

    def __init__(self, today: date) -> None:
        self._today = today

    def read(self, cells: Cells) -> Report:
        """Read one animal as the report that registers it."""
        animal, at = tag(cells, "tag"), place(cells, "premises")
        registered = self._day(cells, "day")
        born = self._day(cells, "born")
        told = {
            "born": str(born) if born else None,
            "sex": choice(cells, "sex", SEXES),
            "breed": cell_text(cells, "breed"),
        }
        said = ("animal", *animal, *at, str(registered or ""), *(v or "" for v in told.values()))
        return Report(
            event_id(CHANNEL, content_key(*said), 0),
            EventType.REGISTER,
            (animal,),
            at,
            None,
            Occurred.on(registered or self._today),
            {name: value for name, value in told.items() if value},
        )

    def take(self, unit: Unit, rows: Sequence[Report], origin: Origin) -> int:
        """Record registrations; a tag registered before is evidence all the same, and flagged."""
        since = first_of_late(origin.recorded_at)
        return len(record_and_tell(unit.session, rows, origin, since))

    def _day(self, cells: Cells, column: str) -> date | None:
        value = cell_text(cells, column)
        return day(column, value, self._today) if value else None


class Given(NamedTuple):
    """A range, `first` to `last`, 15 digits each, and the premises that have or ordered it."""

    first: str
    last: str
    premises: Key
    ordered: bool = False


class Tags(Kind[Given]):
    """Columns: `first`, `last` (official numbers), `premises`; `state`: `ordered` or `issued`.

    Without a state they are issued.
    """

    columns = ("first", "last", "premises")

    def read(self, cells: Cells) -> Given:
        """Read one range."""
        ends = _official(cells, "first"), _official(cells, "last")
        ordered = choice(cells, "state", ("ordered", "issued")) == "ordered"
        return Given(*ends, place(cells, "premises"), ordered)

    def take(self, unit: Unit, rows: Sequence[Given], origin: Origin) -> int:
        """Record allocations that are not recorded yet."""
        new = [
            row
            for row in dict.fromkeys(rows)
            if not is_allocated(unit.session, *row[:3], ordered=row.ordered)
        ]
        for row in new:
            record = order_tags if row.ordered else allocate
            record(unit.session, *row[:3], origin)
        return len(new)


def _official(cells: Cells, column: str) -> str:
    key = tag(cells, column)
    if key.scheme != Scheme.OFFICIAL:
        raise RowFault(column, f"is not an official number of 15 digits: {key}")
    return key.value


# Identifiers are kept as they are, under the schemes `premises` and `animal`.


class Movements(Kind[Sides]):
    """Columns: `source` and `destination` (premises), `id` (animal), `t` (ISO 8601 day).

    Args:
        today: the local day; later days are refused.
    """

    columns = ("source", "destination", "id", "t")

    def __init__(self, today: date) -> None:
        self._today = today
        self._seen: Counter[bytes] = Counter()

    def read(self, cells: Cells) -> Sides:
        """Read one movement as the two reports that it makes."""
        values = [text(cells, column) for column in self.columns]
        moved = day("t", values[3], self._today)
        key = hashlib.sha256("\0".join((*values[:3], str(moved))).encode()).digest()
        # The same row twice in one file is evidence twice; the same file twice is not.
        ordinal = self._seen[key]
        self._seen[key] += 1
        here, there = (Key(Scheme.PREMISES, value) for value in values[:2])
        animals, occurred = (Key(Scheme.ANIMAL, values[2]),), Occurred.on(moved)
        departure, arrival = (event_id(CHANNEL, key.hex(), 2 * ordinal + side) for side in (0, 1))
        return (
            Report(departure, EventType.DEPART, animals, here, there, occurred),
            Report(arrival, EventType.ARRIVE, animals, there, here, occurred),
        )

    def take(self, unit: Unit, rows: Sequence[Sides], origin: Origin) -> int:
        """Record movements."""
        reports, since = list(chain.from_iterable(rows)), first_of_late(origin.recorded_at)
        return len(record_and_tell(unit.session, reports, origin, since))
