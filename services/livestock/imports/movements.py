"""Movements of another system: each row is a departure and an arrival.

Identifiers are kept as they are, under the schemes `premises` and `animal`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import chain

from services.core.table_files import Cells
from services.livestock.domain.model import (
    EventType,
    Key,
    Occurred,
    Origin,
    Report,
    Scheme,
    event_id,
)
from services.livestock.imports.rows import CHANNEL, Kind, day, text
from services.livestock.recording.record import record_events
from services.storage.unit_of_work import Unit

Sides = tuple[Report, Report]


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
        # The same row twice in one file is two movements; the same file twice is one.
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
        return len(record_events(unit.session, list(chain.from_iterable(rows)), origin))
