"""Import of another system's records from CSV, plain or gzip; each kind of file has a module.

An event's id follows from what its row says, so an import that was killed and is run again records
nothing twice and loses nothing. A row that is refused is told with its reason, and stops no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from services.core.errors import Conflict, Invalid, NotFound
from services.livestock.domain.model import Report
from services.livestock.imports.csv_reader import Line, Refusal, Tally, read_lines
from services.livestock.imports.movements import Movements
from services.livestock.imports.rows import CHANNEL, Kind

__all__ = ["CHANNEL", "CHUNK_ROWS", "Refusal", "Tally", "import_file", "import_movements"]

# Fewer write more often to the same pages of the indexes; with more, an SMS waits too long for its
# turn to write to SQLite.
CHUNK_ROWS = 2_000

T = TypeVar("T")


class _Row(NamedTuple, Generic[T]):
    line: Line
    said: T


def import_file(
    path: Path,
    kind: Kind[T],
    take: Callable[[list[T]], int],
    progress: Callable[[int], None] = lambda _rows: None,
) -> Tally:
    """Read a file and have its rows recorded chunk by chunk.

    Args:
        path: CSV in UTF-8, or such a file compressed by gzip.
        kind: of the file.
        take: records rows in one transaction, all or none, and returns how many events were new.
        progress: told the number of rows done, after each chunk.

    Raises:
        UnreadableFile: not CSV, or without the columns. A file that breaks later on does not raise:
            what came before is recorded, and `Tally.fault` tells.
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


def _read(path: Path, kind: Kind[T], tally: Tally) -> Iterator[_Row[T]]:
    for line in read_lines(path, kind.columns, tally):
        try:
            said = kind.read(dict(zip(tally.header, line.cells, strict=False)))
        except ValueError as error:
            tally.refuse(line, str(error))
            continue
        yield _Row(line, said)


def _take(chunk: list[_Row[T]], take: Callable[[list[T]], int], tally: Tally) -> int:
    try:
        return take([row.said for row in chunk])
    except (NotFound, Conflict, Invalid) as error:
        if len(chunk) == 1:
            tally.refuse(chunk[0].line, error.detail)
            return 0
    # One row spoils its chunk: halve it until that row stands alone.
    middle = len(chunk) // 2
    return _take(chunk[:middle], take, tally) + _take(chunk[middle:], take, tally)
