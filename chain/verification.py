"""Check a proof file with nothing but a checkpoint root read from the chain.

No server, no database, no trust in the operator. In order:

1. Parse the file, strictly: one file has one reading.
2. Canonical bytes: each record's content is exactly its own RFC 8785 form.
3. Commitment: SHA-256 of version byte, salt and content.
4. Subject: the subject that the record names at `position` is the leaf's. A public one (such as
   an animal) hashes to it; for a secret one the record's link is SHA-256 of salt and subject.
5. Leaf: SHA-256 of a zero byte, subject and commitment.
6. Inclusion: the path leads from the leaf, at its index, to the checkpoint's root.
7. Checkpoint: root and size are the ones on the ledger, which the verifier knows from elsewhere.
8. Ledger: chain id, genesis hash and contract address are the expected ones.

Silence, or a VerificationError with the number of the step. What the verifier does not know of
steps 7 and 8 is not checked: a proof is worth as much as the root it was compared with.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from chain.canonical import commitment, link, parse_canonical, public_subject
from chain.errors import CanonicalError, TreeError, VerificationError
from chain.merkle import leaf_hash, root_from_inclusion
from chain.proof import Proof, ProvenRecord, load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from chain.ports import Checkpoint

STEPS: Final = {
    1: "parse",
    2: "canonical bytes",
    3: "commitment",
    4: "subject",
    5: "leaf",
    6: "inclusion path to the root",
    7: "root is the ledger's",
    8: "chain id, genesis, contract",
}

PUBLIC_KINDS: Final = frozenset({"animal", "mob", "consignment", "programme"})
"""Kinds of subject whose key anyone can derive; all others have a random key."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the verifier knows without the proof; None is not checked.

    Attributes:
        root: 32 bytes, read from the chain or printed.
        size: number of leaves below `root`. Without it a proof's indexes are not certain.
        chain_id: EIP-155.
        genesis: hash of block 0, 32 bytes.
        contract: address, in any case of letters.
    """

    root: bytes | None = None
    size: int | None = None
    chain_id: int | None = None
    genesis: bytes | None = None
    contract: str | None = None


def verify_proof(source: str | Proof, expected: Expected) -> Proof:
    """Check a whole proof, file text or already parsed; return it parsed.

    Raises:
        VerificationError: the first step that failed.
    """
    # 1)
    proof = load(source) if isinstance(source, str) else source
    # 2) to 6)
    deque(record_steps(proof.records, proof.checkpoint), maxlen=0)
    # 7) and 8)
    deque(ledger_steps(proof, expected), maxlen=0)
    return proof


def verify_record(record: ProvenRecord, checkpoint: Checkpoint) -> None:
    """Check one record against a checkpoint: steps 2 to 6.

    Raises:
        VerificationError: the first step that failed.
    """
    deque(record_steps((record,), checkpoint), maxlen=0)


def record_steps(records: Sequence[ProvenRecord], checkpoint: Checkpoint) -> Iterator[int]:
    """Take steps 2 to 6, each for all records, and yield its number once it has passed.

    Raises:
        VerificationError: the first step that failed, naming the record by its index.
    """
    # 2) Canonical bytes
    contents = [_content(record) for record in records]
    yield 2
    # 3) Commitment
    commitments = [_commitment(record) for record in records]
    yield 3
    # 4) Subject
    for record, content in zip(records, contents, strict=True):
        if not subject_of(content, record.position, record.salt, record.subject):
            raise _fault(4, record, f"its subject {record.position} is not the leaf's")
    yield 4
    # 5) Leaf
    leaves = [
        leaf_hash(record.subject + committed)
        for record, committed in zip(records, commitments, strict=True)
    ]
    yield 5
    # 6) Inclusion
    for record, leaf in zip(records, leaves, strict=True):
        _check_inclusion(record, leaf, checkpoint)
    yield 6


def ledger_steps(proof: Proof, expected: Expected) -> Iterator[int]:
    """Take steps 7 and 8 and yield the number of each that has passed.

    Raises:
        VerificationError: the step that failed.
    """
    # 7) Checkpoint
    _compare(7, "root", proof.checkpoint.root, expected.root)
    _compare(7, "size", proof.checkpoint.size, expected.size)
    yield 7
    # 8) Ledger
    _compare(8, "chain id", proof.ledger.chain_id, expected.chain_id)
    _compare(8, "genesis hash", proof.ledger.genesis, expected.genesis)
    contract = expected.contract.lower() if expected.contract is not None else None
    _compare(8, "contract", proof.ledger.contract.lower(), contract)
    yield 8


def subject_of(record: Mapping[str, Any], position: int, salt: bytes, key: bytes) -> bool:
    """Whether `key`, 32 bytes, is the subject that `record` names at `position`.

    The kind decides how: an operator who files an animal under a secret key hides it from those
    who hold its tag, so a kind that is public is public or it is wrong.
    """
    subjects = record.get("subjects")
    if not isinstance(subjects, list) or not 0 <= position < len(subjects):
        return False
    try:
        match subjects[position]:
            case {"kind": str(kind), "scheme": str(scheme), "value": str(value)}:
                return kind in PUBLIC_KINDS and public_subject(scheme, value) == key
            case {"kind": str(kind), "link": str(named)}:
                return kind not in PUBLIC_KINDS and link(salt, key) == named
    except CanonicalError:
        return False
    return False


def _content(record: ProvenRecord) -> dict[str, Any]:
    try:
        return parse_canonical(record.content)
    except CanonicalError as error:
        raise _fault(2, record, error.detail.rstrip(".")) from error


def _commitment(record: ProvenRecord) -> bytes:
    try:
        return commitment(record.salt, record.content)
    except CanonicalError as error:
        raise _fault(3, record, error.detail.rstrip(".")) from error


def _check_inclusion(record: ProvenRecord, leaf: bytes, checkpoint: Checkpoint) -> None:
    try:
        root = root_from_inclusion(leaf, record.index, checkpoint.size, record.path)
    except TreeError as error:
        raise _fault(6, record, error.detail.rstrip(".")) from error
    if root != checkpoint.root:
        raise _fault(6, record, "its path does not lead to the root of the checkpoint")


def _compare(step: int, name: str, found: object, expected: object) -> None:
    if expected is not None and found != expected:
        raise VerificationError(
            step, f"The proof's {name} is {_shown(found)}, expected is {_shown(expected)}."
        )


def _shown(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _fault(step: int, record: ProvenRecord, what: str) -> VerificationError:
    return VerificationError(step, f"Record {record.index}: {what}.")
