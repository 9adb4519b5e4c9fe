"""Codes that confirm: random, never a number of an animal or a place."""

from __future__ import annotations

import secrets

from gateway.errors import TagError
from gateway.tags import read_identifier

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
