"""Who is told as holder of an office: those near, and others where none of them can be reached."""

from __future__ import annotations

import pytest

from services.core.errors import WrongDataKey
from services.core.roles import Role
from services.messaging.consent import refuse
from services.messaging.offices import on_duty, phone_to_text, unreachable_holders
from services.storage.models import Contact, Party
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from sms.consent import REACHABLE
from tests.factories import NOW
from tests.support.damage import shut
from tests.support.round_trips import counted

OFFICERS = {
    "+67571000001": (Role.VETERINARY_OFFICER, "Jiwaka"),
    "+67571000002": (Role.VETERINARY_OFFICER, "Enga"),
    "+67571000003": (Role.HEALTH_OFFICER, "Hela"),
}
HERE, ENGA, _ = OFFICERS
COUNTRY = "+67571000004"


@pytest.fixture
def staffed(database):
    for number, (role, province) in OFFICERS.items():
        appoint(database, number, role, province)
    return database


def appoint(database, number, role, province):
    with database.write() as session:
        party = party_of(Unit(session, database.vault), number)
        party.role, party.province = role.value, province


def asked(database, province, role=Role.VETERINARY_OFFICER):
    with database.read() as session:
        found = on_duty(session, role, province)
    return [one.number for one in found.holders], found.local


def test_on_duty__officer_of_the_province__is_the_one(staffed):
    with counted() as sent:
        assert asked(staffed, "Jiwaka") == ([HERE], True)
    assert sum("FROM party" in one for one in sent) == 1


def test_on_duty__officer_of_the_country__is_told_beside_that_of_the_province(staffed):
    appoint(staffed, COUNTRY, Role.VETERINARY_OFFICER, None)
    assert asked(staffed, "Jiwaka") == ([HERE, COUNTRY], True)
    assert asked(staffed, "Hela") == ([COUNTRY], False)


def test_on_duty__nobody_in_the_province__are_those_of_others(staffed):
    assert asked(staffed, "Hela") == ([HERE, ENGA], False)
    assert asked(staffed, None) == ([HERE, ENGA], True)
    assert asked(staffed, "Hela", Role.INSPECTOR) == ([], False)


def test_on_duty__officer_of_the_province_cannot_be_reached__are_those_of_others(staffed):
    with staffed.write() as session:
        refuse(session, staffed.vault.index(HERE), REACHABLE, "carrier", NOW)
    assert asked(staffed, "Jiwaka") == ([ENGA], False)


def test_on_duty__officer_of_the_province_has_no_phone__are_those_of_others(staffed):
    with staffed.write() as session:
        party = session.query(Party).filter_by(province="Jiwaka").one()
        session.query(Contact).filter_by(party_id=party.id).delete()
    assert asked(staffed, "Jiwaka") == ([ENGA], False)


def test_on_duty__number_that_does_not_open__is_left_out_alone_and_logged(staffed, caplog):
    appoint(staffed, COUNTRY, Role.VETERINARY_OFFICER, None)
    shut(staffed, HERE)
    assert asked(staffed, "Jiwaka") == ([COUNTRY], False)
    shut(staffed, COUNTRY)
    assert asked(staffed, "Jiwaka") == ([ENGA], False)
    with staffed.read() as session:
        key = session.query(Party.id).filter_by(province="Jiwaka").scalar()
    assert f"the number of party {key} is left out" in caplog.text


def test_on_duty__first_of_two_numbers_does_not_open__is_told_on_the_other(staffed):
    with staffed.write() as session:
        party = session.query(Party).filter_by(province="Jiwaka").one()
        second = Contact(number=COUNTRY, number_index=staffed.vault.index(COUNTRY))
        session.add(second)
        second.party_id = party.id
    shut(staffed, HERE)
    assert asked(staffed, "Jiwaka") == ([COUNTRY], True)
    with staffed.read() as session:
        party = session.query(Party).filter_by(province="Jiwaka").one()
        assert phone_to_text(session, party) == (COUNTRY, staffed.vault.index(COUNTRY))


def test_on_duty__data_key_of_another_database__is_said(staffed):
    shut(staffed, *OFFICERS)
    with pytest.raises(WrongDataKey):
        asked(staffed, "Jiwaka")


def test_unreachable__number_that_does_not_open__keeps_no_other_from_being_found(staffed):
    with staffed.write() as session:
        for number in (HERE, ENGA):
            refuse(session, staffed.vault.index(number), REACHABLE, "carrier", NOW)
    shut(staffed, HERE)
    with staffed.read() as session:
        assert [(one.number, at) for one, at in unreachable_holders(session)] == [(ENGA, NOW)]
