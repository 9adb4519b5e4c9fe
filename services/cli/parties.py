"""The party that a command names by its id or by a phone number."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.errors import NotFound
from services.storage.models import Party
from services.storage.read_log import ReadSubject, owner_of
from services.storage.vault import Vault
from sms.numbers import normalise


def read_party(session: Session, vault: Vault, whose: str) -> ReadSubject:
    """Return whose record is meant.

    Raises:
        NotFound: no party has the id.
        NumberError: neither an id nor a phone number.
    """
    try:
        public_id = UUID(whose)
    except ValueError:
        index = vault.index(normalise(whose))
        return ReadSubject(owner_of(session, index), index)
    found = session.scalar(select(Party.id).where(Party.public_id == public_id))
    if found is None:
        raise NotFound(f"There is no party {whose}")
    return ReadSubject(found)


def find_party(session: Session, vault: Vault, whose: str) -> Party:
    """Return the party of an id or a phone number.

    Raises:
        NotFound: nobody has it.
        NumberError: neither an id nor a phone number.
    """
    key = read_party(session, vault, whose).party_id
    if key is None:
        raise NotFound("Nobody has this phone number: give the person a role by `bilum party add`")
    return session.get_one(Party, key)
