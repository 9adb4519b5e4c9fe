"""Erasing the content of an event: content and salts go, and erasures say so on the ledger.

Each leaf of the event has an erasure of its own, under the same subject and naming that one index.
An erasure that named all indexes would show the holder of a tag where the leaf of its keeper's
premises is, and so its key on the chain, which `docs/adr/0001` hides. An erasure that named all
subjects would publish the erased content again.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from chain.canonical import canonical_bytes, link, new_salt
from services.ledger.journal import (
    JournalEntry,
    RecordedAct,
    SaltedSubject,
    entry_of_act,
    stored_instant,
    write_entries,
)
from services.ledger.receipts import recorded_size
from services.storage.models import Erasure, Journal, LedgerLeaf

ERASURE = "erasure"
"""Type of the events; it stands in records for good, and triggers know it."""


class ErasureReason(StrEnum):
    """Reason of an erasure; the words never change."""

    ASKED = "asked_by_the_person"
    ORDERED = "ordered_by_an_authority"
    UNLAWFUL = "collected_unlawfully"


class ErasureOrder(NamedTuple):
    """Reason, channel and time of an erasure, and its actor's public id, if it is known."""

    reason: ErasureReason
    channel: str
    reporter: UUID | None
    now: datetime


class ErasedEvent(NamedTuple):
    """Remainder of an erased event: the columns of its row, as text."""

    event_id: str
    type: str
    occurred_on: str
    recorded_at: str


class NamedLeaf(NamedTuple):
    """A leaf of an event: its index, None while it waits, and its subject's 32 bytes."""

    position: int | None
    place: int | None
    subject: bytes


def commit_to_erased(salt: bytes, left: ErasedEvent) -> str:
    """Return an erasure's commitment to the remainder of an event; the row is needed to check it.

    `salt` is of the erasure's leaf; `left` is as any database writes it.
    """
    recorded = stored_instant(left.recorded_at)
    columns = [left.event_id.replace("-", ""), left.type, left.occurred_on, recorded]
    return link(salt, sha256(canonical_bytes({"left": columns})).digest())


def leaves_of(session: Session, journal_id: int) -> Sequence[NamedLeaf]:
    """Return the leaves of an event, in the order of its subjects."""
    rows = session.execute(
        select(LedgerLeaf.position, LedgerLeaf.index.label("place"), LedgerLeaf.subject)
        .where(LedgerLeaf.journal_id == journal_id)
        .order_by(LedgerLeaf.position)
    )
    return [NamedLeaf(*row) for row in rows]


def all_recorded(session: Session, leaves: Sequence[NamedLeaf]) -> bool:
    """Tell whether every leaf is on the chain: only then an erasure can name it."""
    size = recorded_size(session)
    return all(leaf.place is not None and leaf.place < size for leaf in leaves)


def erase_content(session: Session, row: Journal, erasing: ErasureOrder) -> list[int]:
    """Null content and salts of an event whose leaves are on the chain; return their indexes."""
    leaves = leaves_of(session, row.id)
    subjects = json.loads(row.content or b"{}")["subjects"]
    left = ErasedEvent(
        str(row.event_id), row.type, row.occurred_on.isoformat(), row.recorded_at.isoformat()
    )
    entries = [_entry(leaf, subjects[leaf.position or 0], left, erasing) for leaf in leaves]
    placed = write_entries(session, entries, erasing.now)
    session.execute(
        insert(Erasure),
        [
            {"index": leaf.place, "journal_id": row.id, "erased_by_id": act.journal_id}
            for leaf, act in zip(leaves, placed, strict=True)
        ],
    )
    session.execute(update(Journal).where(Journal.id == row.id).values(content=None))
    session.execute(update(LedgerLeaf).where(LedgerLeaf.journal_id == row.id).values(salt=None))
    return [leaf.place for leaf in leaves if leaf.place is not None]


def _entry(
    leaf: NamedLeaf, subject: Mapping[str, Any], left: ErasedEvent, erasing: ErasureOrder
) -> JournalEntry:
    salt, named = new_salt(), dict(subject)
    if "link" in named:
        named["link"] = link(salt, leaf.subject)
    details = {
        "erased": [leaf.place],
        "left": commit_to_erased(salt, left),
        "reason": erasing.reason.value,
    }
    act = RecordedAct(uuid4(), ERASURE, erasing.now, erasing.channel, erasing.reporter)
    return entry_of_act(act, named, SaltedSubject(leaf.subject, salt), details)
