"""Whole numbers of the address and of forms, which may hold anything."""

from flask import request

_MOST_ROWS = 999_999


def plain_number(text: str, most: int) -> int | None:
    """Return a whole number, written in ASCII digits, up to `most`; None: it is no such number."""
    plain = text.isascii() and text.isdecimal() and len(text) <= len(str(most))
    return int(text) if plain and int(text) <= most else None


def asked_number(name: str, most: int = _MOST_ROWS) -> int:
    """Return a number of the address, such as the first row that a list shows; 0: none is asked."""
    return plain_number(request.args.get(name, ""), most) or 0
