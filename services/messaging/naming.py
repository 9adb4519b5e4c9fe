"""What a programme is called to the people in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES: Mapping[tuple[str, str], str] = {}
"""By code and language; a programme without one is called by its code."""


def programme_name(code: str, language: str) -> str:
    """Return the name of a programme in a language."""
    return _NAMES.get((code, language), code)
