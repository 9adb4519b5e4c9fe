"""Protocols of what the ledger needs from outside, and the plain values that pass through them."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol


class Leaf(NamedTuple):
    """One entry of the ledger: 32 bytes of subject, 32 bytes of commitment."""

    subject: bytes
    commitment: bytes


@dataclass(frozen=True, slots=True)
class LedgerIdentity:
    """Identity of a ledger: three values that never change over its life.

    Attributes:
        chain_id: EIP-155 chain id.
        genesis: hash of block 0, 32 bytes.
        contract: address of the contract, EIP-55 check-summed.
    """

    chain_id: int
    genesis: bytes
    contract: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The RFC 9162 root over the first `size` leaves."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class LoggedBatch:
    """Log entries of one `record` call.

    Attributes:
        first: index of the first of `leaves`.
        leaves: the entries in order.
        root: root over `first + len(leaves)` leaves, as the operator claimed it.
        block_number: number of the block that holds it.
    """

    first: int
    leaves: tuple[Leaf, ...]
    root: bytes
    block_number: int


@dataclass(frozen=True, slots=True)
class LoggedLeaf:
    """One entry found by its subject, with its index in the whole log."""

    index: int
    leaf: Leaf
    block_number: int


class LogReader(Protocol):
    """Reads the contract's events; two implementations, one result."""

    def batches(self, first: int = 0) -> Iterator[LoggedBatch]:
        """Yield every batch that holds a record of index >= `first`, in order."""
        ...

    def by_subject(self, subject: bytes) -> Iterator[LoggedLeaf]:
        """Yield every entry of one 32-byte subject, in order."""
        ...


class BatchState(StrEnum):
    """State of a batch of leaves on its way to the chain."""

    BATCHED = "batched"
    SIGNED = "signed"
    BROADCAST = "broadcast"
    INCLUDED = "included"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """A signed transaction: sending these same bytes again is always safe.

    Attributes:
        signer: check-summed address.
        nonce: the signer's nonce that it uses.
        raw: the signed bytes.
        hash: 32 bytes.
    """

    signer: str
    nonce: int
    raw: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Place of a transaction in a block; of an unknown one, found by its log: no gas."""

    block_number: int
    block_hash: bytes
    gas_used: int
    succeeded: bool


class Repair(StrEnum):
    """Repairs that the recorder makes by itself; each is counted with the change that makes it."""

    DROPPED = "dropped"
    REORGANIZED = "reorganized"
    FOREIGN_NONCE = "foreign_nonce"
    REVERTED = "reverted"
    NONCE_GAP = "nonce_gap"
    FEE_RAISED = "fee_raised"
    REOPENED = "reopened"
    UNBATCHED = "unbatched"
    ADOPTED = "adopted"
    OLD_KEY = "old_key"
    FALSE_ROOT = "false_root"


@dataclass(frozen=True, slots=True)
class Batch:
    """A run of leaves that go to the chain in one transaction.

    Attributes:
        id: the store's key.
        first: index of its first leaf; leaves keep their index for good.
        leaves: in index order.
        base: what the contract holds as root over the `first` leaves before it; it takes no other.
        root: root over `first + len(leaves)` leaves; of another's batch, as the contract holds it.
        state: see BatchState.
        offers: what was signed for its one nonce, the newest last, from state `signed` on. Any of
            them may be included.
        offered_at: when the newest was signed.
        inclusion_block: number of the block, from state `included` on.
        inclusion_hash: hash of that block, 32 bytes.
    """

    id: int
    first: int
    leaves: tuple[Leaf, ...]
    base: bytes
    root: bytes
    state: BatchState
    offers: tuple[SignedTransaction, ...] = ()
    offered_at: datetime | None = None
    inclusion_block: int | None = None
    inclusion_hash: bytes | None = None

    @property
    def size(self) -> int:
        """The log's size once this batch is on it."""
        return self.first + len(self.leaves)

    @property
    def transaction(self) -> SignedTransaction | None:
        """The newest of the offers."""
        return self.offers[-1] if self.offers else None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The newest final batch: where it begins and ends, its root on the contract, and its block.

    `block` and `block_hash` are None where they are not known.
    """

    first: int
    size: int
    root: bytes
    block: int | None
    block_hash: bytes | None


class RecorderStore(Protocol):
    """The durable side of the recorder. Each method is one committed transaction.

    A `repair` is counted in the same transaction. A caller that lost the right to record changes
    nothing: each method that writes then raises.
    """

    def together(self) -> AbstractContextManager[None]:
        """Commit all that is written within as one; no node is asked meanwhile."""
        ...

    def identity(self) -> LedgerIdentity | None:
        """Return the ledger that this database belongs to, None before the first record."""
        ...

    def remember_identity(self, identity: LedgerIdentity) -> None:
        """Bind this database to one ledger, for good."""
        ...

    def size(self) -> int:
        """Return how many leaves have an index, recorded or on their way."""
        ...

    def pending(self, most: int | None = None) -> int:
        """Return how many leaves wait for an index, counted as far as `most`."""
        ...

    def oldest_pending_at(self) -> datetime | None:
        """Return when the oldest of the pending leaves came, None if none waits."""
        ...

    def oldest_unrecorded_at(self) -> datetime | None:
        """Return when the oldest leaf came that is not known to be on the chain."""
        ...

    def unrecorded(self) -> int:
        """Return how many leaves are not known to be on the chain."""
        ...

    def confirmed(self) -> Confirmed | None:
        """Return the newest final batch, None while there is none."""
        ...

    def nonces_used(self, signer: str) -> int:
        """Return the nonce after the last one that a final batch used of this signer's."""
        ...

    def make_batch(self, limit: int) -> Batch | None:
        """Give the oldest `limit` waiting leaves indexes and tree nodes; None if none wait."""
        ...

    def open_batches(self) -> Sequence[Batch]:
        """Return the batches that are not final, by first index."""
        ...

    def save_signed(
        self, batch_id: int, transaction: SignedTransaction, repair: Repair | None = None
    ) -> None:
        """Keep signed bytes and move the batch to `signed`, before any broadcast.

        They are for a nonce that no batch has, or one more offer for the batch's own.
        """
        ...

    def move(
        self,
        batch_id: int,
        state: BatchState,
        inclusion: Inclusion | None = None,
        repair: Repair | None = None,
    ) -> None:
        """Move a batch to `state`, forward or back; with its inclusion when it has one.

        Back to `batched` forgets its nonce and what was signed for it, and a root that is not that
        of its leaves.
        """
        ...

    def reopen(self, first: int) -> None:
        """Take the final batch from index `first` as one that is still on its way."""
        ...

    def adopt_lost(self, batch: LoggedBatch, block_hash: bytes = b"") -> Repair:
        """Take in as final a batch that is on the chain and not in the database.

        A leaf that waits and equals one of its entries takes that entry's index, so that it is not
        recorded twice. Batches of other leaves in its place, which are not final, are taken apart
        before: their leaves wait again, their nodes and nonces are gone.

        Returns ADOPTED; FALSE_ROOT where its leaves do not give its root. Then the next batch has
        that root as its base, and its own root is that of all leaves.
        """
        ...


class LedgerClient(Protocol):
    """Calls of the recorder to a node and the contract on it. Implemented by `chain.ledger`."""

    def identity(self) -> LedgerIdentity:
        """Return the ledger that the node serves.

        Raises:
            NodeUnreachable, NoContract.
        """
        ...

    @property
    def recorder(self) -> str:
        """Check-summed address of the key that signs; raises NoSigner."""
        ...

    def size(self) -> int:
        """Return the number of records on the contract."""
        ...

    def root_at(self, size: int) -> bytes:
        """Return the root over the first `size` records, zeros where no batch ended."""
        ...

    def require_recordable(self, batch: Batch) -> None:
        """Be silent if the contract takes `batch` now, or raise NotRecorder or RecordRefused."""
        ...

    def has_recorder_role(self, address: str) -> bool:
        """Return whether `address` may record."""
        ...

    def require_funds(self, transaction: SignedTransaction) -> None:
        """Be silent if its signer can pay for a transaction, or raise WalletEmpty."""
        ...

    def head(self) -> int:
        """Return the number of the newest block."""
        ...

    def block_hash(self, number: int) -> bytes | None:
        """Return the hash of a block, 32 bytes; None where the node has none of that number."""
        ...

    def next_nonce(self, address: str) -> int:
        """Return the nonce after `address`'s newest included transaction."""
        ...

    def sign_record(
        self, batch: Batch, nonce: int, replacing: SignedTransaction | None = None
    ) -> SignedTransaction:
        """Sign the `record` call for `batch` with the recorder's key, at today's fee.

        With `replacing`, at fees that nodes accept in place of that stuck transaction's.

        Raises:
            FeeTooHigh: that would be above the limit.
        """
        ...

    def is_outbid(self, transaction: SignedTransaction) -> bool:
        """Return whether blocks now take more for their gas than a transaction offers."""
        ...

    def broadcast(self, transaction: SignedTransaction) -> None:
        """Hand over the bytes. "Already known", "nonce too low" are success: it is there.

        Raises:
            WalletEmpty, Underpriced, RecordRefused.
        """
        ...

    def knows(self, transaction: SignedTransaction) -> bool:
        """Return whether the node has the transaction, included or not."""
        ...

    def inclusion(self, transaction: SignedTransaction) -> Inclusion | None:
        """Return where the transaction was included, None while it is not."""
        ...
