"""The recorder's durable side, in memory: each call is one transaction, whole or not at all."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from dataclasses import replace
from itertools import count
from operator import attrgetter
from typing import TYPE_CHECKING

from chain.merkle import Tree, leaf_hash
from chain.ports import Batch, BatchState, Confirmed, Leaf, LoggedBatch, Repair

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from chain.ports import Inclusion, LedgerIdentity, SignedTransaction


class MemoryRecorderStore:
    """Implements `RecorderStore`; survives a recorder that is thrown away.

    Attributes:
        records: the leaves that have an index, in order.
        states: every state that each batch went through, by batch id.
        adopted: batches taken from the chain.
        repairs: how often each kind was repaired.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._identity: LedgerIdentity | None = None
        self._waiting: list[tuple[datetime, Leaf]] = []
        self._batched_at: dict[Leaf, datetime] = {}
        self._tree = Tree()
        self._false_roots: dict[int, bytes] = {}
        self._numbers = count(1)
        self._batches: dict[int, Batch] = {}
        self.records: list[Leaf] = []
        self.states: dict[int, list[BatchState]] = {}
        self.adopted: list[LoggedBatch] = []
        self.repairs: Counter[Repair] = Counter()

    def together(self) -> AbstractContextManager[None]:
        return nullcontext()

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

    def pending(self, most: int | None = None) -> int:
        return len(self._waiting[:most])

    def oldest_pending_at(self) -> datetime | None:
        return self._waiting[0][0] if self._waiting else None

    def oldest_unrecorded_at(self) -> datetime | None:
        on_the_way = [batch for batch in self.open_batches() if not batch.inclusion_block]
        times = [self._batched_at[leaf] for batch in on_the_way for leaf in batch.leaves]
        return min([*times, *(at for at, _ in self._waiting)], default=None)

    def unrecorded(self) -> int:
        batches = [batch for batch in self.open_batches() if not batch.inclusion_block]
        return self.pending() + sum(len(batch.leaves) for batch in batches)

    def confirmed(self) -> Confirmed | None:
        final = [batch for batch in self._in_order() if batch.state is BatchState.FINAL]
        if not final:
            return None
        newest = final[-1]
        where = newest.inclusion_block, newest.inclusion_hash
        return Confirmed(newest.first, newest.size, newest.root, *where)

    def nonces_used(self, signer: str) -> int:
        used = [
            batch.transaction.nonce + 1
            for batch in self._batches.values()
            if batch.state is BatchState.FINAL
            and batch.transaction
            and batch.transaction.signer == signer
        ]
        return max(used, default=0)

    def make_batch(self, limit: int) -> Batch | None:
        if not self._waiting:
            return None
        first = self.size()
        chosen = self._waiting[:limit]
        del self._waiting[:limit]
        self._batched_at.update({leaf: at for at, leaf in chosen})
        return self._add(first, tuple(leaf for _, leaf in chosen), BatchState.BATCHED)

    def open_batches(self) -> Sequence[Batch]:
        return [
            replace(batch, base=self._false_roots.get(batch.first, batch.base))
            for batch in self._in_order()
            if batch.state is not BatchState.FINAL
        ]

    def save_signed(
        self, batch_id: int, transaction: SignedTransaction, repair: Repair | None = None
    ) -> None:
        for other in self._batches.values():
            saved = other.transaction
            if saved and other.id != batch_id:
                taken = (saved.signer, saved.nonce) == (transaction.signer, transaction.nonce)
                assert not taken, "UNIQUE(signer, nonce)"
        offers = (*self._batches[batch_id].offers, transaction)
        assert len({(offer.signer, offer.nonce) for offer in offers}) == 1, "one nonce a batch"
        self._count(repair)
        self._replace(batch_id, state=BatchState.SIGNED, offers=offers, offered_at=self._clock())

    def move(
        self,
        batch_id: int,
        state: BatchState,
        inclusion: Inclusion | None = None,
        repair: Repair | None = None,
    ) -> None:
        changes: dict[str, object] = {"state": state}
        if state is BatchState.BATCHED:
            batch = self._batches[batch_id]
            self._false_roots.pop(batch.size, None)
            root = _tree_of(self.records[: batch.size]).root
            changes |= {"offers": (), "offered_at": None, "root": root}
        if state is not BatchState.FINAL:
            changes["inclusion_block"] = inclusion and inclusion.block_number
            changes["inclusion_hash"] = inclusion and inclusion.block_hash
        self._count(repair)
        self._replace(batch_id, **changes)

    def reopen(self, first: int) -> None:
        self._count(Repair.REOPENED)
        for batch in self._in_order():
            if batch.first == first:
                self._replace(batch.id, state=BatchState.INCLUDED)

    def adopt_lost(self, batch: LoggedBatch, block_hash: bytes = b"") -> Repair:
        self._take_apart(batch.first)
        assert batch.first == self.size()
        lost = set(batch.leaves)
        self._waiting = [(at, leaf) for at, leaf in self._waiting if leaf not in lost]
        made = self._add(batch.first, batch.leaves, BatchState.FINAL)
        self._replace(made.id, inclusion_block=batch.block_number, inclusion_hash=block_hash)
        self.adopted.append(batch)
        repair = Repair.ADOPTED
        if made.root != batch.root:
            repair = Repair.FALSE_ROOT
            self._replace(made.id, root=batch.root)
            self._false_roots[made.size] = batch.root
        self._count(repair)
        return repair

    def _take_apart(self, first: int) -> None:
        apart = [batch for batch in self.open_batches() if batch.first >= first]
        if not apart:
            return
        self._count(Repair.UNBATCHED)
        for batch in apart:
            del self._batches[batch.id]
        back = [(self._batched_at[leaf], leaf) for batch in apart for leaf in batch.leaves]
        self._waiting = back + self._waiting
        del self.records[first:]
        self._tree = _tree_of(self.records)
        self._false_roots = {at: root for at, root in self._false_roots.items() if at <= first}

    def _count(self, repair: Repair | None) -> None:
        if repair is not None:
            self.repairs[repair] += 1

    def _in_order(self) -> list[Batch]:
        return sorted(self._batches.values(), key=attrgetter("first"))

    def _add(self, first: int, leaves: tuple[Leaf, ...], state: BatchState) -> Batch:
        base = self._false_roots.get(first, self.root)
        self._append(leaves)
        batch = Batch(next(self._numbers), first, leaves, base, self.root, state)
        self._batches[batch.id] = batch
        self.states[batch.id] = [state]
        return batch

    def _append(self, leaves: Sequence[Leaf]) -> None:
        self.records += leaves
        for leaf in leaves:
            self._tree.append(leaf_hash(leaf.subject + leaf.commitment))

    def _replace(self, batch_id: int, **changes: object) -> None:
        self._batches[batch_id] = replace(self._batches[batch_id], **changes)
        self.states[batch_id].append(self._batches[batch_id].state)


def _tree_of(leaves: Sequence[Leaf]) -> Tree:
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf_hash(leaf.subject + leaf.commitment))
    return tree
