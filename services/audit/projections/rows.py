"""Rows that stand for one event each, places that were described, and rows that are nobody's."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import case, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from services.audit.findings import AuditReport
from services.audit.projections.common import each_apart, portions, wrong
from services.livestock.domain.model import EventType
from services.livestock.recording.journal import EVIDENCE
from services.storage.models import (
    Animal,
    Check,
    Correction,
    Flag,
    Identifier,
    Journal,
    LedgerLeaf,
    Movement,
    Permit,
    PermitAnimal,
    Premises,
    TagOrder,
    TagRange,
)

_OWNERS = (
    Identifier.animal_id,
    Identifier.premises_id,
    Identifier.permit_id,
    Identifier.outbreak_id,
)
_OWNED: Sequence[tuple[InstrumentedAttribute[Any], type[Animal | Permit | Journal]]] = (
    (Movement.animal_id, Animal),
    (Flag.animal_id, Animal),
    (Check.animal_id, Animal),
    (Identifier.animal_id, Animal),
    (PermitAnimal.animal_id, Animal),
    (PermitAnimal.permit_id, Permit),
    (Correction.corrected_by_id, Journal),
    (TagRange.journal_id, Journal),
    (TagOrder.journal_id, Journal),
)


def compare_corrections(session: Session, report: AuditReport) -> None:
    """Compare the events that are void with the events that declare them so."""
    void = aliased(Journal)
    rows = (
        select(
            Journal.id,
            Journal.event_id,
            Journal.content,
            Correction.journal_id.label("wrong"),
            void.event_id.label("wrong_event"),
        )
        .outerjoin(Correction, Correction.corrected_by_id == Journal.id)
        .outerjoin(void, void.id == Correction.journal_id)
        .where(or_(Journal.type == EventType.VOID, Correction.journal_id.is_not(None)))
    )
    each_apart(session, report, portions(session, rows, Journal.id), _compare_corrections)


def _compare_corrections(_session: Session, rows: Sequence[Any], report: AuditReport) -> None:
    for row in rows:
        what = f"correction by event {row.event_id}"
        if row.content is None:
            # The correction was erased after its event: it voids nothing any more.
            if row.wrong is not None:
                wrong(report, what, "it is erased")
            continue
        told = json.loads(row.content)
        corrects = _corrects(told)
        if row.wrong is None:
            wrong(report, what, "it is missing")
        elif str(row.wrong_event) != corrects:
            wrong(report, what, "journal_id")


def _corrects(told: Mapping[str, Any]) -> str | None:
    """Return the event whose effect one takes away; evidence has none by itself."""
    if told["type"] == EventType.VOID:
        return str(told["details"]["corrects"])
    if told["type"] == EventType.OBJECT:
        return str(told["details"]["evidence"])
    return str(told["event"]) if told.get("standing") == EVIDENCE else None


def compare_ranges(session: Session, report: AuditReport) -> None:
    """Compare the ranges of tags, issued and ordered, with the events that tell of them."""
    for table in (TagRange, TagOrder):
        rows = (
            select(
                Journal.id,
                Journal.event_id,
                Journal.content,
                table.first,
                table.last,
                Premises.public_id,
            )
            .outerjoin(table, table.journal_id == Journal.id)
            .outerjoin(Premises, Premises.id == table.premises_id)
            .where(or_(Journal.type == EventType.ALLOCATION, table.id.is_not(None)))
        )
        compare = partial(_compare_ranges, table)
        each_apart(session, report, portions(session, rows, Journal.id), compare)


def _compare_ranges(
    table: type[TagRange | TagOrder], _session: Session, rows: Sequence[Any], report: AuditReport
) -> None:
    for row in rows:
        what = f"{table.__tablename__} of event {row.event_id}"
        if row.content is None:
            # Its content told which of both it was.
            if table is TagRange or row.first is not None:
                report.not_comparable.append(what)
            continue
        told = json.loads(row.content)
        stored = (row.first, row.last, row.public_id and str(row.public_id))
        details = told.get("details", {})
        right = (details.get("first"), details.get("last"), told.get("at", {}).get("premises"))
        if told["type"] != EventType.ALLOCATION:
            wrong(report, what, "journal_id")
        elif _table_of(details) is not table:
            if row.first is not None:
                wrong(report, what, "journal_id")
        elif stored != right:
            wrong(report, what, "first, last or premises_id")


def _table_of(details: Mapping[str, Any]) -> type[TagRange | TagOrder]:
    return TagOrder if details.get("action") == "ordered" else TagRange


def compare_premises(session: Session, report: AuditReport) -> None:
    """Compare which places were described with the events that tell so."""
    described = (
        select(LedgerLeaf.id)
        .join(Journal, Journal.id == LedgerLeaf.journal_id)
        .where(LedgerLeaf.subject == Premises.subject_key, Journal.type == EventType.PREMISES)
        .exists()
    )
    rows = select(Premises.id, Premises.public_id).where(Premises.found != ~described)
    for some in portions(session, rows, Premises.id):
        for row in some:
            wrong(report, f"premises {row.public_id}", "found")


def compare_owners(session: Session, report: AuditReport) -> None:
    """Look for rows whose animal or event is not there, and numbers of nothing or of several."""
    for column, owners in _OWNED:
        lost = column.is_not(None) & column.not_in(select(owners.id))
        if count := session.scalar(select(func.count()).where(lost)):
            table = column.class_.__tablename__
            wrong(report, table, f"{column.key}: {count} of its rows are of nothing that is there")
    owned = [case((column.is_(None), 0), else_=1) for column in _OWNERS]
    rows = select(Identifier.scheme, Identifier.value).where(sum(owned, literal(0)) != literal(1))
    for scheme, value in session.execute(rows):
        wrong(report, f"identifier {scheme}:{value}", "it is nobody's, or several have it")
