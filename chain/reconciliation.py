"""Differences between database and chain, and the repair of each.

In this order:

1. The node serves the ledger that the database belongs to, or nothing more is done.
2. The node has every final batch. A node that lacks one is behind: wait for it, however long.
   Only if another block stands in the place of the batch's own was the chain reorganized, deeper
   than was thought possible: the batch is then on its way again.
3. An open batch that the contract has is included: by a transaction of ours, or by another's that
   logged the same leaves. One that the contract lacks, though it was included or the node forgot
   it, is sent again; signed anew, if its key was replaced.
4. If the contract has other records than an open batch, or more than the database knows, an old
   transaction outlived a restored database, or another holds a recorder's key. Take these records
   over once they are deep enough to stay; record nothing before. The contract takes any root:
   where the log and the contract have the same, it is the next batch's base, of whatever leaves.
5. A batch whose nonce waits behind a nonce that no batch has is signed anew.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto

from chain.batch_transitions import ON_THE_WAY, BatchTransitions
from chain.errors import ForeignRecords, LedgerBehind, NodeContradicts, RecordRefused, WrongChain
from chain.nonces import free_from, nonces_of
from chain.ports import (
    Batch,
    BatchState,
    Confirmed,
    Inclusion,
    LedgerClient,
    LedgerIdentity,
    LoggedBatch,
    LogReader,
    RecorderStore,
    Repair,
)


class ContractSlot(Enum):
    """Content of the contract in a batch's place."""

    NOTHING = auto()
    THE_BATCH = auto()
    OTHER_RECORDS = auto()


def require_same(known: LedgerIdentity, served: LedgerIdentity) -> None:
    """Return if a node serves the ledger that the database belongs to.

    Raises:
        WrongChain: it serves another one.
    """
    if served != known:
        raise WrongChain(
            f"The database belongs to contract {known.contract} on chain {known.chain_id}, "
            f"genesis 0x{known.genesis.hex()}; the node serves {served.contract} on chain "
            f"{served.chain_id}, genesis 0x{served.genesis.hex()}."
        )


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Compares one store with one ledger; each repair is a committed move, so it may be killed.

    Attributes:
        store: the durable side.
        moves: changes it.
        ledger: the contract.
        logs: its events.
        depth: blocks after which an inclusion stays.
    """

    store: RecorderStore
    moves: BatchTransitions
    ledger: LedgerClient
    logs: LogReader
    depth: int

    def run(self) -> None:
        """Make the store agree with the chain, or refuse to go on.

        Raises:
            WrongChain: the node serves another ledger than the store belongs to.
            LedgerBehind: it lacks records that were final, or nonces that were used.
            NodeContradicts: what it says does not fit together.
            ForeignRecords: it has records that the store lacks, in blocks that may go again.
        """
        self._check_identity()
        head, size = self.ledger.head(), self.ledger.size()
        self._require_confirmed(size, head)
        known = self._settle(self.store.open_batches(), size, head)
        if size > known:
            self._adopt(known, size, head)
        self._fill_gap(head)

    def place(self, batch: Batch, size: int) -> ContractSlot:
        """Look what the contract, now of `size`, has where the batch belongs.

        Raises:
            NodeContradicts: the contract has another batch where a transaction of ours succeeded,
                or the log has nothing.
        """
        if size <= batch.first:
            return ContractSlot.NOTHING
        sent = self._sent(batch)
        if size >= batch.size and self.ledger.root_at(batch.size) == batch.root:
            if sent or self.sent_by_another(batch):
                return ContractSlot.THE_BATCH
        elif sent:
            raise NodeContradicts(
                f"The node says that the batch from index {batch.first} was taken, and has another."
            )
        return ContractSlot.OTHER_RECORDS

    def include(self, batch: Batch, repair: Repair | None = None) -> Batch:
        """Move a batch that the contract has to `included`, also if another transaction did it.

        Raises:
            ForeignRecords: the contract has other leaves with the batch's root.
        """
        found = self._sent(batch)
        if found is None:
            found = self.sent_by_another(batch)
            if found is None:
                raise ForeignRecords(
                    f"The chain holds other records than ours from {batch.first} on."
                )
            if batch.offers:
                # Its own nonce was not needed, and is free for another batch.
                batch = self.moves.move(batch, BatchState.BATCHED)
        return self.moves.move(batch, BatchState.INCLUDED, found, repair)

    def _sent(self, batch: Batch) -> Inclusion | None:
        found = filter(None, map(self.ledger.inclusion, batch.offers))
        return next((sent for sent in found if sent.succeeded), None)

    def sent_by_another(self, batch: Batch) -> Inclusion | None:
        """Return where the log has just the batch's leaves in its place; None: it has others.

        The root alone tells nothing: with a recorder's key, whoever sees a batch on its way can
        send other leaves with its root first.

        Raises:
            NodeContradicts: the log has nothing there.
        """
        logged = next(iter(self.logs.batches(batch.first)), None)
        if logged is None:
            raise NodeContradicts(f"The contract has record {batch.first}, the node's log has not.")
        same = (logged.first, logged.leaves) == (batch.first, batch.leaves)
        return self._found(logged) if same else None

    def _check_identity(self) -> None:
        served, known = self.ledger.identity(), self.store.identity()
        if known is None:
            self.store.remember_identity(served)
        else:
            require_same(known, served)

    def _require_confirmed(self, size: int, head: int) -> None:
        while (confirmed := self.store.confirmed()) is not None:
            if size >= confirmed.size and self.ledger.root_at(confirmed.size) == confirmed.root:
                return
            if not self._is_gone(confirmed, head):
                raise LedgerBehind(
                    f"The chain has {size} records; {confirmed.size} were final before: wait until "
                    "the node has caught up, or use another."
                )
            self.moves.reopen(confirmed)

    def _is_gone(self, confirmed: Confirmed, head: int) -> bool:
        """Check whether the node has another block in the place of the one that held the batch."""
        if confirmed.block is None or not confirmed.block_hash or head < confirmed.block:
            return False
        return self.ledger.block_hash(confirmed.block) not in {None, confirmed.block_hash}

    def _settle(self, batches: Sequence[Batch], size: int, head: int) -> int:
        """Return up to where the store agrees with the contract, or waits for it."""
        for batch in batches:
            place = self.place(batch, size)
            if place is ContractSlot.OTHER_RECORDS:
                return batch.first
            if place is ContractSlot.NOTHING:
                self._take_back(batch, head)
            elif batch.state in ON_THE_WAY:
                self.include(batch)
        return self.store.size()

    def _take_back(self, batch: Batch, head: int) -> None:
        if self._is_of_old_key(batch):
            self.moves.move(batch, BatchState.BATCHED, repair=Repair.OLD_KEY)
        elif batch.state is BatchState.INCLUDED:
            back = BatchState.SIGNED if batch.offers else BatchState.BATCHED
            if head >= (batch.inclusion_block or 0):
                self.moves.move(batch, back, repair=Repair.REORGANIZED)
            elif batch.transaction:
                # The node is behind, or follows a shorter chain; the same bytes do no harm.
                with suppress(RecordRefused):
                    self.ledger.broadcast(batch.transaction)
        elif batch.state is BatchState.BROADCAST and not self._is_there(batch):
            self.moves.move(batch, BatchState.SIGNED, repair=Repair.DROPPED)

    def _is_of_old_key(self, batch: Batch) -> bool:
        """Check whether the transaction can only revert: its key is not ours and may not record."""
        signer = batch.transaction.signer if batch.transaction else self.ledger.recorder
        return signer != self.ledger.recorder and not self.ledger.has_recorder_role(signer)

    def _is_there(self, batch: Batch) -> bool:
        """Check whether the node has the newest offer of the batch, or its nonce is used."""
        newest = batch.transaction
        if newest is None or self.ledger.knows(newest):
            return True
        return self.ledger.next_nonce(newest.signer) > newest.nonce

    def _adopt(self, first: int, size: int, head: int) -> None:
        for logged in self.logs.batches(first):
            if logged.first != first:
                raise NodeContradicts(f"The node's log has no batch that begins at index {first}.")
            if logged.block_number > head - self.depth + 1:
                raise ForeignRecords(
                    f"The chain holds other records than the database from index {first} on: they "
                    f"are taken over when they are {self.depth} blocks deep."
                )
            first += len(logged.leaves)
            if self.ledger.root_at(first) != logged.root:
                raise NodeContradicts(f"The node's log and contract differ at index {first}.")
            self.moves.adopt(logged, self._found(logged).block_hash)
        if first < size:
            raise NodeContradicts(f"The contract counts {size} records, the node's log {first}.")

    def _found(self, logged: LoggedBatch) -> Inclusion:
        block_hash = self.ledger.block_hash(logged.block_number) or b""
        return Inclusion(logged.block_number, block_hash, gas_used=0, succeeded=True)

    def _fill_gap(self, head: int) -> None:
        """Have the first batch behind an unused nonce signed anew, so that it takes that nonce.

        One at a time: the nonce that it leaves may still be used by its old transaction.
        """
        batches = self.store.open_batches()
        if any((batch.inclusion_block or 0) > head for batch in batches):
            return
        used = self.ledger.next_nonce(self.ledger.recorder)
        if used < (known := self.store.nonces_used(self.ledger.recorder)):
            raise LedgerBehind(f"The node says that {used} nonces are used; {known} were before.")
        taken = nonces_of(batches, self.ledger.recorder)
        free = next(free_from(used, taken))
        stuck = [
            batch
            for batch in batches
            if batch.state in {BatchState.SIGNED, BatchState.BROADCAST}
            and batch.transaction
            and batch.transaction.signer == self.ledger.recorder
            and batch.transaction.nonce > free
        ]
        if stuck:
            self.moves.move(stuck[0], BatchState.BATCHED, repair=Repair.NONCE_GAP)
