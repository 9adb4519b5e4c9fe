"""First sheet of an Excel workbook (.xlsx, ECMA-376), row by row, with each cell as a text.

A text is what a CSV of the sheet would hold: a whole number in digits, a day in ISO 8601, the last
value of a formula. A number of more than 15 digits is a fault of its cell: Excel has rounded it.
"""

import re
import warnings
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Self, TypeAlias
from zipfile import BadZipFile, ZipFile

from services.core.errors import UnreadableFile

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell

_ROWS, _AT_ONCE = 1_048_576, 500
_MEGABYTE = 2**20
# A sheet is streamed; styles and the texts that sheets share are held in memory.
_MOST_SHEET, _MOST_SHARED = 512 * _MEGABYTE, 64 * _MEGABYTE
# Sheets of people and pigs shrink to a tenth or a thirtieth.
_MOST_SHRUNK, _SMALL = 100, 10 * _MEGABYTE
# A 64-bit float holds each whole number of 15 digits; Excel fills the digits beyond with zeros.
_ROUNDED = 10**15
_LEADING_ZEROS = re.compile("0{2,}")
# openpyxl does not gather what it raises at a file that breaks the standard.
_BROKEN = (
    ArithmeticError,
    AttributeError,
    BadZipFile,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    zlib.error,
)


class UploadedTable(NamedTuple):
    """A file that was sent, held in memory: nothing of it is written to a disk in clear."""

    name: str
    content: bytes

    def open(self, _mode: str = "rb") -> BinaryIO:
        """Open it for reading."""
        return BytesIO(self.content)


TableSource: TypeAlias = Path | UploadedTable


class FaultyCell(str):
    """A cell that cannot be taken for its text: what is wrong with it, and what to do about it."""

    __slots__ = ("advice", "wrong")
    advice: str
    wrong: str

    def __new__(cls, text: str, wrong: str, advice: str) -> Self:
        """Make one of the text that stands in the file."""
        made = super().__new__(cls, text)
        made.wrong, made.advice = wrong, advice
        return made


def sheet_rows(path: TableSource) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Read the rows of the first visible sheet, empty ones too, with their numbers from 1.

    Raises:
        UnreadableFile: no .xlsx, broken, or too big; perhaps after some rows.
    """
    try:
        with path.open("rb") as file, closing(_open(file, path.name)) as workbook:
            yield from _numbered(workbook, path.name)
    except _BROKEN as error:
        raise UnreadableFile(
            f"{path.name} cannot be read as an Excel workbook: open it and save it as .xlsx or as "
            f"CSV UTF-8 ({error})"
        ) from error


def _open(file: BinaryIO, name: str) -> "Workbook":
    from openpyxl import load_workbook  # noqa: PLC0415 — slow to load, needed for this form alone

    with ZipFile(file) as archive:
        for part in archive.infolist():
            is_sheet = part.filename.startswith("xl/worksheets/")
            most = _MOST_SHEET if is_sheet else _MOST_SHARED
            shrunk = part.file_size > max(_SMALL, _MOST_SHRUNK * part.compress_size)
            # Pictures and macros are never unpacked.
            if part.filename.endswith((".xml", ".rels")) and (part.file_size > most or shrunk):
                message = f"{name} unpacks to too much: divide it, or save it as CSV UTF-8"
                raise UnreadableFile(message)
    file.seek(0)
    with warnings.catch_warnings():
        # They tell what would be lost by saving the workbook.
        warnings.simplefilter("ignore")
        return load_workbook(file, read_only=True, data_only=True, keep_links=False)


def _numbered(workbook: "Workbook", name: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    sheet = next((one for one in workbook.worksheets if one.sheet_state == "visible"), None)
    if sheet is None:
        raise UnreadableFile(f"{name} has no sheet with cells")
    # Programs other than Excel write a size that is not the sheet's.
    sheet.reset_dimensions()
    rows = sheet.iter_rows()
    number = 0
    while block := _next_rows(rows):
        for cells in block:
            number += 1
            if number > _ROWS:
                raise UnreadableFile(f"{name} has more rows than Excel allows: {_ROWS}")
            yield number, tuple(map(_text, cells))


def _next_rows(rows: Iterator[Any]) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(islice(rows, _AT_ONCE))


def _text(cell: "ReadOnlyCell | EmptyCell") -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "e":
        return FaultyCell(value, f"holds the spreadsheet's error {value}", "correct the formula")
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _digits(value, cell.number_format)
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _digits(value: float, number_format: str) -> str:
    if abs(value) >= _ROUNDED:
        wrong = "was rounded by the spreadsheet, which keeps 15 digits of a number"
        return FaultyCell(str(value), wrong, "make the column text, and write the number again")
    if value != int(value):
        return f"{value:.15g}"
    zeros = _LEADING_ZEROS.fullmatch(number_format)
    return str(int(value)).zfill(len(zeros[0]) if zeros else 0)
