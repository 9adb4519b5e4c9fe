"""Receipts, the first 80 bits of a commitment, looked up in the database."""

from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from chain.ports import BatchState
from services.storage.models import LedgerBatch, LedgerLeaf

ON_CHAIN = (BatchState.INCLUDED.value, BatchState.FINAL.value)
OF_LEAF = and_(LedgerBatch.first <= LedgerLeaf.index, LedgerBatch.size > LedgerLeaf.index)
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
        select(LedgerLeaf.subject, LedgerLeaf.index.label("place")).where(_begins(prefix)).limit(1)
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


def recorded_root(session: Session) -> bytes | None:
    """Return the root of all leaves that the database knows to be on the chain; None: of none."""
    recorded = select(LedgerBatch.root).where(LedgerBatch.state.in_(ON_CHAIN))
    return session.scalar(recorded.order_by(LedgerBatch.size.desc()).limit(1))


def _begins(prefix: bytes) -> ColumnElement[bool]:
    # A range, so that the index on commitments serves.
    return and_(LedgerLeaf.commitment >= prefix, LedgerLeaf.commitment <= prefix + b"\xff" * 32)
