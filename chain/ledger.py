"""Typed client of the ledger contract: one class, one contract. Implements `LedgerClient`."""

from collections.abc import Callable, Sequence
from functools import cached_property
from time import monotonic
from typing import Any, Final

from eth_utils.exceptions import ValidationError
from hexbytes import HexBytes
from web3 import BaseProvider, HTTPProvider
from web3.exceptions import Web3RPCError
from web3.types import RPCEndpoint, RPCResponse

from chain import contract
from chain.errors import NoContract, NotRecorder, RecordRefused, WalletEmpty
from chain.node import ContractClient, node_errors, open_node, price_now, send_and_wait
from chain.ports import Batch, Inclusion, LedgerIdentity, SignedTransaction
from chain.signer import Signer
from chain.transactions import (
    ETHER,
    GWEI,
    Price,
    choose_fees,
    cost_of,
    fees_of,
    is_there,
    read_receipt,
    refusal,
    sign,
    words,
)

MAX_FEE: Final = 200 * GWEI
"""Most wei that is offered for a gas where nothing else is set."""
_PRICE_SECONDS: Final = 1.0
_HASHES_ONLY: Final = False


def http_provider(url: str, timeout: float = 10.0) -> BaseProvider:
    """Return a provider for the JSON-RPC address of a node; it gives up after `timeout` seconds."""
    # Turn the library's retries off: the recorder decides when to ask again.
    return HTTPProvider(url, {"timeout": timeout}, exception_retry_configuration=None)


def rpc_request(provider: BaseProvider) -> Callable[[str, Sequence[object]], RPCResponse]:
    """Return the way to ask a node by method and parameters, as `chain.logs` reads events."""
    return lambda method, parameters: provider.make_request(RPCEndpoint(method), parameters)


class Ledger(ContractClient):
    """One `LivestockLedger` contract on one node.

    Every method may raise `NodeUnreachable`, and `NoContract` where something else is at `address`.

    Args:
        provider: the way to the node; give an HTTP provider a time-out (see `http_provider`).
        address: the contract's address, hexadecimal.
        signer: the recorder's key; None: read only.
        max_fee: most wei that it offers for a gas.
    """

    _without_key = "No key to sign with: the ledger is open for reading only."

    def __init__(
        self,
        provider: BaseProvider,
        address: str,
        signer: Signer | None = None,
        max_fee: int = MAX_FEE,
    ) -> None:
        super().__init__(provider, address, signer)
        self._max_fee = max_fee
        self._priced: tuple[float, Price | None] = (0.0, None)

    def identity(self) -> LedgerIdentity:
        """Return the ledger that the node serves."""
        with node_errors():
            chain_id = self._web3.eth.chain_id
            genesis = self._web3.eth.get_block(0)["hash"]
            code = self._web3.eth.get_code(self.address)
        if not code:
            raise NoContract(f"Chain {chain_id} has no contract at {self.address}.")
        return LedgerIdentity(chain_id, bytes(genesis), self.address)

    @property
    def recorder(self) -> str:
        """Check-summed address of the key that signs; without one, NoSigner is raised."""
        return self._key().address

    def size(self) -> int:
        """Return the number of records on the contract."""
        return int(self._view("size"))

    def root_at(self, size: int) -> bytes:
        """Return the 32-byte root over the first `size` records, zeros where no batch ended."""
        return bytes(self._view("rootAt", size))

    def verify_inclusion(self, leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bool:
        """Ask the contract whether a leaf hash is in the tree of `size` (RFC 9162, 2.1.3.2)."""
        return bool(self._view("verifyInclusion", leaf, index, size, path))

    def head(self) -> int:
        """Return the number of the newest block."""
        with node_errors():
            return self._web3.eth.block_number

    def block_hash(self, number: int) -> bytes | None:
        """Return the hash of a block, 32 bytes; None where the node has none of that number."""
        block = self._ask("eth_getBlockByNumber", hex(number), _HASHES_ONLY)
        return bytes(HexBytes(block["hash"])) if block else None

    def next_nonce(self, address: str) -> int:
        """Return the nonce after `address`'s newest included transaction."""
        with node_errors():
            return self._web3.eth.get_transaction_count(contract.checksummed(address))

    def require_recordable(self, batch: Batch) -> None:
        """Be silent if the contract would take `batch` now.

        Raises:
            NoSigner, NotRecorder.
            RecordRefused: recording is paused, or `batch` does not continue the ledger.
        """
        if not self.has_recorder_role(self.recorder):
            raise NotRecorder(f"{self.recorder} lacks the recorder role; the admin can grant it.")
        if self.paused():
            raise RecordRefused("Recording is paused; the admin can let it go on.")
        if (size := self.size()) != batch.first:
            raise RecordRefused(f"The ledger expects record {size}, the batch has {batch.first}.")
        if self.root_at(size) != batch.base:
            raise RecordRefused(f"Its first {size} records are not the database's: audit it.")

    def require_funds(self, transaction: SignedTransaction) -> None:
        """Be silent if its signer can pay for a transaction.

        Raises:
            WalletEmpty: with the address and what is needed.
        """
        balance = self.balance(transaction.signer)
        if balance < (cost := cost_of(transaction)):
            raise WalletEmpty(
                f"{transaction.signer} holds {balance / ETHER:.9g} of the chain's coin, and one "
                f"batch may cost {cost / ETHER:.9g}: send some there, and recording goes on."
            )

    def sign_record(
        self, batch: Batch, nonce: int, replacing: SignedTransaction | None = None
    ) -> SignedTransaction:
        """Sign the `record` call for `batch`, at today's fee; nothing is sent.

        Both fees are at least an eighth above those of a stuck transaction that it is `replacing`.

        Raises:
            NoSigner.
            FeeTooHigh: that would be above the limit.
        """
        fees = choose_fees(self._price(replacing), self._max_fee, replacing)
        call = {
            "chainId": self._chain_id,
            "nonce": nonce,
            "gas": contract.record_gas(len(batch.leaves)),
            "to": self.address,
            "data": contract.encode_record(batch.first, batch.base, batch.root, batch.leaves),
        }
        return sign(self._key(), call, fees)

    def is_outbid(self, transaction: SignedTransaction) -> bool:
        """Return whether the next block takes more for its gas than a transaction offers."""
        price, offered = price_now(self._web3, transaction.signer), fees_of(transaction)
        return offered.most < price.taken or offered.priority < price.priority

    def broadcast(self, transaction: SignedTransaction) -> None:
        """Hand the bytes to the node; silent too when it has them, or has used their nonce.

        Raises:
            WalletEmpty, Underpriced.
            RecordRefused: the node will not take them for another reason.
        """
        try:
            with node_errors(Web3RPCError, ValidationError):
                self._web3.eth.send_raw_transaction(HexBytes(transaction.raw))
        except (Web3RPCError, ValidationError) as error:
            answer = words(error)
            # Nodes word "nonce too low" in many ways; the nonce itself is unambiguous.
            if is_there(answer) or self.next_nonce(transaction.signer) > transaction.nonce:
                return
            refused = refusal(answer)
            if isinstance(refused, WalletEmpty):
                self.require_funds(transaction)
            raise refused from error

    def knows(self, transaction: SignedTransaction) -> bool:
        """Return whether the node has the transaction, included or not."""
        return bool(self._ask("eth_getTransactionByHash", f"0x{transaction.hash.hex()}"))

    def inclusion(self, transaction: SignedTransaction) -> Inclusion | None:
        """Return where the transaction was included, None while it is not."""
        receipt = self._ask("eth_getTransactionReceipt", f"0x{transaction.hash.hex()}")
        return read_receipt(receipt) if receipt else None

    def _ask(self, method: str, *parameters: object) -> Any:  # noqa: ANN401 — JSON
        # Raw, since the library takes 20 ms to format 500 events that nobody reads here.
        with node_errors():
            return self._web3.manager.request_blocking(RPCEndpoint(method), list(parameters))

    def _price(self, replacing: SignedTransaction | None) -> Price:
        """Ask what the next block takes; for many batches at once, once."""
        asked_at, price = self._priced
        old = monotonic() - asked_at > _PRICE_SECONDS
        if price is None or old or replacing or price.taken > self._max_fee:
            price = price_now(self._web3, self.recorder)
            self._priced = monotonic(), price
        return price

    @cached_property
    def _chain_id(self) -> int:
        # Asked once: what is signed here fails on a chain that the node moves to.
        with node_errors():
            return self._web3.eth.chain_id


def deploy(
    provider: BaseProvider,
    signer: Signer,
    admin: str | None = None,
    recorder: str | None = None,
    delay: int = contract.ADMIN_DELAY,
) -> str:
    """Deploy the contract and return its address, once it is included.

    Args:
        provider: the way to the node.
        signer: pays; it gets no role but by the next two.
        admin: address that may grant the recorder role and pause; None: the signer's.
        recorder: address that may record; None: the signer's.
        delay: seconds between the two steps of handing over the admin.

    Raises:
        NodeUnreachable: no answer, or no inclusion within two minutes.
        LedgerError: refused or reverted.
    """
    sender = contract.checksummed(signer.address)
    data = contract.encode_deployment(delay, admin or sender, recorder or sender)
    receipt = send_and_wait(open_node(provider), signer, {"data": data}, "the deployment")
    return str(receipt["contractAddress"])
