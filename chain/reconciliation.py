"""What the database knows against what the chain holds, and the repair of each difference."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

from chain.errors import LedgerBehind, LedgerError, WrongChain
from chain.ports import BatchState, Inclusion

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chain.ports import Batch, LedgerClient, LedgerIdentity, LogReader, RecorderStore

ON_THE_WAY: Final = frozenset({BatchState.BATCHED, BatchState.SIGNED, BatchState.BROADCAST})
"""States of a batch that is not known to be on the chain."""


def saved_nonces(batches: Sequence[Batch], signer: str) -> dict[int, int]:
    """Return the batches' ids by the nonces of `signer` that their transactions hold."""
    return {
        batch.transaction.nonce: batch.id
        for batch in batches
        if batch.state is not BatchState.BATCHED
        and batch.transaction
        and batch.transaction.signer == signer
    }


def unused_nonces(ledger: LedgerClient, batches: Sequence[Batch]) -> Iterator[int]:
    """Yield the recorder's nonces that neither the chain nor a saved transaction has used."""
    saved = saved_nonces(batches, ledger.recorder)
    return (nonce for nonce in count(ledger.next_nonce(ledger.recorder)) if nonce not in saved)


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
    """Compares one store with one ledger; each repair is a committed move, so it may be killed."""

    store: RecorderStore
    ledger: LedgerClient
    logs: LogReader

    def run(self) -> None:
        """Make the store agree with the chain, or refuse to go on.

        - A batch that the contract has is included, whoever sent it.
        - A batch that it lacks, though it was sent or included, is to be sent again; signed anew
          if a nonce before its own is in nobody's hands.
        - Records beyond all that the store knows are read back: it was restored from a backup.

        Raises:
            WrongChain: the node serves another ledger than the store belongs to.
            LedgerBehind: the chain lacks records that were final.
            LedgerError: the chain holds other records than the store has at the same place.
        """
        self._check_identity()
        size = self.ledger.size()
        batches = self.store.open_batches()
        confirmed = batches[0].first if batches else self.store.size()
        if size < confirmed:
            raise LedgerBehind(f"The chain has {size} records; {confirmed} were final before.")
        waiting = [batch for batch in batches if not self._settle(batch, size)]
        self._fill_gap(waiting)
        self._adopt(size)

    def holds(self, batch: Batch, size: int) -> bool:
        """Return whether the contract, now of `size`, has the batch.

        Raises:
            LedgerError: it has other records in that place.
        """
        if size <= batch.first:
            return False
        if self.ledger.root_at(batch.size) != batch.root:
            raise LedgerError(
                f"The chain holds other records than the database from index {batch.first}; "
                "audit before recording anything."
            )
        return True

    def find(self, batch: Batch) -> Inclusion:
        """Find where a batch is that the contract has, also if another transaction carried it."""
        sent = batch.transaction and self.ledger.inclusion(batch.transaction)
        if sent and sent.succeeded:
            return sent
        logged = next(iter(self.logs.batches(batch.first)), None)
        if logged is None:
            raise LedgerError(f"The contract counts record {batch.first}, its events lack it.")
        return Inclusion(logged.block_number, block_hash=b"", gas_used=0, succeeded=True)

    def _settle(self, batch: Batch, size: int) -> bool:
        if self.holds(batch, size):
            if batch.state in ON_THE_WAY:
                self.store.move(batch.id, BatchState.INCLUDED, self.find(batch))
            return True
        if batch.state in {BatchState.BROADCAST, BatchState.INCLUDED}:
            back = BatchState.SIGNED if batch.transaction else BatchState.BATCHED
            self.store.move(batch.id, back)
        return False

    def _fill_gap(self, waiting: Sequence[Batch]) -> None:
        """Have the first batch behind an unused nonce signed anew, so that it takes that nonce.

        One at a time: the nonce that it leaves may still be used by its old transaction.
        """
        sent = saved_nonces(waiting, self.ledger.recorder)
        if not sent:
            return
        free = next(unused_nonces(self.ledger, waiting))
        stuck = next((batch_id for nonce, batch_id in sent.items() if nonce > free), None)
        if stuck is not None:
            self.store.move(stuck, BatchState.BATCHED)

    def _check_identity(self) -> None:
        served, known = self.ledger.identity(), self.store.identity()
        if known is None:
            self.store.remember_identity(served)
        else:
            require_same(known, served)

    def _adopt(self, size: int) -> None:
        known = self.store.size()
        if size <= known:
            return
        for logged in self.logs.batches(known):
            if logged.first != known:
                raise LedgerError(
                    f"The chain's batch from index {logged.first} overlaps the database at {known}."
                )
            self.store.adopt_lost(logged)
            known += len(logged.leaves)
