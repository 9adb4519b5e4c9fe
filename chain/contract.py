"""The compiled contract, and the calls on it as bytes; pure but for its own file."""

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any, Final

from eth_hash.auto import keccak
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from chain.errors import LedgerError
from chain.ports import Leaf

ADMIN_DELAY: Final = 172_800
"""Two days in seconds: between the two steps of handing over the admin, by default."""

RECORDER_ROLE: Final = keccak(b"RECORDER_ROLE")

_RECORD: Final = keccak(b"record(uint64,bytes32,bytes32,(bytes32,bytes32)[])")[:4]
_ENTRIES_OFFSET: Final = 4 * 32

# An entry uses about 2,700 gas, 2,560 of them EIP-7623's floor of 40 for each byte of calldata; a
# call uses 60,000 besides. Half as much again is for dearer schedules: gas left over costs nothing.
_GAS_PER_CALL: Final = 100_000
_GAS_PER_ENTRY: Final = 4_000


@cache
def artifact() -> dict[str, Any]:
    """Return what the compiler made: `abi`, `bytecode` (0x hex), `compiler`, `contract`."""
    text = (files("chain") / "artifacts" / "LivestockLedger.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def checksummed(address: str) -> ChecksumAddress:
    """Return an address in EIP-55's spelling.

    Raises:
        LedgerError: it is none.
    """
    try:
        return to_checksum_address(address)
    except ValueError as error:
        raise LedgerError(f"{address} is not an address.") from error


def encode_record(first: int, base: bytes, root: bytes, leaves: Sequence[Leaf]) -> bytes:
    """Return the calldata of `record(first, base, root, leaves)`: 164 bytes, 64 for each leaf.

    Encoded as the contract ABI specification says, section "Formal Specification of the
    Encoding". By hand, since a general encoder takes 50 ms for 500 leaves and this 0.05 ms.
    """
    head = (_word(first), base, root, _word(_ENTRIES_OFFSET), _word(len(leaves)))
    return b"".join((_RECORD, *head, *chain.from_iterable(leaves)))


def encode_deployment(delay: int, admin: str, recorder: str) -> bytes:
    """Return the creation code with the constructor's arguments: seconds and two addresses."""
    words = (delay, int(checksummed(admin), 16), int(checksummed(recorder), 16))
    return bytes.fromhex(artifact()["bytecode"][2:]) + b"".join(map(_word, words))


def record_gas(count: int) -> int:
    """Return a gas limit that suffices to record `count` leaves in one call.

    A formula, since a node cannot estimate a batch while the one before it is on its way.
    """
    return _GAS_PER_CALL + _GAS_PER_ENTRY * count


def _word(number: int) -> bytes:
    return number.to_bytes(32)
