"""Identifiers of ICAR ADE: `icarIdentifierType`, an id and the scheme that it is of."""

from __future__ import annotations

from typing import Any

from services.livestock.domain.model import Key
from services.livestock.standards.errors import UnreadableMember, at


def identifier(scheme: str, value: str) -> dict[str, str]:
    """Write an identifier."""
    return {"id": value, "scheme": scheme}


def read_number(given: object) -> Key:
    """Read a number of an animal or premises.

    Raises:
        UnreadableMember: it has no id or no scheme.
    """
    if not isinstance(given, dict):
        raise UnreadableMember("must be an object with an id and a scheme")
    return Key(_text(given, "scheme"), _text(given, "id"))


def read_identifier(given: object, scheme: str) -> str:
    """Read the id of an identifier that must be of one scheme.

    Raises:
        UnreadableMember: it is of another one.
    """
    key = read_number(given)
    if key.scheme != scheme:
        with at("scheme"):
            raise UnreadableMember(f"must be {scheme}")
    return key.value


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value:
        with at(name):
            raise UnreadableMember("must be a text")
    return str(value)
