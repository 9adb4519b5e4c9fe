"""Kinds of files to import, and the readers of cells that they share."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date
from typing import ClassVar, Generic, TypeVar

from gateway.errors import TagError
from gateway.tags import read_identifier
from services.core.errors import RowFault
from services.core.table_files import Cells, cell_text
from services.livestock.domain.model import Key, Origin, Scheme
from services.livestock.recording.short_numbers import EXAMPLES
from services.storage.unit_of_work import Unit

CHANNEL = "import"

_EARLIEST = date(1900, 1, 1)

T = TypeVar("T")


class Kind(ABC, Generic[T]):
    """A kind of file: reads one row of it, and records many.

    Attributes:
        columns: those that it must have.
    """

    columns: ClassVar[tuple[str, ...]]

    @abstractmethod
    def read(self, cells: Cells) -> T:
        """Read one row; the result depends on it and the rows before it alone.

        Raises:
            RowFault: a cell is wrong.
        """

    @abstractmethod
    def take(self, unit: Unit, rows: Sequence[T], origin: Origin) -> int:
        """Record rows that are not recorded yet, and return how many events are new.

        Raises:
            NotFound, Conflict, Invalid: of a row; the unit must be rolled back.
        """


def content_key(*values: str) -> str:
    """Make the idempotency key of a row from its content."""
    return hashlib.sha256("\0".join(values).encode()).hexdigest()


def text(cells: Cells, column: str) -> str:
    """Return the text of a cell.

    Raises:
        RowFault: see `cell_text`; or it is empty.
    """
    value = cell_text(cells, column)
    if value is None:
        raise RowFault(column, "is empty")
    return value


def choice(cells: Cells, column: str, of: Sequence[str]) -> str | None:
    """Find the word of a list in a cell, without regard to case and with spaces for `_`.

    Raises:
        RowFault: see `cell_text`; or it is none of them.
    """
    value = cell_text(cells, column)
    if value is None:
        return None
    word = value.casefold().replace(" ", "_").replace("-", "_")
    if word not in of:
        raise RowFault(column, f"is none of {', '.join(of)}: {value}")
    return word


def day(column: str, value: str, today: date) -> date:
    """Read a day, ISO 8601.

    Raises:
        RowFault: no day, one that has not come, or one of another century.
    """
    try:
        read = date.fromisoformat(value)
    except ValueError:
        raise RowFault(column, f"is not a day such as 2005-10-18: {value}") from None
    if read > today:
        raise RowFault(column, f"is in the future: {value}")
    if read < _EARLIEST:
        raise RowFault(column, f"is before {_EARLIEST}: {value}")
    return read


def tag(cells: Cells, column: str) -> Key:
    """Read an animal's number: official, in any form; or `scheme:value`.

    Raises:
        RowFault: see `text`; or it has a mistake.
    """
    return _key(column, text(cells, column))


def place(cells: Cells, column: str) -> Key:
    """Read the number of premises: a source's own as it is, or `scheme:value`.

    Raises:
        RowFault: see `text`; or it has a mistake.
    """
    value = text(cells, column)
    return _key(column, value) if ":" in value else Key(Scheme.PREMISES, value)


def _key(column: str, value: str) -> Key:
    try:
        identifier = read_identifier(value)
    except TagError as error:
        raise RowFault(column, f"cannot be read: {error.detail}") from error
    key = Key(identifier.scheme, identifier.value)
    if key in EXAMPLES:
        raise RowFault(column, f"is only an example: {value}")
    return key
