"""Reading of an uploaded list: its size, its form, and its rows as they stand; no database."""

import codecs
import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import IO, NamedTuple
from zipfile import BadZipFile, ZipFile

from services.core.errors import UnreadableFile
from services.core.table_files import FileTally, raw_rows
from services.core.workbooks import FaultyCell, UploadedTable

LONGEST_FILE, MOST_ROWS, MOST_COLUMNS = 5 * 2**20, 5_000, 60
LOOKED_AT = 15
"""Rows at the top in which the names of the columns may stand."""

_UNPACKED = 40 * 2**20
_AT_ONCE = 2**20
_LONGEST_CELL = 1_000
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_GZIP, _ZIP, _PDF = b"\x1f\x8b", b"PK\x03\x04", b"%PDF"
_XML = (".xml", ".rels")
_OTHERWISE = "or ask an administrator to import it by `bilum import people`"


class RawRow(NamedTuple):
    """A row of the file: its number, its cells as texts."""

    line: int
    values: tuple[str, ...]


class RawTable(NamedTuple):
    """The rows of a file.

    Attributes:
        unreadable: numbers of the rows that are not CSV.
        merged: whether cells are merged, so that only the first of them has the text.
        broken: why the rest was not read; None: all of it was.
    """

    rows: tuple[RawRow, ...]
    unreadable: tuple[int, ...] = ()
    merged: bool = False
    broken: str | None = None


def read_upload(name: str, content: bytes) -> RawTable:
    """Read an uploaded file.

    Raises:
        UnreadableFile: `detail` tells what is wrong with it, and what to do.
    """
    _refuse(name, content)
    merged = content.startswith(_ZIP) and _look_into(name, content)
    if content.startswith(_UTF_16):
        content = _from_utf_16(name, content)
    tally = FileTally()
    rows, broken = _take(name, raw_rows(UploadedTable(name, content), tally))
    if not rows:
        raise UnreadableFile(f"{name} has no rows: was it saved, and is the first sheet the list?")
    unreadable = tuple(sorted(one.line for one in tally.refusals))
    return RawTable(tuple(rows), unreadable, merged, broken)


def _refuse(name: str, content: bytes) -> None:
    if not content.strip():
        raise UnreadableFile(f"{name} is empty: choose the file again")
    if len(content) > LONGEST_FILE:
        raise UnreadableFile(f"{name} has more than 5 MB: divide it, {_OTHERWISE}")
    if content.startswith(_GZIP):
        raise UnreadableFile(f"{name} is compressed: unpack it, and choose what was in it")
    if content.startswith(_PDF) or (b"\0" in content and not _may_hold_zeros(content)):
        raise UnreadableFile(f"{name} is no list: save it as .xlsx or as CSV UTF-8")


def _may_hold_zeros(content: bytes) -> bool:
    # .xls is refused by its reader, with a better advice.
    return content.startswith((*_UTF_16, _ZIP, bytes.fromhex("d0cf11e0")))


def _look_into(name: str, content: bytes) -> bool:
    """Return whether a workbook has merged cells; refuse one that grows too much or declares."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            parts = [one for one in archive.infolist() if one.filename.endswith(_XML)]
            # What the file says of itself; more than that is never unpacked.
            if sum(one.file_size for one in parts) > _UNPACKED:
                raise UnreadableFile(f"{name} unpacks to too much: divide it, {_OTHERWISE}")
            merged = False
            for one in parts:
                with archive.open(one) as file:
                    marks = _marks(file)
                if b"<!" in marks:
                    raise UnreadableFile(f"{name} is no ordinary workbook: save it as CSV UTF-8")
                merged |= b"<mergeCell" in marks and one.filename.startswith("xl/worksheets/")
            return merged
    except (BadZipFile, OSError, RuntimeError, ValueError, NotImplementedError) as error:
        raise UnreadableFile(
            f"{name} is damaged, or has a password: open it and save it as .xlsx or CSV UTF-8"
        ) from error


# A declaration may make a text grow without end. In UTF-16 each letter has a zero beside it.
_MARK = re.compile(rb"<!DOCTYPE|<!ENTITY|<mergeCell\b")
_OVERLAP = 16


def _marks(file: IO[bytes]) -> set[bytes]:
    found, rest = set(), b""
    while chunk := file.read(_AT_ONCE):
        plain = rest + chunk.replace(b"\0", b"")
        found |= {b"<!" if one.startswith(b"<!") else one for one in _MARK.findall(plain)}
        rest = plain[-_OVERLAP:]
    return found


def _from_utf_16(name: str, content: bytes) -> bytes:
    try:
        return content.decode("utf-16").encode()
    except UnicodeError as error:
        raise UnreadableFile(f"{name} cannot be read as text: save it as CSV UTF-8") from error


def _take(
    name: str, rows: Iterator[tuple[int, tuple[str, ...]]]
) -> tuple[list[RawRow], str | None]:
    found: list[RawRow] = []
    try:
        for line, values in rows:
            found.append(RawRow(line, tuple(map(_as_kept, _filled(values)))))
            if len(found) > MOST_ROWS + LOOKED_AT or len(found[-1].values) > MOST_COLUMNS:
                break
    except UnreadableFile as error:
        if not found:
            raise
        return found, error.detail
    _refuse_size(name, found)
    return found, None


def _refuse_size(name: str, found: Sequence[RawRow]) -> None:
    if len(found) > MOST_ROWS + LOOKED_AT:
        raise UnreadableFile(f"{name} has more than {MOST_ROWS:,} rows: divide it, {_OTHERWISE}")
    if len(found[-1].values) > MOST_COLUMNS:
        raise UnreadableFile(
            f"{name} has more than {MOST_COLUMNS} columns: delete those that are not of the list"
        )


def _filled(values: tuple[str, ...]) -> tuple[str, ...]:
    """Return the cells up to the last with a text: spreadsheets keep empty ones beyond it."""
    count = len(values)
    while count and not values[count - 1].strip():
        count -= 1
    return values[:count]


def _as_kept(value: str) -> str:
    """Return a cell as it can be shown: letters that are not UTF-8 are a fault of their cell.

    What nobody writes into a cell is cut, and refused as too long all the same.
    """
    if isinstance(value, FaultyCell):
        return value
    shown = value.encode("utf-8", "replace").decode()[:_LONGEST_CELL]
    if shown != value[:_LONGEST_CELL]:
        return FaultyCell(shown, "is not UTF-8", "save the file as CSV UTF-8")
    return shown
