"""Movements against orders and permits."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from services.livestock.domain.consequences import Condition, Finding
from services.livestock.domain.events import Event
from services.livestock.domain.model import EventType
from services.livestock.domain.movement_decision import (
    DecisionContext,
    may_all_move,
    needs_permit,
)
from services.livestock.domain.movement_questions import Bar, Journey, MovingAnimal, Reason
from services.livestock.domain.orders import end_of_day, judge
from services.livestock.domain.statuses import OF_DISEASE, Status, StatusKind
from services.livestock.recording.decision_context import (
    orders_since,
    permits_for,
    whereabouts_and_marks,
)
from services.livestock.recording.policy import policy_of
from services.livestock.recording.statuses import place_statuses
from sms.local_time import local_day

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
        self._today = local_day(reported_at)
        self._orders = orders_since(session, min(event.day for event in moving))
        self._policy = policy_of(session)
        keys = {end for event in moving for end in _ends(event) if end is not None}
        self._where, marked = whereabouts_and_marks(session, keys)
        self._statuses = place_statuses(session, marked) if marked else {}

    def findings(self, event: Event) -> list[Finding]:
        """Return what its places and the orders say of a movement.

        See `services.livestock.domain.orders.judge`.
        """
        return [*self._of_places(event), *self._of_orders(event)]

    def is_barred_since(self, event: Event, statuses: Iterable[Status]) -> bool:
        """Tell whether an animal or its place is barred since a later day, and was told first.

        A keeper who may not move pigs today may say that they went yesterday.

        Args:
            statuses: of the animal.
        """
        start, _end = _ends(event)
        # What arrived may have fallen ill there since.
        own = statuses if event.type is EventType.DEPART else ()
        return any(
            status.kind in OF_DISEASE
            and event.day < status.since <= self._today
            and status.holds_on(self._today)
            for status in (*self._statuses.get(start or 0, ()), *own)
        )

    def _of_places(self, event: Event) -> list[Finding]:
        return [
            Finding(
                Condition.PLACE_INFECTED
                if status.kind is StatusKind.INFECTED
                else Condition.PLACE_SUSPECT,
                {"disease": status.disease},
            )
            for end in _ends(event)
            for status in self._statuses.get(end or 0, ())
            if status.kind in OF_DISEASE and status.holds_at(event)
        ]

    def _of_orders(self, event: Event) -> list[Finding]:
        if not self._orders:
            return []
        judgement = judge(self._journey(event), self._reported_at, self._orders)
        if judgement.reported_late:
            return [Finding(Condition.BARRED_SINCE)]
        return [_finding(bar) for bar in judgement.on_its_day]

    def knows_permits(self, event: Event) -> bool:
        """Tell whether the permits of a movement's day are known here.

        One that is told long after its day may have had a permit that is not.
        """
        return self._today - event.day <= _PERMITS_KNOWN

    def lacking(self, departing: Sequence[Departing]) -> dict[int, set[int]]:
        """Return those that left without the permit that their road needed, by their event.

        Args:
            departing: departures whose permits are known.
        """
        ahead = DecisionContext(self._orders, policy=self._policy, statuses=self._statuses)
        wanting = [
            one for one in departing if needs_permit(self._journey(one.event), ahead, one.animals)
        ]
        if not wanting:
            return {}
        animals = {animal.id for one in wanting for animal in one.animals if animal.id}
        starts = {one.event.premises for one in wanting if one.event.premises}
        on = min(one.event.day for one in wanting)
        permits = permits_for(self._session, animals, starts, on)
        context = DecisionContext(self._orders, permits, self._policy, self._statuses)
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


def _ends(event: Event) -> tuple[int | None, int | None]:
    ends = (event.premises, event.other)
    return ends[::-1] if event.type is EventType.ARRIVE else ends
