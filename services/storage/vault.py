"""Encryption at rest: AES-256-GCM for values, HMAC-SHA-256 for blind indexes.

One data key opens both, through HKDF (RFC 5869) with a label for each use, so an index never
tells anything about a key. A sealed value is `version (1) || nonce (12) || ciphertext || tag`.
"""

from __future__ import annotations

import hmac
import os
import secrets
from functools import cached_property
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.storage.errors import WrongDataKey

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_VERSION = b"\x01"
_NONCE = 12
_KEY_BYTES = 32


class Vault:
    """Seals and opens values under one 32-byte data key.

    Args:
        key: the key, or what reads it when it is first needed.
    """

    def __init__(self, key: bytes | Callable[[], bytes]) -> None:
        self._given = key

    @cached_property
    def _key(self) -> bytes:
        return self._given() if callable(self._given) else self._given

    @cached_property
    def _cipher(self) -> AESGCM:
        return AESGCM(_derive(self._key, b"bilum/seal/1"))

    @cached_property
    def _index_key(self) -> bytes:
        return _derive(self._key, b"bilum/index/1")

    def require_key(self) -> None:
        """Return if the key can be read.

        Raises:
            WrongDataKey: it is missing, or no key.
        """
        _ = self._key

    def seal(self, plain: bytes) -> bytes:
        """Encrypt; the same value gives other bytes each time."""
        nonce = secrets.token_bytes(_NONCE)
        return _VERSION + nonce + self._cipher.encrypt(nonce, plain, _VERSION)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt.

        Raises:
            WrongDataKey: sealed under another key, or altered.
        """
        nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            return self._cipher.decrypt(nonce, body, sealed[:1])
        except (InvalidTag, ValueError) as error:
            raise WrongDataKey(
                "A sealed value does not open: BILUM_DATA_KEY is not the key it was sealed with, "
                "or the value was altered"
            ) from error

    def index(self, number: str) -> bytes:
        """Return a number's 32-byte blind index: equal for equal numbers, it tells nothing else."""
        return hmac.digest(self._index_key, number.encode(), "sha256")

    def digest(self, content: bytes) -> bytes:
        """Return a 32-byte digest that nobody without the data key can try guesses on."""
        # No number begins like this, so that no digest is ever an index.
        return hmac.digest(self._index_key, b"content\0" + content, "sha256")


def load_or_make_key(path: Path) -> bytes:
    """Read the data key at `path`; where there is none make one that its owner alone can read.

    Raises:
        WrongDataKey: the file holds something else.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{secrets.token_hex(4)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            # Two processes may start at once: a link fails where a rename would replace the key.
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return read_key(path)


def read_key(path: Path) -> bytes:
    """Read the data key at `path`.

    Raises:
        WrongDataKey: there is none, or the file holds something else.
    """
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise WrongDataKey(f"The data key {path} cannot be read: {error.strerror}") from error
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise WrongDataKey(f"{path.name} must hold the data key: 64 hexadecimal digits")
    return key


def _derive(key: bytes, label: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=label).derive(key)
