"""Recorders with a fault of their own: schedules that do not catch them prove nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chain.ports import BatchState
from chain.reconciliation import Reconciliation
from services.ledger import batches
from services.ledger.recorder_store import DatabaseRecorderStore

if TYPE_CHECKING:
    from collections.abc import Callable


def skip_reconciliation() -> None:
    """Never compare the database with the chain."""
    Reconciliation.run = lambda _: None


def forget_moves_back() -> None:
    """Believe for ever what was once included."""
    move = DatabaseRecorderStore.move

    def forgetful(store, batch_id, state, *further):
        if state not in {BatchState.SIGNED, BatchState.BATCHED}:
            move(store, batch_id, state, *further)

    DatabaseRecorderStore.move = forgetful


def forget_what_waits() -> None:
    """Take records back from the chain without a look at those that still wait."""
    batches._waiting_ids = lambda _session, _leaves: {}


BROKEN: dict[str, Callable[[], None]] = {
    broken.__name__: broken for broken in (skip_reconciliation, forget_moves_back)
}
