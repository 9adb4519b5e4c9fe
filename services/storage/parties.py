"""Parties by their phone numbers."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import bindparam, select

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
    known = _find(unit, number)
    if known is None:
        one_writer(unit.session)
        known = _find(unit, number) or _make(unit, number)
    return known


def _find(unit: Unit, number: str) -> Party | None:
    return unit.session.scalars(_PARTY_OF, {"number_index": unit.vault.index(number)}).first()


def _make(unit: Unit, number: str) -> Party:
    party = Party(public_id=uuid4(), role=Role.KEEPER.value)
    unit.session.add(party)
    unit.session.flush()
    unit.session.add(
        Contact(party_id=party.id, number=number, number_index=unit.vault.index(number))
    )
    return party
