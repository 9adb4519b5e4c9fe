"""Check a file with nothing but checkpoint roots read from the chain.

No server, no database, no trust in the operator. A proof of records, in order:

1. Parse the file, strictly: one file has one reading.
2. Canonical bytes: each record's content is exactly its own RFC 8785 form.
3. Commitment: SHA-256 of version byte, salt and content.
4. Subject: the subject that the record names at `position` is the leaf's. A public one (such as
   an animal) hashes to it; for a secret one the record's link is SHA-256 of salt and subject.
5. Leaf: SHA-256 of a zero byte, subject and commitment.
6. Inclusion: the path leads from the leaf, at its index, to the checkpoint's root.
7. Checkpoint: root and size are the ones on the ledger, which the verifier knows from elsewhere.
8. Ledger: chain id, genesis hash and contract address are the expected ones.

A proof of consistency, which shows that nothing was changed, removed or put in between since an
older checkpoint:

1. Parse, as above.
2. Path: the sizes are in order, and it has as many hashes as they need.
3. Older: it leads to the older root.
4. Newer: it leads to the newer root.
5. Older checkpoint, 6. newer checkpoint, 7. ledger: as steps 7 and 8 above.

Silence, or a VerificationError with the number of the step. What the verifier does not know of
the last steps is not checked: a proof is worth as much as the root it was compared with.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from chain.canonical import commitment, link, parse_canonical, public_subject
from chain.consistency import ConsistencyProof
from chain.errors import CanonicalError, TreeError, VerificationError
from chain.file_claims import Document, claims_of, load_document
from chain.merkle import leaf_hash, root_from_inclusion, roots_from_consistency
from chain.ports import Checkpoint
from chain.proof import Proof, ProvenRecord, load
from chain.steps import CONSISTENCY_STEPS, STEPS, Step

PUBLIC_KINDS: Final = frozenset({"animal", "mob", "consignment", "programme"})
"""Kinds of subject whose key anyone can derive; all others have a random key."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Facts that the verifier has without the proof; None is not checked.

    Attributes:
        root: 32 bytes, read from the chain or printed; the newer one of a proof of consistency.
        size: number of leaves below `root`. Without it a proof's indexes are not certain.
        older_root: 32 bytes, the older one of a proof of consistency.
        older_size: number of leaves below `older_root`.
        chain_id: EIP-155.
        genesis: hash of block 0, 32 bytes.
        contract: address, in any case of letters.
    """

    root: bytes | None = None
    size: int | None = None
    chain_id: int | None = None
    genesis: bytes | None = None
    contract: str | None = None
    older_root: bytes | None = None
    older_size: int | None = None


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


def verify_file(text: str, expected: Expected) -> Document:
    """Check a file of either kind; return it parsed.

    Raises:
        VerificationError: the first step that failed.
    """
    document = load_document(text)
    deque(own_steps(document), maxlen=0)
    deque(ledger_steps(document, expected), maxlen=0)
    return document


def own_steps(document: Document) -> Iterator[Step]:
    """Take the steps that need nothing but the file, after the first; yield each that has passed.

    Raises:
        VerificationError: the first step that failed.
    """
    if isinstance(document, Proof):
        return record_steps(document.records, document.checkpoint)
    return consistency_steps(document)


def verify_record(record: ProvenRecord, checkpoint: Checkpoint) -> None:
    """Check one record against a checkpoint: steps 2 to 6.

    Raises:
        VerificationError: the first step that failed.
    """
    deque(record_steps((record,), checkpoint), maxlen=0)


def record_steps(records: Sequence[ProvenRecord], checkpoint: Checkpoint) -> Iterator[Step]:
    """Take steps 2 to 6, each for all records, and yield it once it has passed.

    Raises:
        VerificationError: the first step that failed, naming the record by its index.
    """
    # 2) Canonical bytes
    contents = [_content(record) for record in records]
    yield STEPS[2]
    # 3) Commitment
    commitments = [_commitment(record) for record in records]
    yield STEPS[3]
    # 4) Subject
    for record, content in zip(records, contents, strict=True):
        if not subject_of(content, record.position, record.salt, record.subject):
            raise _fault(4, record, f"its subject {record.position} is not the leaf's")
    yield STEPS[4]
    # 5) Leaf
    leaves = [
        leaf_hash(record.subject + committed)
        for record, committed in zip(records, commitments, strict=True)
    ]
    yield STEPS[5]
    # 6) Inclusion
    for record, leaf in zip(records, leaves, strict=True):
        _check_inclusion(record, leaf, checkpoint)
    yield STEPS[6]


def consistency_steps(proof: ConsistencyProof) -> Iterator[Step]:
    """Take steps 2 to 4 of a proof of consistency, and yield each once it has passed.

    Raises:
        VerificationError: the first step that failed.
    """
    # 2) Path
    older, newer = proof.older, proof.newer
    if older.size == 0:
        raise VerificationError(CONSISTENCY_STEPS[2], "Every ledger begins with no record.")
    try:
        old, new = roots_from_consistency(older.size, older.root, newer.size, proof.path)
    except TreeError as error:
        raise VerificationError(CONSISTENCY_STEPS[2], error.detail) from error
    yield CONSISTENCY_STEPS[2]
    # 3) Older, 4) newer
    for step, root, found in ((3, older, old), (4, newer, new)):
        if found != root.root:
            what = f"The path does not lead to the root over {root.size} records."
            raise VerificationError(CONSISTENCY_STEPS[step], what)
        yield CONSISTENCY_STEPS[step]


def ledger_steps(document: Document, expected: Expected) -> Iterator[Step]:
    """Take the steps that compare a file with what is known; yield each that has passed.

    Raises:
        VerificationError: the step that failed.
    """
    for step, claims in groupby(claims_of(document), key=lambda claim: claim.step):
        for claim in claims:
            known = getattr(expected, claim.name)
            if known is not None and comparable(known) != comparable(claim.value):
                what = f"{claim.label} is {shown(claim.value)}, expected is {shown(known)}."
                raise VerificationError(step, f"The proof's {what}")
        yield step


def comparable(value: object) -> object:
    """Return a value so that equal ones are equal: an address counts without its capitals."""
    return value.lower() if isinstance(value, str) else value


def shown(value: object) -> str:
    """Return a value as people read it."""
    return value.hex() if isinstance(value, bytes) else str(value)


def subject_of(record: Mapping[str, Any], position: int, salt: bytes, key: bytes) -> bool:
    """Check whether `key`, 32 bytes, is the subject that `record` names at `position`.

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


def _fault(step: int, record: ProvenRecord, what: str) -> VerificationError:
    return VerificationError(STEPS[step], f"Record {record.index}: {what}.")
