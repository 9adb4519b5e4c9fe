"""Pork against the book: the pigs that a consignment names, read when it is registered."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.livestock.domain.actors import Actor
from services.livestock.domain.consequences import Finding
from services.livestock.domain.events import Event
from services.livestock.domain.model import AnimalKind, EventType, Key, read_key
from services.livestock.domain.pork import Pork, SourcePig, against
from services.livestock.domain.statuses import Status
from services.livestock.recording.identity import find_animals
from services.livestock.recording.ownership import facts_of
from services.livestock.recording.statuses import place_statuses, read_statuses
from services.storage.models import Animal, Identifier, Journal, PorkSource
from services.storage.models import Status as StatusRow
from services.storage.rowsets import keys
from services.texts.catalogue import Listing


def pork_findings(
    session: Session, event: Event, consignment: int, actor: Actor | None
) -> list[Finding]:
    """Return what the book has against the pigs that pork is said to come from.

    Args:
        consignment: its database key.
        actor: who reports it; None: the program itself.
    """
    named = list(dict.fromkeys(map(read_key, event.details["pigs"])))
    refs = {key: ref.id for key, ref in find_animals(session, named).items()}
    facts = _SourceFacts(session, set(refs.values()), actor)
    pigs = [facts.of(key, refs.get(key)) for key in named]
    others = _other_kilograms(session, set(refs.values()), consignment) if refs else 0.0
    pork = Pork(event.day, event.details.get("kilograms"), pigs, others)
    return [
        Finding(condition, {"which": Listing(tuple(which), tight=" ")})
        for condition, which in against(pork)
    ]


class _SourceFacts:
    """Facts of some animals that pork is said to come from."""

    def __init__(self, session: Session, animals: set[int], actor: Actor | None) -> None:
        self._rows = _rows(session, animals)
        self._statuses: dict[int, list[Status]] = {}
        for one, status in read_statuses(session, StatusRow.animal_id, animals):
            self._statuses.setdefault(one, []).append(status)
        places = {at for row in self._rows.values() if (at := _place_of(row))}
        self._places = place_statuses(session, places)
        ties = facts_of(session, actor, animals) if actor and animals else {}
        self._strange = {one for one, of in ties.items() if not of.ties and not of.found}

    def of(self, named: Key, animal: int | None) -> SourcePig:
        """Return what is known of one; without a database key nothing is."""
        if animal is None:
            return SourcePig(str(named), known=False)
        row = self._rows[animal]
        pork = row.kind == AnimalKind.CONSIGNMENT
        return SourcePig(
            str(named),
            known=True,
            kind=row.kind,
            ended_on=row.ended_on,
            slaughtered=row.ended_by == EventType.SLAUGHTER,
            withdrawal_until=row.withdrawal_until,
            kilograms=row.kilograms if pork else row.carcass_kilograms,
            statuses=self._statuses.get(animal, ()),
            of_place=self._places.get(_place_of(row) or 0, ()),
            tied=animal not in self._strange,
        )


def _place_of(row: Any) -> int | None:  # noqa: ANN401 — a row
    at: int | None = row.seen_at_id or row.registered_at_id
    return at


def _rows(session: Session, animals: Iterable[int]) -> dict[int, Any]:
    rows = session.execute(
        select(
            Animal.id,
            Animal.kind,
            Animal.ended_on,
            Animal.withdrawal_until,
            Animal.kilograms,
            Animal.carcass_kilograms,
            Animal.seen_at_id,
            Animal.registered_at_id,
            Journal.type.label("ended_by"),
        )
        .outerjoin(Journal, Journal.id == Animal.ended_by_id)
        .where(Animal.id.in_(keys(session, animals)))
    )
    return {row.id: row for row in rows}


def consignments_of(session: Session, animals: Iterable[int]) -> dict[int, set[int]]:
    """Return the consignments of pork that name some animals, by any of their numbers.

    Both are database keys.
    """
    found: dict[int, set[int]] = {}
    rows = session.execute(
        select(Identifier.animal_id, PorkSource.consignment_id)
        .join(
            PorkSource,
            (PorkSource.scheme == Identifier.scheme) & (PorkSource.value == Identifier.value),
        )
        .where(Identifier.animal_id.in_(keys(session, animals)))
    )
    for animal, consignment in rows:
        if animal is not None:
            found.setdefault(animal, set()).add(consignment)
    return found


def sources_of(
    session: Session, consignments: Iterable[int]
) -> dict[int, list[tuple[Key, int | None]]]:
    """Return the numbers that consignments name, and the animals that have them now."""
    rows = session.execute(
        select(PorkSource.consignment_id, PorkSource.scheme, PorkSource.value, Identifier.animal_id)
        .outerjoin(
            Identifier,
            (PorkSource.scheme == Identifier.scheme) & (PorkSource.value == Identifier.value),
        )
        .where(PorkSource.consignment_id.in_(keys(session, consignments)))
        .order_by(PorkSource.scheme, PorkSource.value)
    )
    found: dict[int, list[tuple[Key, int | None]]] = {}
    for consignment, scheme, value, animal in rows:
        found.setdefault(consignment, []).append((Key(scheme, value), animal))
    return found


def named_sources(session: Session, consignment: Key) -> list[Key]:
    """Return the numbers of the pigs that a consignment came from; of all else there are none."""
    rows = session.execute(
        select(PorkSource.scheme, PorkSource.value)
        .join(Identifier, Identifier.animal_id == PorkSource.consignment_id)
        .where(Identifier.scheme == consignment.scheme, Identifier.value == consignment.value)
        .order_by(PorkSource.scheme, PorkSource.value)
    )
    return [Key(*row) for row in rows]


def carcasses_at(
    session: Session, premises: int, numbers: Iterable[str], days: tuple[date, date]
) -> dict[str, Key]:
    """Return the pigs whose carcasses got some numbers at premises within some days.

    Numbers begin again: of several the last one counts.

    Args:
        premises: database key.
    """
    rows = session.execute(
        select(Animal.carcass, Animal.scheme, Animal.value)
        .where(
            Animal.carcass.in_(list(numbers)),
            Animal.ended_on.between(*days),
            Animal.seen_at_id == premises,
        )
        .order_by(Animal.ended_on, Animal.id)
    )
    return {row.carcass: Key(row.scheme, row.value) for row in rows if row.carcass is not None}


def _other_kilograms(session: Session, animals: set[int], consignment: int) -> float:
    """Return the weight of other pork that is said to come from these animals."""
    named = consignments_of(session, animals).values()
    others = {one for of in named for one in of} - {consignment}
    total = session.scalar(
        select(func.sum(Animal.kilograms)).where(Animal.id.in_(keys(session, others)))
    )
    return float(total or 0)
