"""Import of another system's records from CSV or .xlsx; each kind of file has a module.

An event's id follows from its row's content, so an import that was killed and is run again records
nothing twice and loses nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from services.core.errors import Conflict, Invalid, NotFound, RowFault
from services.core.table_files import FileTally, Refusal, Row, read_rows
from services.livestock.domain.model import Report
from services.livestock.imports.animals import Movements
from services.livestock.imports.rows import CHANNEL, Kind

__all__ = ["CHANNEL", "CHUNK_ROWS", "Refusal", "Tally", "import_file", "import_movements"]

# Fewer write more often to the same pages of the indexes; with more, an SMS waits too long for its
# turn to write to SQLite.
CHUNK_ROWS = 2_000

T = TypeVar("T")


@dataclass(slots=True)
class Tally(FileTally):
    """Outcome of an import.

    Attributes:
        rows: how many were taken.
        new_events: how many events these made.
    """

    rows: int = 0
    new_events: int = 0


class _Read(NamedTuple, Generic[T]):
    row: Row
    content: T


def import_file(
    path: Path,
    kind: Kind[T],
    take: Callable[[list[T]], int],
    progress: Callable[[int], None] = lambda _rows: None,
) -> Tally:
    """Read a file and have its rows recorded chunk by chunk.

    `take` records rows in one transaction, all or none, and returns how many events were new;
    `progress` gets the number of rows done, after each chunk.

    Raises:
        UnreadableFile: as `read_rows` does. A file that breaks off later does not raise: its
            first rows are recorded, and `Tally.fault` tells.
        Unavailable: of `take`; the chunk it was given is not recorded.
    """
    tally = Tally()
    rows = _read(path, kind, tally)
    while chunk := list(islice(rows, CHUNK_ROWS)):
        refused = len(tally.refusals)
        tally.new_events += _take(chunk, take, tally)
        tally.rows += len(chunk) - (len(tally.refusals) - refused)
        progress(tally.rows + len(tally.refusals))
    tally.refusals.sort()
    return tally


def import_movements(
    path: Path,
    record: Callable[[list[Report]], int],
    today: date,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Tally:
    """Import a file of movements; `record` takes reports. For the rest see `import_file`."""

    def take(rows: list[tuple[Report, Report]]) -> int:
        return record([report for sides in rows for report in sides])

    return import_file(path, Movements(today), take, progress)


def _read(path: Path, kind: Kind[T], tally: Tally) -> Iterator[_Read[T]]:
    for row in read_rows(path, kind.columns, tally):
        try:
            content = kind.read(row.cells)
        except RowFault as fault:
            tally.refuse(row, fault)
            continue
        yield _Read(row, content)


def _take(chunk: list[_Read[T]], take: Callable[[list[T]], int], tally: Tally) -> int:
    try:
        return take([one.content for one in chunk])
    except (NotFound, Conflict, Invalid) as error:
        if len(chunk) == 1:
            tally.refuse(chunk[0].row, RowFault("", error.detail))
            return 0
    # One row spoils its chunk: halve it until that row is alone.
    middle = len(chunk) // 2
    return _take(chunk[:middle], take, tally) + _take(chunk[middle:], take, tally)
