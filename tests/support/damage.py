"""Damage to single sealed values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import LargeBinary, type_coerce, update

from services.storage.models import Contact

if TYPE_CHECKING:
    from services.storage.database import Database


def shut(database: Database, *numbers: str) -> None:
    """Alter the numbers of contacts so that they do not open."""
    indexes = [database.vault.index(number) for number in numbers]
    altered = type_coerce(b"\x02altered", LargeBinary)
    theirs = update(Contact).where(Contact.number_index.in_(indexes))
    with database.write() as session:
        session.execute(theirs.values(number=altered))
