"""Errors of the ledger.

    ChainError
    ├── CanonicalError        the record cannot be written as RFC 8785 JSON
    ├── ReceiptError          what was typed is not a receipt; a ValueError too
    ├── TreeError             an index, a size or a path that no tree has
    ├── NetworkError          no network of validators can be made of what was given
    ├── VerificationError     a proof failed at a numbered step
    └── LedgerError           the node or the contract did not do what was asked
        ├── NodeUnreachable   (retryable) no answer from the node
        ├── WrongChain        the node serves another chain or contract than the database's
        ├── NoContract        no ledger contract at the address
        ├── NoSigner          no key to sign with, or it cannot be opened
        ├── NotRecorder       the key lacks the recorder role
        ├── NotAdmin          the key is not the contract's admin, or not yet
        ├── RecordRefused     the contract reverted `record`, or the node refused to take it
        │   ├── WalletEmpty   (retryable) the key's address cannot pay for the gas
        │   ├── Underpriced   (retryable) the node wants a higher fee
        │   └── FeeTooHigh    (retryable) blocks take more than the limit of the settings
        ├── LedgerBehind      (retryable) the node knows less than the ledger confirmed before
        ├── NodeContradicts   (retryable) what the node says does not fit together
        ├── ForeignRecords    (retryable) the chain holds what the database lacks, not yet for good
        ├── TreeDamaged       the database's tree is not the one that it recorded
        └── ChainLocked       another process writes to the embedded chain

Each carries `code` (stable), `retryable` and `detail`, a sentence that is safe to show.
"""

from typing import ClassVar

from chain.steps import Step


class ChainError(Exception):
    """Root of the ledger's errors.

    Attributes:
        code: stable, for machines.
        retryable: whether the same call may succeed later with nothing changed here.
        detail: one sentence that tells what to do, safe to show and to log.
    """

    code: ClassVar[str] = "chain"
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class CanonicalError(ChainError):
    """The record cannot be written as RFC 8785 JSON."""

    code = "chain.canonical"


class ReceiptError(ChainError, ValueError):
    """Text that is not a receipt."""

    code = "chain.receipt"


class TreeError(ChainError):
    """An index, a size or a path that no tree has."""

    code = "chain.tree"


class NetworkError(ChainError):
    """Input of which no network of validators can be made."""

    code = "chain.network"


class VerificationError(ChainError):
    """A proof failed.

    Attributes:
        step: number of the failed step, as `chain.steps` numbers them.
        name: of the failed step; stable, for machines.
    """

    code = "chain.verification"

    def __init__(self, step: Step, detail: str) -> None:
        super().__init__(detail)
        self.step = step.number
        self.name = step.name


class LedgerError(ChainError):
    """The node or the contract did not do what was asked."""

    code = "chain.ledger"


class NodeUnreachable(LedgerError):
    """Node that does not answer."""

    code = "chain.node_unreachable"
    retryable = True


class WrongChain(LedgerError):
    """The node serves another chain or contract than the database belongs to."""

    code = "chain.wrong_chain"


class NoContract(LedgerError):
    """Address without a ledger contract."""

    code = "chain.no_contract"


class NoSigner(LedgerError):
    """Signing key that is missing, or cannot be opened."""

    code = "chain.no_signer"


class NotRecorder(LedgerError):
    """The key lacks the recorder role."""

    code = "chain.not_recorder"


class NotAdmin(LedgerError):
    """The key is not the contract's admin, or not yet."""

    code = "chain.not_admin"


class RecordRefused(LedgerError):
    """The contract reverted `record`."""

    code = "chain.record_refused"


class WalletEmpty(RecordRefused):
    """The address of the recorder's key cannot pay for the gas."""

    code = "chain.wallet_empty"
    retryable = True


class Underpriced(RecordRefused):
    """The node wants a higher fee than the transaction offers."""

    code = "chain.underpriced"
    retryable = True


class FeeTooHigh(RecordRefused):
    """Blocks take more for gas than the settings allow to offer."""

    code = "chain.fee_too_high"
    retryable = True


class LedgerBehind(LedgerError):
    """The node knows less of the ledger than was confirmed before."""

    code = "chain.ledger_behind"
    retryable = True


class NodeContradicts(LedgerError):
    """Answers of the node that do not fit together."""

    code = "chain.node_contradicts"
    retryable = True


class ForeignRecords(LedgerError):
    """The chain holds records that the database lacks, in blocks that may still be taken back."""

    code = "chain.foreign_records"
    retryable = True


class TreeDamaged(LedgerError):
    """The tree in the database does not have the root that was recorded last.

    Args:
        what: what is wrong with it, the beginning of a sentence.
    """

    code = "chain.tree_damaged"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what}: nothing is recorded on it. Run `bilum audit`, and restore a backup."
        )


class ChainLocked(LedgerError):
    """Another process writes to the embedded chain."""

    code = "chain.locked"
