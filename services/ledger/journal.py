"""Events in the journal, and one leaf for each subject in the ledger's outbox, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import (
    date,
    datetime,
)
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from chain.canonical import commitment, receipt_code
from services.storage.bulk import draw_keys, insert_rows
from services.storage.models import Journal, LedgerLeaf

# Of an entry these are columns of the journal.
_COLUMNS = 4


class SaltedSubject(NamedTuple):
    """Subject of a leaf, 32 bytes, and a salt of its own."""

    subject: bytes
    salt: bytes


class JournalEntry(NamedTuple):
    """One event: what the journal is searched by, its canonical bytes, and where it is filed.

    `filed` has one for each of the record's subjects, in their order; at least one.
    """

    event_id: UUID
    type: str
    occurred_on: date
    content: bytes
    filed: Sequence[SaltedSubject]


class WrittenEntry(NamedTuple):
    """An event's key in the journal, and the receipt of its first leaf."""

    journal_id: int
    receipt: str


class _Leaf(NamedTuple):
    journal_id: int
    position: int
    subject: bytes
    salt: bytes
    commitment: bytes


def write_entries(
    session: Session, entries: Sequence[JournalEntry], recorded_at: datetime
) -> list[WrittenEntry]:
    """Write new events to the journal and their leaves to the ledger's outbox.

    The session is the one writer: see `services.storage.locks`.
    """
    placed, rows, outbox = [], [], []
    for key, entry in zip(draw_keys(session, Journal, len(entries)), entries, strict=True):
        leaves = [
            _Leaf(key, position, subject, salt, commitment(salt, entry.content))
            for position, (subject, salt) in enumerate(entry.filed)
        ]
        rows.append((key, *entry[:_COLUMNS]))
        outbox += leaves
        placed.append(WrittenEntry(key, receipt_code(leaves[0].commitment)))
    insert_rows(
        session, Journal, ("id", *JournalEntry._fields[:_COLUMNS]), rows, recorded_at=recorded_at
    )
    insert_rows(session, LedgerLeaf, _Leaf._fields, outbox, waiting_since=recorded_at)
    return placed
