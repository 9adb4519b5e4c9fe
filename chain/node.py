"""Common parts of every client of the contract: node, errors, fees, waiting for a transaction."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from eth_utils.exceptions import ValidationError
from hexbytes import HexBytes
from web3 import BaseProvider, Web3
from web3.exceptions import BadFunctionCallOutput, ContractLogicError, Web3Exception, Web3RPCError
from web3.middleware import ExtraDataToPOAMiddleware
from web3.types import TxParams, TxReceipt

from chain.contract import RECORDER_ROLE, artifact, checksummed
from chain.errors import LedgerError, NoContract, NoSigner
from chain.pyevm import TransactionFailed
from chain.signer import Signer
from chain.silence import unreachable
from chain.transactions import Fees, Price, sign, words

_REVERTS: Final = (BadFunctionCallOutput, ContractLogicError, TransactionFailed)
# HTTP faults are OSErrors, and an answer that is no JSON is a JSONDecodeError.
SILENCES: Final = (OSError, Web3Exception, json.JSONDecodeError)
_REFUSALS: Final = (*_REVERTS, Web3RPCError, ValidationError)


def open_node(provider: BaseProvider) -> Web3:
    """Return web3 on `provider`."""
    # Of the library's middleware only the one for Besu's long `extraData`: every field is set here.
    return Web3(provider, middleware=[ExtraDataToPOAMiddleware])


@contextmanager
def node_errors(*passed: type[Exception]) -> Iterator[None]:
    """Turn the libraries' errors into the ledger's, except those that the caller judges.

    Raises:
        NoContract: the call reverted, or its answer is of another kind.
        NodeUnreachable: no answer.
    """
    try:
        yield
    except passed:
        raise
    except _REVERTS as error:
        raise NoContract("What is at the address does not answer as the ledger does.") from error
    except SILENCES as error:
        raise unreachable("The node does not answer", error) from None


class ContractClient:
    """One `LivestockLedger` contract on one node: what its recorder and its admin both ask of it.

    Args:
        provider: the way to the node; give an HTTP provider a time-out.
        address: the contract's address, hexadecimal.
        signer: the key that changes something; None: read only.
    """

    _without_key = "No key to sign with."

    def __init__(self, provider: BaseProvider, address: str, signer: Signer | None = None) -> None:
        self.address = checksummed(address)
        self._web3 = open_node(provider)
        self._contract = self._web3.eth.contract(self.address, abi=artifact()["abi"])
        self._signer = signer

    def paused(self) -> bool:
        """Return whether recording is stopped."""
        return bool(self._view("paused"))

    def has_recorder_role(self, address: str) -> bool:
        """Return whether `address` may record."""
        return bool(self._view("hasRole", RECORDER_ROLE, checksummed(address)))

    def balance(self, address: str) -> int:
        """Return what `address` owns, in wei."""
        with node_errors():
            return self._web3.eth.get_balance(checksummed(address))

    def _key(self) -> Signer:
        if self._signer is None:
            raise NoSigner(self._without_key)
        return self._signer

    def _view(self, name: str, *arguments: object) -> Any:  # noqa: ANN401 — each view has a type
        with node_errors():
            return self._contract.functions[name](*arguments).call()


def price_now(web3: Web3, payer: str) -> Price:
    """Return what the next block takes for a gas, in wei.

    Where gas is free, as on a network with `zeroBaseFee`, an empty wallet offers nothing: others
    may have offered a tip, which the node then hopes for.
    """
    with node_errors():
        known = web3.eth.fee_history(1, "latest", [])["baseFeePerGas"]
        # The second one is the next block's, where the node tells it.
        base = known[1] if len(known) > 1 else web3.eth.get_block("latest")["baseFeePerGas"]
        if not base and not web3.eth.get_balance(checksummed(payer)):
            return Price(0, 0)
        return Price(base, web3.eth.max_priority_fee)


def fees_now(web3: Web3, payer: str) -> Fees:
    """Return what a transaction of `payer` offers that goes out now."""
    return price_now(web3, payer).offer


def send_and_wait(web3: Web3, signer: Signer, call: Mapping[str, Any], what: str) -> TxReceipt:
    """Sign a call, send it, and return its receipt once it is included.

    Args:
        web3: of `open_node`.
        signer: pays.
        call: the JSON-RPC fields `data`, `value`, and `to` unless it deploys, as there are any.
        what: names it in errors.

    Raises:
        NodeUnreachable: no answer, or no inclusion within two minutes.
        LedgerError: refused or reverted.
    """
    sender = checksummed(signer.address)
    try:
        with node_errors(*_REFUSALS):
            estimated: TxParams = {"from": sender, **call}  # type: ignore[typeddict-item]  # as given
            whole = {
                "data": b"",
                **call,
                "chainId": web3.eth.chain_id,
                # Pending: behind what the same key has on its way.
                "nonce": web3.eth.get_transaction_count(sender, "pending"),
                "gas": web3.eth.estimate_gas(estimated),
            }
            signed = sign(signer, whole, fees_now(web3, sender))
            sent = web3.eth.send_raw_transaction(HexBytes(signed.raw))
            receipt = web3.eth.wait_for_transaction_receipt(sent)
    except _REFUSALS as error:
        raise LedgerError(f"The node refused {what}: {words(error)}.") from error
    if receipt["status"] != 1:
        raise LedgerError(f"The contract reverted {what}.")
    return receipt
