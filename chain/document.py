"""Common parts of every kind of proof file, as docs/proof-format.md describes them.

Reading is strict, so that one file has one reading: a key that is unknown, missing or there
twice, a wrong type, length or capital letter is refused, with its place in the file.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from eth_hash.auto import keccak

from chain.canonical import SAFE_INTEGER, load_json
from chain.errors import CanonicalError, VerificationError
from chain.ports import Checkpoint, LedgerIdentity
from chain.steps import PARSE

_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)


def written(document: Mapping[str, object]) -> str:
    """Return a file's text: ASCII, indented, with a newline at its end."""
    return json.dumps(document, indent=2) + "\n"


def ledger_document(ledger: LedgerIdentity) -> dict[str, object]:
    """Return the member `ledger` of a file."""
    return {
        "chain_id": ledger.chain_id,
        "genesis": "0x" + ledger.genesis.hex(),
        "contract": ledger.contract,
    }


def checkpoint_document(checkpoint: Checkpoint) -> dict[str, object]:
    """Return a checkpoint as a member of a file."""
    return {"size": checkpoint.size, "root": checkpoint.root.hex()}


def parsed(text: str) -> Mapping[str, Any]:
    """Parse a file's text: one JSON object, no key of any object twice.

    Raises:
        VerificationError: of step 1; so with each of the functions below, naming the place.
    """
    try:
        document = load_json(text)
    except CanonicalError as error:
        raise VerificationError(PARSE, error.detail) from error
    if not isinstance(document, dict):
        raise fault("the file", "is not a JSON object")
    return document


def headed(
    file: Mapping[str, Any], kind: str, version: int, names: Sequence[str]
) -> Mapping[str, Any]:
    """Return a file's members once it is of `kind` and `version`, with `names` and no other."""
    whole = members(file, "the file", ("format", "version", *names))
    if whole["format"] != kind:
        raise fault("format", f'is not "{kind}"')
    if count(whole["version"], "version") != version:
        raise fault("version", f"is not {version}, the one known here")
    return whole


def ledger_of(value: object) -> LedgerIdentity:
    """Read the member `ledger`."""
    found = members(value, "ledger", ("chain_id", "genesis", "contract"))
    genesis = string(found["genesis"], "ledger.genesis")
    if not genesis.startswith("0x"):
        raise fault("ledger.genesis", "does not begin with 0x")
    contract = string(found["contract"], "ledger.contract")
    if not _ADDRESS.fullmatch(contract) or contract != checksum_address(contract):
        raise fault("ledger.contract", "is not an address with the capitals of EIP-55")
    return LedgerIdentity(
        chain_id=count(found["chain_id"], "ledger.chain_id"),
        genesis=digest(genesis.removeprefix("0x"), "ledger.genesis"),
        contract=contract,
    )


def checkpoint_of(value: object, place: str) -> Checkpoint:
    """Read a member that is a checkpoint."""
    found = members(value, place, ("size", "root"))
    return Checkpoint(
        size=count(found["size"], f"{place}.size"),
        root=digest(found["root"], f"{place}.root"),
    )


def path_of(value: object, place: str) -> tuple[bytes, ...]:
    """Read a list of hashes."""
    nodes = enumerate(items(value, place))
    return tuple(digest(node, f"{place}[{level}]") for level, node in nodes)


def checksum_address(address: str) -> str:
    """Return an address, `0x` and 40 hexadecimal digits, with the capitals of EIP-55."""
    digits = address[2:].lower()
    nibbles = keccak(digits.encode("ascii")).hex()[: len(digits)]
    pairs = zip(digits, nibbles, strict=True)
    return "0x" + "".join(digit.upper() if nibble >= "8" else digit for digit, nibble in pairs)


def fault(place: str, what: str) -> VerificationError:
    """Return the error of step 1 about a place of the file."""
    return VerificationError(PARSE, f"{place} {what}.")


def members(value: object, place: str, names: Sequence[str]) -> Mapping[str, Any]:
    """Read an object with exactly these keys."""
    if not isinstance(value, dict):
        raise fault(place, "is not a JSON object")
    missing = [name for name in names if name not in value]
    if missing:
        raise fault(place, f"lacks {missing[0]}")
    unknown = [name for name in value if name not in names]
    if unknown:
        raise fault(place, f"has an unknown key {unknown[0]!a}")
    return value


def items(value: object, place: str) -> Sequence[object]:
    """Read a list."""
    if not isinstance(value, list):
        raise fault(place, "is not a list")
    return value


def count(value: object, place: str) -> int:
    """Read an integer from 0 to 2^53 - 1, written without sign, fraction and exponent."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= SAFE_INTEGER:
        raise fault(place, "is not a whole number from 0 to 2^53 - 1")
    return value


def string(value: object, place: str) -> str:
    """Read a string."""
    if not isinstance(value, str):
        raise fault(place, "is not a string")
    return value


def digest(value: object, place: str) -> bytes:
    """Read 32 bytes."""
    if not _HASH.fullmatch(string(value, place)):
        raise fault(place, "is not 64 hexadecimal digits in small letters")
    return bytes.fromhex(string(value, place))


def utf8(value: object, place: str) -> bytes:
    """Read a string as its UTF-8 bytes."""
    try:
        return string(value, place).encode("utf-8")
    except UnicodeEncodeError as error:
        raise fault(place, "has a lone surrogate") from error
