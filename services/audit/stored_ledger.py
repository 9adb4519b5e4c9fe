"""The ledger as a copy of the database knows it: its own batches, or a chain up to their end.

A copy is made before the copy of its chain, or without any. What came later is not its fault.
"""

from collections.abc import Iterator
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.errors import NoContract
from chain.ports import Leaf, LedgerIdentity, LoggedBatch, LoggedLeaf
from services.ledger.receipts import ON_CHAIN, recorded_size
from services.ledger.recorder_store import ledger_identity
from services.storage.database import Database
from services.storage.models import LedgerBatch, LedgerLeaf

# In the place of a leaf that is gone; an audit finds that none is there.
_GONE = Leaf(bytes(32), bytes(32))


class LedgerReader(Protocol):
    """Questions of an audit to a ledger."""

    def identity(self) -> LedgerIdentity:
        """Return which ledger it is."""
        ...

    def size(self) -> int:
        """Return the number of records."""
        ...

    def root_at(self, size: int) -> bytes | None:
        """Return the root over the first `size` records, as the ledger answers."""
        ...


class StoredLedger:
    """Batches that the database calls recorded, as if the chain told them.

    An audit on it finds content, leaves, nodes and roots that do not belong together. It cannot
    find what was altered throughout.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def identity(self) -> LedgerIdentity:
        """Return the ledger that the database belongs to.

        Raises:
            NoContract: it belongs to none.
        """
        with self._database.read() as session:
            known = ledger_identity(session)
        if known is None:
            raise NoContract("The database belongs to no ledger yet.")
        return known

    def size(self) -> int:
        """Return how many records the database calls recorded."""
        with self._database.read() as session:
            return recorded_size(session)

    def root_at(self, size: int) -> bytes | None:
        """Return the root that the database has at a size."""
        with self._database.read() as session:
            return session.scalar(select(LedgerBatch.root).where(LedgerBatch.size == size))

    def batches(self, first: int = 0) -> Iterator[LoggedBatch]:
        """Yield every recorded batch that holds a record of index >= `first`, in order."""
        wanted = (
            select(LedgerBatch)
            .where(LedgerBatch.state.in_(ON_CHAIN), LedgerBatch.size > first)
            .order_by(LedgerBatch.size)
        )
        with self._database.read() as session:
            for row in session.scalars(wanted):
                leaves = _leaves(session, row.first, row.size)
                yield LoggedBatch(row.first, leaves, row.root, row.block_number or 0)

    def by_subject(self, subject: bytes) -> Iterator[LoggedLeaf]:
        """Yield every recorded entry of a subject, in order."""
        for batch in self.batches():
            for index, leaf in enumerate(batch.leaves, batch.first):
                if leaf.subject == subject:
                    yield LoggedLeaf(index, leaf, batch.block_number)


class BoundedLedger:
    """A ledger up to the records that a copy of the database knows; it may be shorter."""

    def __init__(self, ledger: LedgerReader, database: Database) -> None:
        self._ledger = ledger
        self._database = database

    def identity(self) -> LedgerIdentity:
        """Return which ledger it is."""
        return self._ledger.identity()

    def size(self) -> int:
        """Return the number of records, of those that the database calls recorded."""
        with self._database.read() as session:
            return min(self._ledger.size(), recorded_size(session))

    def root_at(self, size: int) -> bytes | None:
        """Return the root over the first `size` records, None where no batch ended."""
        return self._ledger.root_at(size)


def _leaves(session: Session, first: int, size: int) -> tuple[Leaf, ...]:
    rows = session.execute(
        select(LedgerLeaf.index, LedgerLeaf.subject, LedgerLeaf.commitment).where(
            LedgerLeaf.index >= first, LedgerLeaf.index < size
        )
    )
    found = {index: Leaf(subject, commitment) for index, subject, commitment in rows}
    return tuple(found.get(index, _GONE) for index in range(first, size))
