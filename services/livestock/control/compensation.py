"""Compensation list: pigs culled under an order, each with its proof."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from chain.canonical import receipt_code
from services.ledger.receipts import OF_LEAF, ON_CHAIN, ReceiptState
from services.livestock.control.affected import area_of
from services.livestock.control.case_counts import CaseEvent, events_of, extent_of
from services.livestock.control.orders import list_orders
from services.livestock.domain.areas import Area
from services.livestock.domain.model import EventType, Key
from services.livestock.domain.places import Whereabouts
from services.livestock.queries.premises import read_places
from services.livestock.recording.decision_context import whereabouts
from services.storage.models import (
    Animal,
    ControlOrder,
    LedgerBatch,
    LedgerLeaf,
    Outbreak,
    Party,
    Premises,
)

_NOBODY: tuple[str, str] = ("", "")


class CompensationClaim(NamedTuple):
    """One animal or mob, or so many untagged pigs, that were culled under an order.

    Attributes:
        tag: empty for pigs that are told by a number alone.
        owner: public id of the owner, else of the keeper of the premises; None: not known.
        day: local day of the cull.
        event, receipt: proof that it was reported.
        ledger: `on chain` or `waiting`.
    """

    order: str
    tag: str
    heads: int
    owner: UUID | None
    premises: str
    day: date
    event: str
    receipt: str
    ledger: str


class _Proof(NamedTuple):
    receipt: str
    ledger: str


def claims_of(session: Session, outbreak: Outbreak, on: date) -> list[CompensationClaim]:
    """Return the pigs culled under an outbreak's orders up to a day, in the journal's order.

    A cull counts where an order that is in force on its day reaches its premises. An animal that
    is reported as culled twice stands in the list once.
    """
    culls = [
        event
        for event in events_of(session, extent_of(session, outbreak), on, (EventType.DEATH,))
        if event.details.get("cause") == "culled"
    ]
    keys = {event.premises for event in culls}
    places, owners = read_places(session, keys), _Owners(session, culls)
    under = _Orders(session, outbreak, keys)
    proofs = _proofs(session, [event.journal_id for event in culls])
    return [
        CompensationClaim(
            order,
            "" if animal == _NOBODY else str(Key(*animal)),
            heads,
            owners.of(animal, event.premises),
            places[event.premises].number,
            event.day,
            event.record["event"],
            *proofs[event.journal_id],
        )
        for event, animal, heads in _once(culls)
        if (order := under.number(event))
    ]


def _once(culls: Iterable[CaseEvent]) -> Iterator[tuple[CaseEvent, tuple[str, str], int]]:
    seen: set[tuple[str, str]] = set()
    for event in culls:
        heads = event.details.get("head_count", 1)
        if not event.animals:
            yield event, _NOBODY, heads
        for animal in event.animals:
            # A mob may be culled in parts on several days.
            if animal not in seen or "head_count" in event.details:
                yield event, animal, heads
            seen.add(animal)


class _Owners:
    """Owners of animals; without one, the keeper of the premises."""

    def __init__(self, session: Session, culls: Sequence[CaseEvent]) -> None:
        named = {animal for event in culls for animal in event.animals}
        rows = session.execute(
            select(Animal.scheme, Animal.value, Party.public_id)
            .join(Party, Party.id == Animal.owner_id)
            .where(tuple_(Animal.scheme, Animal.value).in_(named))
        )
        self._owners = {(row.scheme, row.value): row.public_id for row in rows}
        kept = session.execute(
            select(Premises.id, Party.public_id)
            .join(Party, Party.id == Premises.keeper_id)
            .where(Premises.id.in_({event.premises for event in culls}))
        )
        self._keepers = {row.id: row.public_id for row in kept}

    def of(self, animal: tuple[str, str], premises: int) -> UUID | None:
        """Return the public id of the owner of an animal at premises."""
        return self._owners.get(animal) or self._keepers.get(premises)


class _Orders:
    """Orders of an outbreak, by premises and day."""

    def __init__(self, session: Session, outbreak: Outbreak, premises: Iterable[int]) -> None:
        rows = list_orders(session, ControlOrder.outbreak_id == outbreak.id)
        self._orders: list[tuple[ControlOrder, Area]] = [
            (row, area_of(session, row.area)) for row in reversed(rows)
        ]
        self._where: Mapping[int, Whereabouts] = whereabouts(session, premises)

    def number(self, event: CaseEvent) -> str | None:
        """Return the number of the first order that reached an event; None: there was none."""
        return next(
            (
                row.number
                for row, area in self._orders
                if row.since <= event.day
                and (row.until is None or event.day < row.until)
                and area.contains(self._where[event.premises])
            ),
            None,
        )


def _proofs(session: Session, events: Sequence[int]) -> dict[int, _Proof]:
    rows = session.execute(
        select(LedgerLeaf.journal_id, LedgerLeaf.commitment, LedgerBatch.state)
        .outerjoin(LedgerBatch, OF_LEAF)
        .where(LedgerLeaf.journal_id.in_(events), LedgerLeaf.position == 0)
    )
    return {
        row.journal_id: _Proof(
            receipt_code(row.commitment),
            (ReceiptState.ON_CHAIN if row.state in ON_CHAIN else ReceiptState.WAITING).value,
        )
        for row in rows
    }
