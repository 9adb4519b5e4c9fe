"""The proof file that an auditor keeps, as docs/proof-format.md describes it.

Reading is strict, so that one proof has one reading: a key that is unknown, missing or there
twice, a wrong type, length or capital letter is refused, with its place in the file.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from eth_hash.auto import keccak

from chain.canonical import SAFE_INTEGER, load_json
from chain.errors import CanonicalError, VerificationError
from chain.ports import Checkpoint, LedgerIdentity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMAT: Final = "bilum-proof"
VERSION: Final = 1

_PARSE_STEP: Final = 1
_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)


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
    document = {
        "format": FORMAT,
        "version": VERSION,
        "ledger": {
            "chain_id": proof.ledger.chain_id,
            "genesis": "0x" + proof.ledger.genesis.hex(),
            "contract": proof.ledger.contract,
        },
        "checkpoint": {"size": proof.checkpoint.size, "root": proof.checkpoint.root.hex()},
        "records": [_record_document(record) for record in proof.records],
    }
    return json.dumps(document, indent=2) + "\n"


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
    try:
        document = load_json(text)
    except CanonicalError as error:
        raise VerificationError(_PARSE_STEP, error.detail) from error
    file = _members(document, "the file", ("format", "version", "ledger", "checkpoint", "records"))
    if file["format"] != FORMAT:
        raise _fault("format", f'is not "{FORMAT}"')
    if _count(file["version"], "version") != VERSION:
        raise _fault("version", f"is not {VERSION}, the one known here")
    records = tuple(
        _record(item, f"records[{place}]")
        for place, item in enumerate(_items(file["records"], "records"))
    )
    if not records:
        raise _fault("records", "is empty: the file proves nothing")
    if len({record.index for record in records}) < len(records):
        raise _fault("records", "has one index twice")
    return Proof(_ledger(file["ledger"]), _checkpoint(file["checkpoint"]), records)


def checksum_address(address: str) -> str:
    """Return an address, `0x` and 40 hexadecimal digits, with the capitals of EIP-55."""
    digits = address[2:].lower()
    nibbles = keccak(digits.encode("ascii")).hex()[: len(digits)]
    pairs = zip(digits, nibbles, strict=True)
    return "0x" + "".join(digit.upper() if nibble >= "8" else digit for digit, nibble in pairs)


def _ledger(value: object) -> LedgerIdentity:
    members = _members(value, "ledger", ("chain_id", "genesis", "contract"))
    genesis = _text(members["genesis"], "ledger.genesis")
    if not genesis.startswith("0x"):
        raise _fault("ledger.genesis", "does not begin with 0x")
    contract = _text(members["contract"], "ledger.contract")
    if not _ADDRESS.fullmatch(contract) or contract != checksum_address(contract):
        raise _fault("ledger.contract", "is not an address with the capitals of EIP-55")
    return LedgerIdentity(
        chain_id=_count(members["chain_id"], "ledger.chain_id"),
        genesis=_hash(genesis.removeprefix("0x"), "ledger.genesis"),
        contract=contract,
    )


def _checkpoint(value: object) -> Checkpoint:
    members = _members(value, "checkpoint", ("size", "root"))
    return Checkpoint(
        size=_count(members["size"], "checkpoint.size"),
        root=_hash(members["root"], "checkpoint.root"),
    )


def _record(value: object, place: str) -> ProvenRecord:
    names = ("index", "subject", "salt", "position", "content", "path")
    members = _members(value, place, names)
    return ProvenRecord(
        index=_count(members["index"], f"{place}.index"),
        subject=_hash(members["subject"], f"{place}.subject"),
        salt=_hash(members["salt"], f"{place}.salt"),
        position=_count(members["position"], f"{place}.position"),
        content=_utf8(members["content"], f"{place}.content"),
        path=tuple(
            _hash(node, f"{place}.path[{level}]")
            for level, node in enumerate(_items(members["path"], f"{place}.path"))
        ),
    )


def _fault(place: str, what: str) -> VerificationError:
    return VerificationError(_PARSE_STEP, f"{place} {what}.")


def _members(value: object, place: str, names: Sequence[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _fault(place, "is not a JSON object")
    missing = [name for name in names if name not in value]
    if missing:
        raise _fault(place, f"lacks {missing[0]}")
    unknown = [name for name in value if name not in names]
    if unknown:
        raise _fault(place, f"has an unknown key {unknown[0]!a}")
    return value


def _items(value: object, place: str) -> Sequence[object]:
    if not isinstance(value, list):
        raise _fault(place, "is not a list")
    return value


def _count(value: object, place: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= SAFE_INTEGER:
        raise _fault(place, "is not a whole number from 0 to 2^53 - 1")
    return value


def _text(value: object, place: str) -> str:
    if not isinstance(value, str):
        raise _fault(place, "is not a string")
    return value


def _hash(value: object, place: str) -> bytes:
    if not _HASH.fullmatch(_text(value, place)):
        raise _fault(place, "is not 64 hexadecimal digits in small letters")
    return bytes.fromhex(_text(value, place))


def _utf8(value: object, place: str) -> bytes:
    try:
        return _text(value, place).encode("utf-8")
    except UnicodeEncodeError as error:
        raise _fault(place, "has a lone surrogate") from error
