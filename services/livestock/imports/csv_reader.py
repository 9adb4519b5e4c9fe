"""Reading a CSV, plain or gzip, row by row: what is wrong with one row spoils no other."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from services.livestock.imports.errors import UnreadableFile


class Line(NamedTuple):
    """A row of a file. `number` is its line (the last, of several); the header is line 1."""

    number: int
    cells: tuple[str, ...]


class Refusal(NamedTuple):
    """A row that was not taken, and its cells as the file has them (none where it is not CSV)."""

    line: int
    reason: str
    cells: tuple[str, ...] = ()


@dataclass(slots=True)
class Tally:
    """What an import came to.

    Attributes:
        rows: how many were taken.
        new_events: how many events that made.
        refusals: the rows that were not taken, by line.
        header: names of the file's columns.
        fault: how the file itself broke, so that its rest was not read; None: read to its end.
    """

    rows: int = 0
    new_events: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    header: tuple[str, ...] = ()
    fault: str | None = None

    def refuse(self, line: Line, reason: str) -> None:
        """Note a row that is not taken."""
        self.refusals.append(Refusal(line.number, reason, line.cells))


def read_lines(path: Path, columns: Sequence[str], tally: Tally) -> Iterator[Line]:
    """Read the rows of a file below its header.

    Args:
        path: CSV in UTF-8, or such a file compressed by gzip.
        columns: those that the file must have.
        tally: told the header, the rows that are not CSV, and how the file broke.

    Raises:
        UnreadableFile: not CSV, or without the columns. A file that breaks later on does not raise:
            `Tally.fault` tells.
    """
    lines = _lines(path, tally)
    tally.header = tuple(name.strip() for name in next(lines, Line(1, ())).cells)
    missing = [column for column in columns if column not in tally.header]
    if missing:
        message = f"The file has no column {', '.join(missing)}: it needs {', '.join(columns)}"
        raise UnreadableFile(message)
    begun = False
    try:
        for line in lines:
            begun = True
            yield line
    except UnreadableFile as error:
        if not begun:
            raise
        tally.fault = error.detail


def _lines(path: Path, tally: Tally) -> Iterator[Line]:
    try:
        with path.open("rb") as raw:
            compressed = raw.read(2) == b"\x1f\x8b"
        opened = gzip.open if compressed else open
        # A byte that is not UTF-8 spoils its own row, not the file.
        with opened(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            yield from _numbered(file, tally)
    except (OSError, EOFError, zlib.error) as error:
        message = f"{path.name} cannot be read as UTF-8 CSV, plain or gzip: {error}"
        raise UnreadableFile(message) from error


def _numbered(file: Iterator[str], tally: Tally) -> Iterator[Line]:
    reader = csv.reader(file)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            tally.refuse(Line(reader.line_num, ()), f"not CSV: {error}")
            continue
        if row:
            yield Line(reader.line_num, tuple(row))
