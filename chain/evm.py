"""The parts of py-evm, eth-tester and web3 that make a chain on a disk; see `chain.embedded`.

What differs from eth-tester: the head is looked up on the disk, a transaction runs once and makes
its block at once, transactions are found by py-evm's index, and nothing grows in memory.
"""

from collections.abc import Callable, Sequence
from typing import Any, cast

from eth.abc import BlockAPI, BlockHeaderAPI, DatabaseAPI, SignedTransactionAPI
from eth.chains.base import MiningChain
from eth.db.atomic import AtomicDB
from eth.exceptions import TransactionNotFound as NoTransaction
from eth.typing import AccountState
from eth.vm.forks.prague import PragueVM
from eth_tester import EthereumTester
from eth_tester.backends.pyevm.main import PyEVMBackend, get_default_genesis_params
from eth_tester.backends.pyevm.serializers import (
    serialize_transaction,
    serialize_transaction_receipt,
)
from eth_tester.exceptions import TransactionNotFound
from eth_typing import Address, BlockNumber, Hash32
from eth_utils.exceptions import ValidationError
from trie.hexary import HexaryTrie
from web3.providers.eth_tester import EthereumTesterProvider
from web3.providers.eth_tester.defaults import API_ENDPOINTS

import chain.pyevm  # noqa: F401 — for what it does about the recursion limit
from chain.disk import Disk
from chain.ports import Inclusion

Clock = Callable[[], int]

_FUNDS = 2**128
# Calls that name no sender come from here. py-evm wants one that could pay, at its next nonce: one
# that never sends has always the same, also while another process makes blocks.
_CALLER = Address(b"bilum embedded calls")
_FIRST_KEY = b"\x80"  # where a block's first receipt is: RLP of 0
_SUCCESS = b"\x01"  # a receipt's first field since Byzantium (EIP-658)


def write_genesis(
    disk: Disk, chain_id: int, funded: str, extra: bytes, clock: Clock | None
) -> None:
    """Put block 0 on the disk, not committed yet.

    Args:
        disk: an empty one.
        chain_id: EIP-155 chain id.
        funded: address that gets 2^128 wei.
        extra: at most 32 bytes that tell this genesis from all others.
        clock: see `EmbeddedChain.open`.
    """
    moment = {"timestamp": clock()} if clock else {}
    account = {"balance": _FUNDS, "nonce": 0, "code": b"", "storage": {}}
    _chain_class(chain_id, clock).from_genesis(
        _atomic(disk),
        get_default_genesis_params(moment | {"extra_data": extra}),
        cast("AccountState", {_canonical(funded): account, _CALLER: account}),
    )


class Backend(PyEVMBackend):  # type: ignore[misc]  # eth-tester has no types
    """PyEVMBackend over a disk that has a genesis.

    Args:
        disk: the disk.
        chain_id: as given to `write_genesis`.
        clock: see `EmbeddedChain.open`.
        writable: whether to take transactions.
    """

    def __init__(self, disk: Disk, chain_id: int, clock: Clock | None, *, writable: bool) -> None:
        # Without the parent's, which makes a chain in memory.
        self.account_keys = ()
        self.chain = _chain_class(chain_id, clock)(_atomic(disk))
        self._disk = disk
        self._writable = writable

    def get_accounts(self) -> tuple[bytes, ...]:
        """Return the sender of calls that name none."""
        return (_CALLER,)

    def head(self) -> int:
        """Return the number of the newest block."""
        return self.chain.get_canonical_head().block_number

    def send_raw_transaction(self, raw_transaction: bytes) -> bytes:
        """Run the transaction into a block that is on the disk when this returns its hash.

        Raises:
            ValidationError: not valid here and now, or the chain is open for reading only.
        """
        if not self._writable:
            raise ValidationError("this chain is open for reading only")
        transaction = self.chain.get_transaction_builder().decode(raw_transaction)
        if self._place(transaction.hash) is None:
            self._check_nonce(transaction)
            self._mine(transaction)
        return bytes(transaction.hash)

    def get_transaction_by_hash(self, transaction_hash: bytes) -> dict[str, object]:
        """Return the transaction as eth-tester writes it."""
        block, index = self._find(transaction_hash)
        transaction = block.transactions[index]
        return dict(serialize_transaction(block, transaction, index, is_pending=False))

    def get_transaction_receipt(self, transaction_hash: bytes) -> dict[str, object]:
        """Return the receipt as eth-tester writes it."""
        block, index = self._find(transaction_hash)
        return dict(
            serialize_transaction_receipt(
                block,
                block.get_receipts(self.chain.chaindb),
                block.transactions[index],
                index,
                is_pending=False,
                vm=self.chain.get_vm(),
            )
        )

    def inclusion(self, transaction_hash: bytes) -> Inclusion | None:
        """Return where a transaction was included; each block has one, so its gas is its own."""
        place = self._place(transaction_hash)
        if place is None:
            return None
        receipt = self.chain.get_transaction_receipt_by_index(*place)
        block_hash = self.chain.get_canonical_block_hash(place[0])
        return Inclusion(place[0], block_hash, receipt.gas_used, receipt.state_root == _SUCCESS)

    def raw_receipts(self, number: int, bloom: int) -> Sequence[bytes]:
        """Return a block's receipts, see `EmbeddedChain.raw_receipts`."""
        header = self.chain.get_canonical_block_header_by_number(BlockNumber(number))
        if header.bloom & bloom != bloom:
            return ()
        receipt = HexaryTrie(self.chain.chaindb.db, header.receipt_root)[_FIRST_KEY]
        return (receipt,) if receipt else ()

    def _mine(self, transaction: SignedTransactionAPI) -> None:
        try:
            self.chain.mine_all([transaction])
            self._disk.commit()
        except BaseException:
            self._disk.discard()
            raise

    def _check_nonce(self, transaction: SignedTransactionAPI) -> None:
        due = self.get_nonce(transaction.sender)
        if transaction.nonce != due:
            fault = "low" if transaction.nonce < due else "high"
            raise ValidationError(f"nonce too {fault}: {transaction.nonce}, next is {due}")

    def _place(self, transaction_hash: bytes) -> tuple[BlockNumber, int] | None:
        try:
            return self.chain.get_canonical_transaction_index(Hash32(transaction_hash))
        except NoTransaction:
            return None

    def _find(self, transaction_hash: bytes) -> tuple[BlockAPI, int]:
        place = self._place(transaction_hash)
        if place is None:
            raise TransactionNotFound(f"No transaction 0x{transaction_hash.hex()}.")
        return self.chain.get_canonical_block_by_number(place[0]), place[1]


class Provider(EthereumTesterProvider):
    """A web3 provider onto a backend, with the chain's own id."""

    def __init__(self, backend: Backend) -> None:
        own: dict[str, Callable[..., Any]] = {
            "chainId": lambda *_: backend.chain.chain_id,
            "blockNumber": lambda *_: backend.head(),
        }
        endpoints: dict[str, Any] = {**API_ENDPOINTS, "eth": {**API_ENDPOINTS["eth"], **own}}
        super().__init__(_Tester(backend), endpoints)


class _Tester(EthereumTester):  # type: ignore[misc]  # eth-tester has no types
    """EthereumTester without the second block and the filters at each sending."""

    def send_raw_transaction(self, raw_transaction_hex: str) -> str:
        raw = bytes.fromhex(raw_transaction_hex.removeprefix("0x"))
        return f"0x{self.backend.send_raw_transaction(raw).hex()}"


class _Chain(MiningChain):
    """A chain that looks up its head each time, since another process may have moved it."""

    vm_configuration = ((BlockNumber(0), PragueVM),)

    @staticmethod
    def seconds() -> int | None:
        """Return the time for a new block; None: py-evm's own."""
        return None

    @property
    def header(self) -> BlockHeaderAPI:
        """The block that would come next."""
        return self.ensure_header()

    @header.setter
    def header(self, _: BlockHeaderAPI) -> None:
        pass

    def get_transaction_builder(self) -> Any:  # noqa: ANN401 — eth-tester asks the chain for it
        return self.get_vm().get_transaction_builder()

    def create_header_from_parent(
        self,
        parent_header: BlockHeaderAPI,
        **header_params: Any,  # noqa: ANN401 — as the parent's
    ) -> BlockHeaderAPI:
        # py-evm moves the limit by a 1,024th a block.
        header_params["gas_limit"] = parent_header.gas_limit
        if (now := self.seconds()) is not None:
            header_params["timestamp"] = max(now, parent_header.timestamp + 1)
        return super().create_header_from_parent(parent_header, **header_params)


def _chain_class(chain_id: int, clock: Clock | None) -> type[_Chain]:
    """Return a class for this chain id: py-evm keeps it there."""
    own = {"seconds": staticmethod(clock)} if clock else {}
    return type("EmbeddedChain", (_Chain,), {"chain_id": chain_id, **own})


def _atomic(disk: Disk) -> AtomicDB:
    return AtomicDB(cast("DatabaseAPI", disk))


def _canonical(address: str) -> Address:
    return Address(bytes.fromhex(address.removeprefix("0x")))
