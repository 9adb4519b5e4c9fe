"""Recording what the field reports: journal, ledger outbox and projections, in one transaction.

Commands take batches from the start; a single event is a batch of one. The same event id is
recorded once, whoever sends it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.domain.animal_state import Event
from services.livestock.domain.model import EventType, FlagCode, Key, Origin, Recorded, Report
from services.livestock.recording import journal
from services.livestock.recording.identity import ensure_animals, ensure_premises
from services.livestock.recording.journal import ResolvedReferences, Written
from services.livestock.recording.order_compliance import MOVING, ComplianceCheck, close_permits
from services.livestock.recording.projection import Projection
from services.livestock.recording.replay import owner_of
from services.livestock.recording.side_effects import apply
from services.storage.locks import one_writer
from services.storage.models import Journal, Party

Flags = tuple[tuple["Key", "FlagCode"], ...]

# Only what may lie before or after all the rest needs to know the days of the rest.
_NEED_SPAN = frozenset({EventType.REGISTER, EventType.BIRTH, EventType.DEATH, EventType.SLAUGHTER})


def record_events(session: Session, reports: Sequence[Report], origin: Origin) -> list[Recorded]:
    """Record events that are not recorded yet.

    Args:
        session: an open writing session; nothing is committed here.
        reports: in the order they should be reconciled.
        origin: by whom, how and when they reached us.

    Returns:
        One `Recorded` for each event that is new.

    Raises:
        UnknownNumber, WrongKind: see `services.livestock.recording.identity`.
    """
    one_writer(session)
    new = _not_yet_recorded(session, reports)
    if not new:
        return []
    done = _record(session, new, origin)
    arrivals = [one.journal_id for one in done if one.report.type is EventType.ARRIVE]
    if closed := close_permits(session, arrivals, origin):
        _record(session, closed, origin)
    return done


def record_one(session: Session, report: Report, origin: Origin) -> Recorded:
    """Record one event that is new: see `record_events`."""
    return record_events(session, [report], origin)[0]


def _record(session: Session, reports: Sequence[Report], origin: Origin) -> list[Recorded]:
    known = _resolve(session, reports)
    written = journal.write(session, reports, origin, known)
    flags = _project(session, written, known, origin)
    for one in written:
        apply(session, one, known)
    return [
        Recorded(one.report, one.receipt, one.journal_id, flags[one.report.event_id])
        for one in written
    ]


def _not_yet_recorded(session: Session, reports: Sequence[Report]) -> list[Report]:
    by_id = {report.event_id: report for report in reports}
    there = set(session.scalars(select(Journal.event_id).where(Journal.event_id.in_(by_id))))
    return [report for event, report in by_id.items() if event not in there]


def _resolve(session: Session, reports: Sequence[Report]) -> ResolvedReferences:
    animals = ensure_animals(session, {key for report in reports for key in report.animals})
    places = {key for report in reports for key in (report.premises, report.other) if key}
    return ResolvedReferences(animals, ensure_premises(session, places))


def _project(
    session: Session, written: Sequence[Written], known: ResolvedReferences, origin: Origin
) -> dict[UUID, Flags]:
    """Bring the state up to the events; return what a person should look at."""
    projection = Projection(session, known.animals.values())
    days = [one.report.occurred.day for one in written if one.report.type in MOVING]
    judge = ComplianceCheck(session, days, origin.recorded_at)
    if any(one.report.type in _NEED_SPAN for one in written):
        projection.read_spans(before=min(one.journal_id for one in written))
    parties = _parties(session, written)
    flags: dict[UUID, Flags] = {}
    for one in written:
        event = _event(one, known, parties)
        judged = judge.flags(event)
        animals = {known.animals[key].id: key for key in one.report.animals}
        flags[one.report.event_id] = tuple(
            (key, code)
            for animal, key in animals.items()
            for code in projection.apply(event, animal, judged)
        )
    projection.save()
    return flags


def _event(one: Written, known: ResolvedReferences, parties: dict[str, int]) -> Event:
    report = one.report
    return Event(
        one.journal_id,
        report.type,
        report.occurred.day,
        known.premises[report.premises].id if report.premises else None,
        known.premises[report.other].id if report.other else None,
        report.details,
        parties.get(owner_of(report.details) or ""),
        next((matter.id for matter in report.matters if matter.kind == "permit"), None),
    )


def _parties(session: Session, written: Sequence[Written]) -> dict[str, int]:
    named = {owner for one in written if (owner := owner_of(one.report.details))}
    if not named:
        return {}
    rows = session.execute(
        select(Party.public_id, Party.id).where(Party.public_id.in_(map(UUID, named)))
    )
    return {str(row.public_id): row.id for row in rows}
