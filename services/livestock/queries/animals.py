"""Animals in lists, and the history of one: now, on a day, or as known at an instant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from chain.canonical import public_subject
from services.ledger.receipts import OF_LEAF, ON_CHAIN
from services.livestock.domain.access import Viewer
from services.livestock.domain.animal_state import AnimalState
from services.livestock.domain.model import AnimalKind, AnimalRef, Key, Scheme
from services.livestock.domain.movements import places_on
from services.livestock.domain.owners import ownerships
from services.livestock.domain.statuses import holding
from services.livestock.domain.stays import stays as stays_of
from services.livestock.queries.premises import PremisesSummary, is_premises, read_places
from services.livestock.recording.journal import OURS
from services.livestock.recording.lookup import require_animal, require_premises
from services.livestock.recording.ownership import animals_at, visible_animals
from services.livestock.recording.policy import policy_of
from services.livestock.recording.projection import read_beginnings, read_states
from services.livestock.recording.replay import histories, replay
from services.livestock.recording.short_numbers import numbers_of, short_number
from services.storage.models import (
    Animal,
    Correction,
    Flag,
    Identifier,
    Journal,
    LedgerBatch,
    LedgerLeaf,
    Party,
)

_LAST = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AsOf:
    """Time of a question: true at the end of a day, as known at an instant.

    None: the newest.
    """

    on: date | None = None
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StayAt:
    """A time that an animal spent at a place; None: not known, or still there."""

    place: PremisesSummary | None
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One event, and where it is on the ledger: its index, None while it waits."""

    event_id: UUID
    type: str
    occurred_on: date
    recorded_at: datetime
    content: bytes | None
    index: int | None
    on_chain: bool
    void: bool = False

    @property
    def erased(self) -> bool:
        """True if the event's content is erased."""
        return self.content is None


@dataclass(frozen=True, slots=True)
class AnimalHistory:
    """Everything known of an animal; `owner` is the public id of its owner, where it is told."""

    public_id: UUID
    numbers: tuple[str, ...]
    short_number: str | None
    found: bool
    subject: bytes
    stays: tuple[StayAt, ...]
    entries: tuple[JournalEntry, ...]
    flags: tuple[str, ...]
    id: int
    kind: str
    state: AnimalState
    places: tuple[PremisesSummary, ...]
    owner: UUID | None
    dam: str | None = None
    sire: str | None = None


def subject_of(session: Session, key: Key) -> bytes:
    """Return the ledger's subject of an animal or premises, 32 bytes.

    Raises:
        UnknownNumber: nothing here has the number. An animal's subject would follow from it alone,
            but an audit of a number mistyped must not find that all is well.
    """
    if key.scheme == Scheme.PREMISES or is_premises(session, key):
        return require_premises(session, key).subject_key
    return public_subject(*require_animal(session, key).key)


def animal_history(session: Session, key: Key, as_of: AsOf | None = None) -> AnimalHistory:
    """Return everything known of one animal.

    Raises:
        UnknownNumber: nothing has the number.
    """
    animal, as_of = require_animal(session, key), as_of or AsOf()
    row = session.get_one(Animal, animal.id)
    state, flags = _state(session, animal, as_of)
    stays = stays_of(state.home, state.moves, state.began)
    here = places_on(as_of.on or date.max, state.home, state.moves)
    known = {stay.premises for stay in stays if stay.premises} | here
    places = read_places(session, known)
    subject = public_subject(*animal.key)
    numbers = numbers_of(session, Identifier.animal_id, [animal.id])[animal.id]
    short = short_number(session, Identifier.animal_id == animal.id)
    return AnimalHistory(
        public_id=row.public_id,
        numbers=tuple(sorted(numbers)),
        short_number=short.value if short else None,
        found=state.found,
        subject=subject,
        stays=tuple(
            StayAt(places.get(stay.premises or 0), stay.since, stay.until) for stay in stays
        ),
        entries=tuple(_entries(session, subject, as_of)),
        flags=tuple(flags),
        id=animal.id,
        kind=animal.kind,
        state=state,
        places=tuple(places[one] for one in sorted(here)),
        owner=session.scalar(select(Party.public_id).where(Party.id == state.owner_id)),
        **_parents(session, row),
    )


def _parents(session: Session, row: Animal) -> dict[str, str | None]:
    """Return the numbers of dam and sire, as people call them; None: not known here."""
    ids = {"dam": row.dam_id, "sire": row.sire_id}
    known = {one for one in ids.values() if one is not None}
    numbers = numbers_of(session, Identifier.animal_id, known) if known else {}
    return {name: numbers[one][0] if one else None for name, one in ids.items()}


def owners_of(session: Session, animal: AnimalRef) -> list[dict[str, Any]]:
    """Return who owned an animal, by public id, and from when to when."""
    told = histories(session, [animal.key])[animal.key]
    found = ownerships([*told.inherited, *told.events])
    parties = select(Party.id, Party.public_id).where(Party.id.in_({one.owner for one in found}))
    events = select(Journal.id, Journal.event_id).where(
        Journal.id.in_({one.event for one in found})
    )
    named = {row.id: row.public_id for row in session.execute(parties)}
    caused = {row.id: row.event_id for row in session.execute(events)}
    return [
        one._asdict() | {"owner": named.get(one.owner or 0), "event": caused[one.event]}
        for one in found
    ]


def _state(session: Session, animal: AnimalRef, as_of: AsOf) -> tuple[AnimalState, list[str]]:
    if as_of == AsOf():
        flags = select(Flag.code).where(Flag.animal_id == animal.id).order_by(Flag.journal_id)
        state = read_states(session, [animal.id])[animal.id]
        state.began = read_beginnings(session, [animal.id]).get(animal.id, ())
        return state, list(session.scalars(flags))
    told = histories(session, [animal.key], known_at=as_of.known_at)[animal.key]
    days = policy_of(session).standstill_days
    until = as_of.on or date.max
    state, found = replay(told, animal.kind, standstill_days=days, until=until)
    return state, [code.value for _, code in found]


def _entries(session: Session, subject: bytes, as_of: AsOf) -> Iterable[JournalEntry]:
    rows = session.execute(
        select(
            Journal,
            LedgerLeaf.index.label("place"),
            LedgerBatch.state,
            Correction.journal_id.is_not(None).label("void"),
        )
        .join(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
        .outerjoin(Correction, Correction.journal_id == Journal.id)
        .outerjoin(LedgerBatch, OF_LEAF)
        .where(
            LedgerLeaf.subject == subject,
            OURS,
            Journal.occurred_on <= (as_of.on or date.max),
            Journal.recorded_at <= (as_of.known_at or _LAST),
        )
        .order_by(Journal.occurred_on, Journal.id)
    )
    for row in rows:
        event = row.Journal
        yield JournalEntry(
            event.event_id,
            event.type,
            event.occurred_on,
            event.recorded_at,
            event.content,
            row.place,
            row.state in ON_CHAIN,
            row.void,
        )


class Status(StrEnum):
    """Public status of an animal."""

    ALIVE = "alive"
    MOVING = "moving"
    DEAD = "dead"
    UNREGISTERED = "unregistered"


def animals_wanted(viewer: Viewer, kind: AnimalKind | None, at: int | None) -> Select[Animal]:
    """Select the animals whose numbers `viewer` sees, of a kind, last known at premises."""
    wanted = select(Animal).where(visible_animals(viewer))
    if kind is not None:
        wanted = wanted.where(Animal.kind == kind.value)
    return wanted if at is None else wanted.where(animals_at(at))


def summarise(session: Session, rows: Sequence[Animal], today: date) -> list[dict[str, Any]]:
    """Return animals as a list of a local day shows them."""
    ids = [row.id for row in rows]
    numbers = numbers_of(session, Identifier.animal_id, ids)
    states = read_states(session, ids)
    here = {one: places_on(date.max, state.home, state.moves) for one, state in states.items()}
    places = read_places(session, set().union(*here.values()))
    return [
        {
            "public_id": row.public_id,
            "kind": row.kind,
            "numbers": numbers[row.id],
            "status": status_of(states[row.id], today),
            "province": province_of(places[one] for one in here[row.id]),
            "statuses": holding(states[row.id].statuses, today),
            "head_count": row.head_count,
            "kilograms": row.kilograms,
        }
        for row in rows
    ]


def status_of(state: AnimalState, today: date) -> Status:
    """Return the public status of an animal on a local day."""
    if state.ended_on is not None:
        return Status.DEAD
    if state.found:
        return Status.UNREGISTERED
    return Status.MOVING if state.standing(today).trip else Status.ALIVE


def province_of(places: Iterable[PremisesSummary]) -> str | None:
    """Return the one province of the premises that an animal may be at, None where unknown."""
    found = {place.province for place in places}
    return found.pop() if len(found) == 1 else None
