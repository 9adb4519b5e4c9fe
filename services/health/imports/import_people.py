"""Importing a list of people, some hundred rows at a time, and the report of what was refused.

Killed anywhere, the same file again goes on: what is there already changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from services.health.imports.apply_rows import take_rows
from services.health.imports.csv_reader import PHONE, Refusal, Tally, read_lines
from services.health.imports.errors import RowFault
from services.health.imports.rows import PersonRow, read_row
from services.storage.database import Database
from sms.message import DEFAULT_ZONE

BATCH = 500
REPORT = ("line", "phone", "column", "wrong", "advice")


def import_people(
    path: Path,
    database: Database,
    now: datetime,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Tally:
    """Import a list of people; docs/programmes.md tells its columns.

    Args:
        path: CSV in UTF-8.
        database: each batch is one transaction of it.
        now: UTC.
        progress: told the number of rows that were looked at, after each batch.

    Raises:
        UnreadablePeople: it is no such file; nothing was taken.
    """
    tally, done = Tally(), 0
    rows = _read(path, tally, now.astimezone(ZoneInfo(DEFAULT_ZONE)).date())
    while batch := list(islice(rows, BATCH)):
        with database.write() as session:
            take_rows(session, database.vault, batch, tally, now)
        done += len(batch)
        progress(done + len(tally.refusals))
    tally.refusals.sort()
    return tally


def _read(path: Path, tally: Tally, today: date) -> Iterator[PersonRow]:
    names = _Names()
    for line in read_lines(path, tally):
        try:
            row = read_row(line.number, line.cells, today)
            names.check(row)
        except RowFault as fault:
            told = fault.column, fault.wrong, fault.advice
            tally.refusals.append(Refusal(line.number, *told))
            continue
        yield row


class _Names:
    """The names that a file gives to each number: two people with one phone are told apart."""

    def __init__(self) -> None:
        self._seen: dict[bytes, tuple[int, str]] = {}

    def check(self, row: PersonRow) -> None:
        """Refuse a number that stands in an earlier row with another name."""
        name = row.told.name
        if name is None:
            return
        # A million whole numbers with their names would take much memory.
        key = hashlib.blake2b(row.number.encode(), digest_size=8).digest()
        line, first = self._seen.setdefault(key, (row.line, _short(name)))
        if first != _short(name):
            advice = "one phone stands for one person here: keep one of the rows"
            raise RowFault(PHONE, f"stands in line {line} with another name", advice)


def _short(name: str) -> str:
    return hashlib.blake2b(name.casefold().encode(), digest_size=8).hexdigest()
