"""Encryption at rest: AES-256-GCM for values, HMAC-SHA-256 for blind indexes.

Each key opens one thing: HKDF (RFC 5869) derives it with a label for its use, so an index never
tells anything about a key. Links of the health domain have a key of their own, so that no value of
it stands in the party domain. A sealed value is `2 (1) || key id (4) || nonce (12) || ciphertext ||
tag`; one of before rotation is `1 (1) || nonce (12) || ciphertext || tag`.
"""

import hmac
import json
import secrets
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar, cast
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Dialect, LargeBinary, TypeDecorator
from sqlalchemy.orm import Session

from services.core.errors import WrongDataKey
from services.core.keyring import KeyRing

Value = TypeVar("Value")

HEADER_BYTES = 5
DIGEST_BYTES = 32
"""Length of what is keyed; an index of the health domain is a byte longer: columns hold both."""
_HEALTH, _PARTY = b"h", b"party\0"
_FIRST_VERSION, _VERSION = b"\x01", b"\x02"
_NONCE = 12
_BODY = HEADER_BYTES + _NONCE
_KEY_BYTES = 32


class NumberIndexes(NamedTuple):
    """Both blind indexes of a number: that of the health domain alone leads to programmes."""

    ordinary: bytes
    health: bytes


class Vault:
    """Seals and opens values under the keys of a ring.

    Args:
        key: the ring, a single key of 32 bytes, or what reads the ring when it is first needed and
            again when a value comes that no key of it sealed: the key was rotated meanwhile.
    """

    def __init__(self, key: bytes | KeyRing | Callable[[], KeyRing]) -> None:
        self._given = key
        self._loaded: _Keys | None = None

    @property
    def header(self) -> bytes:
        """First bytes of every value that the newest key sealed."""
        return self._keys.newest

    @property
    def _keys(self) -> "_Keys":
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded

    def _load(self) -> "_Keys":
        given = self._given
        if isinstance(given, bytes):
            return _Keys(KeyRing((given,)))
        return _Keys(given() if callable(given) else given)

    def require_key(self) -> None:
        """Return if the key can be read.

        Raises:
            WrongDataKey: it is missing, or no key, or its rotation was broken off.
        """
        _ = self._keys

    def seal(self, plain: bytes) -> bytes:
        """Encrypt; the same value gives other bytes each time."""
        keys, nonce = self._keys, secrets.token_bytes(_NONCE)
        header = keys.newest
        return header + nonce + keys.ciphers[header].encrypt(nonce, plain, header)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt.

        Raises:
            WrongDataKey: sealed under another key, or altered.
        """
        header = sealed[:HEADER_BYTES]
        cipher = self._keys.ciphers.get(header)
        if cipher is None:
            return self._open_other(sealed)
        try:
            return cipher.decrypt(sealed[HEADER_BYTES:_BODY], sealed[_BODY:], header)
        except (InvalidTag, ValueError) as error:
            raise _wrong_key() from error

    def _open_other(self, sealed: bytes) -> bytes:
        """Decrypt what no key in hand names: of before rotation, or of a key that came since."""
        if sealed[:1] == _FIRST_VERSION:
            return self._open_unnamed(sealed)
        if callable(self._given):
            self._loaded = self._load()
        if sealed[:HEADER_BYTES] not in self._keys.ciphers:
            raise _wrong_key()
        return self.open(sealed)

    def _open_unnamed(self, sealed: bytes) -> bytes:
        nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        for cipher in self._keys.ciphers.values():
            with suppress(InvalidTag, ValueError):
                return cipher.decrypt(nonce, body, _FIRST_VERSION)
        raise _wrong_key()

    def index(self, number: str) -> bytes:
        """Return a number's 32-byte blind index: equal for equal numbers, it tells nothing else."""
        return _keyed(self._keys.indexes, number.encode())

    def link(self, party: UUID) -> bytes:
        """Return the 32-byte link of a party's public id: finds its person in the health domain."""
        return _keyed(self._keys.links, _PARTY + party.bytes)

    def links(self, parties: Iterable[UUID]) -> list[bytes]:
        """Return the links of many parties."""
        found = [_PARTY + party.bytes for party in parties]
        for key in self._keys.links:
            found = [wrap(key, content) for content in found]
        return found

    def health_index(self, number: str) -> bytes:
        """Return a number's 33-byte blind index in the health domain, under the link keys."""
        return _HEALTH + _keyed(self._keys.links, b"number\0" + number.encode())

    def indexes(self, number: str) -> NumberIndexes:
        """Return both blind indexes of a number."""
        return NumberIndexes(self.index(number), self.health_index(number))

    def digest(self, content: bytes) -> bytes:
        """Return a 32-byte digest that nobody without the data key can try guesses on."""
        # No phone number begins like this, so a digest never equals an index.
        return _keyed(self._keys.indexes, b"content\0" + content)


def _keyed(keys: Sequence[bytes], content: bytes) -> bytes:
    """Key a content under the keys of a ring, the oldest first."""
    for key in keys:
        content = wrap(key, content)
    return content


def wrap(key: bytes, content: bytes) -> bytes:
    """Key a content, or a keyed digest once more.

    A new index key wraps the existing digests. So a digest whose content is gone keeps working,
    and somebody who knows only the older keys cannot test guesses.
    """
    return hmac.digest(key, content, "sha256")


def index_keys(ring: KeyRing) -> tuple[bytes, ...]:
    """Return the index keys of a ring, the newest first."""
    return ring.indexes or (_derive(ring.seals[-1], b"bilum/index/1"),)


def link_keys(ring: KeyRing) -> tuple[bytes, ...]:
    """Return the link keys of a ring, the newest first."""
    return ring.links or (_derive(ring.seals[-1], b"bilum/link/1"),)


def new_key() -> bytes:
    """Draw a key."""
    return secrets.token_bytes(_KEY_BYTES)


class _Keys:
    """Keys that are derived from a ring."""

    def __init__(self, ring: KeyRing) -> None:
        if ring.pending or ring.pending_link:
            raise WrongDataKey(
                "A rotation of the data key was broken off: run `bilum db rotate-key` again"
            )
        self.ciphers = {_header(key): AESGCM(_derive(key, b"bilum/seal/1")) for key in ring.seals}
        self.newest = _header(ring.seals[0])
        self.indexes = tuple(reversed(index_keys(ring)))
        self.links = tuple(reversed(link_keys(ring)))


def _wrong_key() -> WrongDataKey:
    return WrongDataKey(
        "A sealed value does not open: BILUM_DATA_KEY is not the key it was sealed with, "
        "or the value was altered"
    )


def _header(key: bytes) -> bytes:
    return _VERSION + _derive(key, b"bilum/key-id/1")[: HEADER_BYTES - 1]


def _derive(key: bytes, label: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=_KEY_BYTES, salt=None, info=label).derive(key)


class SealedValue(TypeDecorator[Value]):
    """A value that is encrypted at rest by the database's vault."""

    impl = LargeBinary
    block = 1
    """Bytes that every value is filled up to a multiple of, so that its length tells nothing."""

    @abstractmethod
    def encoded(self, value: Value) -> bytes:
        """Return the bytes of a value; none ends with a zero byte."""

    @abstractmethod
    def decoded(self, content: bytes) -> Value:
        """Return the value of these bytes."""

    def filled(self, content: bytes) -> bytes:
        """Fill the bytes of a value up."""
        return content + bytes(-len(content) % self.block)

    def process_bind_param(self, value: Value | None, dialect: Dialect) -> bytes | None:
        """Seal on the way in."""
        if value is None:
            return None
        return _vault(dialect).seal(self.filled(self.encoded(value)))

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Value | None:
        """Open on the way out."""
        if value is None:
            return None
        return self.decoded(_vault(dialect).open(value))


class Sealed(SealedValue[str]):
    """Text that is encrypted at rest."""

    cache_ok = True

    def encoded(self, value: str) -> bytes:
        """Return UTF-8; what no UTF-8 may hold is kept as it came."""
        return value.encode("utf-8", "surrogatepass")

    def decoded(self, content: bytes) -> str:
        """Return the text."""
        return content.decode("utf-8", "surrogatepass")


class SealedCode(Sealed):
    """A code, a number or a day, encrypted so that not even its length shows which it is."""

    cache_ok = True
    block = 32

    def decoded(self, content: bytes) -> str:
        """Return the code without what fills it up."""
        return super().decoded(content.rstrip(b"\0"))


class SealedJson(SealedValue[dict[str, Any]]):
    """A JSON object, encrypted so that its length shows no single member."""

    cache_ok = True
    block = 128

    def encoded(self, value: dict[str, Any]) -> bytes:
        """Return it without blanks."""
        return json.dumps(value, separators=(",", ":")).encode()

    def decoded(self, content: bytes) -> dict[str, Any]:
        """Return the object."""
        return cast("dict[str, Any]", json.loads(content.rstrip(b"\0")))


def vault_of(session: Session) -> Vault:
    """Return the vault of a session's database."""
    return _vault(session.get_bind().dialect)


def _vault(dialect: Dialect) -> Vault:
    return cast("Vault", dialect.bilum_vault)  # type: ignore[attr-defined]
