"""Persons of parties: made once, found by the link, and a way back until they are forgotten."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import select

from services.storage.models import Party, Person
from services.storage.parties import party_of
from services.storage.persons import parties_of, people_of, person_of
from services.storage.unit_of_work import Unit
from tests.factories import BUYER, in_threads


def test_person_of__eight_at_once__is_one_person(database):
    """Two texts at once must not split a person in two."""
    with database.write() as session:
        key = party_of(Unit(session, database.vault), BUYER).id

    def make():
        with database.write(exclusive=False) as session:
            return person_of(session, session.get_one(Party, key)).id

    assert len(set(in_threads(*[make] * 8))) == 1
    with database.read() as session:
        assert len(session.scalars(select(Person)).all()) == 1


def test_people_of__new_and_known__lead_to_their_parties_and_back(database):
    with database.write() as session:
        session.add_all(Party(public_id=uuid4(), role="keeper") for _ in range(9))
        session.flush()
        parties = {one.id: one.public_id for one in session.scalars(select(Party))}
        first = {key: parties[key] for key in sorted(parties)[:4]}
        before = {key: one.id for key, one in people_of(session, first).items()}
        people = people_of(session, parties)
        assert {key: people[key].id for key in first} == before
        back = parties_of(session, [one.id for one in people.values()])
        assert {key: back[one.id].id for key, one in people.items()} == {k: k for k in parties}
        people[min(parties)].link = people[min(parties)].party = None
        session.flush()
        anew = people_of(session, parties)
        assert anew[min(parties)].id not in {one.id for one in people.values()}
        assert len(parties_of(session, [one.id for one in people.values()])) == len(parties) - 1
