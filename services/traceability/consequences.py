"""What follows from reports by the orders and permits there are: flags, and journeys that end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from services.storage.models import Movement, Permit, PermitAnimal
from services.traceability.matters import permit_report
from services.traceability.model import Act, EventType, FlagCode, event_id
from services.traceability.rules.permits import PermitState
from services.traceability.rules.questions import Journey
from services.traceability.rules.rulings import judge
from services.traceability.world import orders_since, whereabouts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from services.traceability.model import Origin, Report
    from services.traceability.rules.state import Event

_ISSUED = Permit.state == PermitState.ISSUED.value
MOVING = frozenset({EventType.DEPART, EventType.ARRIVE})


class Judge:
    """Judges movements by the orders of both clocks: when they happened, when they were told.

    Args:
        session: an open session.
        days: of the movements; with none, or no order, judging costs one query or nothing.
        reported_at: UTC.
    """

    def __init__(self, session: Session, days: Sequence[date], reported_at: datetime) -> None:
        self._session = session
        self._reported_at = reported_at
        self._orders = orders_since(session, min(days)) if days else []

    def flags(self, event: Event) -> list[FlagCode]:
        """Return what a person should look at in one event."""
        if event.type not in MOVING or not self._orders:
            return []
        start, end = event.premises, event.other
        if event.type is EventType.ARRIVE:
            start, end = end, start
        places = whereabouts(self._session, [key for key in (start, end) if key is not None])
        journey = Journey(places.get(start or 0), places.get(end or 0), event.day)
        judgement = judge(journey, self._reported_at, self._orders)
        if judgement.moved_while_barred:
            return [FlagCode.MOVED_WHILE_BARRED]
        return [FlagCode.REPORTED_LATE] if judgement.reported_late else []


def close_permits(session: Session, arrivals: Sequence[int], origin: Origin) -> list[Report]:
    """Close the permits whose journeys ended; return the events that say so.

    Args:
        session: an open writing session.
        arrivals: journal keys of arrivals that are reconciled with their departures.
        origin: of the arrivals.
    """
    if not arrivals or session.scalar(select(Permit.id).where(_ISSUED).limit(1)) is None:
        return []
    closed: dict[Permit, date] = {}
    for row, day in session.execute(_journeys(arrivals)):
        closed[row] = max(day, closed.get(row, day))
    return [_close(session, row, Act(_id(row), day, origin)) for row, day in closed.items()]


def _journeys(arrivals: Sequence[int]) -> Select[Permit, Any]:
    """Select issued permits, and the days on which their animals came where the permit leads."""
    named = (PermitAnimal.permit_id == Permit.id) & (PermitAnimal.animal_id == Movement.animal_id)
    of_count = Permit.head_count.is_not(None) & (Permit.origin_id == Movement.origin_id)
    return (
        select(Permit, Movement.arrived_on)
        .join(Movement, Movement.destination_id == Permit.destination_id)
        .outerjoin(PermitAnimal, named)
        .where(
            Movement.arrival_id.in_(arrivals),
            _ISSUED,
            Movement.arrived_on >= Permit.first_day,
            PermitAnimal.animal_id.is_not(None) | of_count,
        )
        .order_by(Permit.id)
    )


def _close(session: Session, row: Permit, act: Act) -> Report:
    row.state, row.closed_on = PermitState.CLOSED.value, act.day
    return permit_report(session, row, "closed", act)


def _id(row: Permit) -> UUID:
    return event_id("permit", str(row.public_id), 0)
