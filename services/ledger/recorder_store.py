"""The recorder's store on the database: leaves, tree nodes, batches, signed transactions."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from chain.ports import (
    Batch,
    BatchState,
    Confirmed,
    Inclusion,
    LedgerIdentity,
    LoggedBatch,
    Repair,
    SignedTransaction,
)
from services.core.clock import Clock
from services.ledger.batch_lines import tell_batch
from services.ledger.batches import (
    ROOT_OF_LEAVES,
    adopt,
    batch_waiting,
    batched_size,
    read_confirmed,
    read_open,
    take_apart,
    waiting,
)
from services.ledger.receipts import recorded_size
from services.ledger.recorder_lease import count_repair, require_free
from services.ledger.signed_offers import add_offer, forget_nonce
from services.storage.database import Database
from services.storage.models import LedgerBatch, LedgerBinding, LedgerLeaf, LedgerTransaction

MOST_COUNTED = 10_000
"""No reading counts more leaves that wait: a first import leaves millions."""


class DatabaseRecorderStore:
    """Implements `chain.ports.RecorderStore`; each method is one committed transaction.

    Args:
        guard: called in each transaction that writes, first; it raises where the right to record
            was lost. Without a lease, one may write while nobody has one.
    """

    def __init__(
        self, database: Database, clock: Clock, guard: Callable[[Session], None] = require_free
    ) -> None:
        self._database = database
        self._clock = clock
        self._guard = guard
        self._together: Session | None = None

    @contextmanager
    def together(self) -> Iterator[None]:
        """Commit all that this store writes within as one. For one thread."""
        with self._write() as session:
            self._together = session
            try:
                yield
            finally:
                self._together = None

    def identity(self) -> LedgerIdentity | None:
        """Return the ledger that this database belongs to."""
        with self._read() as session:
            return ledger_identity(session)

    def remember_identity(self, identity: LedgerIdentity) -> None:
        """Bind this database to one ledger, for good."""
        with self._write() as session:
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
        with self._read() as session:
            return batched_size(session)

    def pending(self, most: int | None = None) -> int:
        """Return how many leaves wait for an index, counted as far as `most`."""
        with self._read() as session:
            return _count_waiting(session, most)

    def oldest_pending_at(self) -> datetime | None:
        """Return since when the oldest waiting leaf waits."""
        with self._read() as session:
            return _oldest_waiting(session)

    def oldest_unrecorded_at(self) -> datetime | None:
        """Return since when the oldest leaf waits that is not known to be on the chain."""
        with self._read() as session:
            on_the_way = LedgerLeaf.index >= recorded_size(session)
            batched = session.scalar(select(func.min(LedgerLeaf.waiting_since)).where(on_the_way))
            return min(filter(None, [batched, _oldest_waiting(session)]), default=None)

    def unrecorded(self) -> int:
        """Return how many leaves are not known to be on the chain."""
        with self._read() as session:
            return _count_waiting(session) + batched_size(session) - recorded_size(session)

    def all_recorded(self) -> bool:
        """Return whether nothing waits for the ledger or is on its way there."""
        with self._read() as session:
            waits = _count_waiting(session, 1)
            return not waits and recorded_size(session) == batched_size(session)

    def confirmed(self) -> Confirmed | None:
        """Return the newest final batch."""
        with self._read() as session:
            return read_confirmed(session)

    def nonces_used(self, signer: str) -> int:
        """Return the nonce after the last one that a final batch used of this signer's."""
        newest = (
            select(LedgerTransaction.nonce)
            .join(LedgerBatch, LedgerBatch.id == LedgerTransaction.batch_id)
            .where(LedgerTransaction.signer == signer, LedgerBatch.state == BatchState.FINAL)
            .order_by(LedgerTransaction.nonce.desc())
            .limit(1)
        )
        with self._read() as session:
            nonce = session.scalar(newest)
            return 0 if nonce is None else nonce + 1

    def make_batch(self, limit: int) -> Batch | None:
        """Give the oldest `limit` waiting leaves their indexes and tree nodes."""
        with self._write() as session:
            made = batch_waiting(session, limit)
            if made is not None:
                tell_batch(session, made.id, BatchState.BATCHED)
            return made

    def open_batches(self) -> Sequence[Batch]:
        """Return the batches that are not final, by first index."""
        with self._read() as session:
            return read_open(session)

    def save_signed(
        self, batch_id: int, transaction: SignedTransaction, repair: Repair | None = None
    ) -> None:
        """Keep signed bytes and move the batch to `signed`."""
        with self._write(repair) as session:
            add_offer(session, batch_id, transaction, self._clock())
            _set(session, batch_id, state=BatchState.SIGNED.value)

    def move(
        self,
        batch_id: int,
        state: BatchState,
        inclusion: Inclusion | None = None,
        repair: Repair | None = None,
    ) -> None:
        """Move a batch to `state`; what no longer holds of its way is forgotten."""
        where = {} if state is BatchState.FINAL else _inclusion_columns(inclusion)
        with self._write(repair) as session:
            _set(session, batch_id, state=state.value, **where)
            if state is BatchState.BATCHED:
                # It is ours to record from here on: another's root must not be signed.
                _set(session, batch_id, root=ROOT_OF_LEAVES, leaves_root=None)
                forget_nonce(session, batch_id)
            tell_batch(session, batch_id, state)

    def reopen(self, first: int) -> None:
        """Take the final batch from index `first` as one that is still on its way."""
        with self._write(Repair.REOPENED) as session:
            session.execute(
                update(LedgerBatch)
                .where(LedgerBatch.first == first)
                .values(state=BatchState.INCLUDED.value)
            )

    def adopt_lost(self, batch: LoggedBatch, block_hash: bytes = b"") -> Repair:
        """Take in what the chain has and this database does not; its content is lost.

        A leaf whose event was restored and still waits is given its index instead. Other batches
        in its place are taken apart in the same transaction. Returns FALSE_ROOT where the chain was
        given a root that is not that of its leaves, else ADOPTED.
        """
        with self._write() as session:
            if take_apart(session, batch.first):
                count_repair(session, Repair.UNBATCHED, self._clock())
            true = adopt(session, batch, block_hash, self._clock())
            repair = Repair.ADOPTED if true else Repair.FALSE_ROOT
            count_repair(session, repair, self._clock())
            return repair

    @contextmanager
    def _write(self, repair: Repair | None = None) -> Iterator[Session]:
        with nullcontext(self._together) if self._together else self._guarded() as session:
            yield session
            if repair is not None:
                count_repair(session, repair, self._clock())

    @contextmanager
    def _guarded(self) -> Iterator[Session]:
        with self._database.write(exclusive=False) as session:
            self._guard(session)
            yield session

    def _read(self) -> AbstractContextManager[Session]:
        return nullcontext(self._together) if self._together else self._database.read()


def ledger_identity(session: Session) -> LedgerIdentity | None:
    """Return the ledger that the database is bound to."""
    row = session.get(LedgerBinding, 1)
    return LedgerIdentity(row.chain_id, row.genesis, row.contract) if row else None


def _count_waiting(session: Session, most: int | None = None) -> int:
    # In order: else PostgreSQL might look for the first ones from the table's beginning.
    each = select(LedgerLeaf.id).where(waiting()).order_by(LedgerLeaf.id).limit(most)
    return session.scalar(select(func.count()).select_from(each.subquery())) or 0


def _oldest_waiting(session: Session) -> datetime | None:
    oldest = select(LedgerLeaf.waiting_since).where(waiting()).order_by(LedgerLeaf.id).limit(1)
    return session.scalar(oldest)


def _set(session: Session, batch_id: int, **values: object) -> None:
    session.execute(update(LedgerBatch).where(LedgerBatch.id == batch_id).values(values))


def _inclusion_columns(inclusion: Inclusion | None) -> dict[str, int | bytes | None]:
    return {
        "block_number": inclusion.block_number if inclusion else None,
        "block_hash": inclusion.block_hash if inclusion else None,
        "gas_used": inclusion.gas_used if inclusion else None,
    }
