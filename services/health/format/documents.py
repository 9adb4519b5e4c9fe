"""A programme's YAML file read as a plain JSON object, and typed access to its values; pure.

Scalars follow YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema) without
fractions, so `no`, `on` and `10:30` are text. Anchors, aliases, tags and repeated keys are refused.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NamedTuple, NoReturn, TypeVar

import yaml
from yaml.events import Event, ScalarEvent

from services.health.errors import BadProgramme, Fault

LONGEST = 4 * 1024 * 1024
"""Bytes."""

_DEEPEST = 20
_TREE = "the whole file"
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,14})")
_PLAIN = {"": None, "~": None, "null": None, "true": True, "false": False}
# The C parser is ten times faster; PyYAML may be built without it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

T = TypeVar("T")

_MOST = 200
_LONGEST_KEY = 40
_MISSING = object()
_NAME = re.compile("[a-z0-9][a-z0-9_-]{0,39}")
_NOT_SHOWN = re.compile("[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]")


class Source(NamedTuple):
    """A document, and the line on which each of its places begins, such as `welcome.en`."""

    document: dict[str, Any]
    lines: dict[str, int]


def read_document(text: str) -> dict[str, Any]:
    """Read YAML as a JSON object: text, whole numbers, booleans, null, lists, objects.

    Raises:
        BadProgramme: the text is not YAML, or uses a feature that is refused; the fault names the
            line.
    """
    return read_source(text).document


def read_source(text: str) -> Source:
    """Read YAML as `read_document` does, with the line of each place."""
    if len(text) > LONGEST or len(text.encode("utf-8", "surrogatepass")) > LONGEST:
        raise BadProgramme([Fault(_TREE, f"it is longer than {LONGEST // 1024 // 1024} MB")])
    strange = _NO_TEXT.search(text)
    if strange:
        _require_text(strange.group(), text.count("\n", 0, strange.start()))
    try:
        return _Reader(text).read()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = " ".join(filter(None, (error.context, error.problem)))
        where = f"line {mark.line + 1}" if mark else _TREE
        raise BadProgramme([Fault(where, f"is no YAML: {message}")]) from error
    except yaml.YAMLError as error:
        raise BadProgramme(
            [Fault(_TREE, "is no YAML: it has characters that YAML does not allow")]
        ) from error


class _Reader:
    """Builds the document from the parser's events, one by one."""

    def __init__(self, text: str) -> None:
        self._events = yaml.parse(text, Loader=_LOADER)
        self._lines: dict[str, int] = {}

    def read(self) -> Source:
        next(self._events)
        if not isinstance(next(self._events), yaml.DocumentStartEvent):
            _refuse(0, "is empty")
        first = next(self._events)
        document = self._value(first, "", 0)
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            _refuse(_line(after), "begins another document: one file holds one programme")
        if not isinstance(document, dict):
            _refuse(_line(first), "must be a mapping that begins with `code:`")
        return Source(document, self._lines)

    def _value(self, event: Event, where: str, depth: int) -> Any:  # noqa: ANN401 — JSON
        line = _line(event)
        if isinstance(event, yaml.AliasEvent):
            _refuse(line, "has an alias (*): write it out, or put the text in quotes")
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            _refuse(line, "has an anchor (&): write it out, or put the text in quotes")
        if getattr(event, "tag", None) is not None:
            _refuse(line, "has a tag (!): write it without, or put the text in quotes")
        if depth > _DEEPEST:
            _refuse(line, "is nested too deeply")
        self._lines[where] = line + 1
        if isinstance(event, yaml.ScalarEvent):
            # An escape sequence may have produced the character.
            _require_text(event.value, line)
            return _scalar(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(where, depth + 1)
        return self._list(where, depth + 1)

    def _mapping(self, where: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(key := next(self._events), yaml.MappingEndEvent):
            line = _line(key)
            if not isinstance(key, yaml.ScalarEvent) or key.anchor or key.tag:
                _refuse(line, "has a key that is no plain word")
            _require_text(key.value, line)
            if key.value in found:
                _refuse(line, f"has the key `{ascii(key.value)[1:-1]:.40}` for the second time")
            found[key.value] = self._value(next(self._events), member(where, key.value), depth)
            # An entry begins at its key.
            self._lines[member(where, key.value)] = line + 1
        return found

    def _list(self, where: str, depth: int) -> list[Any]:
        found: list[Any] = []
        while not isinstance(one := next(self._events), yaml.SequenceEndEvent):
            found.append(self._value(one, below(where, len(found)), depth))
        return found


def _line(event: Event) -> int:
    return event.start_mark.line if event.start_mark else 0


def _scalar(event: ScalarEvent) -> str | int | bool | None:
    value: str = event.value
    if not event.implicit[0]:
        return value
    if value in _PLAIN:
        return _PLAIN[value]
    return int(value) if _WHOLE.fullmatch(value) else value


def _require_text(value: str, line: int) -> None:
    strange = _NO_TEXT.search(value)
    if strange:
        _refuse(line, f"has a character that is no text (U+{ord(strange.group()):04X})")


def _refuse(line: int, message: str) -> NoReturn:
    raise BadProgramme([Fault(f"line {line + 1}", message)])


def member(where: str, key: str) -> str:
    """Return the place of an object's member, in characters that a screen shows."""
    name = key if _NAME.fullmatch(key) else _shown(key)
    return f"{where}.{name}" if where else name


def below(where: str, place: int) -> str:
    """Return the place of a list's item."""
    return f"{where}[{place}]"


@dataclass(slots=True)
class Node:
    """A value of a document with its place; faults are added to a list that all nodes share.

    A missing value is read as null without a fault: `members` says which ones are needed.
    `scope`: what holds for everything below it.
    """

    value: Any
    where: str
    faults: list[Fault]
    scope: object = None

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

    def get(self, key: str) -> "Node":
        """Return a member."""
        value = self.value.get(key, _MISSING) if isinstance(self.value, dict) else _MISSING
        return Node(value, member(self.where, key), self.faults, self.scope)

    def items(self) -> "Iterator[tuple[str, Node]]":
        """Yield the members of an object, sorted by key: a document keeps no other order."""
        for key in sorted(self.value) if isinstance(self.value, dict) else ():
            yield key, self.get(key)

    def each(self) -> "Iterator[Node]":
        """Yield the items of a list."""
        if not isinstance(self.value, list):
            if self.value is not _MISSING:
                self.fault("must be a list")
            return
        for place, value in enumerate(self.value):
            yield Node(value, below(self.where, place), self.faults, self.scope)

    def text(self) -> str:
        """Read a text."""
        if not isinstance(self.value, str):
            if self.value is not _MISSING:
                self.fault("must be text: put it in quotes")
            return ""
        if _NOT_SHOWN.search(self.value):
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
