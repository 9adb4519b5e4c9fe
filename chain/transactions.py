"""Signed transactions, their fees, and what nodes say to them; pure, and knows no node."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_hash.auto import keccak
from hexbytes import HexBytes

from chain.errors import (
    FeeTooHigh,
    LedgerError,
    NodeUnreachable,
    RecordRefused,
    Underpriced,
    WalletEmpty,
)
from chain.ports import Inclusion, SignedTransaction
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
# "Replacement transaction underpriced", "max fee per gas less than block base fee" and their kin.
_CHEAP: Final = (
    "underpriced",
    "less than block base fee",
    "fee too low",
    "feetoolow",
    "below configured minimum",
    "replacementnotallowed",
)
_POOR: Final = (
    "insufficient funds",
    "insufficientfunds",
    "upfront cost exceeds",
    "cannot afford",
    "enough funds",
)
GWEI: Final = 10**9
ETHER: Final = 10**18


class Fees(NamedTuple):
    """Offer of a transaction for each gas, in wei (EIP-1559)."""

    most: int
    priority: int

    def above(self, transaction: SignedTransaction) -> "Fees":
        """Raise both to an eighth above `transaction`'s; to replace it nodes ask for a tenth."""
        old = fees_of(transaction)
        return Fees(
            most=max(self.most, _raised(old.most)),
            priority=max(self.priority, _raised(old.priority)),
        )

    def replaces(self, old: "Fees") -> bool:
        """Return whether nodes take this in place of `old`: both at least a tenth higher."""
        return self.most * 10 >= old.most * 11 and self.priority * 10 >= old.priority * 11

    def within(self, limit: int, needed: int) -> "Fees":
        """Cut both to what may be offered at most.

        Args:
            limit: wei for each gas.
            needed: what blocks take now, wei for each gas.

        Raises:
            FeeTooHigh: blocks take more than the limit.
        """
        if needed > limit:
            raise FeeTooHigh(
                f"Blocks take {needed / GWEI:.9g} gwei for gas, the limit is {limit / GWEI:.9g}: "
                "it goes on when they take less, or raise BILUM_MAX_FEE_GWEI."
            )
        most = min(self.most, limit)
        return Fees(most, min(self.priority, most))


class Price(NamedTuple):
    """Price of each gas in the next block: base fee, and the tip that producers hope for."""

    base: int
    priority: int

    @property
    def offer(self) -> Fees:
        """Twice the base fee, which takes six full blocks to double (EIP-1559)."""
        return Fees(2 * self.base + self.priority, self.priority)

    @property
    def taken(self) -> int:
        """The least that is taken."""
        return self.base + self.priority


def fees_of(transaction: SignedTransaction) -> Fees:
    """Return what a signed transaction offers."""
    fields = _fields(transaction)
    return Fees(fields["maxFeePerGas"], fields["maxPriorityFeePerGas"])


def cost_of(transaction: SignedTransaction) -> int:
    """Return what a signed transaction may cost at most, in wei."""
    fields = _fields(transaction)
    return int(fields["gas"] * fields["maxFeePerGas"] + fields["value"])


def choose_fees(price: Price, limit: int, replacing: SignedTransaction | None = None) -> Fees:
    """Return what to offer.

    Args:
        price: of the next block.
        limit: most wei for each gas.
        replacing: a stuck transaction, in whose place nodes shall accept the new one.

    Raises:
        FeeTooHigh: it would be above the limit.
    """
    if replacing is None:
        return price.offer.within(limit, price.taken)
    fees = price.offer.above(replacing).within(limit, price.taken)
    if not fees.replaces(old := fees_of(replacing)):
        raise FeeTooHigh(
            f"A transaction that offers {old.most / GWEI:.9g} gwei waits, and a tenth more is "
            f"above the limit of {limit / GWEI:.9g}: it goes on when blocks take less, or raise "
            "BILUM_MAX_FEE_GWEI."
        )
    return fees


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
    """Check whether a node's error says that it has the transaction, or used its nonce, already."""
    return _says(answer, _THERE)


def refusal(answer: str) -> LedgerError:
    """Return the error for a node's other answers; retryable if they may change by themselves."""
    kinds = ((_BUSY, NodeUnreachable), (_CHEAP, Underpriced), (_POOR, WalletEmpty))
    kind = next((kind for words, kind in kinds if _says(answer, words)), RecordRefused)
    return kind(f"The node refused the transaction: {answer}.")


def _says(answer: str, words: tuple[str, ...]) -> bool:
    return any(word in answer.lower() for word in words)


def _fields(transaction: SignedTransaction) -> dict[str, Any]:
    return dict(TypedTransaction.from_bytes(HexBytes(transaction.raw)).as_dict())


def _raised(fee: int) -> int:
    return fee + fee // 8 + 1


def _number(value: int | str) -> int:
    """Read a JSON-RPC quantity; a node in this process answers with plain numbers."""
    return value if isinstance(value, int) else int(value, 16)
