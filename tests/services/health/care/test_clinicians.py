"""Who is told of red flags: the province's clinician, else the one of anywhere."""

from __future__ import annotations

from uuid import uuid4

import pytest

from services.core.roles import Role
from services.health.care.concerns import clinician_for, clinicians_of, set_clinicians
from services.health.errors import NotAClinician
from services.messaging.postings import ANYWHERE
from services.storage.models import Contact, Party
from tests.services.health.scene import CLINICIAN, PLANNER, person
from tests.support.damage import shut

NEAR = "+67570000904"


@pytest.fixture
def two(database):
    """A clinician for anywhere, and one of Morobe's."""
    far, near = (person(database, number, Role.CLINICIAN) for number in (CLINICIAN, NEAR))
    post(database, {ANYWHERE: far, "Morobe": near})
    return far, near


def post(database, wanted, programme="tobacco"):
    with database.write() as session:
        ids = {place: session.get_one(Party, key).public_id for place, key in wanted.items()}
        set_clinicians(session, programme, ids)


def told(database, province, programme="tobacco"):
    with database.read() as session:
        return clinician_for(session, programme, province)


@pytest.mark.parametrize(
    ("province", "number"), [("Morobe", NEAR), ("Enga", CLINICIAN), (None, CLINICIAN)]
)
def test_clinician_for__a_province__is_the_nearest(database, two, province, number):
    found = told(database, province)
    assert found.number == number
    assert found.number_index == database.vault.index(number)


def test_clinician_for__a_programme_without_any__is_nobody(database, two):
    assert told(database, "Morobe", "diabetes") is None


def test_clinician_for__no_programme__is_anyones(database, two):
    assert told(database, "Morobe", None).number == NEAR


def test_clinician_for__who_lost_role_or_phone__is_passed_over(database, two):
    far, near = two
    person(database, NEAR, Role.KEEPER)
    assert told(database, "Morobe").party_id == far
    person(database, NEAR, Role.CLINICIAN)
    with database.write() as session:
        session.query(Contact).filter_by(party_id=near).delete()
    assert told(database, "Morobe").party_id == far


def test_clinician_for__number_that_does_not_open__is_passed_over(database, two):
    far, _ = two
    shut(database, NEAR)
    assert told(database, "Morobe").party_id == far


def test_set__again__takes_the_place_of_all_that_were(database, two):
    _, near = two
    post(database, {"Enga": near})
    with database.read() as session:
        assert [one.province for one in clinicians_of(session, "tobacco")] == ["Enga"]
    assert told(database, "Morobe") is None
    assert told(database, "Enga").party_id == near


def test_set__for_one_programme__leaves_the_others(database, two):
    _, near = two
    post(database, {ANYWHERE: near}, "diabetes")
    with database.read() as session:
        assert [one.province for one in clinicians_of(session, "tobacco")] == [ANYWHERE, "Morobe"]


def test_set__who_is_no_clinician__is_refused_and_changes_nothing(database, two):
    planner = person(database, PLANNER, Role.PLANNER)
    with pytest.raises(NotAClinician):
        post(database, {ANYWHERE: planner})
    assert told(database, "Morobe").number == NEAR


def test_set__a_clinician_without_a_phone__is_refused(database):
    with database.write() as session:
        made = Party(public_id=uuid4(), role=Role.CLINICIAN.value)
        session.add(made)
        session.flush()
        key = made.id
    with pytest.raises(NotAClinician):
        post(database, {ANYWHERE: key})
