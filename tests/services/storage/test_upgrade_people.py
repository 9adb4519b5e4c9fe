"""People of an earlier schema: an upgrade ties them to their parties by links alone."""

from __future__ import annotations

import pytest
from sqlalchemy import MetaData, delete, insert, select, text
from sqlalchemy.exc import IntegrityError

from services.core.keyring import KeyRing
from services.storage.database import Database
from services.storage.models import Access, Concern, Listed, Party, Person, Subscription
from services.storage.persons import find_person, party_of_person
from services.storage.vault import Vault
from tests.factories import KEY, NOW
from tests.services.storage.test_upgrade import any_value, earlier, earlier_file, earlier_server

pytestmark = pytest.mark.slow

__all__ = ["earlier", "earlier_file", "earlier_server"]
MANY = 7
FORGOTTEN, LISTED, STRANGER = 3, 4, 5
"""Keys of parties: without a number, on a list without a course, nothing but a person's facts."""
READS = {1: "GET /api/v1/concerns/<uuid:concern_id>", 2: "GET /api/v1/parties/<uuid:party_id>"}


@pytest.fixture
def peopled(earlier):
    """Seven parties: those with a course have a number, but for the one who was forgotten."""
    tables = MetaData()
    tables.reflect(earlier.engine)
    with earlier.engine.begin() as connection:

        def add(name, key, **given):
            table = tables.tables[name]
            row = {column.name: any_value(column, key) for column in table.columns}
            connection.execute(insert(table), row | {"id": key} | given)

        for name in ("subscription_change", "asking", "concern", "subscription", "party"):
            connection.execute(delete(tables.tables[name]))
        seal, index = earlier.vault.seal, earlier.vault.index
        for key in range(1, MANY + 1):
            add("party", key, role="keeper")
            number, forgotten = f"+6757000000{key}", key == FORGOTTEN
            if not forgotten:
                found = {"number": seal(number.encode()), "number_index": index(number)}
                add("contact", key, party_id=key, **found)
            connection.execute(insert(tables.tables["person"]), {"party_id": key, "sex": "f"})
            if key not in {LISTED, STRANGER}:
                state = "forgotten" if forgotten else "active"
                sealed = None if forgotten else seal(number.encode())
                course = {"state": state, "number": sealed, "version_id": 1, "anchors": {}}
                add("subscription", key, party_id=key, **course)
                add("concern", key, party_id=key, subscription_id=key)
        add("listed", 1, party_id=LISTED, list_name="clinic")
        for key, what in READS.items():
            add("access", key, subject_id=1, what=what, actor_id=None, token_id=None, at=NOW)
    return earlier


def test_upgrade__people_of_an_earlier_version__are_still_tied_to_their_parties(peopled):
    peopled.upgrade()
    peopled.upgrade()
    with peopled.read() as session:
        tied = {
            row.id: party_of_person(session, row.person_id)
            for row in session.scalars(select(Subscription))
        }
        assert tied.pop(FORGOTTEN) is None
        assert {key: party.id for key, party in tied.items()} == {1: 1, 2: 2, 6: 6, 7: 7}
        for key, party in tied.items():
            assert find_person(session, party).id == session.get(Concern, key).person_id
        listed = session.scalars(select(Listed)).one()
        assert party_of_person(session, listed.person_id).id == LISTED
        assert session.scalars(select(Person.sex)).all() == ["f"] * MANY
        first = find_person(session, session.get_one(Party, 1)).id
        noted = {row.id: (row.subject_id, row.person_id) for row in session.scalars(select(Access))}
        assert noted == {1: (None, first), 2: (1, None)}


def test_upgrade__forgotten_before__has_no_way_back(peopled):
    peopled.upgrade()
    with peopled.read() as session:
        row = session.get_one(Subscription, FORGOTTEN)
        person = session.get_one(Person, row.person_id)
        assert (person.link, person.party, row.state) == (None, None, "forgotten")
        assert find_person(session, session.get_one(Party, FORGOTTEN)) is None


def test_upgrade__order_of_people__is_that_of_their_links(peopled):
    peopled.upgrade()
    with peopled.read() as session:
        wanted = select(Person.link).where(Person.link.is_not(None)).order_by(Person.id)
        links = session.scalars(wanted).all()
    assert links == sorted(links)


def test_upgrade__ring_with_a_link_key__ties_by_it(peopled):
    url = peopled.engine.url.render_as_string(hide_password=False)
    own = Database(url, Vault(KeyRing((KEY,), links=(bytes(range(32)),))))
    own.upgrade()
    with own.read() as session:
        party = session.get_one(Party, 1)
        assert party_of_person(session, find_person(session, party).id).id == 1
    with peopled.read() as session:
        assert find_person(session, session.get_one(Party, 1)) is None
    own.close()


def test_upgrade__killed_while_it_ties__begins_again(peopled, monkeypatch):
    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("services.storage.vault.Vault.link", die)
        with pytest.raises(KeyboardInterrupt):
            peopled.upgrade()
    assert peopled.revision() == "0021"
    peopled.upgrade()
    with peopled.read() as session:
        assert len(session.scalars(select(Person.link).where(Person.link.is_not(None))).all()) == 6


def test_upgrade__people__one_course_of_a_programme_stays_open_at_once(peopled):
    peopled.upgrade()
    with pytest.raises(IntegrityError), peopled.write() as session:
        session.execute(
            text(
                "UPDATE subscription SET programme = 'x', state = 'active', person_id = "
                "(SELECT min(person_id) FROM subscription)"
            )
        )


def test_upgrade__keys_of_parties__lie_in_no_row_of_health_any_more(peopled):
    peopled.upgrade()
    with peopled.read() as session:
        for table in ("subscription", "concern", "listed", "person"):
            columns = session.execute(text(f"SELECT * FROM {table} LIMIT 0")).keys()  # noqa: S608
            assert "party_id" not in columns
