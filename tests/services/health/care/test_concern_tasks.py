"""Concerns are listed without their person, read with the number to call, and handled once."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.health.care.concern_tasks import (
    concern_view,
    concerns_wanted,
    find_concern,
    handle_concern,
)
from services.health.care.concerns import ConcernKind, NewConcern, raise_concern
from services.health.errors import HandledAlready, UnknownConcern
from services.messaging.postings import ANYWHERE, Posting
from services.storage.models import Concern, Party, Person
from services.storage.persons import person_of
from tests.factories import FARMER, NOW
from tests.services.health.scene import CLINICIAN, person

EVERYWHERE = [Posting("tobacco", ANYWHERE)]


@pytest.fixture
def concern(database):
    """The public id of what somebody in Morobe wrote of."""
    key = person(database, FARMER, Role.KEEPER)
    with database.write() as session:
        known = person_of(session, session.get_one(Party, key))
        known.province = "Morobe"
        worry = NewConcern(ConcernKind.FLAG, "chest_pain", known.id, FARMER, "tobacco")
        return raise_concern(session, worry, NOW).public_id


def handle(database, concern, note="Called him."):
    clinician = person(database, CLINICIAN, Role.CLINICIAN)
    with database.write() as session:
        at = NOW + timedelta(hours=1)
        handle_concern(session, find_concern(session, EVERYWHERE, concern), clinician, note, at)


def listed(database, programme=None, postings=EVERYWHERE, *, handled=False):
    with database.read() as session:
        wanted = concerns_wanted(postings, programme, handled=handled)
        return [(row.code, row.province) for row in session.execute(wanted)]


def test_list__open_and_handled__are_apart(database, concern):
    assert listed(database) == listed(database, "tobacco") == [("chest_pain", "Morobe")]
    assert listed(database, "diabetes") == listed(database, handled=True) == []
    handle(database, concern)
    assert listed(database) == []
    assert listed(database, handled=True) == [("chest_pain", "Morobe")]


@pytest.mark.parametrize(
    ("posting", "seen"),
    [
        (("tobacco", "Morobe"), True),
        (("tobacco", ANYWHERE), True),
        (("tobacco", "Enga"), False),
        (("diabetes", "Morobe"), False),
        (("diabetes", ANYWHERE), False),
        (None, False),
    ],
    ids=["own", "anywhere", "province", "programme", "programme-anywhere", "none"],
)
def test_concern__of_a_programme_and_province__is_for_its_clinicians_alone(
    database, concern, posting, seen
):
    postings = [Posting(*posting)] if posting else []
    assert bool(listed(database, postings=postings)) is seen
    with database.read() as session:
        if seen:
            assert find_concern(session, postings, concern).public_id == concern
        else:
            with pytest.raises(UnknownConcern):
                find_concern(session, postings, concern)


def test_concern__of_no_programme_or_no_province__is_for_whom_it_may_concern(database, concern):
    with database.write() as session:
        session.scalars(select(Concern)).one().programme = None
    assert listed(database, postings=[Posting("diabetes", "Morobe")])
    assert not listed(database, postings=[Posting("diabetes", "Enga")])
    with database.write() as session:
        session.scalars(select(Person)).one().province = None
    assert not listed(database, postings=[Posting("diabetes", "Morobe")])
    assert listed(database, postings=[Posting("diabetes", ANYWHERE)])


def test_view__without_a_subscription__has_the_number_of_the_person(database, concern):
    with database.read() as session:
        told = concern_view(session, find_concern(session, EVERYWHERE, concern))
    assert (told["phone"], told["province"], told["subscription"]) == (FARMER, "Morobe", None)


def test_handle__twice__is_refused_and_keeps_the_first_note(database, concern):
    handle(database, concern)
    with pytest.raises(HandledAlready):
        handle(database, concern, "Called her.")
    with database.read() as session:
        assert (
            concern_view(session, find_concern(session, EVERYWHERE, concern))["note"]
            == "Called him."
        )


def test_find__what_is_not_there__is_unknown(database):
    with database.read() as session, pytest.raises(UnknownConcern):
        find_concern(session, EVERYWHERE, uuid4())
