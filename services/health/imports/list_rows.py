"""Rows of uploaded lists: their states, their cells by meaning, and corrections."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from services.core.workbooks import FaultyCell
from services.health.imports.matching import NO_HEADER
from services.storage.models import PersonImport, PersonImportRow


class RowState(StrEnum):
    """State of a row.

    HEAD: it stands above the data. READY: it can be taken. KNOWN: its person is in the programme
    already, or stands in the list twice. FAULT: it is to be corrected. LEFT_OUT: by the planner.
    """

    HEAD = "head"
    READY = "ready"
    KNOWN = "known"
    FAULT = "fault"
    LEFT_OUT = "left_out"


TO_TAKE = (RowState.READY, RowState.KNOWN)


class ListOptions(NamedTuple):
    """Meaning of a list's columns, and values for all of its rows.

    Attributes:
        header: number of the row with the names of the columns; 0: there is none.
        columns: places by meaning.
        language: of people whose row has none and of whom none is known.
        consent, consent_date: of the rows whose own cells are empty.
        merged: whether cells of the sheet are merged.
        broken: why the rest of the file was not read.
    """

    header: int
    columns: Mapping[str, int]
    language: str | None = None
    consent: str | None = None
    consent_date: str | None = None
    merged: bool = False
    broken: str | None = None


def options_of(row: PersonImport) -> ListOptions:
    """Return the meaning of a list's columns."""
    return ListOptions(**row.options)


def rows_of(row: PersonImport, *states: RowState) -> Select[PersonImportRow]:
    """Select rows of a list in the file's order; of these states, if any are named."""
    wanted = select(PersonImportRow).where(PersonImportRow.import_id == row.id)
    if states:
        wanted = wanted.where(PersonImportRow.state.in_([state.value for state in states]))
    return wanted.order_by(PersonImportRow.line)


def counts_of(session: Session, row: PersonImport) -> dict[str, int]:
    """Return how many rows a list has, by state."""
    wanted = (
        select(PersonImportRow.state, func.count(PersonImportRow.id))
        .where(PersonImportRow.import_id == row.id)
        .group_by(PersonImportRow.state)
    )
    found = {state: count for state, count in session.execute(wanted)}  # noqa: C416 — a result is no mapping
    return {state.value: found.get(state.value, 0) for state in RowState}


def texts_of(one: PersonImportRow, options: ListOptions) -> dict[str, str]:
    """Return a row's cells by meaning, as they stand or were corrected."""
    values, faults = one.cells["v"], one.cells.get("f", {})
    found: dict[str, str] = {}
    for target, place in options.columns.items():
        text = values[place] if place < len(values) else ""
        fault = faults.get(str(place))
        found[target] = FaultyCell(text, *fault) if fault else text
    for target in ("consent", "consent_date"):
        if not found.get(target, "").strip() and (of_all := getattr(options, target)):
            found[target] = of_all
    corrected: dict[str, str] = one.cells.get("x", {})
    return found | corrected


def correct_rows(
    session: Session,
    row: PersonImport,
    corrected: Mapping[int, Mapping[str, str]],
    left_out: Collection[int],
) -> None:
    """Correct cells of rows, by line and meaning, and leave rows out; the caller checks again."""
    lines = {*corrected, *left_out}
    wanted = rows_of(row).where(PersonImportRow.line.in_(lines))
    for one in session.scalars(wanted):
        if one.state == RowState.HEAD:
            continue
        if one.line in left_out:
            one.state, one.fault = RowState.LEFT_OUT.value, None
        elif texts := corrected.get(one.line):
            one.cells = one.cells | {"x": one.cells.get("x", {}) | dict(texts)}


def take_back_in(session: Session, row: PersonImport) -> None:
    """Take rows in again that were left out; the caller checks them."""
    session.execute(
        update(PersonImportRow)
        .where(
            PersonImportRow.import_id == row.id, PersonImportRow.state == RowState.LEFT_OUT.value
        )
        .values(state=RowState.READY.value)
    )


def header_of(session: Session, row: PersonImport) -> list[str]:
    """Return the names of a list's columns as they stand in the file; without any, numbers."""
    header = options_of(row).header
    found = session.scalars(rows_of(row).where(PersonImportRow.line == header)).first()
    named: list[str] = list(found.cells["v"]) if found and header != NO_HEADER else []
    return named
