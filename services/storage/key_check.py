"""Check that the data key is the database's own: a number opens, and is found by its index.

Then a value that does not open is damaged, and keeps no other waiting.
"""

from collections.abc import Iterable, Iterator
from logging import Logger
from typing import Any

from sqlalchemy import LargeBinary, Row, TypeCoerce, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.core.errors import WrongDataKey
from services.storage.models import Contact
from services.storage.vault import Vault, vault_of

_SOME = 20
"""Numbers that are tried: one that opens is enough, for a single one may be damaged."""


def require_own_key(session: Session) -> bool:
    """Return whether any number is sealed yet; then the data key opens it.

    While a key is changed, a ring that holds both opens either.

    Raises:
        WrongDataKey: the data key is another database's.
    """
    sealed = type_coerce(Contact.number, LargeBinary())
    rows = session.execute(select(sealed, Contact.number_index).limit(_SOME)).all()
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
    session: Session, log: Logger, column: InstrumentedAttribute[Any], rows: Iterable[Row[Any]]
) -> Iterator[tuple[Any, Row[Any]]]:
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
