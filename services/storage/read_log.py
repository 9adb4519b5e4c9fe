"""Log of readings of personal records, for the person and for those who must answer for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from services.storage.models import Access, Contact, Party
from services.storage.persons import person_key
from services.storage.vault import vault_of


class RecordReader(NamedTuple):
    """Party of a token, and the token; neither: a command on the server itself."""

    party_id: int | None = None
    token_id: int | None = None


class ReadSubject(NamedTuple):
    """Subject of a reading: a party, or a number by its blind index, whose party is looked up.

    Or a person as programmes know them, of whom the log names no party. `health_index`: of the
    number in the health domain, by which readings of it there are found.
    """

    party_id: int | None = None
    number_index: bytes | None = None
    person_id: int | None = None
    health_index: bytes | None = None


SERVER = RecordReader()


def note_access(
    session: Session, reader: RecordReader, read: ReadSubject, what: str, now: datetime
) -> None:
    """Note one reading of a person's record, in the transaction that reads it.

    Args:
        what: which route or command, such as `POST /messages/search`; no number stands in it.
    """
    subject = read.party_id
    if subject is None and read.number_index:
        subject = owner_of(session, read.number_index)
    session.add(
        Access(
            at=now,
            actor_id=reader.party_id,
            token_id=reader.token_id,
            subject_id=subject,
            person_id=read.person_id,
            number_index=read.number_index,
            what=what,
        )
    )


def owner_of(session: Session, number_index: bytes) -> int | None:
    """Return the party of a number, by its blind index."""
    contacts = select(Contact.party_id).where(Contact.number_index == number_index)
    return session.scalar(contacts.order_by(Contact.id).limit(1))


def accesses_of(session: Session, read: ReadSubject, limit: int) -> Sequence[Access]:
    """Return the newest readings of a person's record, newest first, at most `limit`."""
    known: list[ColumnElement[bool]] = [
        Access.number_index.in_(filter(None, (read.number_index, read.health_index)))
    ]
    if read.person_id is not None:
        known.append(Access.person_id == read.person_id)
    if read.party_id is not None:
        party = session.get_one(Party, read.party_id)
        numbers = session.scalars(select(Contact.number).where(Contact.party_id == party.id))
        known.append(Access.subject_id == party.id)
        known.append(Access.person_id.in_(person_key(session, party.public_id)))
        known.append(Access.number_index.in_(map(vault_of(session).health_index, numbers)))
    wanted = select(Access).where(or_(*known)).order_by(Access.id.desc()).limit(limit)
    return session.scalars(wanted).all()
