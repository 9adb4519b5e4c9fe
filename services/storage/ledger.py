"""The recorder's store on the database: leaves, tree nodes, batches, signed transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, delete, func, insert, select, update

from chain.merkle import leaf_hash
from chain.ports import (
    Batch,
    BatchState,
    Inclusion,
    Leaf,
    LedgerIdentity,
    LoggedBatch,
    SignedTransaction,
)
from services.storage.models import (
    LedgerBatch,
    LedgerBinding,
    LedgerLeaf,
    LedgerNode,
    LedgerTransaction,
)
from services.storage.receipts import recorded_size
from services.storage.tree import stored_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from services.clock import Clock
    from services.storage.database import Database


class DatabaseRecorderStore:
    """Implements `chain.ports.RecorderStore`; each method is one committed transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def identity(self) -> LedgerIdentity | None:
        """Return the ledger that this database belongs to."""
        with self._database.read() as session:
            return ledger_identity(session)

    def remember_identity(self, identity: LedgerIdentity) -> None:
        """Bind this database to one ledger, for good."""
        with self._database.write() as session:
            session.add(
                LedgerBinding(
                    id=1,
                    chain_id=identity.chain_id,
                    genesis=identity.genesis,
                    contract=identity.contract,
                )
            )

    def size(self) -> int:
        """Return how many leaves have an index."""
        with self._database.read() as session:
            return batched_size(session)

    def pending(self) -> int:
        """Return how many leaves wait for an index."""
        with self._database.read() as session:
            return session.scalar(select(func.count()).where(_waiting())) or 0

    def oldest_pending_at(self) -> datetime | None:
        """Return since when the oldest waiting leaf waits."""
        with self._database.read() as session:
            return session.scalar(
                select(LedgerLeaf.waiting_since).where(_waiting()).order_by(LedgerLeaf.id).limit(1)
            )

    def all_recorded(self) -> bool:
        """Return whether nothing waits for the ledger or is on its way there."""
        with self._database.read() as session:
            waits = session.scalar(select(LedgerLeaf.id).where(_waiting()).limit(1))
            return waits is None and recorded_size(session) == batched_size(session)

    def make_batch(self, limit: int) -> Batch | None:
        """Give the oldest `limit` waiting leaves their indexes and tree nodes."""
        with self._database.write() as session:
            chosen = session.execute(
                select(LedgerLeaf.id, LedgerLeaf.subject, LedgerLeaf.commitment)
                .where(_waiting())
                .order_by(LedgerLeaf.id)
                .limit(limit)
                .with_for_update()
            ).all()
            if not chosen:
                return None
            # Commitments are random, so their order hides which leaves belong to one event.
            chosen = sorted(chosen, key=lambda row: row.commitment)
            leaves = tuple(Leaf(row.subject, row.commitment) for row in chosen)
            first = batched_size(session)
            session.execute(
                update(LedgerLeaf),
                [{"id": row.id, "index": first + place} for place, row in enumerate(chosen)],
            )
            return self._add_batch(session, first, leaves, BatchState.BATCHED)

    def open_batches(self) -> Sequence[Batch]:
        """Return the batches that are not final, by first index."""
        with self._database.read() as session:
            rows = session.scalars(
                select(LedgerBatch)
                .where(LedgerBatch.state != BatchState.FINAL)
                .order_by(LedgerBatch.first)
            ).all()
            return [_batch(session, row) for row in rows]

    def save_signed(self, batch_id: int, transaction: SignedTransaction) -> None:
        """Keep a signed transaction and move the batch to `signed`."""
        with self._database.write() as session:
            session.add(
                LedgerTransaction(
                    batch_id=batch_id,
                    signer=transaction.signer,
                    nonce=transaction.nonce,
                    hash=transaction.hash,
                    raw=transaction.raw,
                )
            )
            session.execute(
                update(LedgerBatch)
                .where(LedgerBatch.id == batch_id)
                .values(state=BatchState.SIGNED.value)
            )

    def move(self, batch_id: int, state: BatchState, inclusion: Inclusion | None = None) -> None:
        """Move a batch to `state`; what no longer holds of its way is forgotten."""
        where = {} if state is BatchState.FINAL else _inclusion_columns(inclusion)
        with self._database.write() as session:
            session.execute(
                update(LedgerBatch)
                .where(LedgerBatch.id == batch_id)
                .values(state=state.value, **where)
            )
            if state is BatchState.BATCHED:
                session.execute(
                    delete(LedgerTransaction).where(LedgerTransaction.batch_id == batch_id)
                )

    def adopt_lost(self, batch: LoggedBatch) -> None:
        """Take in a batch that the chain has and this database does not; its content is lost.

        A leaf whose event was restored and still waits is given its index instead.
        """
        with self._database.write() as session:
            known = _waiting_by_commitment(session, batch.leaves)
            now = self._clock()
            numbered = list(enumerate(batch.leaves, batch.first))
            back = [
                {"id": known[leaf.commitment], "index": index}
                for index, leaf in numbered
                if leaf.commitment in known
            ]
            lost = [
                {**leaf._asdict(), "index": index, "waiting_since": now}
                for index, leaf in numbered
                if leaf.commitment not in known
            ]
            if back:
                session.execute(update(LedgerLeaf), back)
            if lost:
                session.execute(insert(LedgerLeaf), lost)
            self._add_batch(session, batch.first, batch.leaves, BatchState.FINAL)

    def _add_batch(
        self, session: Session, first: int, leaves: tuple[Leaf, ...], state: BatchState
    ) -> Batch:
        tree = stored_tree(session, first)
        nodes = [
            {"level": level, "index": index, "hash": digest}
            for leaf in leaves
            for (level, index), digest in tree.append(leaf_hash(leaf.subject + leaf.commitment))
        ]
        if nodes:
            session.execute(insert(LedgerNode), nodes)
        row = LedgerBatch(first=first, size=tree.size, root=tree.root, state=state.value)
        session.add(row)
        session.flush()
        return Batch(id=row.id, first=first, leaves=leaves, root=tree.root, state=state)


def ledger_identity(session: Session) -> LedgerIdentity | None:
    """Return the ledger that the database is bound to."""
    row = session.get(LedgerBinding, 1)
    return LedgerIdentity(row.chain_id, row.genesis, row.contract) if row else None


def batched_size(session: Session) -> int:
    """Return how many leaves have an index."""
    return session.scalar(select(func.max(LedgerBatch.size))) or 0


def _waiting() -> ColumnElement[bool]:
    return LedgerLeaf.index.is_(None)


def _batch(session: Session, row: LedgerBatch) -> Batch:
    leaves = session.execute(
        select(LedgerLeaf.subject, LedgerLeaf.commitment)
        .where(LedgerLeaf.index >= row.first, LedgerLeaf.index < row.size)
        .order_by(LedgerLeaf.index)
    )
    sent = session.scalars(
        select(LedgerTransaction)
        .where(LedgerTransaction.batch_id == row.id)
        .order_by(LedgerTransaction.id.desc())
        .limit(1)
    ).first()
    return Batch(
        id=row.id,
        first=row.first,
        leaves=tuple(Leaf(leaf.subject, leaf.commitment) for leaf in leaves),
        root=row.root,
        state=BatchState(row.state),
        transaction=SignedTransaction(sent.signer, sent.nonce, sent.raw, sent.hash)
        if sent
        else None,
        inclusion_block=row.block_number,
    )


def _inclusion_columns(inclusion: Inclusion | None) -> dict[str, int | bytes | None]:
    return {
        "block_number": inclusion.block_number if inclusion else None,
        "block_hash": inclusion.block_hash if inclusion else None,
        "gas_used": inclusion.gas_used if inclusion else None,
    }


def _waiting_by_commitment(session: Session, leaves: Iterable[Leaf]) -> dict[bytes, int]:
    rows = session.execute(
        select(LedgerLeaf.commitment, LedgerLeaf.id).where(
            _waiting(), LedgerLeaf.commitment.in_([leaf.commitment for leaf in leaves])
        )
    )
    return {row.commitment: row.id for row in rows}
