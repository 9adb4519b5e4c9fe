"""The state of one animal, as its events make it: a fold over them, in the journal's order.

The same function runs when an event arrives and when the journal is replayed, so what is stored can
always be made again, without an event that was declared void, or as it was known at an instant.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from services.livestock.domain import movements
from services.livestock.domain.model import AnimalKind, EventType, FlagCode
from services.livestock.domain.movements import Move

# Events that may well be reported after an animal's death.
_AFTER_DEATH = frozenset(
    {
        EventType.CHECK, EventType.SAMPLE, EventType.RESULT, EventType.VOID, EventType.DECISION,
        EventType.AGREE, EventType.OBJECT,
    }
)  # fmt: skip
OF_PAPER = frozenset({EventType.VOID, EventType.DECISION, EventType.AGREE, EventType.OBJECT})
"""Events of reports, not of animals: none of them shows an animal alive."""
# Events that prove the animal was at the place that they name.
_SIGHTINGS = frozenset(
    {
        EventType.TREATMENT, EventType.VACCINATION, EventType.WEIGHT, EventType.FEED,
        EventType.CONDITION, EventType.COUNT, EventType.SICKNESS, EventType.SAMPLE,
        EventType.DEATH, EventType.SLAUGHTER, EventType.BIRTH,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """An event as the state of an animal sees it; keys are the database's.

    `party` is the owner that it makes, `permit` the permit that it is about. `evidence`: nobody who
    may say so has agreed, so that it changes nothing.
    """

    journal_id: int
    type: EventType
    day: date
    premises: int | None = None
    other: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    party: int | None = None
    permit: int | None = None
    evidence: bool = False


def owner_of(details: Mapping[str, Any]) -> str | None:
    """Return the public id of the party that an event makes the owner, if it makes one."""
    owner: str | None = details.get("owner") or details.get("receiver")
    return owner


@dataclass(slots=True)
class AnimalState:
    """State of one animal, mob or consignment. Fields are columns of its row.

    `span` holds the first and last day of its events but those `OF_PAPER`, `moves` its movements.
    `kind` is given, not made by events.
    """

    found: bool = True
    registered_on: date | None = None
    registered_at_id: int | None = None
    registered_by_id: int | None = None
    born_on: date | None = None
    sex: str | None = None
    breed: str | None = None
    colour: str | None = None
    head_count: int | None = None
    kilograms: float | None = None
    owner_id: int | None = None
    withdrawal_until: date | None = None
    ended_on: date | None = None
    ended_by_id: int | None = None
    moves: list[Move] = field(default_factory=list)
    span: tuple[date, date] | None = None
    kind: str = AnimalKind.ANIMAL

    @property
    def home(self) -> tuple[int, date] | None:
        """Premises and day of its registration."""
        if self.registered_at_id is None or self.registered_on is None:
            return None
        return self.registered_at_id, self.registered_on

    def apply(self, event: Event) -> list[FlagCode]:
        """Apply one event; return its flags."""
        if event.evidence:
            return [FlagCode.NOT_THE_KEEPER]
        flags = self._look(event)
        act = _ACTS.get(event.type)
        flags += (act(self, event) if act else None) or []
        if event.type not in OF_PAPER:
            first, last = self.span or (event.day, event.day)
            self.span = min(first, event.day), max(last, event.day)
        # One event can give a flag twice, such as a second death before a later report.
        return list(dict.fromkeys(flags))

    def _look(self, event: Event) -> list[FlagCode]:
        flags = []
        ended = self.ended_on is not None and event.day > self.ended_on
        if ended and event.type not in _AFTER_DEATH:
            flags.append(FlagCode.EVENT_AFTER_DEATH)
        if event.type in _SIGHTINGS and self._is_elsewhere(event):
            flags.append(FlagCode.TWO_PLACES)
        return flags

    def _is_elsewhere(self, event: Event) -> bool:
        was_at = movements.places_on(event.day, self.home, self.moves)
        if event.premises is None or not was_at or event.premises in was_at:
            return False
        on_the_way = any(
            move.departed_on is not None
            and move.departed_on <= event.day
            and (move.arrived_on is None or move.arrived_on >= event.day)
            for move in self.moves
        )
        return not on_the_way


def _register(state: AnimalState, event: Event) -> list[FlagCode]:
    if state.registered_by_id is not None:
        return [FlagCode.REGISTERED_TWICE]
    told = event.details
    state.found = False
    state.registered_on, state.registered_at_id = event.day, event.premises
    state.registered_by_id = event.journal_id
    state.owner_id = event.party if event.party is not None else state.owner_id
    for name in ("sex", "breed", "colour", "head_count", "kilograms"):
        setattr(state, name, told.get(name, getattr(state, name)))
    if event.type is EventType.BIRTH:
        state.born_on = event.day
    elif "born" in told:
        state.born_on = date.fromisoformat(told["born"])
    late = state.span is not None and state.born_on is not None and state.born_on > state.span[0]
    return [FlagCode.BIRTH_AFTER_EVENT] if late else []


def _depart(state: AnimalState, event: Event) -> list[FlagCode]:
    was_at = movements.places_on(event.day, state.home, state.moves)
    movements.depart(
        state.moves,
        Move(
            origin=event.premises,
            destination=event.other,
            departed_on=event.day,
            departure=event.journal_id,
        ),
    )
    elsewhere = was_at and event.premises not in was_at
    return [FlagCode.DEPARTURE_ELSEWHERE] if elsewhere else []


def _arrive(state: AnimalState, event: Event) -> list[FlagCode]:
    was_at = movements.places_on(event.day, state.home, state.moves)
    side = Move(
        origin=event.other,
        destination=event.premises,
        arrived_on=event.day,
        arrival=event.journal_id,
    )
    completed = movements.arrive(state.moves, side) is not side
    # A departure that it completes was judged when it was reported.
    elsewhere = was_at and event.other is not None and event.other not in was_at
    return [FlagCode.TWO_PLACES] if elsewhere and not completed else []


def _count(state: AnimalState, event: Event) -> list[FlagCode]:
    told = event.details
    if "head_count" in told:
        state.head_count = told["head_count"]
        return []
    return _take(state, told.get("taken", 0) - told.get("added", 0))


def _take(state: AnimalState, heads: int) -> list[FlagCode]:
    if state.head_count is None:
        return []
    state.head_count -= heads
    return [FlagCode.NEGATIVE_COUNT] if state.head_count < 0 else []


def _treat(state: AnimalState, event: Event) -> None:
    days = event.details.get("withdrawal_days", 0)
    if days:
        until = event.day + timedelta(days=days)
        state.withdrawal_until = max(until, state.withdrawal_until or until)


def _transfer(state: AnimalState, event: Event) -> None:
    state.owner_id = event.party


def _end(state: AnimalState, event: Event) -> list[FlagCode]:
    heads = event.details.get("head_count")
    if heads is not None and (state.kind == AnimalKind.MOB or state.head_count is not None):
        if heads != state.head_count:
            # Part of a mob died; the others live, even if their number is not known.
            return _take(state, heads)
        state.head_count = 0
    if state.ended_on is None or event.day < state.ended_on:
        state.ended_on, state.ended_by_id = event.day, event.journal_id
    alive_later = state.span is not None and state.span[1] > event.day
    return [FlagCode.EVENT_AFTER_DEATH] if alive_later else []


_ACTS: Mapping[EventType, Callable[[AnimalState, Event], list[FlagCode] | None]] = {
    EventType.REGISTER: _register,
    EventType.BIRTH: _register,
    EventType.DEPART: _depart,
    EventType.ARRIVE: _arrive,
    EventType.COUNT: _count,
    EventType.TRANSFER: _transfer,
    EventType.TREATMENT: _treat,
    EventType.VACCINATION: _treat,
    EventType.DEATH: _end,
    EventType.SLAUGHTER: _end,
}
