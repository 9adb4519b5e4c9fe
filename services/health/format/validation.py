"""Typed access to a document's values; each fault is collected with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar

from services.health.errors import Fault

T = TypeVar("T")

_MOST = 200
_LONGEST_KEY = 40
_MISSING = object()
_NAME = re.compile("[a-z0-9][a-z0-9_-]{0,39}")
_NO_TEXT = re.compile("[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]")


def member(where: str, key: str) -> str:
    """Return the place of an object's member, in characters that a screen shows."""
    name = key if _NAME.fullmatch(key) else _shown(key)
    return f"{where}.{name}" if where else name


def below(where: str, place: int) -> str:
    """Return the place of a list's item."""
    return f"{where}[{place}]"


class Node:
    """A value of a document with its place; faults are added to a list that all nodes share.

    A missing value is read as null without a fault: `members` says which ones are needed.
    """

    __slots__ = ("faults", "value", "where")

    def __init__(self, value: Any, where: str, faults: list[Fault]) -> None:  # noqa: ANN401 — JSON
        self.value = value
        self.where = where
        self.faults = faults

    def fault(self, message: str) -> None:
        """Add a fault at this place, up to a limit."""
        if len(self.faults) < _MOST:
            self.faults.append(Fault(self.where or "the file", message))

    def members(self, *known: str, needed: Sequence[str] = ()) -> bool:
        """Return whether this is an object; add faults for unknown keys and missing needed ones."""
        if not self.is_object():
            return False
        for key in self.value:
            if key not in known:
                self.fault(f"has `{_shown(key)}`, which means nothing here{_hint(key, known)}")
        for key in needed:
            if key not in self.value:
                self.fault(f"needs `{key}`")
        return True

    def is_object(self, what: str = "a mapping") -> bool:
        """Return whether this is an object; add a fault for anything else."""
        if isinstance(self.value, dict):
            return True
        if self.value is not _MISSING:
            self.fault(f"must be {what}")
        return False

    def has(self, key: str) -> bool:
        """Return whether this is an object with the key."""
        return isinstance(self.value, dict) and key in self.value

    @property
    def missing(self) -> bool:
        """True where the document has no such value."""
        return self.value is _MISSING

    def get(self, key: str) -> Node:
        """Return a member."""
        value = self.value.get(key, _MISSING) if isinstance(self.value, dict) else _MISSING
        return Node(value, member(self.where, key), self.faults)

    def items(self) -> Iterator[tuple[str, Node]]:
        """Yield the members of an object, sorted by key: a document keeps no other order."""
        for key in sorted(self.value) if isinstance(self.value, dict) else ():
            yield key, self.get(key)

    def each(self) -> Iterator[Node]:
        """Yield the items of a list."""
        if not isinstance(self.value, list):
            if self.value is not _MISSING:
                self.fault("must be a list")
            return
        for place, value in enumerate(self.value):
            yield Node(value, below(self.where, place), self.faults)

    def text(self) -> str:
        """Read a text."""
        if not isinstance(self.value, str):
            if self.value is not _MISSING:
                self.fault("must be text: put it in quotes")
            return ""
        if _NO_TEXT.search(self.value):
            self.fault("has a character that no phone shows")
        return self.value

    def name(self) -> str:
        """Read an id or a code."""
        if self.value is _MISSING:
            return ""
        if isinstance(self.value, str) and _NAME.fullmatch(self.value):
            return self.value
        self.fault("must be 1 to 40 of a-z, 0-9, - and _ (a number in quotes)")
        return ""

    def whole(self, default: int, least: int, most: int) -> int:
        """Read a whole number from `least` to `most`; return the default where it is missing."""
        value = self.value
        if value is _MISSING:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.fault(f"must be a whole number from {least} to {most}")
        return default

    def flag(self, *, default: bool = False) -> bool:
        """Read true or false."""
        if isinstance(self.value, bool):
            return self.value
        if self.value is not _MISSING:
            self.fault("must be true or false")
        return default

    def parsed(self, read: Callable[[str], T], default: T, what: str) -> T:
        """Read a text with a parser; `what` describes valid values in a fault."""
        if self.value is _MISSING:
            return default
        try:
            if isinstance(self.value, str):
                return read(self.value)
        except ValueError:
            pass
        self.fault(f"must be {what}")
        return default


def _hint(key: str, known: Sequence[str]) -> str:
    near = get_close_matches(key, known, 1) if len(key) <= _LONGEST_KEY else []
    return f": did you mean `{near[0]}`?" if near else ""


def _shown(key: str) -> str:
    return ascii(key)[1:-1][:_LONGEST_KEY]
