"""Ranges of official tags that were given to premises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from services.core.errors import RowFault
from services.core.table_files import Cells
from services.livestock.domain.model import Key, Origin, Scheme
from services.livestock.imports.rows import Kind, place, tag
from services.livestock.recording.tag_ranges import allocate, is_allocated
from services.storage.unit_of_work import Unit


class Given(NamedTuple):
    """A range, `first` to `last`, 15 digits each, and the premises that have it."""

    first: str
    last: str
    premises: Key


class Tags(Kind[Given]):
    """Columns: `first`, `last` (official numbers), `premises`."""

    columns = ("first", "last", "premises")

    def read(self, cells: Cells) -> Given:
        """Read one range."""
        return Given(_official(cells, "first"), _official(cells, "last"), place(cells, "premises"))

    def take(self, unit: Unit, rows: Sequence[Given], origin: Origin) -> int:
        """Record allocations that are not recorded yet."""
        new = [row for row in dict.fromkeys(rows) if not is_allocated(unit.session, *row)]
        return len([allocate(unit.session, *row, origin) for row in new])


def _official(cells: Cells, column: str) -> str:
    key = tag(cells, column)
    if key.scheme != Scheme.OFFICIAL:
        raise RowFault(column, f"is not an official number of 15 digits: {key}")
    return key.value
