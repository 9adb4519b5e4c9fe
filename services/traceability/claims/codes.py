"""Codes that confirm: random, never a number of an animal or a place, kept as a keyed digest."""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

from gateway.errors import TagError
from gateway.tags import read_identifier

if TYPE_CHECKING:
    from services.storage.models import Claim
    from services.storage.vault import Vault

CODE_DIGITS = 4
_FIRST = 1000
_COUNT = 9000


def draw_code() -> str:
    """Draw a code of four digits; what has the check digits of a short number is none."""
    while True:
        code = str(_FIRST + secrets.randbelow(_COUNT))
        if not is_short_number(code):
            return code


def is_short_number(digits: str) -> bool:
    """Tell whether digits may stand for an animal or a place."""
    try:
        read_identifier(digits)
    except TagError:
        return False
    return True


def digest_code(vault: Vault, claim: Claim, code: str) -> bytes:
    """Return what is kept of a code: without the data key nobody can try the codes on it."""
    return vault.digest(claim.public_id.bytes + code.encode())


def confirms(vault: Vault, claim: Claim, code: str) -> bool:
    """Tell whether a code is the claim's."""
    kept = claim.code_digest or b""
    return hmac.compare_digest(kept, digest_code(vault, claim, code))
