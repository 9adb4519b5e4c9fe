"""Proofs that the ledger only grew, made from the database."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chain.consistency import ConsistencyProof
from chain.merkle import consistency_path
from chain.ports import Checkpoint
from services.audit.errors import NoCheckpoint, NothingRecorded, NotLater
from services.audit.proofs import checkpoint, nodes_of
from services.ledger.receipts import ON_CHAIN
from services.ledger.recorder_store import ledger_identity
from services.storage.models import LedgerBatch


def prove_consistency(session: Session, old: int, new: int | None = None) -> ConsistencyProof:
    """Make the proof that the log over `new` records begins with the one over `old`.

    Args:
        old: size of a checkpoint, from 1.
        new: size of another, or the same; None: the newest.

    Raises:
        NothingRecorded: nothing is on the ledger yet.
        NoCheckpoint: no batch that is on the chain ended there.
        NotLater: `new` is smaller than `old`.
    """
    newest, identity = checkpoint(session), ledger_identity(session)
    if identity is None:
        raise NothingRecorded("This database belongs to no ledger yet: start the recorder")
    older = _checkpoint_at(session, old)
    newer = newest if new is None else _checkpoint_at(session, new)
    if newer.size < older.size:
        raise NotLater(f"{newer.size} records are fewer than {older.size}: give the smaller first")
    path = consistency_path(older.size, newer.size, nodes_of(session))
    return ConsistencyProof(identity, older, newer, tuple(path))


def _checkpoint_at(session: Session, size: int) -> Checkpoint:
    root = session.scalar(
        select(LedgerBatch.root).where(LedgerBatch.size == size, LedgerBatch.state.in_(ON_CHAIN))
    )
    if root is None:
        raise NoCheckpoint(f"No checkpoint is at {size} records: {_neighbours(session, size)}")
    return Checkpoint(size, root)


def _neighbours(session: Session, size: int) -> str:
    """Return which checkpoints are next to a size where none is, in words."""
    there = LedgerBatch.state.in_(ON_CHAIN)
    below = select(func.max(LedgerBatch.size)).where(there, LedgerBatch.size < size)
    above = select(func.min(LedgerBatch.size)).where(there, LedgerBatch.size > size)
    found = [session.scalar(side) for side in (below, above)]
    return "the next are at " + " and ".join(str(one) for one in found if one is not None)
