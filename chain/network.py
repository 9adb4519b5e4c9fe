"""A network of Besu validators (QBFT): addresses, the genesis block, peers; pure.

Each organisation makes its own key and gives away its enode URL alone. From the same URLs, in any
order, everyone makes the same genesis, byte for byte.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any, Final, Self

import rlp  # type: ignore[import-untyped]  # has no types
from eth_hash.auto import keccak
from eth_keys.datatypes import PrivateKey
from eth_utils.address import to_checksum_address

from chain.contract import checksummed
from chain.errors import NetworkError

PORT: Final = 30_303
"""Default port on which Besu's nodes call each other."""

# A node's id is its public key, an uncompressed point of secp256k1 without the leading 04.
_ENODE: Final = re.compile(r"enode://([0-9a-fA-F]{128})@(?:\[([^\]]+)\]|([^\[\]:]+)):(\d{1,5})")
_FIELD: Final = 2**256 - 2**32 - 977
_PORTS: Final = range(1, 65_536)

_VANITY: Final = bytes(32)
# Besu's BftHelpers.EXPECTED_MIX_HASH, "ctical byzantine fault tolerance": tells a block of BFT.
_MIX_HASH: Final = "0x" + b"ctical byzantine fault tolerance".hex()
_GAS_LIMIT: Final = 60_000_000
_FUNDS: Final = 10**27


@dataclass(frozen=True, slots=True)
class Validator:
    """A node that takes part in making blocks.

    Attributes:
        public_key: 64 bytes, the two coordinates of its point on secp256k1.
        host: IP address that the others reach it at; names are no part of an enode URL.
        port: TCP.
    """

    public_key: bytes
    host: str
    port: int = PORT

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read an enode URL.

        Raises:
            NetworkError: it is none, its key is no point of the curve, or its host no IP address.
        """
        found = _ENODE.fullmatch(url.strip())
        if not found:
            raise NetworkError(f"{url} is not enode://128 hexadecimal digits@IP address:port.")
        key, six, four, port = found.groups()
        if not _is_on_curve(bytes.fromhex(key)):
            raise NetworkError(f"{url}: the key is no public key; a digit is wrong.")
        return cls(bytes.fromhex(key), _host(six or four), _port(port))

    @property
    def address(self) -> str:
        """EIP-55 check-summed address: how the validator signs blocks and is voted on."""
        return to_checksum_address(keccak(self.public_key)[12:])

    @property
    def enode(self) -> str:
        """The URL that others call it by."""
        six = isinstance(ip_address(self.host), IPv6Address)
        host = f"[{self.host}]" if six else self.host
        return f"enode://{self.public_key.hex()}@{host}:{self.port}"


def validator_of(key: bytes, host: str, port: int = PORT) -> Validator:
    """Return the validator whose private key is `key`, 32 bytes."""
    return Validator(PrivateKey(key).public_key.to_bytes(), _host(host), port)


def extra_data(addresses: Sequence[str]) -> bytes:
    """Return a genesis block's `extraData`, which names the first validators.

    RLP of vanity, validators, no vote, round 0, no seals: Besu 26.3, `QbftExtraDataCodec`. In
    ascending order, which `BftValidatorsValidationRule` asks of every later block.
    """
    validators = sorted(bytes.fromhex(checksummed(address)[2:]) for address in addresses)
    return bytes(rlp.encode([_VANITY, validators, [], 0, []]))


def genesis(chain_id: int, validators: Sequence[Validator], funded: Sequence[str] = ()) -> str:
    """Return the text of Besu's genesis file.

    Gas is free (`zeroBaseFee`), and the ledger's rules are Cancun's, which the contract is
    compiled for.

    Args:
        chain_id: EIP-155; no other network of yours may have it.
        validators: the first ones, in any order.
        funded: addresses that own coins from the start, though free gas needs none.

    Raises:
        NetworkError: two validators are one, or there is none.
        LedgerError: an address is none.
    """
    _require_distinct(validators)
    alloc = {checksummed(address)[2:].lower(): {"balance": hex(_FUNDS)} for address in funded}
    document: dict[str, Any] = {
        "config": {
            "chainId": chain_id,
            "londonBlock": 0,
            "shanghaiTime": 0,
            "cancunTime": 0,
            "zeroBaseFee": True,
            "qbft": {"blockperiodseconds": 2, "epochlength": 30_000, "requesttimeoutseconds": 4},
        },
        "nonce": "0x0",
        "timestamp": "0x0",
        "extraData": "0x" + extra_data([each.address for each in validators]).hex(),
        "gasLimit": hex(_GAS_LIMIT),
        "difficulty": "0x1",
        "mixHash": _MIX_HASH,
        "coinbase": "0x" + "0" * 40,
        "alloc": dict(sorted(alloc.items())),
    }
    return json.dumps(document, indent=2) + "\n"


def static_nodes(validators: Sequence[Validator]) -> str:
    """Return the text of Besu's file of peers to call; a node passes over its own URL.

    Raises:
        NetworkError: two validators are one, or there is none.
    """
    _require_distinct(validators)
    return json.dumps(sorted(each.enode for each in validators), indent=2) + "\n"


def tolerated(count: int) -> int:
    """Return how many of `count` validators may be down or lie: fewer than a third."""
    return (count - 1) // 3


def _require_distinct(validators: Sequence[Validator]) -> None:
    if not validators:
        raise NetworkError("A network needs at least one validator.")
    places = {(each.host, each.port) for each in validators}
    if not len({each.public_key for each in validators}) == len(places) == len(validators):
        raise NetworkError("Two validators have one key, or one address and port.")


def _is_on_curve(point: bytes) -> bool:
    x, y = int.from_bytes(point[:32]), int.from_bytes(point[32:])
    return x < _FIELD and y < _FIELD and (y * y - x * x * x - 7) % _FIELD == 0


def _host(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError as error:
        raise NetworkError(f"{text} is no IP address; Besu takes no names here.") from error


def _port(text: str) -> int:
    if (port := int(text)) not in _PORTS:
        raise NetworkError(f"{text} is no port.")
    return port
