"""Owners of the animals that a message names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.livestock.domain.errors import MixedOwners, OwnerChanged, UnknownNumber, WrongKind
from services.livestock.domain.model import AnimalRef, Key, Scheme
from services.livestock.recording.identity import find_animals
from services.storage.models import Animal, Contact, Party, Premises


def known_animals(session: Session, keys: Sequence[Key]) -> dict[Key, AnimalRef]:
    """Look animals up, and refuse what recording would refuse; nothing is made yet.

    Raises:
        UnknownNumber: a short number that was never issued.
        WrongKind: a number of premises.
    """
    found = find_animals(session, keys)
    for key in keys:
        if key not in found and key.scheme == Scheme.SHORT:
            raise UnknownNumber(number=key)
        if key not in found and key.scheme == Scheme.PREMISES:
            raise WrongKind(key, "an animal")
    return found


def identities(session: Session, keys: Sequence[Key]) -> set[Key]:
    """Return one key for each animal, whichever of its numbers was written."""
    found = find_animals(session, keys)
    return {found[key].key if key in found else key for key in keys}


def other_owner(session: Session, keys: Sequence[Key], sender: Party) -> Party | None:
    """Return the owner of animals, if it is another party who has a phone.

    Without a known owner an animal belongs to the keeper of the premises where it was registered;
    an unknown animal counts as the sender's.

    Raises:
        MixedOwners: they belong to more than one.
        UnknownNumber, WrongKind: see `known_animals`.
    """
    known = known_animals(session, keys)
    named = _owners(session, {ref.id for ref in known.values()})
    owners = {named.get(ref.id, sender.id) for ref in known.values()}
    if len(known) < len(keys):
        owners.add(sender.id)
    if len(owners) > 1:
        raise MixedOwners
    owner = owners.pop()
    return None if owner == sender.id else session.get_one(Party, owner)


def require_owner(session: Session, keys: Sequence[Key], party: Party) -> None:
    """Refuse animals that changed owner.

    Raises:
        OwnerChanged: they got another owner since the confirmation was opened.
    """
    if other_owner(session, keys, party) is not None:
        raise OwnerChanged


def _owners(session: Session, animals: Iterable[int]) -> dict[int, int]:
    """Return the owners that have a phone, by animal."""
    owner = func.coalesce(Animal.owner_id, Premises.keeper_id)
    rows = session.execute(
        select(Animal.id, owner.label("owner"))
        .outerjoin(Premises, Premises.id == Animal.registered_at_id)
        .where(Animal.id.in_(animals), select(Contact.id).where(Contact.party_id == owner).exists())
    )
    return {row.id: row.owner for row in rows}
