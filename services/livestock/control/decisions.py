"""Answers to the question whether animals may move, from the database.

It is asked of animals where they are, or of the contents of a permit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.domain.model import AnimalKind, Key, Scheme
from services.livestock.domain.movement_decision import DecisionContext, Policy, may_all_move
from services.livestock.domain.movement_questions import Decision, Journey, MovingAnimal
from services.livestock.domain.permits import Permit as PermitRule
from services.livestock.domain.permits import PermitState
from services.livestock.domain.places import Whereabouts, folded
from services.livestock.queries.positions import AnimalPosition, positions_on
from services.livestock.recording.decision_context import (
    orders_since,
    permits_for,
    read_permits,
    whereabouts,
)
from services.livestock.recording.lookup import require_premises
from services.livestock.recording.statuses import place_statuses
from services.storage.models import Animal, Identifier, Permit, PermitAnimal, Premises


@dataclass(frozen=True, slots=True)
class Question:
    """Question whether some pigs may move.

    Attributes:
        numbers: of animals, mobs, consignments or permits.
        on: local day of the journey.
        to: destination; None: that of their open movement, else of their permit, else beyond
            `post`; for a slaughter, where they are.
        slaughter: True: may they be slaughtered there?
        post: database key of the roadblock at which they stand.
    """

    numbers: tuple[Key, ...]
    on: date
    to: Key | None = None
    slaughter: bool = False
    post: int | None = None


class Answer(NamedTuple):
    """Decision on one item.

    Attributes:
        end: destination; None: not known.
    """

    item: "Item"
    end: Whereabouts | None
    decision: Decision


def places_of(answers: Iterable[Answer]) -> set[int]:
    """Return the premises that answers are about, by database key: where things are and go."""
    keys = {one.item.position.at for one in answers}
    keys |= {one.end.premises for one in answers if one.end}
    return {key for key in keys if key is not None}


class _Trip(NamedTuple):
    """Common facts of items that go together; a permit asked about stands for itself."""

    start: Whereabouts | None
    end: Whereabouts | None
    permit: str | None


def decide(session: Session, question: Question, policy: Policy) -> list[Answer]:
    """Answer a question for each animal in turn; a permit's number stands for its contents.

    Raises:
        UnknownNumber, WrongKind: `to` is no premises', or a number is no animal's.
    """
    told = require_premises(session, question.to).id if question.to else None
    items = [_leaving(one, told) for one in read_items(session, question.numbers, question.on)]
    starts = {item.position.at for item in items if item.position.at is not None}
    animals = [item.position.facts.id for item in items if item.position.facts.id is not None]
    asked = {item.permit for item in items if item.permit}
    permits = permits_for(session, animals, starts, question.on, asked)
    orders = orders_since(session, question.on)
    trips = _trips(session, question, told, items, permits)
    ends = {end.premises for trip in trips.values() for end in (trip.start, trip.end) if end}
    places = place_statuses(session, [end for end in ends if end is not None])
    found: dict[Item, Answer] = {}
    for trip, group in _together(items, trips):
        fitting = [one for one in permits if trip.permit in {None, one.number}]
        journey = Journey(trip.start, trip.end, question.on, question.slaughter)
        facts = [item.position.facts for item in group]
        decisions = may_all_move(facts, journey, DecisionContext(orders, fitting, policy, places))
        found |= {
            item: Answer(item, trip.end, decision)
            for item, decision in zip(group, decisions, strict=True)
        }
    return [found[item] for item in items]


def _leaving(item: "Item", told: int | None) -> "Item":
    """Return an item as it stands before a journey elsewhere: where it was going, by now."""
    towards = item.position.towards
    if towards is None or told in {None, towards}:
        return item
    return item._replace(position=item.position._replace(at=towards, towards=None))


def _trips(
    session: Session,
    question: Question,
    told: int | None,
    items: "Sequence[Item]",
    permits: Sequence[PermitRule],
) -> "dict[Item, _Trip]":
    post = session.get(Premises, question.post) if question.post is not None else None
    ends = {
        item: told
        or (item.position.at if question.slaughter else None)
        or item.position.towards
        or _permitted(item, permits, question.on)
        for item in items
    }
    keys = {*ends.values(), *(item.position.at for item in items)}
    places = whereabouts(session, (key for key in keys if key is not None))
    trips = {}
    for item in items:
        start, end = places.get(item.position.at or 0), places.get(ends[item] or 0)
        trips[item] = _Trip(start, end or _far_side(post, start), item.permit)
    return trips


def _together(
    items: "Iterable[Item]", trips: "dict[Item, _Trip]"
) -> "Iterable[tuple[_Trip, list[Item]]]":
    order = {trip: place for place, trip in enumerate(dict.fromkeys(trips.values()))}
    in_order = sorted(items, key=lambda item: order[trips[item]])
    return ((trip, list(group)) for trip, group in groupby(in_order, key=trips.__getitem__))


def _permitted(item: "Item", permits: Iterable[PermitRule], on: date) -> int | None:
    """Return the destination of the permit that an item most likely travels on."""
    leading = [
        permit
        for permit in permits
        if item.position.facts.id in permit.animals
        or (not permit.animals and permit.origin == item.position.at)
    ]
    best = min(
        leading,
        key=lambda permit: (
            permit.state is not PermitState.ISSUED,
            not permit.first <= on <= permit.last,
            not permit.animals,
            -permit.last.toordinal(),
        ),
        default=None,
    )
    return best.destination if best else None


def _far_side(post: Premises | None, start: Whereabouts | None) -> Whereabouts | None:
    """Return the far side of a roadblock, seen from `start`."""
    if post is None or post.beyond_province is None:
        return None
    near = Whereabouts(province=post.province, district=post.district)
    far = Whereabouts(province=post.beyond_province, district=post.beyond_district)
    from_far = start is not None and _within(start, far) and not _within(start, near)
    return near if from_far else far


def _within(place: Whereabouts, wider: Whereabouts) -> bool:
    known = folded((place.province, place.district))
    wanted = folded((wider.province, wider.district))
    return all(two is None or one == two for one, two in zip(known, wanted, strict=True))


class Item(NamedTuple):
    """One thing that may move or not.

    Attributes:
        number: as it was asked about.
        animal: its number, None for pigs that a permit counts but does not name.
        permit: number of the permit that was asked about.
    """

    number: Key
    position: AnimalPosition
    animal: Key | None = None
    permit: str | None = None


def read_items(session: Session, numbers: Sequence[Key], on: date) -> list[Item]:
    """Return what numbers stand for on a day, in their order; one animal by two numbers once."""
    permits = _permits(session, numbers)
    named = {number: _animals(session, row) for number, row in permits.items()}
    keys = [key for number in numbers for key in named.get(number, [number])]
    standings = dict(zip(keys, positions_on(session, keys, on), strict=True))
    counted = _counts(session, [row for number, row in permits.items() if not named[number]])
    items: list[Item] = []
    for number in numbers:
        if number not in permits:
            items.append(Item(number, standings[number], number))
        elif not named[number]:
            items.append(_counted(number, permits[number], counted[permits[number].id]))
        else:
            items += [
                Item(
                    key,
                    standings[key]._replace(towards=permits[number].destination_id),
                    key,
                    number.value,
                )
                for key in named[number]
            ]
    once: dict[object, Item] = {}
    for item in items:
        once.setdefault((item.position.facts.id or item.number, item.permit), item)
    return list(once.values())


def _counts(session: Session, permits: Sequence[Permit]) -> dict[int | None, int | None]:
    """Return the heads that are left of permits for a count, by database key."""
    wanted = Permit.id.in_([row.id for row in permits])
    return {rule.id: rule.head_count for rule in read_permits(session, wanted)} if permits else {}


def _counted(number: Key, permit: Permit, heads: int | None) -> Item:
    facts = MovingAnimal(str(number), AnimalKind.MOB, head_count=heads)
    standing = AnimalPosition(facts, permit.origin_id, permit.destination_id)
    return Item(number, standing, None, number.value)


def _permits(session: Session, numbers: Iterable[Key]) -> dict[Key, Permit]:
    short = {number.value for number in numbers if number.scheme == Scheme.SHORT}
    if not short:
        return {}
    rows = session.execute(
        select(Identifier.value, Permit)
        .join(Permit, Permit.id == Identifier.permit_id)
        .where(Identifier.scheme == Scheme.SHORT, Identifier.value.in_(short))
    )
    return {Key(Scheme.SHORT, value): row for value, row in rows}


def _animals(session: Session, permit: Permit) -> list[Key]:
    named = select(PermitAnimal.animal_id).where(PermitAnimal.permit_id == permit.id)
    rows = session.execute(
        select(Animal.scheme, Animal.value).where(Animal.id.in_(named)).order_by(Animal.id)
    )
    return [Key(scheme, value) for scheme, value in rows]
