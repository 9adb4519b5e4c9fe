"""Lists of people that planners import: kept, matched, corrected, started; each has an end."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from gateway.phrases import DEFAULT_LANGUAGE
from services.core.errors import Invalid
from services.core.workbooks import FaultyCell
from services.health.errors import ImportStarted, NothingToTake, UnknownImport
from services.health.format.model import Programme
from services.health.imports.enrolment import Programmes
from services.health.imports.list_rows import TO_TAKE, ListOptions, RowState, counts_of, options_of
from services.health.imports.matching import (
    TARGETS,
    anchors_of,
    guess_columns,
    guess_header,
)
from services.health.imports.rows import PHONE
from services.health.imports.uploads import RawRow, RawTable
from services.storage.models import PersonImport, PersonImportRow
from services.storage.vault import vault_of
from sms.local_time import local_day

KEPT = timedelta(days=7)
"""How long a list is kept after its upload, and its refused rows after it was taken."""


class ImportState(StrEnum):
    """State of a list.

    UNMATCHED: no column is that of the phones yet. CHECKED: each row was looked at. RUNNING: rows
    are being taken. DONE: all of them were.
    """

    UNMATCHED = "unmatched"
    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"


OPEN = (ImportState.UNMATCHED, ImportState.CHECKED)


class NewList(NamedTuple):
    """A list that somebody uploaded for a programme."""

    party_id: int
    programme: str
    name: str
    content: bytes
    table: RawTable


def keep_list(session: Session, new: NewList, now: datetime) -> PersonImport:
    """Keep a list sealed, with a guess of its columns; the same file again is the same list.

    Raises:
        RowFault: the programme is not approved, or is a trial.
    """
    programmes = Programmes(session, local_day(now))
    programme = programmes.open_to_lists(new.programme)
    digest = vault_of(session).digest(new.content)
    mine = select(PersonImport).where(
        PersonImport.party_id == new.party_id,
        PersonImport.digest == digest,
        PersonImport.programme == new.programme,
        PersonImport.state.in_(OPEN),
    )
    if (again := session.scalars(mine.limit(1)).first()) is not None:
        return again
    rows, table = new.table.rows, new.table
    header = guess_header(rows, programme)
    columns = guess_columns(rows, header, programme)
    usual = (DEFAULT_LANGUAGE, *programmes.languages(new.programme))
    language = next(one for one in usual if one in programmes.languages(new.programme))
    options = ListOptions(header, columns, language, merged=table.merged, broken=table.broken)
    made = PersonImport(
        public_id=uuid4(),
        party_id=new.party_id,
        programme=new.programme,
        file_name=new.name,
        digest=digest,
        state=ImportState.UNMATCHED.value,
        options=options._asdict(),
        summary={"unreadable": table.unreadable},
        created_at=now,
        ends_at=now + KEPT,
    )
    session.add(made)
    session.flush()
    state = RowState.HEAD.value
    session.execute(
        insert(PersonImportRow),
        [
            {"import_id": made.id, "line": one.line, "cells": _cells(one), "state": state}
            for one in rows
        ],
    )
    return made


def programme_of_list(session: Session, code: str, now: datetime) -> Programme:
    """Return an approved programme that people may join by a list; else raise RowFault."""
    return Programmes(session, local_day(now)).open_to_lists(code)


def find_list(
    session: Session, party_id: int, public_id: UUID, *, to_change: bool = False
) -> PersonImport:
    """Return a list of a planner's own.

    Raises:
        UnknownImport: they have no such list.
        ImportStarted: it is to be changed, and was started.
    """
    wanted = select(PersonImport).where(
        PersonImport.public_id == public_id, PersonImport.party_id == party_id
    )
    if to_change:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(wanted).first()
    if found is None:
        raise UnknownImport
    if to_change and found.state not in OPEN:
        raise ImportStarted
    return found


def lists_of(session: Session, party_id: int, limit: int) -> Sequence[PersonImport]:
    """Return a planner's newest lists."""
    mine = select(PersonImport).where(PersonImport.party_id == party_id)
    return session.scalars(mine.order_by(PersonImport.id.desc()).limit(limit)).all()


def targets_of(programme: Programme) -> list[str]:
    """Return everything that a column may mean in a list for a programme."""
    return [*TARGETS, *anchors_of(programme)]


def match_columns(row: PersonImport, wish: ListOptions, programme: Programme) -> None:
    """Set the meaning of a list's columns; the caller then checks its rows.

    Raises:
        Invalid: two columns mean the same, no column is that of the phones, or one is none.
    """
    faults: dict[str, object] = {}
    known = set(targets_of(programme))
    if PHONE not in wish.columns:
        faults["columns"] = ["Tell which column has the phone numbers."]
    if wish.columns.keys() - known or len(set(wish.columns.values())) < len(wish.columns):
        faults["columns"] = ["Each column has one meaning, each meaning one column."]
    if faults:
        raise Invalid("The columns do not fit: see errors", faults)
    kept = options_of(row)
    row.options = wish._replace(merged=kept.merged, broken=kept.broken)._asdict()


def start_list(session: Session, row: PersonImport, now: datetime) -> None:
    """Let a checked list be taken, a chunk at a time.

    Raises:
        NothingToTake: it has no such row.
    """
    counts = counts_of(session, row)
    total = sum(counts[state] for state in TO_TAKE)
    if row.state != ImportState.CHECKED or not total:
        raise NothingToTake
    row.state, row.total = ImportState.RUNNING.value, total
    row.started_at, row.ends_at = now, now + KEPT


def throw_away(session: Session, row: PersonImport) -> None:
    """Erase a list with all of its rows."""
    session.execute(delete(PersonImportRow).where(PersonImportRow.import_id == row.id))
    session.delete(row)
    session.flush()


def erase_ended(session: Session, now: datetime, limit: int) -> int:
    """Erase lists whose time is over; return how many."""
    ended = select(PersonImport).where(PersonImport.ends_at <= now)
    rows = session.scalars(ended.order_by(PersonImport.ends_at).limit(limit)).all()
    for row in rows:
        throw_away(session, row)
    return len(rows)


def _cells(one: RawRow) -> dict[str, Any]:
    faults = {
        str(place): [value.wrong, value.advice]
        for place, value in enumerate(one.values)
        if isinstance(value, FaultyCell)
    }
    return {"v": [str(value) for value in one.values]} | ({"f": faults} if faults else {})
