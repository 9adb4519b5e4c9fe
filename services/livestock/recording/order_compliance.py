"""Movements against orders and permits: flags, and permits whose journey ended."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from services.livestock.domain import movements
from services.livestock.domain.events import Event
from services.livestock.domain.model import Act, EventType, FlagCode, Origin, Report, event_id
from services.livestock.domain.movement_questions import Journey
from services.livestock.domain.orders import judge
from services.livestock.domain.permits import PermitState
from services.livestock.recording.decision_context import orders_since, whereabouts
from services.livestock.recording.permit_subjects import permit_report
from services.livestock.recording.projection import read_states
from services.storage.models import Movement, Permit, PermitAnimal

_ISSUED = Permit.state == PermitState.ISSUED.value
MOVING = frozenset({EventType.DEPART, EventType.ARRIVE})


def judge_movements(
    session: Session, moving: Sequence[Event], reported_at: datetime
) -> dict[int, list[FlagCode]]:
    """Judge some movements by the orders of both clocks: their own day and the report's (UTC).

    Returns:
        Flags by journal key, of the events that have any.
    """
    orders = orders_since(session, min(event.day for event in moving))
    if not orders:
        return {}
    ends = [(event, *_ends(event)) for event in moving]
    where = whereabouts(session, {end for _, *both in ends for end in both if end is not None})
    found = {}
    for event, start, end in ends:
        journey = Journey(where.get(start or 0), where.get(end or 0), event.day)
        judgement = judge(journey, reported_at, orders)
        if judgement.moved_while_barred:
            found[event.journal_id] = [FlagCode.MOVED_WHILE_BARRED]
        elif judgement.reported_late:
            found[event.journal_id] = [FlagCode.REPORTED_LATE]
    return found


def close_permits(session: Session, arrivals: Sequence[int], origin: Origin) -> list[Report]:
    """Close the permits whose journeys ended; return their events.

    One arrival ends the journey of all that a permit covers. An arrival that is declared void
    later does not open it again: an officer issues another.

    Args:
        arrivals: journal keys of arrivals, which are reconciled with their departures; some.
    """
    if session.scalar(select(Permit.id).where(_ISSUED).limit(1)) is None:
        return []
    closed: dict[Permit, date] = {}
    for row, named, move in session.execute(_may_end(arrivals)):
        day = move.arrived_on
        if day is not None and (named or _came_from(session, move) == row.origin_id):
            closed[row] = max(day, closed.get(row, day))
    return [_close(session, row, Act(_id(row), day, origin)) for row, day in closed.items()]


def _ends(event: Event) -> tuple[int | None, int | None]:
    ends = (event.premises, event.other)
    return ends[::-1] if event.type is EventType.ARRIVE else ends


def _may_end(arrivals: Sequence[int]) -> Select[Permit, bool, Movement]:
    """Select issued permits, whether they name the animal, and its movement to where they lead."""
    named = (
        select(PermitAnimal)
        .where(PermitAnimal.permit_id == Permit.id, PermitAnimal.animal_id == Movement.animal_id)
        .exists()
    )
    return (
        select(Permit, named, Movement)
        .join(Movement, Movement.destination_id == Permit.destination_id)
        .where(
            Movement.arrival_id.in_(arrivals),
            Movement.arrived_on >= Permit.first_day,
            _ISSUED,
            or_(Permit.head_count.is_not(None), named),
        )
        .order_by(Permit.id)
    )


def _came_from(session: Session, move: Movement) -> int | None:
    """Return where a movement began; if not reported, where the animal was before."""
    if move.origin_id is not None:
        return move.origin_id
    state = read_states(session, [move.animal_id])[move.animal_id]
    before = None
    for stay in movements.stays(state.home, state.moves):
        if (stay.premises, stay.since) == (move.destination_id, move.arrived_on):
            return before
        before = stay.premises
    return None


def _close(session: Session, row: Permit, act: Act) -> Report:
    row.state, row.closed_on = PermitState.CLOSED.value, act.day
    return permit_report(session, row, "closed", act)


def _id(row: Permit) -> UUID:
    return event_id("permit", str(row.public_id), 0)
