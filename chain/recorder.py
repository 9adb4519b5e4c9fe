"""From the store's pending leaves to final records on the chain, each once.

    batched → signed → broadcast → included → final

and back: to `signed`, where the block that held the transaction is gone, to send the same bytes
again; to `batched`, where its nonce went to something else, to sign anew. Each state is committed
before the node hears of it, and the contract takes a batch only at its own place in the log. So a
process may be killed at any point, and the next one's `step` goes on.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from chain.errors import LedgerError, RecordRefused
from chain.ports import BatchState
from chain.reconciliation import ON_THE_WAY, Reconciliation, unused_nonces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from chain.ports import (
        Batch,
        Inclusion,
        LedgerClient,
        LogReader,
        RecorderStore,
        SignedTransaction,
    )
    from chain.settings import ChainSettings

MOST_IN_FLIGHT: Final = 16
"""Batches that may be on their way at once."""

RECONCILE_EVERY: Final = timedelta(minutes=1)

_TRIES: Final = 2


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step did, and what is left.

    Attributes:
        moves: how many batches came into each state.
        pending: leaves without an index yet.
        on_the_way: batches not yet included.
        unfinished: batches not yet final, those on the way among them.
    """

    moves: Counter[BatchState]
    pending: int
    on_the_way: int
    unfinished: int


class Recorder:
    """Moves every batch as far as it goes; holds nothing that a restart would miss.

    One recorder a key at a time: a second one would take the same nonces.

    Args:
        store: the durable side.
        ledger: the contract, with a signer.
        logs: the contract's events.
        settings: size and age of a batch, confirmations.
        clock: the time now, comparable with the store's.
    """

    def __init__(
        self,
        store: RecorderStore,
        ledger: LedgerClient,
        logs: LogReader,
        settings: ChainSettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._reconciliation = Reconciliation(store, ledger, logs)
        self._settings = settings
        self._clock = clock
        self._reconciled_at: datetime | None = None
        self._reverts: Counter[int] = Counter()
        self._moves: Counter[BatchState] = Counter()

    def step(self, *, flush: bool = False) -> StepResult:
        """Go once through batching, signing, sending and settling. Waits for nothing.

        Args:
            flush: batch what is pending whatever its count and age.

        Raises:
            LedgerError: with `retryable`; the next step reconciles first.
        """
        self._moves = Counter()
        try:
            return self._step(flush=flush)
        except LedgerError:
            self._reconciled_at = None
            raise

    def drain(self, wait: Callable[[], None], until: BatchState = BatchState.FINAL) -> None:
        """Step until nothing is pending and every batch is `included` or `final`.

        Args:
            wait: called where nothing moved; it sleeps, makes a block, or raises to give up.
            until: BatchState.INCLUDED or BatchState.FINAL.
        """
        while True:
            result = self.step(flush=True)
            left = result.unfinished if until is BatchState.FINAL else result.on_the_way
            if not result.pending and not left:
                return
            if not result.moves:
                wait()

    def reconcile(self) -> None:
        """Make the store agree with the chain, or refuse to go on; see `Reconciliation.run`.

        Runs by itself at the first step, after an error, and each minute.
        """
        self._reconciliation.run()
        self._reconciled_at = self._clock()

    def _step(self, *, flush: bool) -> StepResult:
        reconciled_at = self._reconciled_at
        fresh = reconciled_at is None or self._clock() - reconciled_at >= RECONCILE_EVERY
        if fresh:
            self.reconcile()
        batches = list(self._store.open_batches())
        batches += self._make_batches(batches, flush=flush)
        batches = self._sign(batches, ask_first=fresh)
        batches = [self._send(batch) for batch in batches]
        batches = self._finish(self._settle(batches))
        return StepResult(
            moves=self._moves,
            pending=self._store.pending(),
            on_the_way=sum(batch.state in ON_THE_WAY for batch in batches),
            unfinished=sum(batch.state is not BatchState.FINAL for batch in batches),
        )

    def _make_batches(self, batches: Sequence[Batch], *, flush: bool) -> Iterator[Batch]:
        room = MOST_IN_FLIGHT - sum(batch.state in ON_THE_WAY for batch in batches)
        for _ in range(room):
            if not self._due(flush=flush):
                return
            batch = self._store.make_batch(self._settings.batch_records)
            if batch is None:
                return
            self._moves[BatchState.BATCHED] += 1
            yield batch

    def _due(self, *, flush: bool) -> bool:
        if flush or self._store.pending() >= self._settings.batch_records:
            return True
        oldest = self._store.oldest_pending_at()
        age = timedelta(seconds=self._settings.batch_seconds)
        return oldest is not None and self._clock() - oldest >= age

    def _sign(self, batches: Sequence[Batch], *, ask_first: bool) -> list[Batch]:
        """Sign what is batched; where nothing is on its way, the contract can be asked before."""
        signed: list[Batch] = []
        if all(batch.state is not BatchState.BATCHED for batch in batches):
            return list(batches)
        nonces = unused_nonces(self._ledger, batches)
        for batch in batches:
            if batch.state is not BatchState.BATCHED:
                signed.append(batch)
                continue
            if ask_first and all(before.state not in ON_THE_WAY for before in signed):
                self._ledger.require_recordable(batch)
            transaction = self._ledger.sign_record(batch, next(nonces))
            self._store.save_signed(batch.id, transaction)
            self._moves[BatchState.SIGNED] += 1
            signed.append(replace(batch, state=BatchState.SIGNED, transaction=transaction))
        return signed

    def _send(self, batch: Batch) -> Batch:
        if batch.state is not BatchState.SIGNED:
            return batch
        self._ledger.broadcast(_transaction(batch))
        return self._move(batch, BatchState.BROADCAST)

    def _settle(self, batches: Sequence[Batch]) -> list[Batch]:
        """Look for what was sent, as far as the first batch that is still waiting."""
        settled = list(batches)
        for place, batch in enumerate(batches):
            if batch.state is BatchState.BROADCAST:
                settled[place] = self._look_up(batch)
                if settled[place] is batch:
                    break
        return settled

    def _look_up(self, batch: Batch) -> Batch:
        transaction = _transaction(batch)
        inclusion = self._ledger.inclusion(transaction)
        if inclusion is None:
            if self._ledger.next_nonce(transaction.signer) <= transaction.nonce:
                return batch
            # The nonce is used, if not by this transaction meanwhile then by another.
            inclusion = self._ledger.inclusion(transaction)
        if inclusion and inclusion.succeeded:
            self._reverts.pop(batch.id, None)
            return self._move(batch, BatchState.INCLUDED, inclusion)
        return self._return(batch, reverted=inclusion is not None)

    def _return(self, batch: Batch, *, reverted: bool) -> Batch:
        """Take back a batch whose transaction did nothing, unless another one recorded it."""
        self._reconciled_at = None
        size = self._ledger.size()
        if self._reconciliation.holds(batch, size):
            return self._move(batch, BatchState.INCLUDED, self._reconciliation.find(batch))
        batch = self._move(batch, BatchState.BATCHED)
        if reverted and batch.first == size:
            self._reverts[batch.id] += 1
        if self._reverts[batch.id] >= _TRIES:
            raise RecordRefused(f"The contract reverted the batch from index {batch.first} twice.")
        return batch

    def _finish(self, batches: Sequence[Batch]) -> list[Batch]:
        """Make final what is deep enough, if the contract still has the newest of it."""
        included = [batch for batch in batches if batch.state is BatchState.INCLUDED]
        deepest = self._ledger.head() - self._settings.depth + 1 if included else 0
        due = [batch for batch in included if (batch.inclusion_block or 0) <= deepest]
        if due and self._ledger.root_at(due[-1].size) != due[-1].root:
            self._reconciled_at = None
            due = []
        return [self._move(batch, BatchState.FINAL) if batch in due else batch for batch in batches]

    def _move(self, batch: Batch, state: BatchState, inclusion: Inclusion | None = None) -> Batch:
        self._store.move(batch.id, state, inclusion)
        self._moves[state] += 1
        block = inclusion.block_number if inclusion else batch.inclusion_block
        return replace(batch, state=state, inclusion_block=block)


def _transaction(batch: Batch) -> SignedTransaction:
    if batch.transaction is None:
        raise LedgerError(f"The batch from index {batch.first} lost its signed transaction.")
    return batch.transaction
