"""Keys that sign the ledger's transactions. A key service fits the same protocol."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, Self

from eth_account import Account
from eth_account.signers.local import LocalAccount

from chain.errors import NoSigner

# What the library meets in a file of another shape, or of another version of the format.
_NO_KEYSTORE = (
    json.JSONDecodeError,
    UnicodeDecodeError,
    AttributeError,
    KeyError,
    NotImplementedError,
    TypeError,
)


class Signer(Protocol):
    """Signs transactions with one key."""

    @property
    def address(self) -> str:
        """EIP-55 check-summed address of the key."""
        ...

    def sign(self, transaction: Mapping[str, Any]) -> bytes:
        """Return the signed bytes of an EIP-1559 transaction (EIP-2718 envelope).

        Args:
            transaction: the JSON-RPC fields `chainId nonce to data value gas maxFeePerGas
                maxPriorityFeePerGas type`; no `to` deploys a contract.
        """
        ...


class LocalSigner:
    """Signs with a key held in memory."""

    def __init__(self, key: bytes) -> None:
        self._account: LocalAccount = Account.from_key(key)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.address})"

    @property
    def address(self) -> str:
        """EIP-55 check-summed address of the key."""
        return str(self._account.address)

    def sign(self, transaction: Mapping[str, Any]) -> bytes:
        """Return the signed bytes, see `Signer.sign`."""
        return bytes(self._account.sign_transaction(dict(transaction)).raw_transaction)


class KeystoreSigner(LocalSigner):
    """Signs with the key of a keystore file (Web3 Secret Storage Definition, version 3)."""

    @classmethod
    def open(cls, path: Path, password: str) -> Self:
        """Decrypt the file's key; takes about a second, on purpose of the format.

        Raises:
            NoSigner: the file cannot be read, is no keystore, or the password is wrong.
        """
        try:
            return cls(Account.decrypt(path.read_text(encoding="utf-8"), password))
        except OSError as error:
            raise NoSigner("The keystore file cannot be read.") from error
        except _NO_KEYSTORE as error:
            raise NoSigner("The keystore file is not a keystore, version 3.") from error
        except ValueError as error:
            raise NoSigner("The password does not open the keystore file.") from error
