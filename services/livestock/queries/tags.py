"""The life of a tag, read from the journal, as a viewer may see it."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.canonical import public_subject
from services.livestock.domain.access import Sight, Viewer, sight_of, sight_of_place
from services.livestock.domain.errors import UnknownNumber
from services.livestock.domain.model import AnimalRef, EventType, FlagCode, Key, Scheme
from services.livestock.domain.tag_life import TagState, TagStep, Wearer, life_of, state_of
from services.livestock.queries.premises import PremisesSummary, place_shown, read_places
from services.livestock.recording.identity import find_animals
from services.livestock.recording.journal import animals_in
from services.livestock.recording.ownership import ties_of
from services.livestock.recording.premises import order_of, range_of
from services.livestock.recording.replay import histories
from services.livestock.recording.short_numbers import numbers_of
from services.storage.models import Flag, Identifier, Journal, LedgerLeaf


class ShownStep(NamedTuple):
    """A step of a tag's life with what it names: place, numbers of the animal, and event."""

    step: TagStep
    place: PremisesSummary | None
    numbers: tuple[str, ...]
    event: UUID


class TagHistory(NamedTuple):
    """The life of a tag; the state is None where nothing but a sighting tells of its animal."""

    number: Key
    state: TagState | None
    steps: tuple[ShownStep, ...]


def tag_history(session: Session, number: Key) -> TagHistory:
    """Return the life of a tag.

    Raises:
        UnknownNumber: nobody ordered, issued or fitted it, and no animal has it.
    """
    animals = _animals(session, number)
    papers = _papers(session, number)
    if not animals and not papers:
        raise UnknownNumber(number=number)
    told = histories(session, [ref.key for ref in animals])
    wearers = [Wearer(ref.id, ref.key, told[ref.key].in_force) for ref in animals]
    flagged = select(Flag.journal_id).where(
        Flag.animal_id.in_([ref.id for ref in animals]),
        Flag.code == FlagCode.TAG_ISSUED_ELSEWHERE.value,
    )
    steps = life_of(number, papers, wearers, set(session.scalars(flagged)))
    return TagHistory(number, state_of(steps), _shown(session, steps))


def last_steps(session: Session, animal: AnimalRef) -> dict[Key, TagStep]:
    """Return the last step of each official number of an animal, as its own events tell it."""
    told = histories(session, [animal.key])[animal.key]
    wearer = Wearer(animal.id, animal.key, told.in_force)
    numbers = select(Identifier.value).where(
        Identifier.animal_id == animal.id, Identifier.scheme == Scheme.OFFICIAL
    )
    keys = [Key(Scheme.OFFICIAL, value) for value in sorted(session.scalars(numbers))]
    lives = {key: life_of(key, [], [wearer]) for key in keys}
    return {key: steps[-1] for key, steps in lives.items() if steps}


def tag_view(session: Session, viewer: Viewer, life: TagHistory) -> dict[str, Any]:
    """Return a tag as `viewer` may see it: its state, and who may see its animal or place, all."""
    shown: dict[str, Any] = {"number": str(life.number), "state": life.state}
    if not _sees(session, viewer, life):
        return shown
    return shown | {
        "steps": [
            {
                "state": one.step.state,
                "on": one.step.on,
                "animals": one.numbers,
                "premises": place_shown(viewer, one.place),
                "event": one.event,
                "flag": one.step.flag,
            }
            for one in life.steps
        ]
    }


def _sees(session: Session, viewer: Viewer, life: TagHistory) -> bool:
    animals = {one.step.animal for one in life.steps if one.step.animal}
    ties = ties_of(session, viewer, animals)
    places = [one.place for one in life.steps if one.place and not one.step.animal]
    sights = [
        *(sight_of(viewer, of) for of in ties.values()),
        *(sight_of_place(viewer, one.keeper_id, one.province) for one in places),
    ]
    return max(sights, default=Sight.STATUS) >= Sight.NUMBERS


def _animals(session: Session, number: Key) -> Sequence[AnimalRef]:
    """Return the animals that have a number, or were retagged with it without getting it."""
    holder = find_animals(session, [number])
    contents = session.scalars(
        select(Journal.content)
        .join(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
        .where(
            LedgerLeaf.subject == public_subject(*number),
            Journal.type == EventType.RETAG.value,
            Journal.content.is_not(None),
        )
    )
    named = {animals_in(json.loads(content or b"{}"))[0] for content in contents}
    found = [*holder.values(), *find_animals(session, named).values()] if named else holder.values()
    return list({ref.id: ref for ref in found}.values())


def _papers(session: Session, number: Key) -> list[TagStep]:
    found = {
        TagState.ORDERED: order_of(session, number.value),
        TagState.ISSUED: range_of(session, number.value),
    }
    return [
        TagStep(
            state,
            session.get_one(Journal, one.journal_id).occurred_on,
            one.journal_id,
            premises=one.premises_id,
        )
        for state, one in found.items()
        if one is not None
    ]


def _shown(session: Session, steps: Iterable[TagStep]) -> tuple[ShownStep, ...]:
    told = list(steps)
    places = read_places(session, {one.premises for one in told if one.premises})
    animals = {one.animal for one in told if one.animal}
    numbers = numbers_of(session, Identifier.animal_id, animals) if animals else {}
    wanted = select(Journal.id, Journal.event_id).where(Journal.id.in_({one.event for one in told}))
    events = {row.id: row.event_id for row in session.execute(wanted)}
    return tuple(
        ShownStep(
            one,
            places.get(one.premises or 0),
            tuple(numbers.get(one.animal or 0, ())),
            events[one.event],
        )
        for one in told
    )
