"""The state of one animal, as its events make it: a fold over them, in order of days.

The order is that of the local days on which the events occurred, then of the journal. The same
function runs when an event arrives that is not older than the last one, and when the journal is
replayed because an older one arrived, because one was declared void, or to answer what was known
at an instant. So what is stored can always be made again.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from services.livestock.domain import movements
from services.livestock.domain.consequences import OF_STATUS, Condition, Finding, flags_of
from services.livestock.domain.declarations import CARES, contradictions
from services.livestock.domain.events import (
    BEGINNINGS,
    OF_PAPER,
    SIGHTINGS,
    Event,
    arrival_of,
    departure_of,
    registration_of,
)
from services.livestock.domain.growth import may_weigh
from services.livestock.domain.model import AnimalKind, EventType, FlagCode
from services.livestock.domain.movements import Move, Sighting
from services.livestock.domain.standing import AnimalStanding, KnownPlaces, seen_leaving
from services.livestock.domain.statuses import OF_DISEASE, Status, StatusKind
from services.livestock.domain.stays import origins

# Of the others a permit or a slaughter decides.
_CONDITIONS = frozenset({StatusKind.STOLEN, *OF_DISEASE})
_ILL = Condition.SICK_LATELY
STANDSTILL_DAYS = 21
"""Days that an animal stays where it came to, unless a setting says otherwise."""


@dataclass(slots=True)
class AnimalState:
    """State of one animal, mob or consignment. Fields are columns of its row.

    `first_on` and `last_on` are the days of its first and last event but those `OF_PAPER`,
    `seen_at_id` and `seen_on` the last place that an event proves it at. `moves` are its movements.
    `kind`, `standstill_days` and `statuses` are given, not made by these events; `sightings`,
    `registration` and `cares` (treatments, feed, sickness) are of the events being applied, `began`
    is where and when the mobs of a part began.
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
    carcass: str | None = None
    carcass_kilograms: float | None = None
    first_on: date | None = None
    last_on: date | None = None
    seen_at_id: int | None = None
    seen_on: date | None = None
    moves: list[Move] = field(default_factory=list)
    kind: str = AnimalKind.ANIMAL
    standstill_days: int = STANDSTILL_DAYS
    sightings: list[Sighting] = field(default_factory=list)
    registration: int | None = None
    began: tuple[tuple[int, date], ...] = ()
    statuses: list[Status] = field(default_factory=list)
    cares: list[Event] = field(default_factory=list)

    @property
    def home(self) -> tuple[int, date] | None:
        """Premises and day of its registration."""
        if self.registered_at_id is None or self.registered_on is None:
            return None
        return self.registered_at_id, self.registered_on

    @property
    def seen(self) -> Sighting | None:
        """The last sighting."""
        return movements.sighting(self.seen_at_id, self.seen_on)

    def standing(self, day: date) -> AnimalStanding:
        """Return where it stands at the end of a local day."""
        return self._places.on(day)

    @property
    def _places(self) -> KnownPlaces:
        return KnownPlaces(self.home, self.moves, self.seen, self.began)

    @property
    def rests(self) -> bool:
        """True if it must stay where it came to: pork need not."""
        return self.kind != AnimalKind.CONSIGNMENT

    def follows(self, events: Iterable[Event]) -> bool:
        """Tell whether what is stored is enough to apply some events: none is older than the last.

        What was seen between a departure and its arrival is in the journal alone.
        """
        for one in events:
            if one.evidence or one.type in OF_PAPER:
                continue
            if one.day < (self.last_on or one.day):
                return False
            if one.type is EventType.ARRIVE:
                begun = movements.may_complete(self.moves, arrival_of(one))
                if any(move.left[0] < (self.seen_on or date.min) for move in begun):
                    return False
        return True

    def fold(self, events: Iterable[Event], until: date = date.max) -> list[tuple[int, FlagCode]]:
        """Apply events that follow those applied before, in order of days.

        Args:
            until: last day that counts; which registration is in force is told by all events.

        Returns:
            Each flag with the journal key of its event.
        """
        ordered = sorted(events, key=lambda one: one.order)
        if self.registered_by_id is None:
            begun = registration_of(ordered)
            self.registration = begun.journal_id if begun else None
        flags = [
            (one.journal_id, code)
            for one in ordered
            if one.day <= until
            for code in self._apply(one)
        ]
        self._end_moves()
        self.derive_origins()
        return flags

    def _end_moves(self) -> None:
        """Note the end of its life on its movements; it is doubtful if a later day is told of."""
        on = self.ended_on
        on = on if on is not None and (self.last_on or on) <= on else None
        for move in self.moves:
            if move.ended_on != on:
                move.ended_on, move.changed = on, True

    def derive_origins(self) -> bool:
        """Note where each movement began of which nobody told it; return whether any changed.

        What is told later of an earlier day, or of its registration, may change it.
        """
        if all(move.origin is not None and move.derived is None for move in self.moves):
            return False
        for move, origin in origins(self.home, self.moves, self.began):
            derived = origin if move.origin is None else None
            if move.derived != derived:
                move.derived, move.changed = derived, True
        return any(move.changed for move in self.moves)

    def _apply(self, event: Event) -> list[FlagCode]:
        """Apply the next event; return its flags."""
        if event.evidence:
            return [FlagCode.NOT_THE_KEEPER]
        if event.type in CARES:
            self.cares.append(event)
        if event.inherited:
            _inherit(self, event)
            return []
        flags = self._look(event)
        act = _ACTS.get(event.type)
        flags += (act(self, event) if act else None) or []
        self.see(event)
        if event.type not in OF_PAPER:
            self.first_on, self.last_on = min(self.first_on or event.day, event.day), event.day
        # One event can give a flag twice, such as a departure from elsewhere of the dead.
        return list(dict.fromkeys(flags)) if flags else flags

    def findings(self, event: Event) -> list[Finding]:
        """Return the conditions of the animal under which an event of it happens."""
        found = [
            Finding(OF_STATUS[one.kind], {"disease": one.disease})
            for one in self.statuses
            if one.kind in _CONDITIONS and one.holds_at(event)
        ]
        if self.ended_on is not None and event.day > self.ended_on:
            found.append(Finding(Condition.ENDED, {"day": self.ended_on}))
        if self.withdrawal_until is not None and event.day <= self.withdrawal_until:
            found.append(Finding(Condition.RESIDUE, {"until": self.withdrawal_until}))
        told = event.details
        if event.type is EventType.CHECK and told["outcome"] == "passed" and told.get("reasons"):
            found.append(Finding(Condition.AGAINST_THE_BOOK))
        if event.type is EventType.DECLARATION and told["clean"]:
            found += self._denied(event)
        return found

    def _denied(self, event: Event) -> list[Finding]:
        """Return what a declaration denies though the animal's events tell of it."""
        ill = any(one.kind in OF_DISEASE and one.holds_at(event) for one in self.statuses)
        denied = contradictions(event, self.cares)
        return [Finding(one) for one in Condition if one in denied or (ill and one is _ILL)]

    def _look(self, event: Event) -> list[FlagCode]:
        found = self.findings(event)
        flags = flags_of(event.type, found) if found else []
        if event.type in SIGHTINGS and self._is_elsewhere(event):
            flags.append(FlagCode.TWO_PLACES)
        return flags

    def _is_elsewhere(self, event: Event) -> bool:
        was_at = movements.places_on(event.day, self.home, self.moves)
        if event.premises is None or not was_at or event.premises in was_at:
            return False
        came_today = any(move.departed_on and move.arrived_on == event.day for move in self.moves)
        return not came_today and self._places.last_left(event.day) is None

    def see(self, event: Event) -> None:
        """Keep the place that an event proves; a registration that is not in force proves none."""
        if event.type not in SIGHTINGS or event.premises is None:
            return
        mine = event.inherited or self.registered_by_id == event.journal_id
        if event.type is EventType.BIRTH and not mine:
            return
        self.seen_at_id, self.seen_on = event.premises, event.day
        self.sightings.append(Sighting(event.premises, event.day))


def _inherit(state: AnimalState, event: Event) -> None:
    """Apply what happened to a mob before a part left it; what it is judged by stays the mob's."""
    if event.type is EventType.DEPART:
        movements.depart(state.moves, departure_of(event, state.seen))
    elif event.type is EventType.ARRIVE:
        # The mob's own arrival counts those that a part was among.
        movements.arrive(state.moves, arrival_of(event, 0), state.sightings)
    elif event.type in {EventType.TREATMENT, EventType.VACCINATION}:
        _treat(state, event)
    if event.party is not None:
        state.owner_id = event.party
    if event.type in BEGINNINGS and event.premises is not None:
        state.began += ((event.premises, event.day),)
    state.see(event)


def _register(state: AnimalState, event: Event) -> list[FlagCode]:
    if event.journal_id != state.registration:
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
    born, first = state.born_on, state.first_on
    late = born is not None and first is not None and born > first
    return [FlagCode.BIRTH_AFTER_EVENT] if late else []


def _depart(state: AnimalState, event: Event) -> list[FlagCode]:
    flags, side = [], departure_of(event, state.seen)
    # What it completes, or tells again, is this journey, and not one before it.
    own = movements.told_before(state.moves, side) or movements.arrived_by(state.moves, side)
    moves = [move for move in state.moves if move is not own]
    places = KnownPlaces(state.home, moves, state.seen, state.began)
    was_at = movements.places_on(event.day, state.home, moves)
    if was_at and event.premises not in was_at:
        left = places.last_left(event.day)
        if left is None or left.destination not in {event.premises, None}:
            flags.append(FlagCode.DEPARTURE_ELSEWHERE)
    if moves and state.rests:
        moved_on = seen_leaving(places.on(event.day), event.premises).moved_on
        must_stay = timedelta(days=state.standstill_days)
        if moved_on is not None and event.day < moved_on + must_stay:
            flags.append(FlagCode.LEFT_IN_STANDSTILL)
    movements.depart(state.moves, side)
    return flags


def _arrive(state: AnimalState, event: Event) -> list[FlagCode]:
    was_at = movements.places_on(event.day, state.home, state.moves)
    side = arrival_of(event, 1 if state.kind == AnimalKind.ANIMAL else state.head_count)
    begun = movements.arrive(state.moves, side, state.sightings) is side
    # A departure that it completes was judged by itself.
    elsewhere = was_at and event.other is not None and event.other not in was_at
    return [FlagCode.TWO_PLACES] if elsewhere and begun else []


def _count(state: AnimalState, event: Event) -> list[FlagCode]:
    told = event.details
    if "head_count" in told:
        state.head_count = told["head_count"]
        return []
    return _take(state, told.get("taken", 0) - told.get("added", 0))


def _take(state: AnimalState, heads: int) -> list[FlagCode]:
    if state.head_count is None:
        return []
    left = state.head_count - heads
    state.head_count = max(left, 0)
    return [FlagCode.NEGATIVE_COUNT] if left < 0 else []


def _treat(state: AnimalState, event: Event) -> None:
    days = event.details.get("withdrawal_days", 0)
    if days:
        until = event.day + timedelta(days=days)
        state.withdrawal_until = max(until, state.withdrawal_until or until)


def _weigh(state: AnimalState, event: Event) -> list[FlagCode]:
    told = event.details.get("kilograms")
    unlikely = state.kind == AnimalKind.ANIMAL and told is not None and not may_weigh(told)
    return [FlagCode.WEIGHT_UNLIKELY] if unlikely else []


def _transfer(state: AnimalState, event: Event) -> None:
    state.owner_id = event.party


def _end(state: AnimalState, event: Event) -> list[FlagCode]:
    heads = event.details.get("head_count")
    if heads is not None and (state.kind == AnimalKind.MOB or state.head_count is not None):
        if heads != state.head_count:
            # Part of a mob died; the others live, even if their number is not known.
            return _take(state, heads)
        state.head_count = 0
    if state.ended_on is None:
        state.ended_on, state.ended_by_id = event.day, event.journal_id
        state.carcass = event.details.get("carcass")
        state.carcass_kilograms = event.details.get("kilograms")
    return []


_ACTS: Mapping[EventType, Callable[[AnimalState, Event], list[FlagCode] | None]] = {
    EventType.REGISTER: _register,
    EventType.BIRTH: _register,
    EventType.DEPART: _depart,
    EventType.ARRIVE: _arrive,
    EventType.COUNT: _count,
    EventType.TRANSFER: _transfer,
    EventType.TREATMENT: _treat,
    EventType.VACCINATION: _treat,
    EventType.WEIGHT: _weigh,
    EventType.DEATH: _end,
    EventType.SLAUGHTER: _end,
}
