"""Import of movements from another system's CSV: each row is a departure and an arrival.

Columns: `source` and `destination` (premises), `id` (animal), `t` (ISO 8601 day); others are
left alone. Identifiers are kept as they are, under the schemes `premises` and `animal`.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import re
import zlib
from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from services.errors import Conflict, Invalid, NotFound
from services.traceability.errors import UnreadableFile
from services.traceability.model import EventType, Key, Occurred, Report, Scheme, event_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

CHANNEL = "import"
COLUMNS = ("source", "destination", "id", "t")
CHUNK_ROWS = 1_000
_LONGEST = 64
# What the error handler `surrogateescape` (PEP 383) makes of a byte that is not UTF-8.
_NOT_UTF_8 = re.compile("[\udc80-\udcff]")

Line = tuple[int, dict[str, str]]


class Refusal(NamedTuple):
    """A row that was not taken. `line` is its number in the file; the header is line 1."""

    line: int
    reason: str


@dataclass(slots=True)
class Row:
    """One movement, read: what it says, and the two reports it makes."""

    line: int
    reports: tuple[Report, Report]


@dataclass(slots=True)
class Tally:
    """What an import came to: rows taken, events new, rows refused.

    `fault` tells where the file itself broke, so that its rest was not read; None: read to its end.
    """

    rows: int
    new_events: int
    refusals: list[Refusal]
    fault: str | None = None


def import_movements(
    path: Path,
    record: Callable[[list[Report]], int],
    today: date,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Tally:
    """Read a file of movements and record them chunk by chunk.

    Each chunk is one transaction of `record`, and an event has the same id at each run, so an
    import that was killed and is run again records nothing twice and loses nothing.

    Args:
        path: CSV, or CSV compressed by gzip.
        record: records reports and returns how many were new.
        today: the local day; later days are refused.
        progress: told the number of rows done, after each chunk.

    Raises:
        UnreadableFile: not CSV, or without the columns. A file that breaks later on does not raise:
            what came before is recorded, and `Tally.fault` tells.
        Unavailable: of `record`; the chunk it was given is not recorded.
    """
    tally = Tally(0, 0, [])
    rows = _read(_until_broken(path, tally), today, tally.refusals)
    while chunk := list(islice(rows, CHUNK_ROWS)):
        refused = len(tally.refusals)
        tally.new_events += _record_chunk(chunk, record, tally.refusals)
        tally.rows += len(chunk) - (len(tally.refusals) - refused)
        progress(tally.rows + len(tally.refusals))
    tally.refusals.sort()
    return tally


def _record_chunk(
    chunk: list[Row], record: Callable[[list[Report]], int], refusals: list[Refusal]
) -> int:
    try:
        return record([report for row in chunk for report in row.reports])
    except (NotFound, Conflict, Invalid) as error:
        if len(chunk) == 1:
            refusals.append(Refusal(chunk[0].line, error.detail))
            return 0
    # One row spoils its chunk: halve it until that row stands alone.
    middle = len(chunk) // 2
    return _record_chunk(chunk[:middle], record, refusals) + _record_chunk(
        chunk[middle:], record, refusals
    )


def _until_broken(path: Path, tally: Tally) -> Iterator[Line]:
    begun = False
    try:
        for line in _lines(path, tally.refusals):
            begun = True
            yield line
    except UnreadableFile as error:
        if not begun:
            raise
        tally.fault = error.detail


def _lines(path: Path, refusals: list[Refusal]) -> Iterator[Line]:
    try:
        with path.open("rb") as raw:
            compressed = raw.read(2) == b"\x1f\x8b"
        opened = gzip.open if compressed else open
        # A byte that is not UTF-8 spoils its own row, not the file.
        with opened(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            yield from _numbered(csv.DictReader(file), refusals)
    except (OSError, EOFError, csv.Error, zlib.error) as error:
        message = f"{path.name} cannot be read as UTF-8 CSV, plain or gzip: {error}"
        raise UnreadableFile(message) from error


def _numbered(reader: csv.DictReader[str], refusals: list[Refusal]) -> Iterator[Line]:
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        message = f"The file has no column {', '.join(missing)}: it needs {', '.join(COLUMNS)}"
        raise UnreadableFile(message)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            refusals.append(Refusal(reader.reader.line_num, f"not CSV: {error}"))
            continue
        yield reader.line_num, row


def _read(lines: Iterable[Line], today: date, refusals: list[Refusal]) -> Iterator[Row]:
    seen: Counter[bytes] = Counter()
    for line, cells in lines:
        try:
            source, destination, animal, day = _checked(cells, today)
        except ValueError as error:
            refusals.append(Refusal(line, str(error)))
            continue
        key = hashlib.sha256("\0".join((source, destination, animal, str(day))).encode()).digest()
        # The same row twice in one file is two movements; the same file twice is one.
        ordinal = seen[key]
        seen[key] += 1
        yield Row(line, _reports(source, destination, animal, (day, key, ordinal)))


def _checked(cells: dict[str, str], today: date) -> tuple[str, str, str, date]:
    values = [(cells.get(column) or "").strip() for column in COLUMNS]
    for column, value in zip(COLUMNS, values, strict=True):
        if not value:
            raise ValueError(f"{column} is empty")
        if _NOT_UTF_8.search(value):
            raise ValueError(f"{column} is not UTF-8")
        if len(value) > _LONGEST or not value.isprintable():
            raise ValueError(f"{column} is longer than {_LONGEST} characters or not printable")
    source, destination, animal, text = values
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"t is not a day such as 2005-10-18: {text}") from None
    if day > today:
        raise ValueError(f"t is in the future: {text}")
    return source, destination, animal, day


def _reports(
    source: str, destination: str, animal: str, moved: tuple[date, bytes, int]
) -> tuple[Report, Report]:
    day, key, ordinal = moved
    animals = (Key(Scheme.ANIMAL, animal),)
    here, there = Key(Scheme.PREMISES, source), Key(Scheme.PREMISES, destination)
    occurred = Occurred.on(day)

    def make(kind: EventType, near: Key, far: Key, side: int) -> Report:
        event = event_id(CHANNEL, key.hex(), 2 * ordinal + side)
        return Report(event, kind, animals, near, far, occurred)

    return make(EventType.DEPART, here, there, 0), make(EventType.ARRIVE, there, here, 1)
