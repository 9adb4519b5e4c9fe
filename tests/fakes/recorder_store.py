"""The recorder's durable side, in memory: each call is one transaction, whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chain.merkle import Tree, leaf_hash
from chain.ports import Batch, BatchState, Leaf, LoggedBatch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from chain.ports import Inclusion, LedgerIdentity, SignedTransaction


class MemoryRecorderStore:
    """Implements `RecorderStore`; survives a recorder that is thrown away.

    Attributes:
        records: the leaves that have an index, in order.
        states: every state that each batch went through, by batch id.
        adopted: batches taken from the chain.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._identity: LedgerIdentity | None = None
        self._waiting: list[tuple[datetime, Leaf]] = []
        self._tree = Tree()
        self._batches: dict[int, Batch] = {}
        self.records: list[Leaf] = []
        self.states: dict[int, list[BatchState]] = {}
        self.adopted: list[LoggedBatch] = []

    def add(self, *leaves: Leaf) -> None:
        self._waiting += [(self._clock(), leaf) for leaf in leaves]

    @property
    def root(self) -> bytes:
        return self._tree.root

    def identity(self) -> LedgerIdentity | None:
        return self._identity

    def remember_identity(self, identity: LedgerIdentity) -> None:
        if self._identity is not None:
            raise AssertionError("bound for good")
        self._identity = identity

    def size(self) -> int:
        return len(self.records)

    def pending(self) -> int:
        return len(self._waiting)

    def oldest_pending_at(self) -> datetime | None:
        return self._waiting[0][0] if self._waiting else None

    def make_batch(self, limit: int) -> Batch | None:
        if not self._waiting:
            return None
        first = self.size()
        leaves = tuple(leaf for _, leaf in self._waiting[:limit])
        del self._waiting[:limit]
        self._append(leaves)
        batch = Batch(len(self._batches) + 1, first, leaves, self.root, BatchState.BATCHED)
        self._batches[batch.id] = batch
        self.states[batch.id] = [BatchState.BATCHED]
        return batch

    def open_batches(self) -> Sequence[Batch]:
        return [batch for batch in self._batches.values() if batch.state is not BatchState.FINAL]

    def save_signed(self, batch_id: int, transaction: SignedTransaction) -> None:
        for other in self._batches.values():
            saved = other.transaction
            if saved and other.id != batch_id:
                taken = (saved.signer, saved.nonce) == (transaction.signer, transaction.nonce)
                assert not taken, "UNIQUE(signer, nonce)"
        self._replace(batch_id, state=BatchState.SIGNED, transaction=transaction)

    def move(self, batch_id: int, state: BatchState, inclusion: Inclusion | None = None) -> None:
        changes: dict[str, object] = {"state": state}
        if state is BatchState.BATCHED:
            changes["transaction"] = None
        if state is not BatchState.FINAL:
            changes["inclusion_block"] = inclusion and inclusion.block_number
        self._replace(batch_id, **changes)

    def adopt_lost(self, batch: LoggedBatch) -> None:
        assert batch.first == self.size()
        lost = set(batch.leaves)
        self._waiting = [(at, leaf) for at, leaf in self._waiting if leaf not in lost]
        self._append(batch.leaves)
        self.adopted.append(batch)

    def _append(self, leaves: Sequence[Leaf]) -> None:
        self.records += leaves
        for leaf in leaves:
            self._tree.append(leaf_hash(leaf.subject + leaf.commitment))

    def _replace(self, batch_id: int, **changes: object) -> None:
        self._batches[batch_id] = replace(self._batches[batch_id], **changes)
        self.states[batch_id].append(self._batches[batch_id].state)
