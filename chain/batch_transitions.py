"""Changes of the recorder to its store: each is counted for waiting callers, and logged."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Final

from chain.ports import (
    Batch,
    BatchState,
    Confirmed,
    Inclusion,
    LoggedBatch,
    RecorderStore,
    Repair,
    SignedTransaction,
)

_LOG = logging.getLogger("bilum.recorder")

ON_THE_WAY: Final = frozenset({BatchState.BATCHED, BatchState.SIGNED, BatchState.BROADCAST})
"""States of a batch that is not known to be on the chain."""


class BatchTransitions:
    """Changes the store; each method is one committed transaction, but see `together`.

    Attributes:
        counted: how many batches came into each state since it was last cleared.
    """

    def __init__(self, store: RecorderStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self.counted: Counter[BatchState] = Counter()

    def together(self) -> AbstractContextManager[None]:
        """Commit all changes within as one; no node is asked meanwhile."""
        return self._store.together()

    def make(self, limit: int, room: int, due: Callable[[], bool]) -> list[Batch]:
        """Give the oldest waiting leaves indexes, `limit` a batch, while it is due and is room."""
        made: list[Batch] = []
        if room <= 0 or not due():
            return made
        with self.together():
            while len(made) < room and due() and (batch := self._store.make_batch(limit)):
                made.append(batch)
                self.counted[BatchState.BATCHED] += 1
        return made

    def sign(self, batch: Batch, signed: SignedTransaction, repair: Repair | None = None) -> Batch:
        """Keep signed bytes, before anybody hears of them."""
        self._store.save_signed(batch.id, signed, repair)
        self._tell(batch.first, repair)
        self.counted[BatchState.SIGNED] += 1
        return replace(
            batch,
            state=BatchState.SIGNED,
            offers=(*batch.offers, signed),
            offered_at=self._clock(),
        )

    def move(
        self,
        batch: Batch,
        state: BatchState,
        inclusion: Inclusion | None = None,
        repair: Repair | None = None,
    ) -> Batch:
        """Move a batch to a state, forward or back."""
        self._store.move(batch.id, state, inclusion, repair)
        self._tell(batch.first, repair)
        self.counted[state] += 1
        moved = replace(batch, state=state)
        if state is BatchState.BATCHED:
            moved = replace(moved, offers=(), offered_at=None)
        if state is BatchState.FINAL:
            return moved
        return replace(
            moved,
            inclusion_block=inclusion.block_number if inclusion else None,
            inclusion_hash=inclusion.block_hash if inclusion else None,
        )

    def move_all(
        self,
        batches: Sequence[Batch],
        moved: Mapping[int, Inclusion | None],
        state: BatchState,
    ) -> list[Batch]:
        """Move those whose id is in `moved` forward, in one transaction; return all."""
        if not moved:
            return list(batches)
        with self.together():
            return [
                self.move(batch, state, moved[batch.id]) if batch.id in moved else batch
                for batch in batches
            ]

    def reopen(self, confirmed: Confirmed) -> None:
        """Take a final batch as one that is on its way."""
        self._store.reopen(confirmed.first)
        self._tell(confirmed.first, Repair.REOPENED)
        self.counted[BatchState.INCLUDED] += 1

    def adopt(self, logged: LoggedBatch, block_hash: bytes) -> None:
        """Take in what the chain holds, in the place of what is open here."""
        self._tell(logged.first, self._store.adopt_lost(logged, block_hash))
        self.counted[BatchState.FINAL] += 1

    def _tell(self, first: int, repair: Repair | None) -> None:
        if repair is not None:
            _LOG.warning("ledger: repaired (%s) from record %d on", repair.value, first)
