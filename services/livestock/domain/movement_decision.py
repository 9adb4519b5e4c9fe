"""May this pig move: one decision for every channel."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from services.livestock.domain.areas import Area, read_area
from services.livestock.domain.model import AnimalKind
from services.livestock.domain.movement_questions import (
    Bar,
    Decision,
    Journey,
    MovingAnimal,
    Reason,
)
from services.livestock.domain.orders import Order, Ruling, apply_law, rule, touching
from services.livestock.domain.permits import Permit, permit_for
from services.livestock.domain.statuses import OF_DISEASE, Status, StatusKind

HIGHLANDS = frozenset(
    {
        "Southern Highlands", "Enga", "Hela", "Western Highlands", "Jiwaka", "Chimbu",
        "Eastern Highlands",
    }
)  # fmt: skip
_ORDER = list(Reason)
_PERMIT = frozenset({StatusKind.PERMIT_REQUIRED})
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules that hold without any order.

    Attributes:
        standstill_days: days from its departure that an animal stays where it goes.
        permit_provinces: each journey from, to or within them needs a permit.
        contact_days: days that places and pigs of a contact chain stay under watch, unless the
            officer who declares it says otherwise.
    """

    standstill_days: int = 21
    permit_provinces: frozenset[str] = HIGHLANDS
    contact_days: int = 30
    _area: Area | None = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        provinces = sorted(self.permit_provinces)
        area = read_area({"provinces": provinces}) if provinces else None
        object.__setattr__(self, "_area", area)

    def rule(self, journey: Journey) -> Ruling:
        """Return whether a journey needs a permit."""
        if self._area is None:
            return Ruling()
        found, unsure = apply_law(touching, self._area, journey)
        if len(found) > 1:
            return Ruling(unsure=tuple(unsure))
        return Ruling(permit=found == {Reason.NO_PERMIT})


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """Facts that a decision is made from.

    Attributes:
        orders: all that may be in force on the day.
        permits: those that name one of the animals, or lead from where they are.
        statuses: of the premises of the journey, by database key.
    """

    orders: Sequence[Order] = ()
    permits: Sequence[Permit] = ()
    policy: Policy = field(default_factory=Policy)
    statuses: Mapping[int, Sequence[Status]] = field(default_factory=dict)


def may_move(animal: MovingAnimal, journey: Journey, context: DecisionContext) -> Decision:
    """Decide whether one animal, mob or consignment of pork may make a journey.

    A slaughter where the animal stands is no movement: only its life and withdrawal count.
    """
    return may_all_move([animal], journey, context)[0]


def may_all_move(
    animals: Sequence[MovingAnimal], journey: Journey, context: DecisionContext
) -> list[Decision]:
    """Decide for several that go together: a permit covers the first so many."""
    ruling = _ruling(journey, context)
    left = {permit.number: permit.heads for permit in context.permits}
    decisions = []
    for animal in animals:
        bars = [*_own(animal, journey, context.policy), *ruling.bars]
        number = None
        permitted = _holding(animal.statuses, journey.on, _PERMIT)
        needed = ruling.permit or (bool(permitted) and not journey.at_home)
        if needed or ruling.unsure:
            permit = permit_for(animal, journey, context.permits, left)
            if isinstance(permit, Bar):
                bars += [permit] if needed else ruling.unsure
            elif not bars:
                number = permit.number
                left[number] -= animal.heads or 0
        decisions.append(Decision(_in_order(bars), number))
    return decisions


def needs_permit(
    journey: Journey, context: DecisionContext, animals: Iterable[MovingAnimal] = ()
) -> bool:
    """Tell whether a journey, or one of its animals, needs a permit for certain."""
    needed = any(_holding(one.statuses, journey.on, _PERMIT) for one in animals)
    return (needed and not journey.at_home) or _ruling(journey, context).permit


def _ruling(journey: Journey, context: DecisionContext) -> Ruling:
    places = tuple(_of_places(journey, context.statuses))
    if journey.at_home:
        return Ruling(places)
    orders, policy = rule(journey, context.orders), context.policy.rule(journey)
    unsure = orders.unsure + policy.unsure
    permit = orders.permit or policy.permit or _place_needs_permit(journey, context.statuses)
    return Ruling((*places, *orders.bars), permit, unsure)


def _place_needs_permit(journey: Journey, statuses: Mapping[int, Sequence[Status]]) -> bool:
    ends = (end.premises for end in (journey.start, journey.end) if end is not None)
    return any(
        _holding(statuses.get(end, ()), journey.on, _PERMIT) for end in ends if end is not None
    )


def _of_places(journey: Journey, statuses: Mapping[int, Sequence[Status]]) -> Iterator[Bar]:
    """Yield the bars of the places at both ends."""
    for end in (journey.start, journey.end):
        known = end.premises if end is not None else None
        if known is not None:
            yield from _of_disease(statuses.get(known, ()), journey.on)


def _of_disease(statuses: Iterable[Status], on: date) -> Iterator[Bar]:
    for status in _holding(statuses, on, OF_DISEASE):
        yield Bar(Reason(status.kind), {"disease": status.disease}, status.until)


def _holding(statuses: Iterable[Status], on: date, kinds: Collection[StatusKind]) -> list[Status]:
    return [one for one in statuses if one.kind in kinds and one.holds_on(on)]


def _own(animal: MovingAnimal, journey: Journey, policy: Policy) -> Iterator[Bar]:
    """Yield the bars of the animal itself, wherever it goes."""
    on = journey.on
    if animal.ended_on is not None and animal.ended_on <= on:
        ended = Reason.DEAD if animal.kind == AnimalKind.ANIMAL else Reason.GONE
        yield Bar(ended, {"day": animal.ended_on})
    if animal.record_lost:
        yield Bar(Reason.RECORD_LOST)
    elif not animal.registered and animal.kind != AnimalKind.CONSIGNMENT:
        yield Bar(Reason.UNKNOWN)
    if stolen := _holding(animal.statuses, on, {StatusKind.STOLEN}):
        yield Bar(Reason.STOLEN, {"day": stolen[0].since})
    yield from _of_disease(animal.statuses, on)
    until = animal.withdrawal_until
    if journey.for_slaughter and until is not None and on <= until:
        yield Bar(Reason.WITHDRAWAL, {"until": until}, until + _DAY)
    if animal.kind != AnimalKind.CONSIGNMENT and not journey.at_home:
        yield from _of_standstill(animal, journey, policy)


def _of_standstill(animal: MovingAnimal, journey: Journey, policy: Policy) -> Iterator[Bar]:
    moved_on, leaves_on = _standstill(animal, journey)
    if moved_on is None:
        return
    free_on = moved_on + policy.standstill_days * _DAY
    if moved_on <= leaves_on < free_on:
        days = {"day": moved_on, "count": policy.standstill_days, "until": free_on}
        yield Bar(Reason.STANDSTILL, days, free_on)


def _standstill(animal: MovingAnimal, journey: Journey) -> tuple[date | None, date]:
    """Return the day from which an animal must stay, and the day on which it leaves.

    The journey under way, or one in its place from where it began, left on a day of its own; the
    standstill that it begins is no bar to it.
    """
    start = journey.start.premises if journey.start else None
    if animal.trip and start in {None, animal.trip.origin}:
        return animal.trip.moved_on, animal.trip.left_on
    return animal.moved_on, journey.on


def _in_order(bars: Iterable[Bar]) -> tuple[Bar, ...]:
    """Sort bars, each of them once."""
    once: list[Bar] = []
    once.extend(bar for bar in bars if bar not in once)
    return tuple(sorted(once, key=lambda bar: (_ORDER.index(bar.reason), str(bar.values))))
