"""A node with the ledger contract, in memory, that misbehaves when told to."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from chain.errors import NodeUnreachable, RecordRefused
from chain.merkle import EMPTY_ROOT
from chain.ports import Batch, Inclusion, LedgerIdentity, LoggedBatch, SignedTransaction

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNER = "0x00000000000000000000000000000000000000A1"


@dataclass
class _State:
    """What a block changes, so that a reorganization can take it back."""

    nonce: int = 0
    block: int = 0
    log: list[LoggedBatch] = field(default_factory=list)
    receipts: dict[bytes, Inclusion] = field(default_factory=dict)

    def copy(self) -> _State:
        return _State(self.nonce, self.block, list(self.log), dict(self.receipts))

    @property
    def size(self) -> int:
        return self.log[-1].first + len(self.log[-1].leaves) if self.log else 0


class LedgerNode:
    """Implements `LedgerClient` and the reading of its log.

    Attributes:
        fault: what the next broadcast meets: "silent" (not taken, no answer), "late" (taken, no
            answer), "lost" (answered, not taken), None.
        paused: whether the contract takes nothing.
        broadcasts: hashes in the order that they came.
    """

    recorder = SIGNER

    def __init__(self, genesis: bytes = bytes(32)) -> None:
        self.genesis = genesis
        self.fault: str | None = None
        self.paused = False
        self.broadcasts: list[bytes] = []
        self._signed: dict[bytes, Batch] = {}
        self._pool: dict[int, SignedTransaction] = {}
        self._state = _State()
        self._before: list[_State] = []

    def identity(self) -> LedgerIdentity:
        return LedgerIdentity(31337, self.genesis, "0x00000000000000000000000000000000000000C1")

    def size(self) -> int:
        return self._state.size

    def root_at(self, size: int) -> bytes | None:
        roots = {logged.first + len(logged.leaves): logged.root for logged in self._state.log}
        return (roots | {0: EMPTY_ROOT}).get(size)

    def head(self) -> int:
        return self._state.block

    def next_nonce(self, address: str) -> int:
        assert address == SIGNER
        return self._state.nonce

    def require_recordable(self, batch: Batch) -> None:
        if self.paused or batch.first != self.size():
            raise RecordRefused("Recording is paused, or this is not the next batch.")

    def sign_record(self, batch: Batch, nonce: int) -> SignedTransaction:
        raw = b"%d %d " % (nonce, batch.first) + batch.root
        self._signed[raw] = batch
        return SignedTransaction(SIGNER, nonce, raw, sha256(raw).digest())

    def broadcast(self, transaction: SignedTransaction) -> None:
        fault, self.fault = self.fault, None
        if fault == "silent":
            raise NodeUnreachable("no answer")
        self.broadcasts.append(transaction.hash)
        if fault != "lost" and transaction.nonce >= self._state.nonce:
            self._pool.setdefault(transaction.nonce, transaction)
        if fault == "late":
            raise NodeUnreachable("no answer")

    def inclusion(self, transaction: SignedTransaction) -> Inclusion | None:
        return self._state.receipts.get(transaction.hash)

    def batches(self, first: int = 0) -> Iterator[LoggedBatch]:
        return (batch for batch in self._state.log if batch.first + len(batch.leaves) > first)

    # what the world does

    def mine(self) -> None:
        self._new_block()
        while transaction := self._pool.pop(self._state.nonce, None):
            self._state.nonce += 1
            self._execute(transaction)

    def use_nonce(self) -> None:
        """Another program sends something with the recorder's key."""
        self._new_block()
        self._pool.pop(self._state.nonce, None)
        self._state.nonce += 1

    def forget_pool(self) -> None:
        self._pool.clear()

    def reorganize(self) -> None:
        """Take the newest block back, with everything in it; what it held is forgotten."""
        if self._before:
            self._state = self._before.pop()

    def _new_block(self) -> None:
        self._before = [*self._before, self._state.copy()][-2:]
        self._state.block += 1

    def _execute(self, transaction: SignedTransaction) -> None:
        batch, block = self._signed[transaction.raw], self._state.block
        succeeded = batch.first == self.size() and not self.paused
        if succeeded:
            logged = LoggedBatch(batch.first, batch.leaves, batch.root, block)
            self._state.log.append(logged)
        self._state.receipts[transaction.hash] = Inclusion(block, bytes(32), 1, succeeded)
