"""The nonces of the recorder's key: which are free."""

from collections.abc import Collection, Iterator, Sequence
from itertools import count

from chain.ports import Batch, LedgerClient, RecorderStore


def nonces_of(batches: Sequence[Batch], signer: str) -> set[int]:
    """Return the nonces of `signer` that batches have."""
    return {
        batch.transaction.nonce
        for batch in batches
        if batch.transaction and batch.transaction.signer == signer
    }


def free_from(start: int, taken: Collection[int]) -> Iterator[int]:
    """Yield the nonces from `start` on that are not taken."""
    return (nonce for nonce in count(start) if nonce not in taken)


class Nonces:
    """Gives nonces, none of them twice."""

    def __init__(self, store: RecorderStore, ledger: LedgerClient) -> None:
        self._store = store
        self._ledger = ledger
        self._used: int | None = None

    def ask_again(self) -> None:
        """Believe the node anew, which a reorganization may leave with fewer used nonces."""
        self._used = None

    def give(self, batches: Sequence[Batch]) -> Iterator[int]:
        """Yield nonces that neither the chain nor a batch has."""
        signer = self._ledger.recorder
        if self._used is None:
            self._used = self._store.nonces_used(signer)
        # A node behind the one asked before must not make us use a nonce twice.
        self._used = max(self._used, self._ledger.next_nonce(signer))
        return free_from(self._used, nonces_of(batches, signer))
