"""Reading a list of people: CSV in UTF-8, separated by commas or semicolons."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from services.health.imports.errors import RowFault, UnreadablePeople

PHONE = "phone"
COLUMNS = (
    PHONE,
    "name",
    "language",
    "province",
    "district",
    "sex",
    "birth_year",
    "list",
    "programme",
    "cohort",
    "consent",
    "consent_date",
    "place",
)
"""Those that mean something in every file; others are anchors of a programme, or nothing."""

_QUOTES = "look for quotes that do not end"


class Line(NamedTuple):
    """A row: the number of its (last) line, the header being line 1, and its cells by column."""

    number: int
    cells: Mapping[str, str]


class Refusal(NamedTuple):
    """A row that was not taken: which column, what is wrong, what to do; `phone` is masked."""

    line: int
    column: str
    wrong: str
    advice: str
    phone: str = ""


@dataclass(slots=True)
class Tally:
    """What an import came to.

    Attributes:
        people: how many were new.
        changed: rows of known people that told something new, or put them on a list.
        enrolled: how many began a programme.
        unchanged: rows that told nothing new.
        refusals: by line.
        unused: columns that mean nothing.
    """

    people: int = 0
    changed: int = 0
    enrolled: int = 0
    unchanged: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    unused: set[str] = field(default_factory=set)


def read_lines(path: Path, tally: Tally) -> Iterator[Line]:
    """Read the rows of a file below its header.

    Args:
        path: CSV in UTF-8, with or without a byte order mark.
        tally: told the rows that are no CSV.

    Raises:
        UnreadablePeople: the file is no such CSV, or has no column `phone`.
    """
    try:
        # A byte that is not UTF-8 spoils its own row, not the file.
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            yield from _lines(file, tally)
    except OSError as error:
        raise UnreadablePeople(f"The file cannot be read: {error.strerror}") from error


def _lines(file: Iterator[str], tally: Tally) -> Iterator[Line]:
    first = next(file, "")
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    header = _header(first, delimiter)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            wrong = Refusal(reader.line_num + 1, "", "is no CSV", _QUOTES)
            tally.refusals.append(wrong)
            continue
        if any(cell.strip() for cell in cells):
            yield Line(reader.line_num + 1, dict(zip(header, cells, strict=False)))


def _header(first: str, delimiter: str) -> list[str]:
    names = next(csv.reader([first], delimiter=delimiter), [])
    header = [name.strip().casefold().replace(" ", "_") for name in names]
    if PHONE not in header:
        raise UnreadablePeople(
            "The file has no column phone in its first line: save it as CSV in UTF-8, with the "
            f"columns {', '.join(COLUMNS)}"
        )
    if len(set(header)) != len(header):
        raise UnreadablePeople("A column stands twice in the first line: give each its own name")
    return header


def text_of(cells: Mapping[str, str], column: str, most: int = 64) -> str | None:
    """Return the text of a cell, None where it is empty or there is no such column.

    A formula of a spreadsheet is a text as any other.

    Raises:
        RowFault: it is not UTF-8, not printable, too long, or of several lines.
    """
    raw = cells.get(column, "").strip()
    if "\n" in raw or "\r" in raw:
        # Else the rows below would be part of a name.
        raise RowFault(column, "runs over several lines", _QUOTES)
    value = " ".join(raw.split())
    if any("\udc80" <= letter <= "\udcff" for letter in value):
        raise RowFault(column, "is not UTF-8", "save the file as CSV UTF-8")
    if not value.isprintable():
        raise RowFault(column, "holds characters that cannot be printed", "write it again")
    if len(value) > most:
        raise RowFault(column, f"is longer than {most} characters", "shorten it")
    return value or None
