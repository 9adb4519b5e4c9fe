"""Typed client of the ledger contract: one class, one contract. Implements `LedgerClient`."""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from eth_utils.exceptions import ValidationError
from hexbytes import HexBytes
from web3 import HTTPProvider, Web3
from web3.exceptions import BadFunctionCallOutput, ContractLogicError, Web3Exception, Web3RPCError
from web3.middleware import ExtraDataToPOAMiddleware
from web3.types import RPCEndpoint

from chain import contract
from chain.errors import (
    LedgerError,
    NoContract,
    NodeUnreachable,
    NoSigner,
    NotRecorder,
    RecordRefused,
)
from chain.ports import LedgerIdentity
from chain.pyevm import TransactionFailed
from chain.transactions import Fees, is_there, read_receipt, refusal, sign, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from web3 import BaseProvider

    from chain.ports import Batch, Inclusion, SignedTransaction
    from chain.signer import Signer

_REVERTS = (BadFunctionCallOutput, ContractLogicError, TransactionFailed)
# HTTP faults are OSErrors, and an answer that is no JSON is a JSONDecodeError.
_SILENCES = (OSError, Web3Exception, json.JSONDecodeError)
_REFUSALS = (*_REVERTS, Web3RPCError, ValidationError)


def http_provider(url: str, timeout: float = 10.0) -> BaseProvider:
    """Return a provider for the JSON-RPC address of a node; it gives up after `timeout` seconds."""
    # Without retries of its own: when to ask again is for the recorder to say.
    return HTTPProvider(url, {"timeout": timeout}, exception_retry_configuration=None)


class Ledger:
    """One `LivestockLedger` contract on one node.

    Every method may raise `NodeUnreachable`, and `NoContract` where something else is at `address`.

    Args:
        provider: the way to the node; give an HTTP provider a time-out (see `http_provider`).
        address: the contract's address, hexadecimal.
        signer: the recorder's key; None: read only.
    """

    def __init__(self, provider: BaseProvider, address: str, signer: Signer | None = None) -> None:
        self.address = contract.checksummed(address)
        self._web3 = _connect(provider)
        self._contract = self._web3.eth.contract(self.address, abi=contract.artifact()["abi"])
        self._signer = signer

    def identity(self) -> LedgerIdentity:
        """Return the ledger that the node serves."""
        with _node_errors():
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

    def root_at(self, size: int) -> bytes | None:
        """Return the 32-byte root over the first `size` records, None where no batch ended."""
        root = bytes(self._view("rootAt", size))
        return root if any(root) else None

    def verify_inclusion(self, leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bool:
        """Ask the contract whether a leaf hash is in the tree of `size` (RFC 9162, 2.1.3.2)."""
        return bool(self._view("verifyInclusion", leaf, index, size, path))

    def paused(self) -> bool:
        """Return whether recording is stopped."""
        return bool(self._view("paused"))

    def has_recorder_role(self, address: str) -> bool:
        """Return whether `address` may record."""
        return bool(self._view("hasRole", contract.RECORDER_ROLE, contract.checksummed(address)))

    def head(self) -> int:
        """Return the number of the newest block."""
        with _node_errors():
            return self._web3.eth.block_number

    def next_nonce(self, address: str) -> int:
        """Return the nonce after `address`'s newest included transaction."""
        with _node_errors():
            return self._web3.eth.get_transaction_count(contract.checksummed(address), "latest")

    def require_recordable(self, batch: Batch) -> None:
        """Be silent if the contract would take `batch` now.

        Raises:
            NoSigner, NotRecorder.
            RecordRefused: recording is paused, or `batch` is not the next one.
        """
        if not self.has_recorder_role(self.recorder):
            raise NotRecorder(f"{self.recorder} lacks the recorder role; the admin can grant it.")
        if self.paused():
            raise RecordRefused("Recording is paused; the admin can let it go on.")
        if (size := self.size()) != batch.first:
            raise RecordRefused(f"The ledger expects record {size}, the batch has {batch.first}.")

    def sign_record(
        self, batch: Batch, nonce: int, replacing: SignedTransaction | None = None
    ) -> SignedTransaction:
        """Sign the `record` call for `batch`, at today's fee; nothing is sent.

        Both fees are at least an eighth above those of a stuck transaction that it is `replacing`.

        Raises:
            NoSigner.
        """
        call = {
            "chainId": self._chain_id,
            "nonce": nonce,
            "gas": contract.record_gas(len(batch.leaves)),
            "to": self.address,
            "data": contract.encode_record(batch.first, batch.root, batch.leaves),
        }
        fees = _fees(self._web3)
        return sign(self._key(), call, fees.above(replacing) if replacing else fees)

    def broadcast(self, transaction: SignedTransaction) -> None:
        """Hand the bytes to the node; silent too when it has them, or has used their nonce.

        Raises:
            RecordRefused: the node will not take them.
        """
        try:
            with _node_errors(Web3RPCError, ValidationError):
                self._web3.eth.send_raw_transaction(HexBytes(transaction.raw))
        except (Web3RPCError, ValidationError) as error:
            answer = words(error)
            # Nodes say "nonce too low" in many ways; the nonce itself says it in one.
            if is_there(answer) or self.next_nonce(transaction.signer) > transaction.nonce:
                return
            raise refusal(answer) from error

    def inclusion(self, transaction: SignedTransaction) -> Inclusion | None:
        """Return where the transaction was included, None while it is not."""
        # Raw, since the library takes 20 ms to format 500 events that nobody reads here.
        method, params = RPCEndpoint("eth_getTransactionReceipt"), [f"0x{transaction.hash.hex()}"]
        with _node_errors():
            receipt = self._web3.manager.request_blocking(method, params)
        return read_receipt(receipt) if receipt else None

    def _key(self) -> Signer:
        if self._signer is None:
            raise NoSigner("No key to sign with: the ledger is open for reading only.")
        return self._signer

    @cached_property
    def _chain_id(self) -> int:
        # Asked once: what is signed here fails on a chain that the node moves to.
        with _node_errors():
            return self._web3.eth.chain_id

    def _view(self, name: str, *arguments: object) -> Any:  # noqa: ANN401 — each view has a type
        with _node_errors():
            return self._contract.functions[name](*arguments).call()


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
    web3, sender = _connect(provider), contract.checksummed(signer.address)
    data = contract.encode_deployment(delay, admin or sender, recorder or sender)
    try:
        with _node_errors(*_REFUSALS):
            call = {
                "chainId": web3.eth.chain_id,
                "nonce": web3.eth.get_transaction_count(sender),
                "gas": web3.eth.estimate_gas({"from": sender, "data": data}),
                "data": data,
            }
            sent = web3.eth.send_raw_transaction(HexBytes(sign(signer, call, _fees(web3)).raw))
            receipt = web3.eth.wait_for_transaction_receipt(sent)
    except _REFUSALS as error:
        raise LedgerError(f"The node refused the deployment: {words(error)}.") from error
    if receipt["status"] != 1:
        raise LedgerError("The deployment reverted.")
    return str(receipt["contractAddress"])


def _connect(provider: BaseProvider) -> Web3:
    # Of the library's middleware only the one for Besu's long `extraData`: every field is set here.
    return Web3(provider, middleware=[ExtraDataToPOAMiddleware])


def _fees(web3: Web3) -> Fees:
    """Offer twice the base fee, which takes six full blocks to double (EIP-1559)."""
    with _node_errors():
        base = web3.eth.get_block("latest")["baseFeePerGas"]
        priority = web3.eth.max_priority_fee
    return Fees(2 * base + priority, priority)


@contextmanager
def _node_errors(*passed: type[Exception]) -> Iterator[None]:
    """Turn the libraries' errors into the ledger's, except those that the caller judges."""
    try:
        yield
    except passed:
        raise
    except _REVERTS as error:
        raise NoContract("What is at the address does not answer as the ledger does.") from error
    except _SILENCES:
        # From None: the library's sentence holds the node's URL, and that may hold a key.
        raise NodeUnreachable("The node does not answer.") from None
