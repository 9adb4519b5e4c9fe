"""Permits used up by arrivals: counted down, closed, and open again after a correction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import NamedTuple

from sqlalchemy import delete, func, insert, select, tuple_, union
from sqlalchemy.orm import Session

from services.livestock.domain.model import (
    Act,
    FlagCode,
    Origin,
    Report,
    event_id,
    local_day,
)
from services.livestock.domain.permits import Permit as PermitRule
from services.livestock.domain.permits import PermitArrival, PermitState, assign
from services.livestock.recording.decision_context import read_permits
from services.livestock.recording.permit_arrivals import MAY_BE_USED, arrivals, arrivals_for
from services.livestock.recording.permit_subjects import permit_report
from services.livestock.recording.projection import flag_row, write_rows
from services.storage.models import (
    Animal,
    Flag,
    Journal,
    Movement,
    Permit,
    PermitAnimal,
    PermitUse,
)
from services.storage.rowsets import keys

_USE = (PermitUse.journal_id, PermitUse.animal_id, PermitUse.permit_id, PermitUse.heads)


class Use(NamedTuple):
    """An arrival that used a permit, and its heads then."""

    journal_id: int
    animal: int
    permit: int
    heads: int


def count_permits(session: Session, animals: Collection[int], origin: Origin) -> list[Report]:
    """Count anew which permits the arrivals of some animals used up.

    Args:
        animals: database keys; whose arrivals, lives or corrections are new.

    Returns:
        Events of the permits that closed, or are open again.
    """
    if session.scalar(select(Permit.id).where(MAY_BE_USED).limit(1)) is None:
        return []
    before = _uses(session, PermitUse.animal_id.in_(keys(session, animals)))
    came = arrivals(session, Movement.animal_id.in_(keys(session, animals)))
    rows = _permits(session, {one.permit for one in before}, came, animals)
    return _count(session, rows, origin) if rows else []


def count_permit(session: Session, row: Permit, origin: Origin) -> list[Report]:
    """Count the arrivals that were told before a permit was issued: see `count_permits`."""
    return _count(session, {row.id: row}, origin)


def _count(session: Session, rows: Mapping[int, Permit], origin: Origin) -> list[Report]:
    """Assign all arrivals that may use some permits, or others that these may use."""
    rows, came = _all_that_compete(session, rows)
    assigned = assigned_uses(session, rows, came)
    uses, before = [use for use, _ in assigned], _uses(session, PermitUse.permit_id.in_(rows))
    if set(uses) != set(before):
        pairs = tuple_(PermitUse.journal_id, PermitUse.animal_id)
        session.execute(delete(PermitUse).where(PermitUse.permit_id.in_(rows)))
        session.execute(delete(PermitUse).where(pairs.in_([one[:2] for one in uses])))
        write_rows(session, insert(PermitUse), [_row(one) for one in uses])
    uncounted = {one[:2] for one in came if one.heads is None}
    _flag_above(session, rows, before, [one for one in uses if one[:2] not in uncounted])
    return _close(session, rows, assigned, origin)


def _all_that_compete(
    session: Session, rows: Mapping[int, Permit]
) -> tuple[dict[int, Permit], list[PermitArrival]]:
    known: dict[int, Permit] = {}
    more, came = dict(rows), list[PermitArrival]()
    while more.keys() - known.keys():
        known |= more
        came = arrivals_for(session, known.values())
        animals = {one.animal for one in came}
        more = _permits(session, set(), came, animals)
    return known, came


def assigned_uses(
    session: Session, permits: Collection[int], came: Iterable[PermitArrival]
) -> list[tuple[Use, date]]:
    """Return the uses that arrivals make of permits, each with its day, in order of days.

    Args:
        permits: database keys of those that may be used.
        came: every arrival that may use one; those whose use of another stands are left out.
    """
    told, stand = list(came), _of_erased(session, permits)
    rules = _rules(session, permits, [use for use, _ in stand])
    # A permit that was revoked since it was used keeps its use.
    revoked = select(Permit.id).where(~MAY_BE_USED)
    others = _uses(
        session,
        PermitUse.journal_id.in_(keys(session, {one.journal_id for one in told}))
        & PermitUse.permit_id.in_(revoked),
    )
    kept = {one[:2] for one in (*others, *(use for use, _ in stand))}
    assigned = assign((one for one in told if one[:2] not in kept), rules)
    made = [
        (Use(one.journal_id, one.animal, permit, _heads(one, rules[permit])), one.arrived_on)
        for one, permit in assigned
    ]
    return sorted(stand + made, key=lambda one: (one[1], one[0]))


def _of_erased(session: Session, permits: Collection[int]) -> list[tuple[Use, date]]:
    """Return the uses by arrivals whose content is erased: they took place."""
    rows = session.execute(
        select(*_USE, Journal.occurred_on)
        .join(Journal, Journal.id == PermitUse.journal_id)
        .where(PermitUse.permit_id.in_(permits), Journal.content.is_(None))
    )
    return [(Use(*row[:4]), row[4]) for row in rows]


def _rules(
    session: Session, permits: Collection[int], stand: Iterable[Use]
) -> dict[int, PermitRule]:
    """Return permits with all of their heads, but those of uses that stand."""
    rules = {
        rule.id: rule
        for rule in read_permits(session, Permit.id.in_(permits), whole=True)
        if rule.id is not None
    }
    for use in stand:
        heads = rules[use.permit].head_count
        if heads is not None:
            rules[use.permit] = replace(rules[use.permit], head_count=max(heads - use.heads, 0))
    return rules


def uses_at(session: Session, premises: int) -> tuple[set[Use], set[Use]]:
    """Return the uses of the permits that lead to premises: those stored, and those of replay."""
    led = select(Permit).where(Permit.destination_id == premises, MAY_BE_USED)
    rows = session.scalars(led).all()
    ids = {row.id for row in rows}
    if not ids:
        return set(), set()
    made = assigned_uses(session, ids, arrivals_for(session, rows))
    return set(_uses(session, PermitUse.permit_id.in_(ids))), {use for use, _ in made}


def recount_uses(session: Session, premises: int) -> None:
    """Write the uses of the permits that lead to premises as a replay gives them."""
    stored, made = uses_at(session, premises)
    if stored != made:
        permits = {use.permit for use in stored | made}
        session.execute(delete(PermitUse).where(PermitUse.permit_id.in_(permits)))
        rows = [_row(use) for use in made]
        write_rows(session, insert(PermitUse), rows)


def _flag_above(
    session: Session, rows: Mapping[int, Permit], before: Sequence[Use], uses: Sequence[Use]
) -> None:
    """Flag the arrivals by which more pigs came on a permit than it is for; `uses`: in order."""
    if not any(map(partial(_above, rows), (before, uses))):
        return
    events = {one.journal_id for one in (*before, *uses)}
    mine = (Flag.journal_id.in_(keys(session, events)), Flag.code == FlagCode.ABOVE_PERMIT.value)
    session.execute(delete(Flag).where(*mine))
    flagged = [flag_row(*one, FlagCode.ABOVE_PERMIT.value) for one in _above(rows, uses)]
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
    return one.heads if one.heads is not None else permit.head_count or 1


def _row(one: Use) -> dict[str, object]:
    return {
        "journal_id": one.journal_id,
        "animal_id": one.animal,
        "permit_id": one.permit,
        "heads": one.heads,
    }


def _uses(session: Session, which: object) -> list[Use]:
    rows = session.execute(
        select(*_USE).where(which)  # type: ignore[arg-type]  # a condition
    )
    return [Use(*row) for row in rows]


def _permits(
    session: Session,
    used_before: Iterable[int],
    came: Sequence[PermitArrival],
    animals: Collection[int],
) -> dict[int, Permit]:
    """Return the permits that arrivals used or may use."""
    first = min((one.day for one in came), default=date.max)
    led = Permit.destination_id.in_({one.destination for one in came})
    counted = led & Permit.head_count.is_not(None) & (Permit.last_day >= first)
    told = {one.named for one in came if one.named is not None}
    # A union of keys: joined by OR, the query would scan every permit of the country.
    which = union(
        select(Permit.id).where(Permit.id.in_({*used_before, *told})),
        select(PermitAnimal.permit_id).where(PermitAnimal.animal_id.in_(set(animals))),
        select(Permit.id).where(
            counted, Permit.origin_id.in_({one.origin for one in came if one.origin})
        ),
    )
    rows = session.scalars(
        select(Permit)
        .where(Permit.id.in_(which), MAY_BE_USED)
        .order_by(Permit.id)
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def _close(
    session: Session,
    rows: Mapping[int, Permit],
    uses: Sequence[tuple[Use, date]],
    origin: Origin,
) -> list[Report]:
    """Close what is used up, and open again what is no longer; return the events."""
    ended = _ended(session, rows)
    events = []
    for key, row in rows.items():
        own = [(use, day) for use, day in uses if use.permit == key]
        closed_on = _closed_on(row, own, ended.get(key))
        if closed_on == row.closed_on:
            continue
        closes = closed_on is not None
        row.state = PermitState.CLOSED.value if closes else PermitState.ISSUED.value
        row.closed_on = closed_on
        # It may close and open again: each time after another event.
        after = session.scalar(select(func.max(Journal.id)))
        told = event_id("permit", f"{row.public_id}\0{row.state}\0{after}", 0)
        act = Act(told, closed_on or local_day(origin.recorded_at), origin)
        session.flush()
        events.append(permit_report(session, row, "closed" if closes else "issued", act))
    return events


def _closed_on(
    row: Permit, own: Sequence[tuple[Use, date]], named: Mapping[int, date | None] | None
) -> date | None:
    """Return the day on which a permit was used up; None: it is open."""
    if named:
        came = {use.animal: day for use, day in own}
        days = [came.get(animal, ended_on) for animal, ended_on in named.items()]
        return max(day for day in days if day) if all(days) else None
    left = row.head_count or 0
    for use, day in own:
        left -= use.heads
        if left <= 0:
            return day
    return None


def _ended(session: Session, rows: Iterable[int]) -> dict[int, dict[int, date | None]]:
    """Return the animals that permits name, each with the day on which its life ended."""
    found: dict[int, dict[int, date | None]] = {}
    for permit, animal, ended_on in session.execute(
        select(PermitAnimal.permit_id, Animal.id, Animal.ended_on)
        .join(Animal, Animal.id == PermitAnimal.animal_id)
        .where(PermitAnimal.permit_id.in_(list(rows)))
    ):
        found.setdefault(permit, {})[animal] = ended_on
    return found
