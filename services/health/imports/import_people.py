"""Import of a list of people in batches, and the report of refused rows.

After a kill, import the same file again: rows already applied change nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from services.core.errors import RowFault
from services.core.table_files import Refusal, read_rows
from services.health.imports.apply_rows import Tally, take_rows
from services.health.imports.phone_numbers import PHONE
from services.health.imports.rows import PersonRow, read_row
from services.health.versions.ledger_events import local_day
from services.storage.database import Database

BATCH = 500


def import_people(
    path: Path,
    database: Database,
    now: datetime,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Tally:
    """Import a list of people from CSV or .xlsx; docs/programmes.md gives its columns.

    Each batch is one transaction. `progress` gets the number of rows read so far after each batch.

    Raises:
        UnreadableFile: it is no such file; nothing was imported. A file that breaks off later does
            not raise: its first rows are imported, and `Tally.fault` says why.
    """
    tally, done = Tally(), 0
    rows = _read(path, tally, local_day(now))
    while batch := list(islice(rows, BATCH)):
        with database.write() as session:
            take_rows(session, database.vault, batch, tally, now)
        done += len(batch)
        progress(done + len(tally.refusals))
    tally.refusals.sort()
    return tally


def _read(path: Path, tally: Tally, today: date) -> Iterator[PersonRow]:
    names = _Names()
    for line in read_rows(path, (PHONE,), tally):
        try:
            row = read_row(line.number, line.cells, today)
            names.check(row)
        except RowFault as fault:
            # Without its cells: a report repeats no health data.
            person = fault.column, fault.wrong, fault.advice
            tally.refusals.append(Refusal(line.number, *person))
            continue
        yield row


class _Names:
    """Names by number in a file: two people with the same phone are refused."""

    def __init__(self) -> None:
        self._seen: dict[bytes, tuple[int, str]] = {}

    def check(self, row: PersonRow) -> None:
        """Refuse a number that has another name in an earlier row."""
        name = row.person.name
        if name is None:
            return
        # Digests: a million numbers with their names would take too much memory.
        key = hashlib.blake2b(row.number.encode(), digest_size=8).digest()
        line, first = self._seen.setdefault(key, (row.line, _short(name)))
        if first != _short(name):
            advice = "one phone stands for one person here: keep one of the rows"
            raise RowFault(PHONE, f"stands in line {line} with another name", advice)


def _short(name: str) -> str:
    return hashlib.blake2b(name.casefold().encode(), digest_size=8).hexdigest()
