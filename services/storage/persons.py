"""People of the health domain: pseudonyms that a keyed link ties to parties.

A party's person is found by its link, a person's party by opening what its row holds sealed. Once
the person is forgotten neither leads to the other any more.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import LargeBinary, Select, bindparam, select, type_coerce
from sqlalchemy.orm import Session

from services.storage.bulk import add_new, upsert
from services.storage.key_check import open_or_none
from services.storage.models import Party, Person
from services.storage.rowsets import digests, keys
from services.storage.vault import vault_of

_LINKED = select(Person).where(Person.link == bindparam("link"))


def person_key(session: Session, party: UUID) -> Select[int]:
    """Select the key of a party's person, by the party's public id."""
    return select(Person.id).where(Person.link == vault_of(session).link(party))


def find_person(session: Session, party: Party) -> Person | None:
    """Return the person of a party, if there is one."""
    return session.scalars(_LINKED, {"link": vault_of(session).link(party.public_id)}).first()


def person_of(session: Session, party: Party) -> Person:
    """Return the person of a party; make it where there is none."""
    found = find_person(session, party)
    if found is None:
        link = vault_of(session).link(party.public_id)
        add_new(session, Person, {"link": link, "party": str(party.public_id)})
        found = session.scalars(_LINKED, {"link": link}).one()
    return found


def people_of(session: Session, parties: Mapping[int, UUID]) -> dict[int, Person]:
    """Return the persons of some thousand parties, by their keys; make those that miss.

    `parties`: their public ids by their keys.
    """
    vault = vault_of(session)
    links = {vault.link(public_id): key for key, public_id in parties.items()}
    found = _by_link(session, links)
    missing = [
        {"link": link, "party": str(parties[links[link]])}
        # In the order of what shows nothing, so that no order of rows ties them to parties.
        for link in sorted(links.keys() - found.keys())
    ]
    if missing:
        # Another transaction may make the same: the database waits for it.
        session.execute(upsert(session, Person).on_conflict_do_nothing(), missing)
        found |= _by_link(session, links.keys() - found.keys())
    return {key: found[link] for link, key in links.items()}


def _by_link(session: Session, links: Iterable[bytes]) -> dict[bytes, Person]:
    wanted = select(Person).where(Person.link.in_(digests(session, links)))
    return {one.link: one for one in session.scalars(wanted) if one.link is not None}


def party_of_person(session: Session, person_id: int) -> Party | None:
    """Return the party of a person; None: they were forgotten."""
    return parties_of(session, [person_id]).get(person_id)


def parties_of(session: Session, people: Iterable[int]) -> Mapping[int, Party]:
    """Return the parties of up to some thousand people by the people's keys, without forgotten."""
    public = {party: key for key, party in public_ids(session, people).items()}
    parties = session.scalars(select(Party).where(Party.public_id.in_(public)))
    return {public[one.public_id]: one for one in parties}


class Home(NamedTuple):
    """The party of a person, by its public id, and their province; None: not known."""

    party: UUID
    province: str | None


def homes_of(session: Session, people: Iterable[int]) -> dict[int, Home]:
    """Return the parties and provinces of some thousand people, without forgotten ones.

    One whose party does not open is left out and logged.
    """
    sealed = type_coerce(Person.party, LargeBinary)
    wanted = select(Person.id, sealed, Person.province).where(
        Person.id.in_(keys(session, people)), Person.party.is_not(None)
    )
    found = (
        (key, open_or_none(session, stored, f"the party of person {key}"), province)
        for key, stored, province in session.execute(wanted)
    )
    return {key: Home(UUID(party), province) for key, party, province in found if party}


def public_ids(session: Session, people: Iterable[int]) -> dict[int, UUID]:
    """Return the public ids of the parties of some thousand people, without forgotten ones."""
    return {key: one.party for key, one in homes_of(session, people).items()}
