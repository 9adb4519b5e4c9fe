from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from services.api.tokens import create_token
from services.core.roles import Role
from services.storage.models import Access, Contact, Token
from services.storage.read_log import (
    SERVER,
    ReadSubject,
    RecordReader,
    accesses_of,
    note_access,
    owner_of,
)
from tests.factories import BUYER, FARMER, NOW, Phones, rows

MINUTE = timedelta(minutes=1)


@pytest.fixture
def people(database):
    """Two people who have written."""
    phones = Phones(database)
    phones.say("HELP")
    phones.say("HELP", BUYER)
    return phones


def index(database, number=FARMER):
    return database.vault.index(number)


def read(database, read_of, *, reader=SERVER, what="a test", at=NOW):
    with database.write() as session:
        note_access(session, reader, read_of, what, at)


def owner(database, number):
    with database.read() as session:
        return owner_of(session, index(database, number))


def told(database, read_of, limit=9):
    with database.read() as session:
        found = accesses_of(session, read_of, limit)
        return [(one.what, one.actor_id, one.token_id, one.at) for one in found]


def test_note_access__by_number__finds_whose_it_is(people):
    database = people.database
    read(database, ReadSubject(number_index=index(database)))
    with database.read() as session:
        [row] = session.scalars(select(Access)).all()
        contact = session.scalars(select(Contact).order_by(Contact.id)).first()
        assert (row.subject_id, row.number_index) == (contact.party_id, contact.number_index)
        assert (row.actor_id, row.token_id, row.what, row.at) == (None, None, "a test", NOW)


@pytest.mark.parametrize("unknown", [b"nobody", b""])
def test_note_access__of_a_number_that_is_nobodys__is_kept_without_a_party(people, unknown):
    read(people.database, ReadSubject(number_index=unknown))
    with people.database.read() as session:
        assert session.scalars(select(Access.subject_id)).all() == [None]


def test_accesses_of__a_person__are_newest_first_and_of_nobody_else(people):
    database = people.database
    farmer, buyer = owner(database, FARMER), owner(database, BUYER)
    with database.write() as session:
        create_token(session, Role.KEEPER, NOW, party_id=buyer)
        token = session.scalars(select(Token.id)).one()
    by_buyer = RecordReader(buyer, token)
    read(database, ReadSubject(farmer), reader=by_buyer, what="first")
    read(database, ReadSubject(number_index=index(database)), what="second", at=NOW + MINUTE)
    read(database, ReadSubject(buyer), what="of another")
    both = [("second", None, None, NOW + MINUTE), ("first", buyer, token, NOW)]
    assert told(database, ReadSubject(farmer)) == both
    assert told(database, ReadSubject(farmer, index(database))) == both
    assert told(database, ReadSubject(farmer), limit=1) == both[:1]
    assert rows(database, Access) == 3


def test_accesses_of__a_number_that_changed_hands__are_those_of_the_number_too(people):
    database = people.database
    farmer = owner(database, FARMER)
    read(database, ReadSubject(number_index=index(database)), what="while it was hers")
    with database.write() as session:
        session.execute(delete(Contact).where(Contact.party_id == farmer))
    assert owner(database, FARMER) is None
    assert [one[0] for one in told(database, ReadSubject(None, index(database)))] == [
        "while it was hers"
    ]
