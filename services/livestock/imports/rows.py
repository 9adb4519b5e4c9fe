"""What the rows of one kind of file say, and the checks of cells that all kinds share."""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date
from typing import ClassVar, Generic, TypeAlias, TypeVar

from gateway.errors import TagError
from gateway.tags import read_identifier
from services.livestock.domain.model import Key, Origin, Scheme
from services.livestock.recording.short_numbers import EXAMPLES
from services.storage.unit_of_work import Unit

CHANNEL = "import"

_LONGEST = 64
_EARLIEST = date(1900, 1, 1)
# What the error handler `surrogateescape` (PEP 383) makes of a byte that is not UTF-8.
_NOT_UTF_8 = re.compile("[\udc80-\udcff]")

T = TypeVar("T")
Cells: TypeAlias = Mapping[str, str]


class Kind(ABC, Generic[T]):
    """A kind of file: how to read one row of it, and how to record many.

    `columns` are those that it must have.
    """

    columns: ClassVar[tuple[str, ...]]

    @abstractmethod
    def read(self, cells: Cells) -> T:
        """Read one row; what it says depends on nothing but the rows before it.

        Raises:
            ValueError: a cell is wrong. The text is the reason, and safe to show.
        """

    @abstractmethod
    def take(self, unit: Unit, rows: Sequence[T], origin: Origin) -> int:
        """Record rows; those recorded before are passed over. Return how many events are new.

        Raises:
            NotFound, Conflict, Invalid: of a row; nothing may be kept of the unit then.
        """


def content_key(*values: str) -> str:
    """Make the idempotency key of a row from what it says."""
    return hashlib.sha256("\0".join(values).encode()).hexdigest()


def option(cells: Cells, column: str) -> str | None:
    """Return the text of a cell, None where it is empty or there is no such column.

    Raises:
        ValueError: too long, not printable, not UTF-8.
    """
    value = cells.get(column, "").strip()
    if len(value) <= _LONGEST and value.isprintable():
        return value or None
    if _NOT_UTF_8.search(value):
        raise ValueError(f"{column} is not UTF-8")
    raise ValueError(f"{column} is longer than {_LONGEST} characters or not printable")


def text(cells: Cells, column: str) -> str:
    """Return the text of a cell.

    Raises:
        ValueError: see `option`; or it is empty.
    """
    value = option(cells, column)
    if value is None:
        raise ValueError(f"{column} is empty")
    return value


def choice(cells: Cells, column: str, of: Sequence[str]) -> str | None:
    """Return which of some words stands in a cell, whatever its case, with spaces for `_`.

    Raises:
        ValueError: see `option`; or it is none of them.
    """
    value = option(cells, column)
    if value is None:
        return None
    word = value.casefold().replace(" ", "_").replace("-", "_")
    if word not in of:
        raise ValueError(f"{column} is none of {', '.join(of)}: {value}")
    return word


def day(column: str, value: str, today: date) -> date:
    """Read a day, ISO 8601.

    Raises:
        ValueError: no day, one that has not come, or one of another century.
    """
    try:
        read = date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{column} is not a day such as 2005-10-18: {value}") from None
    if read > today:
        raise ValueError(f"{column} is in the future: {value}")
    if read < _EARLIEST:
        raise ValueError(f"{column} is before {_EARLIEST}: {value}")
    return read


def tag(cells: Cells, column: str) -> Key:
    """Read an animal's number: official, in any form; or `scheme:value`.

    Raises:
        ValueError: see `text`; or it has a mistake.
    """
    return _key(column, text(cells, column))


def place(cells: Cells, column: str) -> Key:
    """Read the number of premises: a source's own as it is, or `scheme:value`.

    Raises:
        ValueError: see `text`; or it has a mistake.
    """
    value = text(cells, column)
    return _key(column, value) if ":" in value else Key(Scheme.PREMISES, value)


def _key(column: str, value: str) -> Key:
    try:
        identifier = read_identifier(value)
    except TagError as error:
        raise ValueError(f"{column} cannot be read: {error.detail}") from error
    key = Key(identifier.scheme, identifier.value)
    if key in EXAMPLES:
        raise ValueError(f"{column} is only an example: {value}")
    return key
