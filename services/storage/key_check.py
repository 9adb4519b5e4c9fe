"""Check that the data key is the database's own: a number opens, and is found by its index."""

from sqlalchemy import LargeBinary, select, type_coerce
from sqlalchemy.orm import Session

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


def _require_number(vault: Vault, sealed: bytes, index: bytes) -> None:
    if vault.index(vault.open(sealed).decode()) != index:
        raise WrongDataKey(
            "No number is found by the data key: a line `index:` of it was lost, or is of another "
            "database"
        )
