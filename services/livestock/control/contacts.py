"""Contact by a trace: the premises of a contact chain, and what stands there, under watch at once.

Each premises is an event of its own, whose id follows from what is declared: whoever declares the
same again, after an interruption or by another road, adds what is missing and nothing twice.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.errors import Invalid
from services.core.geography import zone_of
from services.livestock.domain.details import read_details
from services.livestock.domain.model import (
    EventType,
    Key,
    Occurred,
    Origin,
    PremisesRef,
    Recorded,
    Report,
    Scheme,
    event_id,
)
from services.livestock.domain.movements import Stay
from services.livestock.domain.statuses import StatusKind, holding
from services.livestock.recording.lookup import require_premises
from services.livestock.recording.policy import policy_of
from services.livestock.recording.record import record_events
from services.livestock.recording.statuses import place_statuses
from services.livestock.tracing.lives import candidates, read_lives, within
from services.livestock.tracing.model import Direction, TraceWindow
from services.livestock.tracing.premises import reach
from services.storage.models import Identifier, Premises
from services.storage.rowsets import keys

AT_ONCE = 100
"""Premises of one transaction, so that other writers wait for none of the others."""
_CHANNEL = "contact"
_GRAVER = frozenset({StatusKind.INFECTED, StatusKind.CONTACT})


@dataclass(frozen=True, slots=True)
class ContactTrace:
    """A contact chain whose premises shall be under watch.

    Attributes:
        root: number of the premises from which it is traced; they have a status of their own.
        directions: of the chain, from the root.
        since: local day from which on they are.
        until: first local day on which they no longer are.
    """

    root: Key
    window: TraceWindow
    directions: Collection[Direction]
    disease: str
    since: date
    until: date


class ContactPlace(NamedTuple):
    """Premises of a chain, their zone, and the id of the event that declares them in contact."""

    ref: PremisesRef
    zone: str
    event: UUID


def last_day(session: Session, since: date, until: date | None, days: int | None) -> date:
    """Return the first day after a contact: as given, or after so many days, or by the policy.

    Raises:
        Invalid: both are given, or it would end before it begins.
    """
    if until is not None and days is not None:
        raise Invalid("Give the end or the days, not both", {"days": ["not beside until"]})
    end = until or since + timedelta(days=days or policy_of(session).contact_days)
    require_after(since, end)
    return end


def require_after(since: date, until: date) -> None:
    """Refuse a status that ends before it begins.

    Raises:
        Invalid: as above.
    """
    if until <= since:
        detail = "A status cannot end before it begins"
        raise Invalid(detail, {"until": [f"must be after {since}"]})


def contact_places(session: Session, trace: ContactTrace) -> tuple[list[ContactPlace], int]:
    """Return the premises of a chain that are not under watch yet, and how many are.

    Raises:
        UnknownNumber, WrongKind: the root is no premises.
    """
    root = session.get_one(Premises, require_premises(session, trace.root).id)
    found = {
        one
        for direction in trace.directions
        for one in reach(session, root.id, trace.window, direction)
    }
    wanted = found - _watched(session, found, trace)
    rows = session.scalars(
        select(Premises).where(Premises.id.in_(keys(session, wanted))).order_by(Premises.id)
    ).all()
    numbers = _numbers(session, wanted)
    places = [
        ContactPlace(
            PremisesRef(row.id, row.public_id, row.subject_key, numbers[row.id]),
            zone_of(row.province),
            _event_of(root, row, trace),
        )
        for row in rows
    ]
    return places, len(found) - len(places)


def declare_contacts(
    session: Session, trace: ContactTrace, places: Sequence[ContactPlace], origin: Origin
) -> list[Recorded]:
    """Declare premises, and the animals that stand there, in contact with the root.

    Raises:
        Invalid: it would end before it begins.
    """
    require_after(trace.since, trace.until)
    root = session.get_one(Premises, require_premises(session, trace.root).id)
    told = {
        "action": "begun",
        "status": StatusKind.CONTACT.value,
        "disease": trace.disease,
        "until": trace.until.isoformat(),
        "root": str(root.public_id),
    }
    details = read_details(EventType.STATUS, told)
    animals = _standing(session, [one.ref.id for one in places], trace.since)
    reports = [
        Report(
            one.event,
            EventType.STATUS,
            animals.get(one.ref.id, ()),
            one.ref.number,
            None,
            Occurred.on(trace.since, one.zone),
            details,
        )
        for one in places
    ]
    return record_events(session, reports, origin, [one.ref for one in places])


def _watched(session: Session, premises: Iterable[int], trace: ContactTrace) -> set[int]:
    """Return the premises that are infected, or in contact as long as the trace wants it."""
    return {
        place
        for place, statuses in place_statuses(session, premises).items()
        for one in holding(statuses, trace.since)
        if one.kind in _GRAVER
        and one.disease in {None, trace.disease}
        and (one.until is None or one.until >= trace.until)
    }


def _numbers(session: Session, premises: Iterable[int]) -> dict[int, Key]:
    """Return one number of each of some premises, the short one where they have one."""
    rows = session.execute(
        select(Identifier.premises_id, Identifier.scheme, Identifier.value)
        .where(Identifier.premises_id.in_(keys(session, premises)))
        .order_by(Identifier.scheme == Scheme.SHORT, Identifier.scheme, Identifier.value)
    )
    return {place: Key(scheme, value) for place, scheme, value in rows if place is not None}


def _standing(session: Session, premises: Sequence[int], on: date) -> Mapping[int, tuple[Key, ...]]:
    """Return the animals that stand at each of some premises on a local day, alive."""
    here = set(premises)
    found = defaultdict[int, list[Key]](list)
    for life in read_lives(session, candidates(session, [Stay(one, on, on) for one in here])):
        if life.ended_on is not None and life.ended_on <= on:
            continue
        for place in {one.premises for one in within(life.stays, TraceWindow(on, on))} & here:
            found[place].append(life.animal)  # type: ignore[index]  # it is one of these
    return {place: tuple(animals) for place, animals in found.items()}


def _event_of(root: Premises, place: Premises, trace: ContactTrace) -> UUID:
    what = (root.public_id, place.public_id, trace.disease, trace.since, trace.until)
    return event_id(_CHANNEL, "\0".join(map(str, what)), 0)
