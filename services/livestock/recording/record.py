"""Recording of reports: journal, ledger outbox and projections, in one transaction.

A single event is a batch of one. The same event id is recorded once, even if it is sent again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain, islice
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.livestock.domain.authority import needs_tie
from services.livestock.domain.errors import AlreadyDone
from services.livestock.domain.events import Event, owner_of
from services.livestock.domain.model import (
    EventType,
    Issue,
    Key,
    Origin,
    PremisesRef,
    Recorded,
    Report,
    ResolvedReferences,
)
from services.livestock.domain.parentage import PARENTS
from services.livestock.domain.statuses import OF_PLACES, makes_status
from services.livestock.recording import journal, side_effects
from services.livestock.recording.applying import NewEvent, project
from services.livestock.recording.authority import (
    AuthorityOver,
    as_they_stand,
    fitted_by,
    issues_of,
    numbers_of,
)
from services.livestock.recording.consequences import Followed, Happened, follow
from services.livestock.recording.identity import resolve
from services.livestock.recording.journal import Written
from services.livestock.recording.permit_uses import count_permits
from services.livestock.recording.places import rebuild_places
from services.livestock.recording.suspicions import as_own, with_standing
from services.livestock.recording.tag_findings import KnownNumbers, look_at
from services.storage.locks import require_one_writer
from services.storage.models import Journal, Party
from services.storage.rowsets import public_ids

# After them a permit of named animals may be used up, or be open again.
_ENDING = frozenset({EventType.DEATH, EventType.SLAUGHTER, EventType.VOID, EventType.AGREE})
# A report that is void, or gets its effect later, may have made a status.
_CHANGES = {EventType.VOID: "corrects", EventType.AGREE: "evidence"}


def record_events(
    session: Session, reports: Sequence[Report], origin: Origin, known: Iterable[PremisesRef] = ()
) -> list[Recorded]:
    """Record events that are not recorded yet.

    Args:
        session: an open writing session; nothing is committed here.
        reports: in the order they should be reconciled.
        origin: by whom, how and when they reached us.
        known: premises that the caller has looked up; the others are looked up here, or made.

    Returns:
        One `Recorded` for each event that is new.

    Raises:
        NotYourRole: the reporter's role may not report this.
        UnknownNumber, WrongKind: see `services.livestock.recording.identity`.
    """
    require_one_writer(session)
    new = _not_yet_recorded(session, reports)
    return _record_new(session, new, origin, known) if new else []


def record_one(
    session: Session, report: Report, origin: Origin, known: Iterable[PremisesRef] = ()
) -> Recorded:
    """Record one event whose caller knows that it is new: see `record_events`.

    Raises:
        AlreadyDone: it is recorded, and the envelope that it came by is no longer kept.
    """
    require_one_writer(session)
    try:
        return _record_new(session, [report], origin, known)[0]
    except IntegrityError as error:
        # Its look-up would cost each report a statement, for what comes again after years.
        if "event_id" not in str(error.orig):
            raise
        raise AlreadyDone from error


def _record_new(
    session: Session, new: Sequence[Report], origin: Origin, known: Iterable[PremisesRef]
) -> list[Recorded]:
    done, arrived = _record(session, new, origin, known)
    ended = arrived | _may_end(done)
    if ended and (acts := count_permits(session, ended, _first_day(session, new), origin)):
        _record(session, acts, origin)
    return done


def _first_day(session: Session, reports: Iterable[Report]) -> date:
    """Return the first day of which reports tell: of what is declared wrong, or right, its own."""
    changed = _changed_by(reports).values()
    told = select(func.min(Journal.occurred_on)).where(Journal.event_id.in_(changed))
    before = session.scalar(told) if changed else None
    days = [one.occurred.day for one in reports]
    return min([*days, before] if before else days)


def _changed_by(reports: Iterable[Report]) -> dict[UUID, UUID]:
    """Return the event that each report changes, by its own, of those that change one."""
    changing = (one for one in reports if one.type in _CHANGES)
    return {one.event_id: UUID(one.details[_CHANGES[one.type]]) for one in changing}


def _may_end(done: Iterable[Recorded]) -> set[int]:
    """Return the animals whose lives may have ended, or not, by new events."""
    parts = (part for one in done for part in one.parts if not part.report.evidence)
    return {animal.id for part in parts if part.report.type in _ENDING for animal in part.animals}


def _record(
    session: Session, reports: Sequence[Report], origin: Origin, known: Iterable[PremisesRef] = ()
) -> tuple[list[Recorded], set[int]]:
    """Record; return also the animals of which something that arrived is not as before."""
    references = resolve(session, reports, known)
    parts, issued = _parts(session, reports, origin, references)
    if any(one.type in {EventType.SICKNESS, EventType.DEATH} for one in reports):
        stood = iter(with_standing(session, list(chain(*parts)), origin.actor, references))
        parts = [list(islice(stood, len(part))) for part in parts]
    written = journal.write(session, list(chain.from_iterable(parts)), origin, references)
    reporter = str(origin.reporter) if origin.reporter else None
    events = _events(session, written, references, reporter)
    numbers = KnownNumbers(references, issued)
    followed, arrived = _project(session, events, written, numbers, origin)
    arrived |= side_effects.apply(session, written, references)
    if places := _places_changed(session, written, events, references):
        rebuild_places(session, places)
    done = (_recorded(one, references, then) for one, then in zip(written, followed, strict=True))
    taken = (tuple(islice(done, len(part))) for part in parts)
    return [replace(part[0], beside=part[1:]) if part[1:] else part[0] for part in taken], arrived


def _parts(
    session: Session, reports: Sequence[Report], origin: Origin, known: ResolvedReferences
) -> tuple[list[list[Report]], Mapping[Key, Issue]]:
    """Return what each report becomes (see `authority.as_they_stand`), and whose its tags are."""
    numbers = numbers_of(known)
    if origin.actor is None or not any(_is_divided(one) for one in reports):
        return [[one] for one in reports], issues_of(session, fitted_by(reports), numbers)
    over = AuthorityOver(session, origin.actor, reports, numbers)
    return [_divided(over, one) for one in reports], over.issued


def _is_divided(report: Report) -> bool:
    if report.type is EventType.SICKNESS:
        return len(report.animals) > 1
    return needs_tie(report.type) and bool(report.animals)


def _divided(over: AuthorityOver, report: Report) -> list[Report]:
    if report.type is EventType.SICKNESS:
        return as_own(over, report)
    return as_they_stand(over, report) if needs_tie(report.type) else [report]


def _recorded(one: Written, known: ResolvedReferences, then: Followed) -> Recorded:
    return Recorded(one.report, one.receipt, one.journal_id, known, *then)


def _places_changed(
    session: Session,
    written: Sequence[Written],
    events: Sequence[Event],
    known: ResolvedReferences,
) -> set[int]:
    """Return the premises whose statuses new events may change, by database key."""
    there = [
        (one.report.premises, one.report, event)
        for one, event in zip(written, events, strict=True)
        if one.report.premises
    ]
    changed = _changed_by(report for _, report, _ in there)
    # Nothing that happened there is read for a kill line that was wrong: it made no status.
    made = _of_places(session, changed.values()) if changed else set()
    return {
        known.premises[place].id
        for place, report, event in there
        if makes_status(event) or changed.get(report.event_id) in made
    }


def _of_places(session: Session, events: Iterable[UUID]) -> set[UUID]:
    """Return those of some events that may make statuses of premises."""
    kinds = [one.value for one in OF_PLACES]
    wanted = Journal.event_id.in_(public_ids(session, events))
    return set(session.scalars(select(Journal.event_id).where(wanted, Journal.type.in_(kinds))))


def _not_yet_recorded(session: Session, reports: Sequence[Report]) -> list[Report]:
    by_id = {report.event_id: report for report in reports}
    there = set(session.scalars(select(Journal.event_id).where(Journal.event_id.in_(by_id))))
    return [report for event, report in by_id.items() if event not in there]


def _events(
    session: Session, written: Sequence[Written], known: ResolvedReferences, reporter: str | None
) -> list[Event]:
    owners = [owner_of(one.report.details) for one in written]
    parties = _parties(session, {owner for owner in owners if owner})
    return [
        Event(
            one.journal_id,
            one.report.type,
            one.report.occurred.day,
            known.premises[one.report.premises].id if one.report.premises else None,
            known.premises[one.report.other].id if one.report.other else None,
            one.report.details,
            parties.get(owner or ""),
            next((matter.id for matter in one.report.subjects if matter.kind == "permit"), None),
            one.report.evidence,
            standing=one.report.standing,
            reporter=reporter,
        )
        for one, owner in zip(written, owners, strict=True)
    ]


def _parties(session: Session, owners: Collection[str]) -> dict[str, int]:
    if not owners:
        return {}
    rows = session.execute(
        select(Party.public_id, Party.id).where(Party.public_id.in_(map(UUID, owners)))
    )
    return {str(row.public_id): row.id for row in rows}


def _may_be_odd(written: Iterable[Written], numbers: KnownNumbers) -> bool:
    """Tell whether numbers or parents may be odd, without asking the database: most never are."""
    known, issued = numbers
    return (
        bool(issued or known.holders)
        or any(ref.lost_on for ref in known.animals.values())
        or any(PARENTS & one.report.details.keys() for one in written)
    )


def _project(
    session: Session,
    events: Sequence[Event],
    written: Sequence[Written],
    numbers: KnownNumbers,
    origin: Origin,
) -> tuple[list[Followed], set[int]]:
    """Apply the events to the state; return what follows from each, and what arrived anew."""
    known = numbers.known
    named = [{known.animals[key].id: key for key in one.report.animals} for one in written]
    new = [NewEvent(event, animals) for event, animals in zip(events, named, strict=True)]
    flags, states, arrived = project(session, known.animals.values(), new)
    found = look_at(session, written, numbers, origin) if _may_be_odd(written, numbers) else {}
    happened = [Happened(*one, found) for one in zip(events, named, flags, strict=True)]
    return follow(session, happened, states, origin), arrived
