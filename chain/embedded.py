"""The default chain: a whole EVM in this process, on a disk of its own.

eth-tester on py-evm, Prague rules. Its blocks lie in one SQLite file apart from the application's
database, so a change there is no change here. Each transaction makes a block at once, and a block
is one SQL transaction. It proves nothing against the owner of the machine; a network does.
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from chain.disk import Disk, open_disk
from chain.errors import NodeUnreachable
from chain.evm import Backend, Clock, Provider, write_genesis
from chain.keys import own_signer
from chain.ledger import Ledger, deploy
from chain.ports import Inclusion, SignedTransaction
from chain.signer import Signer

# Random, above the ids of public chains and below 2^53, which JSON keeps exactly: a transaction
# signed for one embedded chain is void on every other.
_SMALLEST_CHAIN_ID: Final = 2**32
_CHAIN_IDS: Final = 2**48


class EmbeddedChain:
    """An open embedded chain.

    Attributes:
        provider: a web3 provider onto it.
        contract: check-summed address of its ledger contract.
        signer: the recorder's key; None where the chain is open for reading.
    """

    def __init__(self, backend: Backend, contract: str, signer: Signer | None) -> None:
        self._backend = backend
        self.provider = Provider(backend)
        self.contract = contract
        self.signer = signer

    @classmethod
    @contextmanager
    def open(
        cls, path: Path, *, write: bool, signer: Signer | None = None, clock: Clock | None = None
    ) -> Iterator[Self]:
        """Open the chain in `path`; the first time for writing makes it and deploys the contract.

        Args:
            path: the file; its lock lies beside it, and the chain's own key: see `key_folder`.
            write: whether to record. One process may; others read meanwhile.
            signer: the recorder's key; None: the chain's own.
            clock: seconds since 1970 for new blocks; None: the machine's.

        Raises:
            ChainLocked: another process records on it.
            NodeUnreachable: for reading, there is no chain yet.
            NoSigner: the chain's own key is missing or cannot be opened.
        """
        with open_disk(path, write=write) as disk:
            if write:
                made = disk.fact("chain_id") is not None
                signer = signer or own_signer(path.parent, make=not made)
                _found(disk, signer, clock)
            contract = disk.fact("contract")
            if contract is None:
                raise NodeUnreachable(f"The embedded chain in {path} is still being made.")
            yield cls(_backend(disk, clock, write=write), contract, signer if write else None)

    @property
    def ledger(self) -> Ledger:
        """A client of the contract."""
        return _EmbeddedLedger(self)

    def head(self) -> int:
        """Return the number of the newest block."""
        return self._backend.head()

    def raw_receipts(self, number: int, bloom: int) -> Sequence[bytes]:
        """Return a block's receipts (EIP-2718 bytes), none if its bloom lacks a bit of `bloom`."""
        return self._backend.raw_receipts(number, bloom)

    def inclusion(self, transaction_hash: bytes) -> Inclusion | None:
        """Return where a transaction was included, None if it was not."""
        return self._backend.inclusion(transaction_hash)


class _EmbeddedLedger(Ledger):
    """The contract's client, less eth-tester's way to write a receipt of 500 events: 200 ms."""

    def __init__(self, chain: EmbeddedChain) -> None:
        super().__init__(chain.provider, chain.contract, chain.signer)
        self._chain = chain

    def inclusion(self, transaction: SignedTransaction) -> Inclusion | None:
        """Return where the transaction was included, None if it was not."""
        return self._chain.inclusion(transaction.hash)

    def knows(self, transaction: SignedTransaction) -> bool:
        """Return whether the transaction was included: there is no pool."""
        return self.inclusion(transaction) is not None


def _found(disk: Disk, signer: Signer, clock: Clock | None) -> None:
    """Make the genesis and the contract, or what a killed process left undone of them."""
    if disk.fact("chain_id") is None:
        chain_id = _SMALLEST_CHAIN_ID + secrets.randbelow(_CHAIN_IDS)
        write_genesis(disk, chain_id, signer.address, secrets.token_bytes(32), clock)
        disk.commit(chain_id=str(chain_id))
    if disk.fact("contract") is None:
        provider = Provider(_backend(disk, clock, write=True))
        disk.commit(contract=deploy(provider, signer))


def _backend(disk: Disk, clock: Clock | None, *, write: bool) -> Backend:
    chain_id = disk.fact("chain_id")
    if chain_id is None:
        raise NodeUnreachable("The embedded chain is still being made.")
    return Backend(disk, int(chain_id), clock, writable=write)
