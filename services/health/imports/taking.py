"""Taking of started lists, a chunk of rows in one transaction: a kill loses and repeats nothing."""

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from services.core.error_logging import isolated
from services.core.errors import RowFault
from services.health.imports.checking import fault_of, read_line
from services.health.imports.import_people import ImportRun, Tally, take_rows
from services.health.imports.list_rows import (
    TO_TAKE,
    RowState,
    options_of,
    rows_of,
)
from services.health.imports.lists import (
    ImportState,
    erase_ended,
)
from services.health.imports.rows import PersonRow
from services.storage.database import Database
from services.storage.models import PersonImport, PersonImportRow
from services.storage.vault import vault_of

# Other writers wait for a chunk.
_CHUNK, _ENDED = 50, 10
_BROKEN = RowFault("", "could not be taken", "tell an administrator: the log has the reason")

_LOG = logging.getLogger(__name__)


def take_lists(database: Database, now: datetime) -> bool:
    """Take a chunk of the oldest list that was started; erase ended ones; tell if more is left."""
    running = PersonImport.state == ImportState.RUNNING.value
    ended = PersonImport.ends_at <= now
    with database.read() as session:
        due = session.scalar(select(exists().where(running | ended)))
    if not due:
        return False
    # Enrolment is recorded with the writers' lock.
    with database.write() as session:
        erased = erase_ended(session, now, _ENDED)
        row = session.scalars(select(PersonImport).where(running).order_by(PersonImport.id)).first()
        return erased >= _ENDED or (row is not None and _take_chunk(session, row, now))


def _take_chunk(session: Session, row: PersonImport, now: datetime) -> bool:
    rows = session.scalars(rows_of(row, *TO_TAKE).limit(_CHUNK)).all()
    if not rows:
        row.state, row.finished_at = ImportState.DONE.value, now
        return False
    by_line = {one.line: one for one in rows}
    people = _read(row, rows, now)
    tally = Tally()
    if not _taken(session, row, people, tally, now):
        # One of them broke the program: it is found by taking each alone.
        tally = Tally()
        for person in people:
            if not _taken(session, row, [person], tally, now):
                by_line[person.line].fault = fault_of(_BROKEN)
    for refusal in tally.refusals:
        by_line[refusal.line].fault = fault_of(refusal)
    _count(row, tally)
    _settle(session, row, rows)
    return True


def _read(row: PersonImport, rows: Sequence[PersonImportRow], now: datetime) -> list[PersonRow]:
    """Read rows again: days that were ahead when they were checked may be past."""
    options, people = options_of(row), []
    for one in rows:
        try:
            people.append(read_line(one, row, options, now))
        except RowFault as fault:
            one.fault = fault_of(fault)
    return people


def _taken(
    session: Session, row: PersonImport, people: Sequence[PersonRow], tally: Tally, now: datetime
) -> bool:
    """Take rows in the way of every import; return whether none broke."""
    mine = Tally()
    run = ImportRun(mine, now, options_of(row).language)

    def work() -> None:
        take_rows(session, vault_of(session), people, run)

    if not isolated(session, _LOG, f"rows of list {row.id} cannot be taken", work):
        return False
    tally.refusals += mine.refusals
    for name in ("people", "changed", "enrolled", "unchanged"):
        setattr(tally, name, getattr(tally, name) + getattr(mine, name))
    return True


def _count(row: PersonImport, tally: Tally) -> None:
    row.people += tally.people
    row.changed += tally.changed
    row.enrolled += tally.enrolled
    row.unchanged += tally.unchanged


def _settle(session: Session, row: PersonImport, rows: Sequence[PersonImportRow]) -> None:
    """Erase the rows that were taken; the others stay, with their fault."""
    taken = [one.id for one in rows if one.fault is None]
    for one in rows:
        if one.fault is not None:
            one.state = RowState.FAULT.value
    row.taken += len(rows)
    session.flush()
    session.execute(delete(PersonImportRow).where(PersonImportRow.id.in_(taken)))
