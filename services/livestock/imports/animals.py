"""Animals of another system's register: each row registers one at the premises that hold it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.core.table_files import Cells, cell_text
from services.livestock.domain.details import SEXES
from services.livestock.domain.model import EventType, Occurred, Origin, Report, event_id
from services.livestock.imports.rows import (
    CHANNEL,
    Kind,
    choice,
    content_key,
    day,
    place,
    tag,
)
from services.livestock.recording.record import record_events
from services.storage.unit_of_work import Unit


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
        return len(record_events(unit.session, rows, origin))

    def _day(self, cells: Cells, column: str) -> date | None:
        value = cell_text(cells, column)
        return day(column, value, self._today) if value else None
