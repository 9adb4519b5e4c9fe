"""The proof that a ledger only grew between two checkpoints; docs/proof-format.md describes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from chain.document import (
    checkpoint_document,
    checkpoint_of,
    headed,
    ledger_document,
    ledger_of,
    parsed,
    path_of,
    written,
)
from chain.ports import Checkpoint, LedgerIdentity

FORMAT: Final = "bilum-consistency"
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """Proof that the first `older.size` records of `newer` are those of `older`, in order.

    Attributes:
        ledger: which ledger.
        older: the smaller checkpoint.
        newer: the larger one, or the same.
        path: of RFC 9162, section 2.1.4, 32 bytes each.
    """

    ledger: LedgerIdentity
    older: Checkpoint
    newer: Checkpoint
    path: tuple[bytes, ...]


def dump(proof: ConsistencyProof) -> str:
    """Return the file's text: ASCII, indented, with a newline at its end."""
    return written(
        {
            "format": FORMAT,
            "version": VERSION,
            "ledger": ledger_document(proof.ledger),
            "older": checkpoint_document(proof.older),
            "newer": checkpoint_document(proof.newer),
            "path": [node.hex() for node in proof.path],
        }
    )


def load(text: str) -> ConsistencyProof:
    """Read a consistency file's text.

    Raises:
        VerificationError: of step 1, naming the place that is wrong.
    """
    return read(parsed(text))


def read(file: Mapping[str, Any]) -> ConsistencyProof:
    """Read a consistency file, parsed as JSON.

    Raises:
        VerificationError: of step 1, naming the place that is wrong.
    """
    whole = headed(file, FORMAT, VERSION, ("ledger", "older", "newer", "path"))
    return ConsistencyProof(
        ledger=ledger_of(whole["ledger"]),
        older=checkpoint_of(whole["older"], "older"),
        newer=checkpoint_of(whole["newer"], "newer"),
        path=path_of(whole["path"], "path"),
    )
