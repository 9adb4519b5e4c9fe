"""The proof of records that an auditor keeps, as docs/proof-format.md describes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from chain.document import (
    checkpoint_document,
    checkpoint_of,
    count,
    digest,
    fault,
    headed,
    items,
    ledger_document,
    ledger_of,
    members,
    parsed,
    path_of,
    utf8,
    written,
)
from chain.ports import Checkpoint, LedgerIdentity

FORMAT: Final = "bilum-proof"
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class ProvenRecord:
    """One leaf, what it says, and its way to the root.

    Attributes:
        index: the leaf's place in the log, from 0.
        subject: 32 bytes, as on the ledger.
        salt: 32 bytes.
        position: which of the record's subjects this leaf is filed under, from 0.
        content: the record's canonical bytes.
        path: inclusion path, lowest first, 32 bytes each.
    """

    index: int
    subject: bytes
    salt: bytes
    position: int
    content: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """Records, and the checkpoint of the ledger that they are proven against."""

    ledger: LedgerIdentity
    checkpoint: Checkpoint
    records: tuple[ProvenRecord, ...]


def dump(proof: Proof) -> str:
    """Return the file's text: ASCII, indented, with a newline at its end."""
    return written(
        {
            "format": FORMAT,
            "version": VERSION,
            "ledger": ledger_document(proof.ledger),
            "checkpoint": checkpoint_document(proof.checkpoint),
            "records": [_record_document(record) for record in proof.records],
        }
    )


def _record_document(record: ProvenRecord) -> dict[str, object]:
    return {
        "index": record.index,
        "subject": record.subject.hex(),
        "salt": record.salt.hex(),
        "position": record.position,
        "content": record.content.decode("utf-8"),
        "path": [node.hex() for node in record.path],
    }


def load(text: str) -> Proof:
    """Read a proof file's text.

    Raises:
        VerificationError: of step 1, naming the place that is wrong.
    """
    return read(parsed(text))


def read(file: Mapping[str, Any]) -> Proof:
    """Read a proof file, parsed as JSON.

    Raises:
        VerificationError: of step 1, naming the place that is wrong.
    """
    whole = headed(file, FORMAT, VERSION, ("ledger", "checkpoint", "records"))
    records = tuple(
        _record(item, f"records[{place}]")
        for place, item in enumerate(items(whole["records"], "records"))
    )
    if not records:
        raise fault("records", "is empty: the file proves nothing")
    if len({record.index for record in records}) < len(records):
        raise fault("records", "has one index twice")
    checkpoint = checkpoint_of(whole["checkpoint"], "checkpoint")
    return Proof(ledger_of(whole["ledger"]), checkpoint, records)


def _record(value: object, place: str) -> ProvenRecord:
    names = ("index", "subject", "salt", "position", "content", "path")
    found = members(value, place, names)
    return ProvenRecord(
        index=count(found["index"], f"{place}.index"),
        subject=digest(found["subject"], f"{place}.subject"),
        salt=digest(found["salt"], f"{place}.salt"),
        position=count(found["position"], f"{place}.position"),
        content=utf8(found["content"], f"{place}.content"),
        path=path_of(found["path"], f"{place}.path"),
    )
