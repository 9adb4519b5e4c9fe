"""Inspectors at roadblocks: where they stand, what they asked about, whom they expect."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.livestock.control.errors import NoPost, NotARoadblock
from services.livestock.control.roadblocks import (
    expected_permits,
    last_asked,
    remember_asked,
    require_post,
    stand_at,
)
from services.livestock.domain.model import Key
from services.livestock.recording.identity import find_premises
from services.storage.models import Check, Permit, PermitRoute, Premises
from tests.factories import NOW, TODAY, in_threads, official, rows
from tests.services.livestock.country import INSPECTOR

SECOND = "+67570000018"
PIGS = (Key("iso11784", official(1)), Key("bilum", "1456"))


def stand(land, number, who=INSPECTOR):
    with land.database.write() as session:
        return stand_at(session, land.party(session, who), Key("bilum", number)).id


def ask(land, now=NOW, who=INSPECTOR):
    with land.database.write() as session:
        remember_asked(session, land.party(session, who), PIGS, now)


def asked(land, now=NOW, who=INSPECTOR):
    with land.database.read() as session:
        return last_asked(session, land.party(session, who), now)


def second_post(land, **columns):
    number = land.settle("PLACE Kassam, EHP", SECOND, kind="roadblock", **columns)
    land.appoint(SECOND, Role.INSPECTOR)
    return number


def test_stand__roadblock__is_where_he_stands_until_he_names_another(land):
    with land.database.read() as session, pytest.raises(NoPost):
        require_post(session, land.party(session, INSPECTOR))
    other = second_post(land)
    first = stand(land, land.post)
    assert stand(land, land.post) == first
    second = stand(land, other)
    with land.database.read() as session:
        assert require_post(session, land.party(session, INSPECTOR)).id == second != first


@pytest.mark.parametrize("number", ["1068", "330577"])
def test_stand__number_of_no_roadblock__is_refused(land, number):
    with pytest.raises(NotARoadblock):
        stand(land, number)


def test_asked__long_ago_or_at_another_roadblock__is_forgotten(land):
    ask(land)
    assert asked(land) == ()
    stand(land, land.post)
    ask(land)
    assert asked(land) == asked(land, NOW + timedelta(hours=12)) == PIGS
    assert asked(land, NOW + timedelta(hours=12, seconds=1)) == ()
    stand(land, second_post(land))
    assert asked(land) == ()


def test_asked__two_inspectors_at_one_roadblock_at_once__each_passes_his_own(land):
    second_post(land)
    for who in (INSPECTOR, SECOND):
        land.phones.say(f"POST {land.post}", who)
    land.phones.say(f"OK {official(1)}", INSPECTOR)
    land.phones.say(f"OK {official(2)} {official(3)}", SECOND)
    asked, _ = in_threads(
        lambda: land.phones.say("PASS ANYWAY a vet is with it", INSPECTOR),
        lambda: land.phones.say("BACK", SECOND),
    )
    # Against the book's NO a code is wanted.
    land.phones.say(re.search("the code ([0-9]{6})", asked)[1], INSPECTOR)
    with land.database.read() as session:
        found = session.execute(select(Check.outcome).order_by(Check.outcome)).scalars().all()
    assert found == ["passed", "turned_back", "turned_back"]


def expected(land, number, on=TODAY):
    with land.database.read() as session:
        key = Key("bilum", number)
        post = session.get_one(Premises, find_premises(session, [key])[key].id)
        return [permit.number for permit in expected_permits(session, post, on)]


def route(land, number):
    """Let the newest permit lead by a roadblock."""
    with land.database.write() as session:
        permit = session.scalars(select(Permit).order_by(Permit.id.desc())).first()
        key = Key("bilum", number)
        session.add(
            PermitRoute(permit_id=permit.id, premises_id=find_premises(session, [key])[key].id)
        )


def from_chimbu(land):
    """Let Kudjip lie on the near side of the roadblock."""
    with land.database.write() as session:
        key = Key("bilum", land.kudjip)
        session.get_one(Premises, find_premises(session, [key])[key].id).province = "Chimbu"


def test_expected__from_one_side_to_the_other__both_ways(land):
    land.permit(heads=2)
    assert expected(land, land.post) == []
    from_chimbu(land)
    there = land.permit(1)
    land.permit(1, to=land.madang)
    assert expected(land, land.post)[-1] == there
    with land.database.write() as session:
        row = session.scalars(select(Permit).order_by(Permit.id)).first()
        row.origin_id, row.destination_id = row.destination_id, row.origin_id
    assert len(expected(land, land.post)) == 2


def test_expected__route_names_roadblocks__these_alone(land):
    from_chimbu(land)
    other = second_post(land)
    number = land.permit(1)
    route(land, other)
    assert expected(land, land.post) == []
    assert expected(land, other) == [number]
    route(land, land.post)
    assert expected(land, land.post) == [number]


def test_expected__between_districts_of_one_province__by_district(land):
    from_chimbu(land)
    number = second_post(
        land,
        province="Chimbu",
        district="Anglimp-South Waghi",
        beyond_province="Chimbu",
        beyond_district="Goroka",
    )
    near = land.permit(1)
    with land.database.write() as session:
        key = Key("bilum", land.goroka)
        session.get_one(Premises, find_premises(session, [key])[key].id).province = "Chimbu"
        key = Key("bilum", land.madang)
        session.get_one(Premises, find_premises(session, [key])[key].id).province = "Chimbu"
    land.permit(2, to=land.madang)
    assert expected(land, number) == [near]


@pytest.mark.parametrize(
    ("state", "days", "comes"),
    [
        ("issued", (0, 1), True),
        ("issued", (-1, 0), True),
        ("issued", (1, 2), False),
        ("issued", (-2, -1), False),
        (None, (0, 1), False),
        ("revoked", (0, 1), False),
    ],
)
def test_expected__by_state_and_day__those_that_are_good(land, state, days, comes):
    from_chimbu(land)
    land.permit(1, state=state, days=days)
    assert len(expected(land, land.post)) == comes


def test_expected__roadblock_of_which_little_is_known__those_of_a_route_alone(land):
    land.permit(1)
    number = second_post(land)
    assert expected(land, number) == []
    route(land, number)
    assert len(expected(land, number)) == 1
    assert rows(land.database, PermitRoute) == 1
