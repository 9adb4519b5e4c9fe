"""Erasure of an event's content by an administrator; the event stays, marked as erased.

The state of its animals, and the statuses of its place, are rebuilt without it, as if it were
declared wrong. Their numbers stay, since tags hang in ears, and so do rows of premises, which have
commands of their own.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.ledger.content_erasure import (
    ERASURE,
    ErasureOrder,
    all_recorded,
    erase_content,
    leaves_of,
)
from services.livestock.domain.errors import (
    AlreadyErased,
    NotErasable,
    NotRecordedYet,
    UnknownReport,
)
from services.livestock.domain.model import EventType, write_key
from services.livestock.recording.census_counts import recount
from services.livestock.recording.identity import find_animals
from services.livestock.recording.journal import animals_in
from services.livestock.recording.places import rebuild_places
from services.livestock.recording.rebuilding import rebuild
from services.storage.locks import require_one_writer
from services.storage.models import Correction, Journal, Premises

_OF_PEOPLE = frozenset(EventType) - {
    EventType.ALLOCATION,
    EventType.CENSUS,
    EventType.DECISION,
    EventType.NOTICE,
    EventType.ORDER,
    EventType.OUTBREAK,
    EventType.PERMIT,
    EventType.AGREE,
    EventType.OBJECT,
}


class Erased(NamedTuple):
    """Extent of an erasure.

    Attributes:
        type: of the event.
        indexes: of its leaves on the ledger.
        animals: whose state is made again without it.
    """

    type: str
    indexes: tuple[int, ...]
    animals: tuple[str, ...]


def plan_erasure(session: Session, event: UUID) -> Erased:
    """Return the extent of an erasure; nothing changes.

    Raises:
        UnknownReport: there is no such event.
        NotErasable: it is an act of an authority or an erasure, or declares an event wrong that is
            not erased.
        AlreadyErased: it was erased before.
        NotRecordedYet: a leaf of it waits for the ledger, so that no erasure can name it.
    """
    return _plan(session, *_find(session, event))


def erase_event(session: Session, event: UUID, erasing: ErasureOrder) -> Erased:
    """Erase an event's content, in the session's transaction.

    Args:
        event: its id.
        erasing: why and by whom.

    Raises:
        UnknownReport, NotErasable, AlreadyErased, NotRecordedYet: see `plan_erasure`.
    """
    require_one_writer(session)
    row, told = _find(session, event)
    plan = _plan(session, row, told)
    erase_content(session, row, erasing)
    session.expire(row)
    # The event that it declared wrong is erased too, as evidence itself is: both stay out.
    session.execute(delete(Correction).where(Correction.corrected_by_id == row.id))
    if row.type == EventType.COUNT:
        recount(session, told)
    rebuild(session, set(find_animals(session, animals_in(told)).values()))
    rebuild_places(session, _places_in(session, told))
    return plan


def _places_in(session: Session, record: Mapping[str, Any]) -> list[int]:
    """Return the premises whose statuses an event may have made, by database key."""
    at = record.get("at", {}).get("premises")
    if at is None:
        return []
    return list(session.scalars(select(Premises.id).where(Premises.public_id == UUID(at))))


def _find(session: Session, event: UUID) -> tuple[Journal, Mapping[str, Any]]:
    row = session.scalars(select(Journal).where(Journal.event_id == event)).one_or_none()
    if row is None:
        raise UnknownReport
    if row.type == ERASURE or row.type not in _OF_PEOPLE:
        raise NotErasable(why=f"It is of the type {row.type}: acts of an authority stay")
    if row.content is None:
        raise AlreadyErased
    told = json.loads(row.content)
    if row.type == EventType.VOID and _stands(session, UUID(told["details"]["corrects"])):
        raise NotErasable(why="It declares an event wrong that is not erased: erase that first")
    return row, told


def _plan(session: Session, row: Journal, told: Mapping[str, Any]) -> Erased:
    leaves = leaves_of(session, row.id)
    if not all_recorded(session, leaves):
        raise NotRecordedYet
    indexes = tuple(leaf.place for leaf in leaves if leaf.place is not None)
    return Erased(row.type, indexes, tuple(map(write_key, animals_in(told))))


def _stands(session: Session, event: UUID) -> bool:
    wanted = select(Journal.id).where(Journal.event_id == event, Journal.content.is_not(None))
    return session.scalar(wanted) is not None
