"""What is wrong with a programme's file, each fault with its place; a walk that collects them."""

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
    """Return the place of a member of an object, in letters that a screen shows."""
    name = key if _NAME.fullmatch(key) else _shown(key)
    return f"{where}.{name}" if where else name


def below(where: str, place: int) -> str:
    """Return the place of a value of a list."""
    return f"{where}[{place}]"


class At:
    """A value of a document and its place; what is wrong below it is collected.

    What is missing counts as null and is no fault here: `members` tells what is needed.

    Args:
        value: JSON.
        where: its place.
        faults: the list that all places share.
    """

    __slots__ = ("faults", "value", "where")

    def __init__(self, value: Any, where: str, faults: list[Fault]) -> None:  # noqa: ANN401 — JSON
        self.value = value
        self.where = where
        self.faults = faults

    def fault(self, told: str) -> None:
        """Note a fault here; nobody reads more than a few hundred."""
        if len(self.faults) < _MOST:
            self.faults.append(Fault(self.where or "the file", told))

    def members(self, *known: str, needed: Sequence[str] = ()) -> bool:
        """Tell whether this is an object; note keys that are not known, and those that lack."""
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
        """Tell whether this is an object; anything else is a fault."""
        if isinstance(self.value, dict):
            return True
        if self.value is not _MISSING:
            self.fault(f"must be {what}")
        return False

    def has(self, key: str) -> bool:
        """Tell whether this is an object with a member."""
        return isinstance(self.value, dict) and key in self.value

    @property
    def missing(self) -> bool:
        """Whether it is not in the document."""
        return self.value is _MISSING

    def get(self, key: str) -> At:
        """Return a member."""
        value = self.value.get(key, _MISSING) if isinstance(self.value, dict) else _MISSING
        return At(value, member(self.where, key), self.faults)

    def items(self) -> Iterator[tuple[str, At]]:
        """Yield the members of an object, by their keys: a document keeps no other order."""
        for key in sorted(self.value) if isinstance(self.value, dict) else ():
            yield key, self.get(key)

    def each(self) -> Iterator[At]:
        """Yield the values of a list."""
        if not isinstance(self.value, list):
            if self.value is not _MISSING:
                self.fault("must be a list")
            return
        for place, value in enumerate(self.value):
            yield At(value, below(self.where, place), self.faults)

    def text(self) -> str:
        """Return a text."""
        if not isinstance(self.value, str):
            if self.value is not _MISSING:
                self.fault("must be text: put it in quotes")
            return ""
        if _NO_TEXT.search(self.value):
            self.fault("has a character that no phone shows")
        return self.value

    def name(self) -> str:
        """Return an id or a code."""
        if self.value is _MISSING:
            return ""
        if isinstance(self.value, str) and _NAME.fullmatch(self.value):
            return self.value
        self.fault("must be 1 to 40 of a-z, 0-9, - and _ (a number in quotes)")
        return ""

    def whole(self, default: int, least: int, most: int) -> int:
        """Return a whole number within two, or the default where there is none."""
        value = self.value
        if value is _MISSING:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.fault(f"must be a whole number from {least} to {most}")
        return default

    def flag(self, *, default: bool = False) -> bool:
        """Return true or false."""
        if isinstance(self.value, bool):
            return self.value
        if self.value is not _MISSING:
            self.fault("must be true or false")
        return default

    def parsed(self, read: Callable[[str], T], default: T, what: str) -> T:
        """Return a text as what it stands for; `what` tells what it must be."""
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
