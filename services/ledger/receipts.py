"""Receipts, the first 80 bits of a commitment, looked up in the database."""

import re
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, aliased

from chain.canonical import read_receipt
from chain.errors import ReceiptError
from chain.ports import BatchState, Checkpoint
from services.core.errors import Invalid
from services.storage.models import Journal, LedgerBatch, LedgerLeaf

ON_CHAIN = (BatchState.INCLUDED.value, BatchState.FINAL.value)
_DIGEST = re.compile("[0-9a-f]{64}")
_HOLDER = aliased(LedgerBatch)
# Of a range PostgreSQL expects a ninth of the table, and plans the whole statement for that.
OF_LEAF = LedgerBatch.id == (
    select(_HOLDER.id)
    .where(_HOLDER.first <= LedgerLeaf.index, _HOLDER.size > LedgerLeaf.index)
    .order_by(_HOLDER.size)
    .limit(1)
    .correlate(LedgerLeaf)
    .scalar_subquery()
)
"""The condition on the batch that holds a leaf."""


class ReceiptState(StrEnum):
    """State of the record that a receipt promises."""

    ON_CHAIN = "on chain"
    WAITING = "waiting"
    OMITTED = "omitted"


class ReceiptRow(NamedTuple):
    """A receipt's state, its leaf's subject and index, and the size of the ledger."""

    state: ReceiptState
    subject: bytes | None
    place: int | None
    size: int


def look_up_receipt(session: Session, prefix: bytes) -> ReceiptRow:
    """Look a receipt of 10 bytes up."""
    size = recorded_size(session)
    row = session.execute(
        select(LedgerLeaf.subject, LedgerLeaf.index.label("place"))
        .where(begins_with(prefix))
        .limit(1)
    ).first()
    if row is None:
        return ReceiptRow(ReceiptState.OMITTED, None, None, size)
    recorded = row.place is not None and 0 <= row.place < size
    state = ReceiptState.ON_CHAIN if recorded else ReceiptState.WAITING
    return ReceiptRow(state, row.subject, row.place, size)


def recorded_size(session: Session) -> int:
    """Return how many leaves the database knows to be on the chain."""
    return (
        session.scalar(select(func.max(LedgerBatch.size)).where(LedgerBatch.state.in_(ON_CHAIN)))
        or 0
    )


IS_CHECKPOINT = and_(LedgerBatch.state.in_(ON_CHAIN), LedgerBatch.leaves_root.is_(None))
"""The condition on batches that are on the chain with the root of their leaves.

What another gave the contract in its place proves nothing: nobody is given it to keep.
"""


def newest_checkpoint(session: Session) -> Checkpoint | None:
    """Return the newest checkpoint that the database knows to be on the chain; None: none is."""
    row = session.execute(
        select(LedgerBatch.size, LedgerBatch.root)
        .where(IS_CHECKPOINT)
        .order_by(LedgerBatch.size.desc())
        .limit(1)
    ).first()
    return row and Checkpoint(row.size, row.root)


class ReceiptWay(NamedTuple):
    """The way of a record: the log's id of its message, its event, its batch and block, if any."""

    correlation: int | None
    event_id: UUID | None
    place: int | None
    batch: int | None
    state: str | None
    block: int | None


def way_of_receipt(session: Session, prefix: bytes) -> ReceiptWay | None:
    """Return the way of the record that a receipt promises; None: there is none."""
    row = session.execute(
        select(
            LedgerLeaf.correlation,
            Journal.event_id,
            LedgerLeaf.index.label("place"),
            LedgerBatch.id.label("batch"),
            LedgerBatch.state,
            LedgerBatch.block_number.label("block"),
        )
        .outerjoin(Journal, Journal.id == LedgerLeaf.journal_id)
        .outerjoin(LedgerBatch, OF_LEAF)
        .where(begins_with(prefix))
        .limit(1)
    ).first()
    return ReceiptWay(*row) if row else None


def event_of_receipt(session: Session, prefix: bytes) -> Journal | None:
    """Return the event whose record a receipt promises; None: there is none, or it was lost."""
    wanted = select(Journal).join(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
    return session.scalars(wanted.where(begins_with(prefix)).limit(1)).first()


def read_digest(text: str) -> bytes:
    """Return the bytes of a receipt, or of a whole digest in 64 hexadecimal digits.

    Raises:
        Invalid: it is neither.
    """
    digits = text.strip().lower().removeprefix("0x")
    if _DIGEST.fullmatch(digits):
        return bytes.fromhex(digits)
    try:
        return read_receipt(text)
    except ReceiptError as error:
        raise Invalid(error.detail, {"receipt": error.detail}) from error


def begins_with(prefix: bytes) -> ColumnElement[bool]:
    """Return the condition on leaves whose commitment begins so: a receipt's, or a whole digest."""
    # A range, so that the index on commitments serves.
    return and_(LedgerLeaf.commitment >= prefix, LedgerLeaf.commitment <= prefix + b"\xff" * 32)
