"""Recording what the field reports: journal, ledger outbox and projections, in one transaction.

Commands take batches from the start; a single event is a batch of one. The same event id is
recorded once, whoever sends it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import insert, select

from chain.canonical import (
    canonical_bytes,
    commitment,
    link,
    new_salt,
    public_subject,
    receipt_code,
)
from services.storage.locks import one_writer
from services.storage.models import Journal, LedgerLeaf
from services.traceability import rules
from services.traceability.model import EventType, FlagCode, Key, Recorded
from services.traceability.projection import Event, Projection
from services.traceability.registry import ensure_animals, ensure_premises

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.orm import Session

    from services.traceability.model import Origin, Report
    from services.traceability.registry import AnimalRef, PremisesRef

Flags = tuple[tuple[Key, FlagCode], ...]


class _Known(NamedTuple):
    animals: dict[Key, AnimalRef]
    premises: dict[Key, PremisesRef]


class _Leaf(NamedTuple):
    position: int
    subject: bytes
    salt: bytes
    commitment: bytes


class _Row(NamedTuple):
    report: Report
    content: bytes
    leaves: list[_Leaf]


def record(session: Session, reports: Sequence[Report], origin: Origin) -> list[Recorded]:
    """Record events that are not recorded yet.

    Args:
        session: an open writing session; nothing is committed here.
        reports: in the order they should be reconciled.
        origin: by whom, how and when they reached us.

    Returns:
        One `Recorded` for each event that is new.

    Raises:
        UnknownNumber, WrongKind: see `services.traceability.registry`.
    """
    one_writer(session)
    new = _not_yet_recorded(session, reports)
    if not new:
        return []
    known = _resolve(session, new)
    rows = [_row(report, origin, known) for report in new]
    journal_ids = _journal(session, rows, origin)
    _outbox(session, rows, journal_ids, origin)
    flags = _project(session, new, known, journal_ids)
    return [
        Recorded(row.report, receipt_code(row.leaves[0].commitment), flags[row.report.event_id])
        for row in rows
    ]


def _not_yet_recorded(session: Session, reports: Sequence[Report]) -> list[Report]:
    by_id = {report.event_id: report for report in reports}
    there = set(session.scalars(select(Journal.event_id).where(Journal.event_id.in_(by_id))))
    return [report for event, report in by_id.items() if event not in there]


def _resolve(session: Session, reports: Sequence[Report]) -> _Known:
    animals = ensure_animals(session, {key for report in reports for key in report.animals})
    places = {key for report in reports for key in (report.premises, report.other) if key}
    return _Known(animals, ensure_premises(session, places))


def _row(report: Report, origin: Origin, known: _Known) -> _Row:
    """Make an event's canonical bytes and its leaves, each with a salt of its own."""
    named = [
        (rules.animal_subject(key), public_subject(*key), new_salt())
        for key in dict.fromkeys(known.animals[key].key for key in report.animals)
    ]
    if report.premises:
        premises, salt = known.premises[report.premises], new_salt()
        subject = rules.premises_subject(premises.public_id, link(salt, premises.subject_key))
        named.append((subject, premises.subject_key, salt))
    subjects = [subject for subject, _, _ in named]
    content = canonical_bytes(
        rules.canonical_record(report, origin, subjects, _places(report, known))
    )
    leaves = [
        _Leaf(position, key, salt, commitment(salt, content))
        for position, (_, key, salt) in enumerate(named)
    ]
    return _Row(report, content, leaves)


def _places(report: Report, known: _Known) -> dict[str, dict[str, str]]:
    near, far = {
        EventType.DEPART: ("from", "to"),
        EventType.ARRIVE: ("at", "from"),
    }.get(report.type, ("at", "to"))
    return {
        role: {"premises": str(known.premises[key].public_id), "number": str(key)}
        for role, key in ((near, report.premises), (far, report.other))
        if key is not None
    }


def _journal(session: Session, rows: Sequence[_Row], origin: Origin) -> dict[UUID, int]:
    # Through the connection: the mapper's own work would take half of an import's time.
    session.connection().execute(
        insert(Journal),
        [
            {
                "event_id": row.report.event_id,
                "type": row.report.type.value,
                "occurred_on": row.report.occurred.day,
                "recorded_at": origin.recorded_at,
                "content": row.content,
            }
            for row in rows
        ],
    )
    back = session.execute(
        select(Journal.event_id, Journal.id).where(
            Journal.event_id.in_([row.report.event_id for row in rows])
        )
    )
    return {row.event_id: row.id for row in back}


def _outbox(
    session: Session, rows: Sequence[_Row], journal_ids: dict[UUID, int], origin: Origin
) -> None:
    session.connection().execute(
        insert(LedgerLeaf),
        [
            {
                "journal_id": journal_ids[row.report.event_id],
                "waiting_since": origin.recorded_at,
                **leaf._asdict(),
            }
            for row in rows
            for leaf in row.leaves
        ],
    )


def _project(
    session: Session, reports: Sequence[Report], known: _Known, journal_ids: dict[UUID, int]
) -> dict[UUID, Flags]:
    """Bring the state up to the events; return what a person should look at."""
    projection = Projection(session, known.animals.values())
    flags: dict[UUID, Flags] = {}
    for report in reports:
        event = Event(
            journal_ids[report.event_id],
            report.type,
            report.occurred.day,
            _id(known.premises, report.premises),
            _id(known.premises, report.other),
        )
        animals = {known.animals[key].id: key for key in report.animals}
        raised = ((key, projection.apply(event, animal)) for animal, key in animals.items())
        flags[report.event_id] = tuple((key, code) for key, code in raised if code)
    projection.save()
    return flags


def _id(premises: dict[Key, PremisesRef], key: Key | None) -> int | None:
    return premises[key].id if key else None
