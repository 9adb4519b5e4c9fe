"""The peer: the Ethereum Attestation Service, from its npm package's own artifacts.

The package's only dependency is its build tool, some 300 packages that nothing here loads;
`contracts/package.json` puts a small package of the lock in its place.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from eth_utils.address import to_checksum_address
from web3 import Web3

from bench._node import Account
from chain.ports import Leaf
from tests.support.paths import ROOT

_ARTIFACTS = (
    ROOT
    / "contracts"
    / "node_modules"
    / "@ethereum-attestation-service"
    / "eas-contracts"
    / "artifacts"
    / "contracts"
)
SCHEMA: Final = "bytes32 subject,bytes32 commitment"
_NOBODY: Final = "0x" + "00" * 20
_NOTHING: Final = bytes(32)


class Eas:
    """EAS and its schema registry, deployed on a node by an account; one schema is registered."""

    def __init__(self, account: Account) -> None:
        registry = _deployed(account, "SchemaRegistry")
        self.address = _deployed(account, "EAS", registry)
        account.call(registry, _encode("SchemaRegistry", "register", SCHEMA, _NOBODY, True))  # noqa: FBT003 — of the ABI
        packed = ["string", "address", "bool"]
        self.schema = bytes(Web3.solidity_keccak(packed, [SCHEMA, _NOBODY, True]))

    def attest(self, leaf: Leaf) -> bytes:
        """Return the calldata of one attestation of a leaf's 64 bytes."""
        return _encode("EAS", "attest", (self.schema, _request(leaf)))

    def multi_attest(self, leaves: Sequence[Leaf]) -> bytes:
        """Return the calldata of an attestation a leaf, all of one schema."""
        requests = [_request(leaf) for leaf in leaves]
        return _encode("EAS", "multiAttest", [(self.schema, requests)])

    def multi_timestamp(self, leaves: Sequence[Leaf]) -> bytes:
        """Return the calldata that time-stamps the leaves' commitments alone."""
        return _encode("EAS", "multiTimestamp", [leaf.commitment for leaf in leaves])


def _request(leaf: Leaf) -> tuple[object, ...]:
    """Return recipient, expiration, revocable, reference, data, value."""
    return (_NOBODY, 0, True, _NOTHING, leaf.subject + leaf.commitment, 0)


@cache
def _artifact(name: str) -> dict[str, Any]:
    path = _ARTIFACTS / f"{name}.sol" / f"{name}.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


@cache
def _contract(name: str) -> Any:  # noqa: ANN401 — the library makes a class of it
    artifact = _artifact(name)
    return Web3().eth.contract(abi=artifact["abi"], bytecode=artifact["bytecode"])


def _deployed(account: Account, name: str, *arguments: object) -> str:
    creation = _contract(name).constructor(*arguments).data_in_transaction
    made = account.call(None, bytes.fromhex(creation[2:]))
    return str(to_checksum_address(made["contractAddress"]))


def _encode(name: str, function: str, *arguments: object) -> bytes:
    return bytes.fromhex(_contract(name).encode_abi(function, args=arguments)[2:])
