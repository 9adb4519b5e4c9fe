"""Passwords: Argon2id hashes, and the passwords that somebody would guess."""

import gzip
import re
import secrets
from functools import cache
from importlib.resources import files

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

LEAST, MOST = 12, 128
# OWASP, "Password Storage Cheat Sheet": 19 MiB, two passes, one lane.
_KIBIBYTES, _PASSES, _LANES = 19 * 1024, 2, 1
_SALT_BYTES, _HASH_BYTES = 16, 32
_LEAST_LETTERS = 5
_EDGES = re.compile(r"^[^a-z]+|[^a-z]+$")


def hash_password(password: str) -> str:
    """Return the PHC string of a password."""
    salt = secrets.token_bytes(_SALT_BYTES)
    kdf = Argon2id(
        salt=salt,
        length=_HASH_BYTES,
        iterations=_PASSES,
        lanes=_LANES,
        memory_cost=_KIBIBYTES,
    )
    return kdf.derive_phc_encoded(_octets(password))


def is_password(password: str, kept: str | None) -> bool:
    """Tell whether a password is the one that was hashed; None, nobody's, takes as long."""
    try:
        Argon2id.verify_phc_encoded(_octets(password), kept or _nobodys())
    except InvalidKey:
        return False
    return kept is not None


def weakness_of(password: str, phone: str) -> str | None:
    """Return why a password is not taken, as the code of a sentence; None: it is good.

    Length counts, not kinds of characters (NIST SP 800-63B, 5.1.1.2).
    """
    if not LEAST <= len(password) <= MOST:
        return "password_length"
    small = password.lower()
    core = _EDGES.sub("", small)
    digits = re.sub(r"\D", "", password)
    guessed = (
        len(set(small)) < _LEAST_LETTERS
        or bool({small, core} & _common())
        or small == small[: len(small) // 2] * 2
        or (bool(digits) and len(digits) > len(small) // 2 and phone[-8:] in digits)
    )
    return "password_common" if guessed else None


@cache
def _common() -> frozenset[str]:
    packed = (files("services.console") / "common_passwords.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode().split())


@cache
def _nobodys() -> str:
    return hash_password(secrets.token_urlsafe())


def _octets(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
