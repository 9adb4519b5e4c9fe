"""Movements against orders and permits: flags, and permits whose journey ended."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from services.livestock.domain import movements
from services.livestock.domain.consequences import Condition, Finding
from services.livestock.domain.events import Event
from services.livestock.domain.model import Act, EventType, Origin, Report, event_id, local_day
from services.livestock.domain.movement_decision import (
    DecisionContext,
    may_all_move,
    needs_permit,
)
from services.livestock.domain.movement_questions import Bar, Journey, MovingAnimal, Reason
from services.livestock.domain.orders import end_of_day, judge
from services.livestock.domain.permits import PermitState
from services.livestock.recording.decision_context import orders_since, permits_for, whereabouts
from services.livestock.recording.permit_subjects import permit_report
from services.livestock.recording.policy import policy_of
from services.livestock.recording.projection import read_states
from services.storage.models import Movement, Permit, PermitAnimal

_PERMITS_KNOWN = timedelta(days=30)
_CONDITIONS = {
    Reason.QUARANTINE: Condition.QUARANTINE,
    Reason.ZONE_LEAVING: Condition.ZONE_LEAVING,
    Reason.ZONE_ENTERING: Condition.ZONE_ENTERING,
}
# A used permit may have been used by this very journey, whose arrival was told first.
_LACKING = frozenset(
    {
        Reason.PERMIT_TOO_MANY, Reason.PERMIT_NOT_YET, Reason.PERMIT_WAITING,
        Reason.PERMIT_EXPIRED, Reason.PERMIT_REVOKED, Reason.PERMIT_REFUSED,
        Reason.PERMIT_OTHER_ROUTE, Reason.PERMIT_OTHER_ANIMAL, Reason.NO_PERMIT,
    }
)  # fmt: skip
_ISSUED = Permit.state == PermitState.ISSUED.value
MOVING = frozenset({EventType.DEPART, EventType.ARRIVE})


class Departing(NamedTuple):
    """A departure, and those that leave by it, as the rules of permits see them."""

    event: Event
    animals: Sequence[MovingAnimal]


class JudgedRoads:
    """Judgements of some movements by the orders of both clocks, and by the permits of the first.

    Args:
        moving: departures and arrivals; at least one.
        reported_at: UTC.
    """

    def __init__(self, session: Session, moving: Sequence[Event], reported_at: datetime) -> None:
        self._session, self._reported_at = session, reported_at
        self._orders = orders_since(session, min(event.day for event in moving))
        self._policy = policy_of(session)
        keys = {end for event in moving for end in _ends(event) if end is not None}
        needed = self._orders or any(event.type is EventType.DEPART for event in moving)
        self._where = whereabouts(session, keys) if needed else {}

    def findings(self, event: Event) -> list[Finding]:
        """Return what orders say of a movement; see `services.livestock.domain.orders.judge`."""
        if not self._orders:
            return []
        judgement = judge(self._journey(event), self._reported_at, self._orders)
        if judgement.reported_late:
            return [Finding(Condition.BARRED_SINCE)]
        return [_finding(bar) for bar in judgement.on_its_day]

    def lacking(self, departing: Sequence[Departing]) -> dict[int, set[int]]:
        """Return those that left without the permit that their road needed, by their event.

        A departure that is told long after its day may have had a permit that is not known here.
        """
        ahead, today = DecisionContext(self._orders, policy=self._policy), self._reported_at
        wanting = [
            one
            for one in departing
            if local_day(today) - one.event.day <= _PERMITS_KNOWN
            and needs_permit(self._journey(one.event), ahead)
        ]
        if not wanting:
            return {}
        animals = {animal.id for one in wanting for animal in one.animals if animal.id}
        starts = {one.event.premises for one in wanting if one.event.premises}
        permits = permits_for(self._session, animals, starts)
        context = DecisionContext(self._orders, permits, self._policy)
        return {one.event.journal_id: self._without(one, context) for one in wanting}

    def _without(self, one: Departing, context: DecisionContext) -> set[int]:
        decisions = may_all_move(one.animals, self._journey(one.event), context)
        return {
            animal.id
            for animal, decision in zip(one.animals, decisions, strict=True)
            if animal.id and any(bar.reason in _LACKING for bar in decision.reasons)
        }

    def _journey(self, event: Event) -> Journey:
        start, end = _ends(event)
        evening = end_of_day(event.day, self._where.get(start or 0))
        return Journey(
            self._where.get(start or 0),
            self._where.get(end or 0),
            event.day,
            known_at=min(evening, self._reported_at),
        )


def _finding(bar: Bar) -> Finding:
    return Finding(_CONDITIONS[bar.reason], bar.values)


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
