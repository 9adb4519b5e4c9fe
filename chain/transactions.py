"""Signed transactions, their fees, and what nodes say to them; pure, and knows no node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_hash.auto import keccak
from hexbytes import HexBytes

from chain.errors import LedgerError, NodeUnreachable, RecordRefused
from chain.ports import Inclusion, SignedTransaction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chain.signer import Signer

# In the words of geth and Erigon; Besu; anvil; Nethermind; and most of them of a used nonce.
_THERE: Final = (
    "already known",
    "known transaction",
    "already imported",
    "alreadyknown",
    "nonce too low",
)
_BUSY: Final = ("limit exceeded", "is full", "timed out")


class Fees(NamedTuple):
    """What a transaction offers for each gas, in wei (EIP-1559)."""

    most: int
    priority: int

    def above(self, transaction: SignedTransaction) -> Fees:
        """Raise both to an eighth above `transaction`'s; to replace it nodes ask for a tenth."""
        old = TypedTransaction.from_bytes(HexBytes(transaction.raw)).as_dict()
        return Fees(
            most=max(self.most, _raised(old["maxFeePerGas"])),
            priority=max(self.priority, _raised(old["maxPriorityFeePerGas"])),
        )


def sign(signer: Signer, call: Mapping[str, Any], fees: Fees) -> SignedTransaction:
    """Sign an EIP-1559 transaction.

    Args:
        signer: the key.
        call: the JSON-RPC fields `chainId nonce gas data`, and `to` unless it deploys.
        fees: what to offer.
    """
    offer = {"maxFeePerGas": fees.most, "maxPriorityFeePerGas": fees.priority}
    raw = signer.sign({"type": 2, "value": 0, **call, **offer})
    return SignedTransaction(signer.address, call["nonce"], raw, keccak(raw))


def read_receipt(receipt: Mapping[str, Any]) -> Inclusion | None:
    """Read an answer of `eth_getTransactionReceipt`; None while the transaction waits."""
    if receipt["blockNumber"] is None:
        return None
    return Inclusion(
        block_number=_number(receipt["blockNumber"]),
        block_hash=bytes(HexBytes(receipt["blockHash"])),
        gas_used=_number(receipt["gasUsed"]),
        succeeded=_number(receipt["status"]) == 1,
    )


def words(error: Exception) -> str:
    """Return the node's own words in an error, without the library's around them."""
    response = getattr(error, "rpc_response", None)
    return str(response["error"]["message"] if response else error).rstrip(".")


def is_there(answer: str) -> bool:
    """Whether a node's error says that it has the transaction, or used its nonce, already."""
    return _says(answer, _THERE)


def refusal(answer: str) -> LedgerError:
    """Return the error for a node's other answers; retryable if the node is only busy."""
    kind = NodeUnreachable if _says(answer, _BUSY) else RecordRefused
    return kind(f"The node refused the transaction: {answer}.")


def _says(answer: str, words: tuple[str, ...]) -> bool:
    return any(word in answer.lower() for word in words)


def _raised(fee: int) -> int:
    return fee + fee // 8 + 1


def _number(value: int | str) -> int:
    """Read a JSON-RPC quantity; a node in this process answers with plain numbers."""
    return value if isinstance(value, int) else int(value, 16)
