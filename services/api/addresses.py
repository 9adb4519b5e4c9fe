"""Numbers in addresses: keys of the database, which hold no more than 63 bits."""

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

_MOST_DIGITS = 18
"""Digits of a number that is always less than 2**63; drivers refuse a parameter beyond it."""


def bound_numbers(app: Flask) -> None:
    """Let a number that no key can be lead nowhere, on every route that has `<int:…>`."""
    app.url_map.converters["int"] = _DatabaseKey


class _DatabaseKey(IntegerConverter):
    """A number of an address, by a pattern: what a pattern lets through is no other route's."""

    regex = f"[0-9]{{1,{_MOST_DIGITS}}}"

    def __init__(self, of: Map) -> None:
        super().__init__(of, max=10**_MOST_DIGITS - 1)
