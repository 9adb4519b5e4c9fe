"""An animal's state made again from its events: without a void one, or as known at an instant."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from chain.canonical import public_subject
from services.storage.models import Correction, Journal, LedgerLeaf, Party, Permit, Premises
from services.traceability.model import AnimalKind, EventType, FlagCode
from services.traceability.rules.state import AnimalState, Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from services.traceability.model import Key

_NEAR = {EventType.DEPART: "from", EventType.PERMIT: "from", EventType.DECISION: "from"}
_FAR = {EventType.ARRIVE: "from"}


def events_of(session: Session, key: Key, *, known_at: datetime | None = None) -> list[Event]:
    """Read the events of an animal in the journal's order, void ones left out.

    Args:
        session: an open session.
        key: its first official identifier.
        known_at: UTC; only what was recorded by then counts, corrections included.
    """
    rows = session.execute(
        select(Journal.id, Journal.content)
        .join(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
        .where(LedgerLeaf.subject == public_subject(*key), *_known(known_at))
        .order_by(Journal.id)
    ).all()
    void = _void(session, [row.id for row in rows], known_at)
    contents = [(row.id, json.loads(row.content)) for row in rows if row.id not in void]
    return _events(session, contents)


def replay(
    events: Iterable[Event], kind: str = AnimalKind.ANIMAL
) -> tuple[AnimalState, list[tuple[int, FlagCode]]]:
    """Fold the events of one of a kind into a state.

    Returns:
        It, and each flag with the journal key of its event.
    """
    state = AnimalState(kind=kind)
    flags = [(event.journal_id, code) for event in events for code in state.apply(event)]
    return state, flags


def owner_of(details: Mapping[str, Any]) -> str | None:
    """Return the public id of the party that an event makes the owner, if it makes one."""
    owner: str | None = details.get("owner") or details.get("receiver")
    return owner


def _known(known_at: datetime | None) -> tuple[Any, ...]:
    return () if known_at is None else (Journal.recorded_at <= known_at,)


def _void(session: Session, events: Sequence[int], known_at: datetime | None) -> set[int]:
    return set(
        session.scalars(
            select(Correction.journal_id)
            .join(Journal, Journal.id == Correction.corrected_by_id)
            .where(Correction.journal_id.in_(events), *_known(known_at))
        )
    )


def _events(session: Session, contents: Sequence[tuple[int, Mapping[str, Any]]]) -> list[Event]:
    found = [(journal_id, record, _named(record)) for journal_id, record in contents]
    ids = {public_id for _, _, named in found for public_id in named.values()}
    keys = {
        row.public_id: row.id
        for table in (Premises, Party, Permit)
        for row in session.execute(
            select(table.public_id, table.id).where(table.public_id.in_(ids))
        )
    }
    return [
        Event(
            journal_id,
            EventType(record["type"]),
            _day(record),
            details=record.get("details", {}),
            **{role: keys.get(public_id) for role, public_id in named.items()},
        )
        for journal_id, record, named in found
    ]


def _day(record: Mapping[str, Any]) -> date:
    return date.fromisoformat(record["occurred"]["at"][:10])


def _named(record: Mapping[str, Any]) -> dict[str, UUID]:
    """Return the public ids of what a record names, by the role that they have in an `Event`."""
    kind, details = EventType(record["type"]), record.get("details", {})
    near = record.get(_NEAR.get(kind, "at"), {}).get("premises")
    far = record.get(_FAR.get(kind, "to"), {}).get("premises")
    party = owner_of(details)
    permit = next((one["id"] for one in record["subjects"] if one["kind"] == "permit"), None)
    named = {"premises": near, "other": far, "party": party, "permit": permit}
    return {role: UUID(public_id) for role, public_id in named.items() if public_id}
