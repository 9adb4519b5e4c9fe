"""Circles and places that nobody has measured: the infected place first, and its neighbours."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.livestock.control.affected import area_of, premises_bound
from services.livestock.control.notices import recipients
from services.livestock.control.orders import OrderDraft, declare_order, find_order
from services.livestock.control.outbreaks import OutbreakDraft, open_outbreak, outbreak_number
from services.livestock.domain.model import Key, event_id
from services.livestock.domain.orders import OrderKind, ZoneStatus
from services.livestock.domain.places import Whereabouts
from services.livestock.recording.decision_context import WHEREABOUTS
from tests.factories import TODAY, official
from tests.services.livestock.country import DISEASE, Country

CENTRE = {"latitude": -5.86, "longitude": 144.6}
NEIGHBOUR, MEASURED, FAR, NAMELESS = (f"+6757000005{n}" for n in range(4))


@pytest.fixture
def zone(land: Country) -> str:
    """Kudjip is infected; ten kilometres around it, as its people told where they are."""
    pigs = iter(range(11, 15))
    for number, told in (
        (NEIGHBOUR, {"district": "Anglimp-South Waghi"}),
        (MEASURED, {"district": "Anglimp-South Waghi", "latitude": -6.3, "longitude": 144.6}),
        (FAR, {"district": "Jimi"}),
        (NAMELESS, {}),
    ):
        land.settle("PLACE Hill, Jiwaka", number, **told)
        land.phones.say(f"REG {official(next(pigs))}", number)
    act = land.act()
    with land.database.write() as session:
        index = Key("bilum", land.kudjip)
        row = open_outbreak(session, OutbreakDraft(act.event_id, DISEASE, index, TODAY), act.origin)
        draft = OrderDraft(
            event_id("test", "circle", 0),
            OrderKind.ZONE,
            {"circles": [CENTRE | {"kilometres": 10}]},
            "10 km around Kudjip",
            TODAY,
            status=ZoneStatus.INFECTED,
            outbreak=outbreak_number(session, row.id),
        )
        return declare_order(session, draft, act.origin).number


def ok(land: Country, pig: int, sender: str) -> str:
    return land.phones.say(f"OK {official(pig)} {land.madang}", sender)


def test_infected_place__without_a_point__is_inside_its_own_circle(land, zone):
    told = land.phones.say(f"OK {official(1)} {land.madang}")
    assert "must not leave 10 km around Kudjip" in told


def test_neighbour__of_the_district_that_it_reaches__is_barred_and_told_why(land, zone):
    assert ok(land, 11, NEIGHBOUR).startswith("NOT YET. In which district is pig")


@pytest.mark.parametrize(("pig", "sender"), [(12, MEASURED), (13, FAR), (14, NAMELESS)])
def test_place__measured_outside__or_of_another_or_no_district__is_free_of_it(
    land, zone, pig, sender
):
    assert "permit" in ok(land, pig, sender).lower()


def test_officers__see_how_many_places_it_binds_without_being_sure(land, zone):
    with land.database.read() as session:
        order = find_order(session, zone)
        bound = premises_bound(session, area_of(session, order.area))
        assert [is_inside for _, is_inside in bound] == [True, False]
        assert len(recipients(session, order)) == 2


@pytest.mark.parametrize(
    "area",
    [
        {"provinces": ["Jiwaka"]},
        {"districts": [{"province": "Jiwaka", "district": "Jimi"}]},
        {"circles": [CENTRE | {"kilometres": 60}]},
        {"circles": [CENTRE | {"kilometres": 1}], "provinces": ["Simbu"]},
        {
            "polygons": [
                {"type": "Polygon", "coordinates": [[[144, -7], [145, -7], [145, -5], [144, -7]]]}
            ]
        },
    ],
)
def test_places__bound_by_an_area__are_just_those_of_all_that_it_binds(land, zone, area):
    assert zone
    land.settle("PLACE Edge", "+67570000509", province="SIMBU", district="Kerowagi")
    with land.database.read() as session:
        read = area_of(session, area | {"reaches": [{"province": "Jiwaka", "district": "Jimi"}]})
        every = [Whereabouts(*row) for row in session.execute(select(*WHEREABOUTS))]
        expected = {one.premises for one in every if read.binds(one)}
        assert {key for key, _ in premises_bound(session, read)} == expected
        assert expected
