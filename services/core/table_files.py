"""Rows of a file that somebody imports: CSV in UTF-8, plain or gzip, or an Excel workbook (.xlsx).

A row that is wrong is refused with its number, and stops no other.
"""

import csv
import gzip
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import TextIOWrapper
from itertools import chain
from typing import NamedTuple, TextIO, TypeAlias

from services.core.errors import RowFault, UnreadableFile
from services.core.workbooks import FaultyCell, TableSource, sheet_rows

Cells: TypeAlias = Mapping[str, str]

LONGEST_CELL = 64
REPORTED = ("line", "reason")
"""First columns of a report of refused rows; of one that is read again they are left out."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings of what a spreadsheet takes for a formula: our downloads put a quote before it."""

_MARKED = tuple(f"'{one}" for one in FORMULA)

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
# The container of .xls, and of an .xlsx that Excel has encrypted.
_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
_QUOTES = "look for a quote that does not end"
# The error handler `surrogateescape` (PEP 383) turns a byte that is not UTF-8 into one of these.
_NOT_UTF_8 = re.compile("[\udc80-\udcff]")


class Row(NamedTuple):
    """A row below the header.

    Attributes:
        number: of its last line, the header being line 1; in a workbook, the sheet's row number.
        values: its cells in the file's order.
        cells: by column.
    """

    number: int
    values: tuple[str, ...]
    cells: Cells


class Refusal(NamedTuple):
    """A row that is not taken.

    Attributes:
        line: number of the row.
        column: the wrong cell's; empty: the whole row is wrong.
        wrong: what is wrong with it.
        advice: what to do about it, perhaps empty.
        values: its cells, where the report repeats them.
        subject: the masked phone number of the row's person, where the report tells it.
    """

    line: int
    column: str
    wrong: str
    advice: str = ""
    values: tuple[str, ...] = ()
    subject: str = ""

    @property
    def reason(self) -> str:
        """Column, fault and advice as one sentence."""
        what = f"{self.column} {self.wrong}".strip()
        return f"{what}: {self.advice}" if self.advice else what


@dataclass(slots=True)
class FileTally:
    """Outcome of reading a file.

    Attributes:
        header: names of its columns.
        refusals: rows that were not taken, by number once the file is read.
        fault: the reason why the rest of a broken file was not read; None: it was read to its end.
    """

    header: tuple[str, ...] = ()
    refusals: list[Refusal] = field(default_factory=list)
    fault: str | None = None

    def refuse(self, row: Row, fault: RowFault) -> None:
        """Note a row that is not taken, with its cells."""
        told = fault.column, fault.wrong, fault.advice
        self.refusals.append(Refusal(row.number, *told, row.values))


def read_rows(path: TableSource, columns: Sequence[str], tally: FileTally) -> Iterator[Row]:
    """Read the rows of a file below its header; a row of empty cells is passed over.

    The content tells the form, not the file's name. Columns of CSV are separated by the one of
    comma, semicolon and tab that is most frequent in the first line. The names of columns are read
    without regard to case, with `_` for spaces. `columns` are those that the file must have; the
    tally gets the header, the rows that are not CSV, and how the file broke.

    Raises:
        UnreadableFile: neither CSV nor .xlsx, or without the columns. A file that breaks off after
            its first row does not raise: `FileTally.fault` tells.
    """
    rows = raw_rows(path, tally)
    tally.header = _header(next(rows, (1, ()))[1], columns)
    begun = False
    try:
        for number, values in rows:
            begun = True
            yield Row(number, values, dict(zip(tally.header, values, strict=False)))
    except UnreadableFile as error:
        if not begun:
            raise
        tally.fault = error.detail


def cell_text(cells: Cells, column: str, *, squeeze: bool = False) -> str | None:
    """Return the text of a cell, None where it is empty or there is no such column.

    A text that looks like a formula is a text as any other. `squeeze` makes one space of several,
    and of tabs and no-break spaces.

    Raises:
        RowFault: the spreadsheet has spoiled it; or it is not UTF-8, not printable, of several
            lines, or longer than 64 characters.
    """
    raw = cells.get(column, "")
    if isinstance(raw, FaultyCell):
        raise RowFault(column, raw.wrong, raw.advice)
    value = raw.strip()
    if "\n" in value or "\r" in value:
        # A quote without an end makes the rows below part of this cell.
        raise RowFault(column, "runs over several lines", _QUOTES)
    if squeeze:
        value = " ".join(value.split())
    if _NOT_UTF_8.search(value):
        raise RowFault(column, "is not UTF-8", "save the file as CSV UTF-8")
    if not value.isprintable():
        raise RowFault(column, "holds characters that cannot be printed", "write it again")
    if len(value) > LONGEST_CELL:
        raise RowFault(column, f"is longer than {LONGEST_CELL} characters", "shorten it")
    return value or None


def _header(names: Sequence[str], columns: Sequence[str]) -> tuple[str, ...]:
    header = tuple(name.strip().casefold().replace(" ", "_") for name in names)
    if missing := [column for column in columns if column not in header]:
        raise UnreadableFile(
            f"The file has no column {', '.join(missing)} in its first row: it needs "
            f"{', '.join(columns)}. Save it as .xlsx or as CSV UTF-8, with these names on top"
        )
    if twice := {name for name in header if name and header.count(name) > 1}:
        raise UnreadableFile(
            f"The column {', '.join(sorted(twice))} stands twice in the first row: "
            "give each its own name"
        )
    return header


def raw_rows(path: TableSource, tally: FileTally) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Read every row of a file that has a text in a cell, with its number, whatever it means.

    What our own downloads add is left out: the columns of `REPORTED`, the mark of a formula.

    Raises:
        UnreadableFile: neither CSV nor .xlsx, or broken, perhaps after some rows.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(_COMPOUND_FILE))
        if start == _COMPOUND_FILE:
            raise UnreadableFile(
                f"{path.name} is in Excel's old form (.xls), or has a password: open it, remove "
                "the password and save it as .xlsx or as CSV UTF-8"
            )
        if start.startswith(_ZIP):
            rows = sheet_rows(path)
        else:
            rows = _csv_rows(path, tally, compressed=start.startswith(_GZIP))
        yield from _own(rows)
    except (OSError, EOFError, zlib.error) as error:
        message = f"{path.name} cannot be read as .xlsx or as UTF-8 CSV, plain or gzip: {error}"
        raise UnreadableFile(message) from error


def _own(
    rows: Iterator[tuple[int, tuple[str, ...]]],
) -> Iterator[tuple[int, tuple[str, ...]]]:
    added = None
    for number, values in rows:
        if added is None and any(map(str.strip, values)):
            top = tuple(one.strip().casefold() for one in values[: len(REPORTED)])
            added = len(REPORTED) if top == REPORTED else 0
        plain = tuple(one[1:] if one.startswith(_MARKED) else one for one in values[added:])
        if any(map(str.strip, plain)):
            yield number, plain


def _csv_rows(
    path: TableSource, tally: FileTally, *, compressed: bool
) -> Iterator[tuple[int, tuple[str, ...]]]:
    # A byte that is not UTF-8 spoils its own row, not the file.
    with (
        path.open("rb") as raw,
        gzip.open(raw) if compressed else raw as plain,
        TextIOWrapper(plain, "utf-8-sig", "surrogateescape", newline="") as file,
    ):
        reader = _csv_reader(file)
        while True:
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error:
                tally.refusals.append(Refusal(reader.line_num, "", "is not CSV", _QUOTES))
                continue
            yield reader.line_num, tuple(values)


def _csv_reader(file: TextIO) -> "csv._reader":  # type: ignore[name-defined]
    first = file.readline()
    delimiter = max(",;\t", key=first.count)
    return csv.reader(chain([first], file), delimiter=delimiter, strict=True)
