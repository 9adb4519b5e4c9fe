"""Parties by their phone numbers."""

from uuid import uuid4

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from services.core.roles import Role
from services.storage.locks import one_writer
from services.storage.models import Contact, Party
from services.storage.unit_of_work import Unit

_PARTY_OF = (
    select(Party)
    .join(Contact, Contact.party_id == Party.id)
    .where(Contact.number_index == bindparam("number_index"))
    .order_by(Contact.id)
    .limit(1)
)


def party_of(unit: Unit, number: str) -> Party:
    """Return the party that an E.164 number belongs to; make a keeper where there is none."""
    return party_of_index(unit.session, unit.vault.index(number), number)


def party_of_index(session: Session, index: bytes, number: str) -> Party:
    """Do the same by the number's blind index, which the caller knows."""
    known = session.scalars(_PARTY_OF, {"number_index": index}).first()
    if known is None:
        one_writer(session)
        known = session.scalars(_PARTY_OF, {"number_index": index}).first()
    return known or _make(session, index, number)


def _make(session: Session, index: bytes, number: str) -> Party:
    party = Party(public_id=uuid4(), role=Role.KEEPER.value)
    session.add(party)
    session.flush()
    session.add(Contact(party_id=party.id, number=number, number_index=index))
    return party
