"""Permits used up by arrivals: counted down, closed, and open again after a correction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, delete, insert, or_, select, union
from sqlalchemy.orm import Session

from services.livestock.domain.model import FlagCode, Origin, Report
from services.livestock.domain.permits import Permit as PermitRule
from services.livestock.domain.permits import PermitArrival, assign
from services.livestock.recording.decision_context import FOR_ANY, read_permits
from services.livestock.recording.permit_arrivals import MAY_BE_USED, arrivals, arrivals_for
from services.livestock.recording.permit_closing import Use, close_used
from services.livestock.recording.projection import flag_row, write_rows
from services.storage.models import (
    Flag,
    Journal,
    Movement,
    Permit,
    PermitAnimal,
    PermitUse,
)
from services.storage.rowsets import keys

_USE = (PermitUse.journal_id, PermitUse.animal_id, PermitUse.permit_id, PermitUse.heads)
_ONE = delete(PermitUse).where(
    PermitUse.journal_id == bindparam("journal"), PermitUse.animal_id == bindparam("animal")
)


class _Stored(NamedTuple):
    """A use as it is stored, and its day. It stands where nothing may give it to another permit."""

    use: Use
    day: date
    stands: bool


def count_permits(
    session: Session, animals: Collection[int], since: date, origin: Origin
) -> list[Report]:
    """Count anew which permits the arrivals of some animals used up.

    Args:
        animals: database keys; whose arrivals, lives or corrections are new.
        since: the first day of what is new. Arrivals choose in order of days, so that none of an
            earlier day chooses otherwise: what was used by then stands.

    Returns:
        Events of the permits that closed, or are open again.
    """
    if session.scalar(select(Permit.id).where(MAY_BE_USED).limit(1)) is None:
        return []
    stored = _stored(session, PermitUse.animal_id.in_(keys(session, animals)), since)
    came = arrivals(
        session,
        and_(Movement.animal_id.in_(keys(session, animals)), Movement.arrived_on >= since),
    )
    before = {one.use.permit for one in stored if one.day >= since}
    rows = _permits(session, before, came, animals)
    return _count(session, rows, since, origin) if rows else []


def count_permit(session: Session, row: Permit, origin: Origin) -> list[Report]:
    """Count the arrivals that were told before a permit was issued: see `count_permits`."""
    return _count(session, {row.id: row}, row.first_day, origin)


def _count(
    session: Session, rows: Mapping[int, Permit], since: date, origin: Origin
) -> list[Report]:
    """Assign all arrivals that may use some permits, or others that these may use."""
    rows, came = _all_that_compete(session, rows, since)
    stored = _stored(session, PermitUse.permit_id.in_(keys(session, rows)), since)
    uses = _assigned(session, rows, came, stored)
    _save(session, {one.use for one in stored}, {use for use, _ in uses})
    if any(_above(rows, told) for told in ([one.use for one in stored], [one for one, _ in uses])):
        _flag_above(session, rows, _events(since, stored, uses), _told(session, uses))
    return close_used(session, rows, uses, origin)


def _save(session: Session, before: set[Use], now: set[Use]) -> None:
    """Write the uses that changed, and no others: a hub has those of years."""
    if changed := {one[:2] for one in before ^ now}:
        gone = [{"journal": journal, "animal": animal} for journal, animal in changed]
        session.connection().execute(_ONE, gone)
        write_rows(session, insert(PermitUse), [_row(one) for one in now - before])


def _all_that_compete(
    session: Session, rows: Mapping[int, Permit], since: date
) -> tuple[dict[int, Permit], list[PermitArrival]]:
    known: dict[int, Permit] = {}
    more, came = dict(rows), dict[tuple[int, int], PermitArrival]()
    while new := {key: row for key, row in more.items() if key not in known}:
        known |= new
        found = [one for one in arrivals_for(session, new.values(), since) if one[:2] not in came]
        came |= {one[:2]: one for one in found}
        more = _permits(session, (), found, {one.animal for one in found}) if found else {}
    return known, list(came.values())


def _assigned(
    session: Session,
    permits: Collection[int],
    came: Sequence[PermitArrival],
    stored: Iterable[_Stored],
) -> list[tuple[Use, date]]:
    """Return the uses that arrivals make of permits, each with its day, in order of days.

    Args:
        permits: database keys of those that may be used.
        came: every arrival that may use one; those whose use of another stands are left out.
        stored: the uses of these permits.
    """
    stand = [(one.use, one.day) for one in stored if one.stands]
    rules = {
        rule.id: rule
        for rule in read_permits(session, Permit.id.in_(keys(session, permits)), whole=True)
        if rule.id is not None
    }
    # A permit that was revoked since it was used keeps its use.
    revoked = PermitUse.permit_id.in_(select(Permit.id).where(~MAY_BE_USED))
    events = keys(session, {one.journal_id for one in came})
    others = _stored(session, and_(PermitUse.journal_id.in_(events), revoked)) if came else ()
    kept = {one[:2] for one in (*(other.use for other in others), *(use for use, _ in stand))}
    left = _without(rules, [use for use, _ in stand])
    assigned = assign((one for one in came if one[:2] not in kept), left)
    made = [
        (Use(one.journal_id, one.animal, permit, _heads(one, rules[permit])), one.arrived_on)
        for one, permit in assigned
    ]
    return sorted(stand + made, key=lambda one: (one[1], one[0]))


def _stored(session: Session, which: ColumnElement[bool], since: date = date.min) -> list[_Stored]:
    """Return uses as they are stored; those of before a day stand, and those of erased arrivals.

    What is erased took place.
    """
    stands = or_(Journal.content.is_(None), Journal.occurred_on < since)
    rows = session.execute(
        select(*_USE, Journal.occurred_on, stands)
        .join(Journal, Journal.id == PermitUse.journal_id)
        .where(which)
    )
    return [_Stored(Use(*row[:4]), row[4], row[5]) for row in rows]


def _without(rules: Mapping[int, PermitRule], uses: Iterable[Use]) -> dict[int, PermitRule]:
    """Return permits without the heads of some uses."""
    left = dict(rules)
    for use in uses:
        heads = left[use.permit].head_count
        if heads is not None:
            left[use.permit] = replace(left[use.permit], head_count=max(heads - use.heads, 0))
    return left


def uses_at(session: Session, premises: int) -> tuple[set[Use], set[Use]]:
    """Return the uses of the permits that lead to premises: those stored, and those of replay."""
    led = select(Permit).where(Permit.destination_id == premises, MAY_BE_USED)
    rows = session.scalars(led).all()
    ids = {row.id for row in rows}
    if not ids:
        return set(), set()
    stored = _stored(session, PermitUse.permit_id.in_(keys(session, ids)))
    made = _assigned(session, ids, arrivals_for(session, rows), stored)
    return {one.use for one in stored}, {use for use, _ in made}


def recount_uses(session: Session, premises: int) -> None:
    """Write the uses of the permits that lead to premises as a replay gives them."""
    _save(session, *uses_at(session, premises))


def _events(since: date, stored: Iterable[_Stored], uses: Iterable[tuple[Use, date]]) -> set[int]:
    """Return the arrivals since a day that used a permit before, or do now, by their events."""
    every = [*((one.use, one.day) for one in stored), *uses]
    return {use.journal_id for use, day in every if day >= since}


def _told(session: Session, uses: Sequence[tuple[Use, date]]) -> list[Use]:
    """Return uses whose pigs somebody counted; the others take what is left, and no more."""
    uncounted = session.execute(
        select(Movement.arrival_id, Movement.animal_id).where(
            Movement.arrival_id.in_(keys(session, {use.journal_id for use, _ in uses})),
            Movement.heads.is_(None),
        )
    )
    left_out = {tuple(row) for row in uncounted}
    return [use for use, _ in uses if use[:2] not in left_out]


def _flag_above(
    session: Session, rows: Mapping[int, Permit], events: Collection[int], uses: Iterable[Use]
) -> None:
    """Flag the arrivals, of some events, by which more pigs came on a permit than it is for.

    Args:
        uses: in order.
    """
    above = [one for one in _above(rows, uses) if one[1] in events]
    session.execute(
        delete(Flag).where(
            Flag.journal_id.in_(keys(session, events)), Flag.code == FlagCode.ABOVE_PERMIT.value
        )
    )
    flagged = [flag_row(*one, FlagCode.ABOVE_PERMIT.value) for one in above]
    write_rows(session, insert(Flag), flagged)


def _above(rows: Mapping[int, Permit], uses: Iterable[Use]) -> list[tuple[int, int]]:
    """Return animal and event of the uses after which a permit has less than no heads left."""
    left = {key: row.head_count for key, row in rows.items() if row.head_count is not None}
    found = []
    for one in uses:
        if one.permit in left:
            left[one.permit] -= one.heads
            found += [(one.animal, one.journal_id)] if left[one.permit] < 0 else []
    return found


def _heads(one: PermitArrival, permit: PermitRule) -> int:
    if one.heads is not None:
        return one.heads
    return permit.head_count or 1 if permit.for_any else 1


def _row(one: Use) -> dict[str, object]:
    return {
        "journal_id": one.journal_id,
        "animal_id": one.animal,
        "permit_id": one.permit,
        "heads": one.heads,
    }


def _permits(
    session: Session,
    used_before: Iterable[int],
    came: Sequence[PermitArrival],
    animals: Collection[int],
) -> dict[int, Permit]:
    """Return the permits that arrivals used or may use."""
    days = [one.day for one in came]
    counted = and_(
        Permit.destination_id.in_({one.destination for one in came}),
        FOR_ANY,
        Permit.last_day >= min(days, default=date.max),
        Permit.first_day <= max(days, default=date.min),
    )
    told = {one.named for one in came if one.named is not None}
    # A union of keys: joined by OR, the query would scan every permit of the country.
    which = union(
        select(Permit.id).where(Permit.id.in_(keys(session, {*used_before, *told}))),
        select(PermitAnimal.permit_id).where(
            PermitAnimal.animal_id.in_(keys(session, set(animals)))
        ),
        select(Permit.id).where(
            counted,
            Permit.origin_id.in_(keys(session, {one.origin for one in came if one.origin})),
        ),
    )
    rows = session.scalars(
        select(Permit)
        .where(Permit.id.in_(which), MAY_BE_USED)
        .order_by(Permit.id)
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}
