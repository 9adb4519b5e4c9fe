"""Changes of people and bodies by those who may: roles, provinces, names, phones."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from services.core.errors import Forbidden
from services.core.roles import Role
from services.ledger.party_log import PartyAct, record_party
from services.livestock.control.added_phones import (
    PhoneAct,
    PhoneState,
    add_phone,
    keep_phone,
    require_free,
)
from services.messaging.offices import take_office
from services.storage.locks import require_one_writer
from services.storage.models import Party
from services.storage.unit_of_work import Unit

# Roles that officers other than administrators may give.
_COMMON = frozenset({Role.KEEPER, Role.RECORDER})


class PartyChanger(NamedTuple):
    """The actor of a change: role, party (database key and public id), channel, and time (UTC)."""

    role: Role
    party_id: int | None
    public_id: UUID | None
    channel: str
    now: datetime


def new_party(unit: Unit) -> Party:
    """Add a party that has nothing yet; `apply_change` gives it what it is to have."""
    row = Party(public_id=uuid4(), role=Role.KEEPER.value)
    unit.session.add(row)
    return row


def apply_change(
    unit: Unit, row: Party, told: Mapping[str, Any], by: PartyChanger, *, new: bool = False
) -> bool:
    """Change role, language, province or name of a party, or add a phone.

    Returns whether the phone waits: for its person, or for a second officer.

    Raises:
        Forbidden: only an administrator gives or takes such a role, and nobody their own.
        Conflict: the phone is somebody's already.
    """
    _require_may(row, told, by)
    session = unit.session
    require_one_writer(session)
    take_office(session, row, Role(told.get("role", row.role)))
    for name in told.keys() - {"phone", "role"}:
        setattr(row, name, told[name])
    session.flush()
    waits = "phone" in told and not _add_phone(unit, row, told["phone"], by, new=new)
    if told.keys() & {"role", "province", "phone"}:
        record_party(session, row, PartyAct("changed", by.public_id, by.channel, by.now))
    return waits


def _require_may(row: Party, told: Mapping[str, Any], by: PartyChanger) -> None:
    roles = {row.role, told.get("role", row.role)}
    if by.role is not Role.ADMINISTRATOR and not roles <= _COMMON:
        raise Forbidden("Only an administrator changes officers, abattoirs and auditors")
    changed = {
        name for name in ("role", "province") if told.get(name, here := getattr(row, name)) != here
    }
    if row.id is not None and row.id == by.party_id and changed:
        # Who could take another office would be the second person of their own decisions.
        raise Forbidden("Nobody changes their own role or province: ask another administrator")


def _add_phone(unit: Unit, row: Party, number: str, by: PartyChanger, *, new: bool) -> bool:
    """Add a phone; return whether it counts at once."""
    session, vault = unit.session, unit.vault
    if new:
        require_free(session, vault, number)
        keep_phone(session, vault, row, number)
        return True
    act = PhoneAct(row, number, by.party_id, by.public_id, by.now)
    return add_phone(session, vault, act) is PhoneState.ADDED
