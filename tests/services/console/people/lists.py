"""Lists as health workers keep them, in a workbook or as CSV."""

from __future__ import annotations

import struct
from datetime import date
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook

HEAD = ("Full name", "Mobile", "Prov", "Gender", "Quit date", "Consent", "Consent date")
QUIT, AGREED = date(2026, 12, 5), date(2026, 11, 20)
# What stands in the wrong cell, by row and column, and what is right.
WRONG = {
    (5, 1): (7e15, "71000001"),
    (9, 1): ("7100 00", "71000005"),
    (12, 2): ("Atlantis", "Enga"),
    (40, 2): ("Jiwka", "Jiwaka"),
    (77, 3): ("x", "f"),
    (100, 4): ("soon", "05/12/2026"),
    (101, 6): ("", "2026-11-20"),
}


def person(number: int) -> list[object]:
    return [f"Person {number}", 71_000_000 + number, "Jiwaka", "f", QUIT, "nurse, form 12", AGREED]


def workbook(people=500, wrong=WRONG, title=("Patients of Kudjip",), rows=None, first=0) -> bytes:
    """A list of people below a title, with the names of the columns in row 3."""
    book = Workbook()
    sheet = book.active
    if title:
        sheet.append(title)
        sheet.append([])
    sheet.append(list(HEAD))
    for row in rows or map(person, range(first, first + people)):
        sheet.append(list(row))
    for (line, column), (value, _) in wrong.items():
        sheet.cell(line, column + 1).value = value
    return saved(book)


def saved(book: Workbook) -> bytes:
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def changed(content: bytes, part: str, write) -> bytes:
    """A workbook of which one part is another."""
    target = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(target, "w", ZIP_DEFLATED) as new:
        for one in old.namelist():
            data = old.read(one)
            new.writestr(one, write(data) if one == part else data)
    return target.getvalue()


def csv(*rows: str, head: str = "phone,name,consent,consent_date,quit") -> bytes:
    return "\r\n".join([head, *rows]).encode()


def lying(content: bytes, part: str) -> bytes:
    """A workbook of which one part says that it is smaller than it is."""
    with ZipFile(BytesIO(content)) as archive:
        size = struct.pack("<L", archive.getinfo(part).file_size)
    assert content.count(size) >= 2
    return content.replace(size, struct.pack("<L", 10))
