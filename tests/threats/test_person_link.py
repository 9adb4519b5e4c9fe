"""A thief with the database file looks for the households behind the courses, without the key.

Programmes know pseudonyms. A keyed link leads from a party to its person, a sealed id leads back,
and nothing else does: no key, no digest, no order of rows. FORGET cuts both.
"""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import func, select

from services.core.keyring import KeyRing
from services.core.roles import Role
from services.health.care.concern_tasks import concern_view
from services.health.imports.import_people import import_people
from services.messaging.subject_access import export_person
from services.storage.models import (
    Campaign,
    Concern,
    Contact,
    Listed,
    Message,
    Party,
    Person,
    Subscription,
)
from services.storage.persons import find_person, party_of_person, person_of
from services.storage.read_log import SERVER, ReadSubject, accesses_of, note_access
from services.storage.vault import Vault, index_keys
from tests.factories import FARMER, KEY, NOW
from tests.services.health.campaigns.town import Town
from tests.services.health.scene import CLINICIAN, Course, person, publish

HEALTH = ("person", "listed", "subscription", "concern", "asking", "subscription_change")
STAFF = {("concern", "told_id"), ("concern", "handled_by_id")}
"""Columns of the health domain that name parties: the staff, never who is looked after."""


@pytest.fixture
def published(open_database):
    database = open_database("sqlite")
    publish(database)
    person(database, CLINICIAN, Role.CLINICIAN)
    return database


@pytest.fixture
def course(published):
    """A household in a course, who asked for a call."""
    made = Course(published)
    made.join()
    made.say("CALL")
    return made


def stolen(database, table):
    """The rows of a table as they lie in the file."""
    file = database.engine.url.database
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]  # noqa: S608


def party(session, number=FARMER):
    index = Vault(KEY).index(number)
    wanted = select(Party).join(Contact).where(Contact.number_index == index)
    return session.scalars(wanted).one()


def test_thief__follows_keys_from_a_course__comes_to_no_household(course):
    """A thief follows foreign keys from a course or a concern to the party."""
    file = course.database.engine.url.database
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        ties = {
            (table, row[3])
            for table in HEALTH
            for row in connection.execute(f"PRAGMA foreign_key_list({table})")
            if row[2] in {"party", "contact", "premises", "animal"}
        }
    assert ties == STAFF


def test_thief__looks_for_the_partys_id_in_rows_of_health__finds_none(course):
    """A thief searches the rows of courses for the public id of a household."""
    with course.database.read() as session:
        public = party(session).public_id
    forms = (public.bytes, public.hex.encode(), str(public).encode())
    for table in HEALTH:
        for row in stolen(course.database, table):
            values = [v if isinstance(v, bytes) else str(v).encode() for v in row.values()]
            assert not [one for one in values for form in forms if form in one], table


def test_thief__who_knows_the_index_key__cannot_make_the_link_of_a_party(course):
    """A thief computes a party's link from what he has: the public id, or the index key even."""
    with course.database.read() as session:
        public = party(session).public_id
        link = find_person(session, party(session)).link
    (index_key,) = index_keys(KeyRing((KEY,)))
    for content in (public.bytes, str(public).encode(), b"party\0" + public.bytes):
        assert link != hashlib.sha256(content).digest()
        assert link != hmac.digest(index_key, content, "sha256")
        assert link != course.database.vault.digest(content)


@pytest.mark.slow
def test_thief__compares_the_order_of_an_imported_list__learns_nothing(published, tmp_path):
    """A thief lays parties and courses of one list side by side, in the order of their keys."""
    file, many = tmp_path / "people.csv", 40
    lines = ["phone,name,language,list,programme,consent,consent_date,quit"]
    lines += [
        f"+675702{n:05},M,en,clinic,tobacco,form,{NOW:%Y-%m-%d},{NOW:%Y-%m-%d}" for n in range(many)
    ]
    file.write_text("\n".join(lines))
    assert import_people(file, published, NOW).enrolled == many
    with published.read() as session:
        keys = select(Subscription.person_id).order_by(Subscription.id)
        parties = [party_of_person(session, key).id for key in session.scalars(keys)]
        links = session.scalars(select(Person.link).order_by(Person.id)).all()
    assert len(set(parties)) == many
    assert parties != sorted(parties)
    assert links == sorted(links), "their order is that of what shows nothing"


def test_thief__tries_all_parties_on_the_digest_of_a_members_text__finds_none(published):
    """A thief hashes campaign and party, and looks for the text to that member."""
    town = Town(published)
    member = town.add()
    town.subscribe(member)
    town.approved(programme="tobacco", audience={})
    assert town.run() == 1
    with published.read() as session:
        campaign = session.scalars(select(Campaign.public_id)).one()
        guesses = {
            hashlib.sha256(f"campaign\0{campaign}\0{who}".encode()).digest()
            for one in session.scalars(select(Party))
            for who in (one.public_id, one.id)
        }
        assert not guesses & set(session.scalars(select(Message.dedupe_key)))


def test_reading_of_a_course__in_the_log_of_readings__names_no_household(course):
    """A thief reads in the log whose course a clinician looked at."""
    read = ReadSubject(person_id=course.row().person_id)
    with course.database.write() as session:
        note_access(session, SERVER, read, "bilum subscription show", NOW)
    (noted,) = stolen(course.database, "access")
    assert (noted["subject_id"], noted["number_index"]) == (None, None)
    with course.database.read() as session:
        hers = ReadSubject(party(session).id)
        assert [one.what for one in accesses_of(session, hers, 9)] == ["bilum subscription show"]


def test_clinician__of_a_concern__still_gets_a_name_and_a_number_to_call(course):
    """The pseudonym must not keep help away."""
    with course.database.read() as session:
        found = concern_view(session, session.scalars(select(Concern)).one())
    assert (found["name"], found["phone"]) == ("Maria", FARMER)


def test_owner__asks_for_all_that_is_kept__gets_the_course_by_the_link(course):
    """A subject-access request finds what no key of the party names."""
    with course.database.read() as session:
        found = export_person(session, party(session))
    assert [one["programme"] for one in found["subscription"]] == ["tobacco"]
    assert len(found["person"]) == len(found["concern"]) == 1
    assert "link" not in found["person"][0]


@pytest.mark.slow
def test_forgotten__link_is_cut__texts_are_closed_and_counts_stay(course):
    """Somebody with file and key looks for a person who was forgotten."""
    course.keep()
    key = course.row().person_id
    with course.database.read() as session:
        known = party(session).id
    course.forget()
    with course.database.read() as session:
        row = session.get_one(Person, key)
        assert (row.link, row.party, row.district) == (None, None, None)
        assert party_of_person(session, key) is None
        assert find_person(session, session.get_one(Party, known)) is None
        left = session.scalars(select(Subscription).where(Subscription.person_id == key)).one()
        assert (left.number, left.programme) == (None, "tobacco")
        waiting = Message.subscription_id == left.id, Message.state == "queued"
        assert session.scalar(select(func.count()).select_from(Message).where(*waiting)) == 0
        assert session.scalars(select(Listed)).all() == []


@pytest.mark.slow
def test_forgotten__joins_again__is_a_new_person_with_no_way_to_the_old(course):
    """Somebody ties the course of before to a person who came back."""
    before = course.row()
    with course.database.read() as session:
        known = party(session).id
    course.forget()
    with course.database.write() as session:
        again = person_of(session, session.get_one(Party, known))
        assert again.id != before.person_id
    course.say("START")
    course.join()
    anew = course.row()
    assert (anew.id != before.id, anew.state) == (True, "active")
    assert anew.person_id != before.person_id
    with course.database.read() as session:
        assert party_of_person(session, before.person_id) is None
        assert party_of_person(session, anew.person_id).id == party(session).id
