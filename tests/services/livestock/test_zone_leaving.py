"""Nobody leaves a zone by telling another province."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.storage.models import Premises
from tests.factories import FARMER
from tests.services.livestock.country import Country


@pytest.fixture
def country(open_database):
    return Country(open_database("sqlite")).found()


def province(country):
    with country.database.read() as session:
        keeper = country.party(session, FARMER).id
        return session.scalar(select(Premises.province).where(Premises.keeper_id == keeper))


@pytest.mark.parametrize(
    ("status", "told", "kept"),
    [("infected", "Jiwaka", True), ("restricted", "Jiwaka", True), ("free", "Jiwaka", False),
     ("infected", "Enga", False)],
)  # fmt: skip
def test_place__in_another_province__is_refused_while_a_zone_binds(country, status, told, kept):
    country.zone(told, status)
    answer = country.phones.send("PLACE Kudjip, Madang")
    assert answer.outcome == ("error.officers_only" if kept else "place")
    assert province(country) == ("Jiwaka" if kept else "Madang")
    assert country.phones.send("PLACE Banz").outcome == "place"


def test_place__of_a_recorder_in_a_zone__is_corrected(country):
    country.zone("Jiwaka")
    country.appoint(FARMER, Role.RECORDER)
    country.phones.say("PLACE Kudjip, Madang")
    assert province(country) == "Madang"
