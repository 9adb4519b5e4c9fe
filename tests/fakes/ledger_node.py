"""A node with the ledger contract, in memory, that misbehaves when told to."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING

from chain.errors import (
    FeeTooHigh,
    NodeUnreachable,
    RecordRefused,
    Underpriced,
    WalletEmpty,
)
from chain.merkle import EMPTY_ROOT
from chain.ports import Batch, Inclusion, LedgerIdentity, LoggedBatch, SignedTransaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chain.ports import Leaf

SIGNER = "0x00000000000000000000000000000000000000A1"


@dataclass
class _State:
    """What a block changes, so that a reorganization can take it back."""

    nonce: int = 0
    block: int = 0
    log: list[LoggedBatch] = field(default_factory=list)
    receipts: dict[bytes, Inclusion] = field(default_factory=dict)
    hashes: list[bytes] = field(default_factory=lambda: [bytes(32)])

    def copy(self) -> _State:
        return _State(
            self.nonce, self.block, list(self.log), dict(self.receipts), list(self.hashes)
        )

    @property
    def size(self) -> int:
        return self.log[-1].first + len(self.log[-1].leaves) if self.log else 0


class LedgerNode:
    """Implements `LedgerClient` and the reading of its log.

    Attributes:
        fault: what the next broadcast meets: "silent" (not taken, no answer), "late" (taken, no
            answer), "lost" (answered, not taken), None.
        paused: whether the contract takes nothing.
        poor: whether the wallet is empty.
        base_fee: what blocks take for gas, of which twice as much is offered.
        limit: most that is offered.
        broadcasts: hashes in the order that they came.
    """

    recorder = SIGNER

    def __init__(self, genesis: bytes = bytes(32)) -> None:
        self.genesis = genesis
        self.fault: str | None = None
        self.paused = False
        self.poor = False
        self.base_fee = 10
        self.limit = 1_000
        self.broadcasts: list[bytes] = []
        self._signed: dict[bytes, tuple[Batch, int]] = {}
        self._blocks = count(1)
        self._pool: dict[int, SignedTransaction] = {}
        self._state = _State()
        self._before: list[_State] = []

    def identity(self) -> LedgerIdentity:
        return LedgerIdentity(31337, self.genesis, "0x00000000000000000000000000000000000000C1")

    def size(self) -> int:
        return self._state.size

    def root_at(self, size: int) -> bytes:
        roots = {logged.first + len(logged.leaves): logged.root for logged in self._state.log}
        return (roots | {0: EMPTY_ROOT}).get(size, bytes(32))

    def head(self) -> int:
        return self._state.block

    def block_hash(self, number: int) -> bytes | None:
        return self._state.hashes[number] if number <= self._state.block else None

    def next_nonce(self, address: str) -> int:
        assert address == SIGNER
        return self._state.nonce

    def require_recordable(self, batch: Batch) -> None:
        if self.paused or not self._follows(batch):
            raise RecordRefused("Recording is paused, or this is not the next batch.")

    def has_recorder_role(self, address: str) -> bool:
        return address == SIGNER

    def require_funds(self, transaction: SignedTransaction) -> None:
        if self.poor:
            raise WalletEmpty(f"{transaction.signer} is empty.")

    def sign_record(
        self, batch: Batch, nonce: int, replacing: SignedTransaction | None = None
    ) -> SignedTransaction:
        fee = 2 * self.base_fee
        if replacing:
            fee = max(fee, self._fee(replacing) * 9 // 8 + 1)
        fee = min(fee, self.limit)
        if self.base_fee > self.limit or (replacing and fee * 10 < self._fee(replacing) * 11):
            raise FeeTooHigh("Above the limit.")
        raw = b"%d %d %d " % (nonce, batch.first, fee) + batch.root
        self._signed[raw] = batch, fee
        return SignedTransaction(SIGNER, nonce, raw, sha256(raw).digest())

    def is_outbid(self, transaction: SignedTransaction) -> bool:
        return self._fee(transaction) < self.base_fee

    def broadcast(self, transaction: SignedTransaction) -> None:
        fault, self.fault = self.fault, None
        if fault == "silent":
            raise NodeUnreachable("no answer")
        if transaction.nonce >= self._state.nonce:
            self._require_taken(transaction)
            if fault != "lost":
                self._pool[transaction.nonce] = transaction
        self.broadcasts.append(transaction.hash)
        if fault == "late":
            raise NodeUnreachable("no answer")

    def knows(self, transaction: SignedTransaction) -> bool:
        return transaction in self._pool.values() or transaction.hash in self._state.receipts

    def inclusion(self, transaction: SignedTransaction) -> Inclusion | None:
        return self._state.receipts.get(transaction.hash)

    def batches(self, first: int = 0) -> Iterator[LoggedBatch]:
        return (batch for batch in self._state.log if batch.first + len(batch.leaves) > first)

    # what the world does

    def mine(self) -> None:
        self._new_block()
        while self._takes(transaction := self._pool.get(self._state.nonce)):
            del self._pool[self._state.nonce]
            self._state.nonce += 1
            self._execute(transaction)

    def use_nonce(self) -> None:
        """Another program sends something with the recorder's key."""
        self._new_block()
        self._pool.pop(self._state.nonce, None)
        self._state.nonce += 1

    def record_by_another(self, leaves: Sequence[Leaf], root: bytes) -> None:
        """Record as another key's holder, in a block of its own."""
        self._new_block()
        self._state.log.append(LoggedBatch(self.size(), tuple(leaves), root, self._state.block))

    def forget_pool(self) -> None:
        self._pool.clear()

    def reorganize(self) -> None:
        """Take the newest block back, with everything in it; what it held is forgotten."""
        if self._before:
            self._state = self._before.pop()

    def _new_block(self) -> None:
        self._before = [*self._before, self._state.copy()][-2:]
        self._state.block += 1
        self._state.hashes.append(sha256(b"block %d" % next(self._blocks)).digest())

    def _fee(self, transaction: SignedTransaction) -> int:
        return self._signed[transaction.raw][1]

    def _takes(self, transaction: SignedTransaction | None) -> bool:
        return transaction is not None and not self.poor and not self.is_outbid(transaction)

    def _require_taken(self, transaction: SignedTransaction) -> None:
        if self.poor:
            raise WalletEmpty(f"{transaction.signer} is empty.")
        there = self._pool.get(transaction.nonce, transaction)
        raised = there is transaction or self._fee(transaction) * 10 >= self._fee(there) * 11
        if self.is_outbid(transaction) or not (there == transaction or raised):
            raise Underpriced("A higher fee is wanted.")

    def _follows(self, batch: Batch) -> bool:
        return batch.first == self.size() and batch.base == self.root_at(batch.first)

    def _execute(self, transaction: SignedTransaction) -> None:
        batch, block = self._signed[transaction.raw][0], self._state.block
        succeeded = self._follows(batch) and not self.paused
        if succeeded:
            logged = LoggedBatch(batch.first, batch.leaves, batch.root, block)
            self._state.log.append(logged)
        block_hash = self._state.hashes[block]
        self._state.receipts[transaction.hash] = Inclusion(block, block_hash, 1, succeeded)
