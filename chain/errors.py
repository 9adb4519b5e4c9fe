"""Errors of the ledger.

    ChainError
    ├── CanonicalError        the record cannot be written as RFC 8785 JSON
    ├── ReceiptError          what was typed is not a receipt; a ValueError too
    ├── TreeError             an index, a size or a path that no tree has
    ├── VerificationError     a proof failed at a numbered step
    └── LedgerError           the node or the contract did not do what was asked
        ├── NodeUnreachable   (retryable) no answer from the node
        ├── WrongChain        the node serves another chain or contract than the database's
        ├── NoContract        no ledger contract at the address
        ├── NoSigner          no key to sign with, or it cannot be opened
        ├── NotRecorder       the key lacks the recorder role
        ├── RecordRefused     the contract reverted `record`
        ├── LedgerBehind      the chain has fewer records than it confirmed before
        └── ChainLocked       another process writes to the embedded chain

Each carries `code` (stable), `retryable` and `detail`, a sentence that is safe to show.
"""

from __future__ import annotations

from typing import ClassVar


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
    """What was typed is not a receipt."""

    code = "chain.receipt"


class TreeError(ChainError):
    """An index, a size or a path that no tree has."""

    code = "chain.tree"


class VerificationError(ChainError):
    """A proof failed.

    Attributes:
        step: number of the failed step, as `chain.verification` numbers them.
    """

    code = "chain.verification"

    def __init__(self, step: int, detail: str) -> None:
        super().__init__(detail)
        self.step = step


class LedgerError(ChainError):
    """The node or the contract did not do what was asked."""

    code = "chain.ledger"


class NodeUnreachable(LedgerError):
    """No answer from the node."""

    code = "chain.node_unreachable"
    retryable = True


class WrongChain(LedgerError):
    """The node serves another chain or contract than the database belongs to."""

    code = "chain.wrong_chain"


class NoContract(LedgerError):
    """No ledger contract at the address."""

    code = "chain.no_contract"


class NoSigner(LedgerError):
    """No key to sign with, or it cannot be opened."""

    code = "chain.no_signer"


class NotRecorder(LedgerError):
    """The key lacks the recorder role."""

    code = "chain.not_recorder"


class RecordRefused(LedgerError):
    """The contract reverted `record`."""

    code = "chain.record_refused"


class LedgerBehind(LedgerError):
    """The chain has fewer records than it confirmed before."""

    code = "chain.ledger_behind"


class ChainLocked(LedgerError):
    """Another process writes to the embedded chain."""

    code = "chain.locked"
