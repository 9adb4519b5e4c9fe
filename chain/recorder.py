"""From the store's pending leaves to final records on the chain, each once.

    batched → signed → broadcast → included → final

Each state is committed before the node hears of it, and the contract takes a batch only on the
history that it was computed on. So a process may be killed at any point, and the next one's `step`
goes on. A step does this, in order:

1. It reconciles (`chain.reconciliation`): at the start, after an error, and each minute.
2. It looks for what was sent. A batch is `included` once a block holds any of its offers; back to
   `batched` where its nonce went to something else, to be signed anew; `final` once its block is
   deep enough, is still the same, and the contract has its root; of a batch that a transaction of
   another's recorded, the log must have its leaves.
3. When it reconciled, it offers more for what waits too long at a fee that blocks do not take
   (`chain.sending`), at the same nonce.
4. It batches what is due, signs it and sends it, up to sixteen batches at once.

Where step 2 found something that should not be, 3 and 4 wait for the next step's reconciling.

What may pass by itself is raised as an error that is `retryable`, such as an empty wallet: by then
steps 1 and 2 are done for all batches.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from chain.batch_transitions import ON_THE_WAY, BatchTransitions
from chain.errors import ForeignRecords, LedgerError, RecordRefused
from chain.nonces import Nonces
from chain.ports import Batch, BatchState, Inclusion, LedgerClient, LogReader, RecorderStore, Repair
from chain.reconciliation import ContractSlot, Reconciliation
from chain.sending import Sender
from chain.settings import ChainSettings

MOST_IN_FLIGHT: Final = 16
"""Batches that may be on their way at once."""

RECONCILE_EVERY: Final = timedelta(minutes=1)

_TRIES: Final = 2


@dataclass(frozen=True, slots=True)
class StepResult:
    """Result of one step, and the work that is left.

    Attributes:
        moves: how many batches came into each state.
        pending: whether leaves wait for an index.
        on_the_way: batches not yet included.
        unfinished: batches not yet final, those on the way among them.
    """

    moves: Counter[BatchState]
    pending: bool
    on_the_way: int
    unfinished: int


class Recorder:
    """Moves every batch as far as it goes; holds nothing that a restart would miss.

    One recorder a key at a time: a second one would take the same nonces.

    Args:
        logs: the contract's events.
        settings: size and age of a batch, confirmations.
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
        self._settings = settings
        self._clock = clock
        self._moves = BatchTransitions(store, clock)
        self._reconciliation = Reconciliation(store, self._moves, ledger, logs, settings.depth)
        self._nonces = Nonces(store, ledger)
        stuck = timedelta(seconds=settings.stuck_seconds)
        self._sender = Sender(self._moves, self._nonces, ledger, stuck, clock)
        self._reconciled_at: datetime | None = None
        self._reverts: Counter[int] = Counter()

    def step(self, *, flush: bool = False) -> StepResult:
        """Go once through looking, batching, signing and sending. Waits for nothing.

        Args:
            flush: batch what is pending whatever its count and age.

        Raises:
            LedgerError: with `retryable`; the next step reconciles first.
        """
        self._moves.counted = Counter()
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
        self._nonces.ask_again()
        self._reconciled_at = self._clock()

    def _step(self, *, flush: bool) -> StepResult:
        reconciled_at = self._reconciled_at
        # By its size, here and below: a clock that was set back keeps nothing waiting.
        fresh = reconciled_at is None or abs(self._clock() - reconciled_at) >= RECONCILE_EVERY
        if fresh:
            self.reconcile()
        batches = self._finish(self._look(self._store.open_batches()))
        if self._reconciled_at is not None:
            batches = self._push(batches, fresh=fresh, flush=flush)
        return StepResult(
            moves=self._moves.counted,
            pending=self._store.pending(1) > 0,
            on_the_way=sum(batch.state in ON_THE_WAY for batch in batches),
            unfinished=sum(batch.state is not BatchState.FINAL for batch in batches),
        )

    def _look(self, batches: Sequence[Batch]) -> list[Batch]:
        """Look for what was sent, as far as the first batch that is still waiting."""
        looked = self._moves.move_all(batches, self._included(batches), BatchState.INCLUDED)
        for place, batch in enumerate(looked):
            if batch.state is BatchState.BROADCAST:
                looked[place] = self._look_up(batch)
                if looked[place] is batch:
                    break
        return looked

    def _included(self, batches: Sequence[Batch]) -> dict[int, Inclusion]:
        """Return what is in a block, as far as the first batch that is not."""
        found: dict[int, Inclusion] = {}
        for batch in batches:
            if batch.state is BatchState.BROADCAST:
                inclusion = self._inclusion(batch)
                if inclusion is None or not inclusion.succeeded:
                    break
                found[batch.id] = inclusion
                self._reverts.pop(batch.id, None)
        return found

    def _look_up(self, batch: Batch) -> Batch:
        inclusion = self._inclusion(batch)
        if inclusion is None:
            newest = batch.offers[-1]
            if self._ledger.next_nonce(newest.signer) <= newest.nonce:
                return batch
            # The nonce is used, if not by one of its offers meanwhile then by another.
            inclusion = self._inclusion(batch)
        if inclusion and inclusion.succeeded:
            return self._moves.move(batch, BatchState.INCLUDED, inclusion)
        return self._return(batch, reverted=inclusion is not None)

    def _inclusion(self, batch: Batch) -> Inclusion | None:
        offers = reversed(batch.offers)
        return next(filter(None, map(self._ledger.inclusion, offers)), None)

    def _return(self, batch: Batch, *, reverted: bool) -> Batch:
        """Take back a batch whose transaction did nothing, unless another one recorded it."""
        self._reconciled_at = None
        size = self._ledger.size()
        place = self._reconciliation.place(batch, size)
        if place is ContractSlot.THE_BATCH:
            return self._reconciliation.include(batch)
        if place is ContractSlot.OTHER_RECORDS:
            raise ForeignRecords(f"The chain holds other records than ours from {batch.first} on.")
        repair = Repair.REVERTED if reverted else Repair.FOREIGN_NONCE
        batch = self._moves.move(batch, BatchState.BATCHED, repair=repair)
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
        if due and not self._are_there(due):
            self._reconciled_at = None
            due = []
        elsewhere = {batch.id for batch in due if self._is_elsewhere(batch)}
        final = dict.fromkeys({batch.id for batch in due} - elsewhere)
        return [
            # Another block holds it meanwhile, which is not as deep.
            self._reconciliation.include(batch, Repair.REORGANIZED)
            if batch.id in elsewhere
            else batch
            for batch in self._moves.move_all(batches, final, BatchState.FINAL)
        ]

    def _are_there(self, due: Sequence[Batch]) -> bool:
        """Check the newest root, and the leaves of what no transaction of ours recorded."""
        by_another = (batch for batch in due if not batch.offers)
        return self._ledger.root_at(due[-1].size) == due[-1].root and all(
            map(self._reconciliation.sent_by_another, by_another)
        )

    def _is_elsewhere(self, batch: Batch) -> bool:
        known = batch.inclusion_hash
        return bool(known) and self._ledger.block_hash(batch.inclusion_block or 0) != known

    def _push(self, batches: list[Batch], *, fresh: bool, flush: bool) -> list[Batch]:
        if fresh:
            batches = self._sender.offer_more(batches)
        batches += self._make_batches(batches, flush=flush)
        return self._sender.send(self._sender.sign(batches, ask_first=fresh))

    def _make_batches(self, batches: Sequence[Batch], *, flush: bool) -> list[Batch]:
        room = MOST_IN_FLIGHT - sum(batch.state in ON_THE_WAY for batch in batches)
        return self._moves.make(self._settings.batch_records, room, partial(self._due, flush=flush))

    def _due(self, *, flush: bool) -> bool:
        # No further than a batch: with a million waiting, each batch would count all of them.
        full = self._settings.batch_records
        if flush or self._store.pending(full) >= full:
            return True
        oldest = self._store.oldest_pending_at()
        age = timedelta(seconds=self._settings.batch_seconds)
        return oldest is not None and abs(self._clock() - oldest) >= age
