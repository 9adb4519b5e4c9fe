"""Sealed values that may not open, and the check that the data key is the database's own.

A value that does not open is damaged where others open, and keeps no other waiting.
"""

import logging
from collections.abc import Iterable, Iterator
from logging import Logger
from typing import Any

from sqlalchemy import LargeBinary, Row, TypeCoerce, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.core.errors import WrongDataKey
from services.storage.models import Contact
from services.storage.vault import Vault, vault_of

_LOG = logging.getLogger("bilum.storage")
SEALED_NUMBER = type_coerce(Contact.number, LargeBinary).label("number")
"""A number as the database stores it: one that does not open fails no statement."""

_SOME = 20
"""Numbers that are tried: one that opens is enough, for a single one may be damaged."""


def open_numbers(
    session: Session, rows: Iterable[Row[*tuple[Any, ...]]]
) -> list[tuple[Row[*tuple[Any, ...]], str]]:
    """Return rows, each with its number opened.

    A number that does not open is left out and logged: it keeps nobody else from their text.

    Args:
        rows: the database key of the party first, and a `SEALED_NUMBER`.

    Raises:
        WrongDataKey: see `open_or_none`.
    """
    opened = (
        (row, open_or_none(session, row.number, f"the number of party {row[0]}")) for row in rows
    )
    return [(row, number) for row, number in opened if number is not None]


def open_or_none(session: Session, sealed: bytes, name: str) -> str | None:
    """Open a text as it is stored; None, and logged by its `name`: it does not open.

    Raises:
        WrongDataKey: it is not the text: no number says that the data key is the database's own.
    """
    try:
        return vault_of(session).open(sealed).decode("utf-8", "surrogatepass")
    except WrongDataKey:
        if not require_own_key(session):
            raise
    _LOG.error("%s is left out: it does not open with the data key", name)
    return None


def require_own_key(session: Session) -> bool:
    """Return whether any number is sealed yet; then the data key opens it.

    While a key is changed, a ring that holds both opens either.

    Raises:
        WrongDataKey: the data key is another database's.
    """
    rows = session.execute(select(SEALED_NUMBER, Contact.number_index).limit(_SOME)).all()
    fault: WrongDataKey | None = None
    for number, index in rows:
        try:
            _require_number(vault_of(session), number, index)
        except WrongDataKey as error:
            fault = error
        else:
            return True
    if fault is not None:
        raise fault
    return False


def as_stored(column: InstrumentedAttribute[Any]) -> TypeCoerce[bytes]:
    """Select a sealed column as it lies there, for `open_each`."""
    return type_coerce(column, LargeBinary())


def open_each(
    session: Session,
    log: Logger,
    column: InstrumentedAttribute[Any],
    rows: Iterable[Row[*tuple[Any, ...]]],
) -> Iterator[tuple[Any, Row[*tuple[Any, ...]]]]:
    """Yield rows with their first value opened; those that do not open are left out, and logged.

    Args:
        rows: of a statement whose first column is `as_stored(column)`.

    Raises:
        WrongDataKey: the data key is another database's, so that none of them says anything.
    """
    dialect, shut = session.get_bind().dialect, 0
    for row in rows:
        try:
            opened = column.type.process_result_value(row[0], dialect)
        except WrongDataKey:
            shut += 1
            continue
        yield opened, row
    if shut:
        require_own_key(session)
        log.error("%s values of %s do not open with the data key, and are left out", shut, column)


def _require_number(vault: Vault, sealed: bytes, index: bytes) -> None:
    if vault.index(vault.open(sealed).decode()) != index:
        raise WrongDataKey(
            "No number is found by the data key: a line `index:` of it was lost, or is of another "
            "database"
        )
