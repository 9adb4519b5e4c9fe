"""From a record to the 64 bytes that go on the ledger.

A record is a JSON object. It is kept as its RFC 8785 canonical bytes, hidden behind a salted
SHA-256 commitment, and filed under a subject. See docs/proof-format.md.
"""

import json
import secrets
from base64 import b32encode
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from types import NoneType
from typing import Any, Final, NoReturn

import rfc8785
from eth_hash.auto import keccak

from chain.errors import CanonicalError, ReceiptError

HASH_BYTES: Final = 32
RECEIPT_BYTES: Final = 10
SAFE_INTEGER: Final = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly (RFC 7493, section 2.2)."""
DEEPEST: Final = 100
"""How many objects and lists may be within each other, the record itself being the first."""

_COMMITMENT_VERSION: Final = b"\x01"
_SUBJECT_DOMAIN: Final = b"bilum/1"
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PLAIN: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_SIMPLE: Final = (str, bool, NoneType)
_CROCKFORD: Final = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _ALPHABET.encode())
_SYMBOLS: Final = len(_ALPHABET) // 2
_DIGITS: Final = (
    {symbol: value for value, symbol in enumerate(_ALPHABET)}
    | {symbol.lower(): value for value, symbol in enumerate(_ALPHABET)}
    | dict.fromkeys("Oo", 0)
    | dict.fromkeys("IiLl", 1)
)
_SEPARATORS: Final = str.maketrans(
    dict.fromkeys(" \t\r\n-_.,:/\u00a0\u2010\u2011\u2012\u2013\u2014\u2212")
)


def canonical_bytes(record: Mapping[str, Any]) -> bytes:
    """Write `record` as RFC 8785 JSON, UTF-8.

    Raises:
        CanonicalError: a number that is not finite or an integer beyond 2^53 - 1, a lone
            surrogate, a key that is no string, a value that JSON lacks, or too deep a nesting.
    """
    try:
        raw = _written(record)
    except rfc8785.IntegerDomainError as error:
        raise CanonicalError(
            "The record has an integer beyond 2^53 - 1; write it as text."
        ) from error
    except rfc8785.FloatDomainError as error:
        raise CanonicalError("The record has a number that is not finite.") from error
    except UnicodeEncodeError as error:
        raise CanonicalError("The record has a lone surrogate.") from error
    except rfc8785.CanonicalizationError as error:
        raise CanonicalError(_other_fault(error)) from error
    except RecursionError as error:
        raise CanonicalError("The record is nested too deeply.") from error
    if _opened(raw) > DEEPEST and not _is_shallow(record, DEEPEST):
        raise CanonicalError("The record is nested too deeply.")
    return raw


def _written(record: Mapping[str, Any]) -> bytes:
    if _is_plain(record):
        # With ASCII keys and no fractions, sorted JSON is the canonical form: ten times faster.
        return _PLAIN.encode(record).encode("utf-8")
    return rfc8785.dumps(dict(record))


def _opened(raw: bytes) -> int:
    """Return a number that the depth of this JSON does not exceed."""
    return raw.count(b"{") + raw.count(b"[")


def _is_shallow(value: Any, levels: int) -> bool:  # noqa: ANN401 — JSON
    """Check that at most `levels` objects and lists are within each other."""
    if not isinstance(value, dict | list | tuple):
        return True
    within = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_is_shallow(one, levels - 1) for one in within)


def _is_plain(value: Any) -> bool:  # noqa: ANN401 — JSON
    """Check that `value` is of text, safe integers, true, false and null, under ASCII keys."""
    if isinstance(value, _SIMPLE):
        return True
    kind = type(value)
    if kind is dict:
        # A loop, and no call for a text: every record of an import comes through here.
        for name, member in value.items():
            if type(name) is not str or not name.isascii():
                return False
            if type(member) is not str and not _is_plain(member):
                return False
        return True
    if kind is list:
        return all(map(_is_plain, value))
    return kind is int and bool(-SAFE_INTEGER <= value <= SAFE_INTEGER)


def _other_fault(error: rfc8785.CanonicalizationError) -> str:
    """Pass on a sentence of the library; those that reach here hold no value of the record."""
    return f"The record cannot be written as RFC 8785 JSON: {error}."


def parse_canonical(raw: bytes) -> dict[str, Any]:
    """Read a record back, only from exactly the bytes that `canonical_bytes` writes.

    Raises:
        CanonicalError: not UTF-8, not JSON, not an object, a key that occurs twice, NaN or
            Infinity, or any other difference from the canonical form.
    """
    try:
        record = load_json(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise CanonicalError("The record is not UTF-8.") from error
    if not isinstance(record, dict):
        raise CanonicalError("The record is not a JSON object.")
    if canonical_bytes(record) != raw:
        raise CanonicalError("The record is not in its RFC 8785 canonical form.")
    return record


def load_json(text: str) -> object:
    """Parse I-JSON (RFC 7493): as `json.loads`, less what different readers read differently.

    An integer beyond 2^53 - 1, and -0, become the double that every other reader makes of them.

    Raises:
        CanonicalError: not JSON, a key that occurs twice, NaN, Infinity, or too deep a nesting.
    """
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        raise CanonicalError(f"This is not JSON: {error}.") from error
    except RecursionError as error:
        raise CanonicalError("The JSON is nested too deeply.") from error


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise CanonicalError(f"The key {twice!a} occurs twice.")
    return members


def _integer(digits: str) -> int | float:
    number = float(digits)
    if digits == "-0" or abs(number) > SAFE_INTEGER:
        return number
    return int(number)


def _refuse_constant(name: str) -> NoReturn:
    raise CanonicalError(f"{name} is not a JSON number.")


def new_salt() -> bytes:
    """Return 32 random bytes: one leaf's salt, or a secret subject's key."""
    return secrets.token_bytes(HASH_BYTES)


def commitment(salt: bytes, content: bytes) -> bytes:
    """Return SHA-256(0x01 || salt || content), 32 bytes; `content` is a record's canonical bytes.

    Raises:
        CanonicalError: a salt that is not 32 bytes; a fixed length keeps salt and content apart.
    """
    if len(salt) != HASH_BYTES:
        raise CanonicalError(f"A salt has 32 bytes, not {len(salt)}.")
    return sha256(_COMMITMENT_VERSION + salt + content).digest()


@lru_cache(maxsize=4_096)  # of an event and the next, most often of the same animal
def public_subject(scheme: str, value: str) -> bytes:
    """Return keccak256("bilum/1" || 0 || scheme || 0 || value), 32 bytes, of the UTF-8 text.

    Raises:
        CanonicalError: a NUL in either, or a lone surrogate.
    """
    if "\0" in scheme or "\0" in value:
        raise CanonicalError("An identifier has no NUL character.")
    try:
        parts = (_SUBJECT_DOMAIN, scheme.encode("utf-8"), value.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise CanonicalError("An identifier has a lone surrogate.") from error
    return keccak(b"\0".join(parts))


def link(salt: bytes, key: bytes) -> str:
    """Return SHA-256(salt || key) in hexadecimal: names a secret key to those who have this leaf.

    Raises:
        CanonicalError: a salt or a key that is not 32 bytes.
    """
    if len(salt) != HASH_BYTES or len(key) != HASH_BYTES:
        raise CanonicalError("A salt and a key have 32 bytes each.")
    return sha256(salt + key).hexdigest()


def receipt_code(commitment: bytes) -> str:
    """Return the first 80 bits of `commitment` in Crockford's base 32: 7KQ2-M9XA-P4TD-WZ3C."""
    symbols = b32encode(commitment[:RECEIPT_BYTES]).translate(_CROCKFORD).decode()
    return "-".join((symbols[:4], symbols[4:8], symbols[8:12], symbols[12:]))


def read_receipt(text: str) -> bytes:
    """Return the 10 bytes of a receipt as people type it.

    Any case and separators; O stands for 0, I and L for 1.

    Raises:
        ReceiptError: another length, or a character that no receipt has.
    """
    symbols = text.translate(_SEPARATORS)
    if len(symbols) != _SYMBOLS:
        raise ReceiptError(
            f"A receipt has 16 letters and digits, as 7KQ2-M9XA-P4TD-WZ3C; this has {len(symbols)}."
        )
    number = 0
    for place, symbol in enumerate(symbols, start=1):
        if symbol not in _DIGITS:
            raise ReceiptError(
                f"Character {place} of the receipt is not a digit or a letter it can have."
            )
        number = number << 5 | _DIGITS[symbol]
    return number.to_bytes(RECEIPT_BYTES, "big")
