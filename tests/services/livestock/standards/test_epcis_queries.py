from __future__ import annotations

import gzip
import json

import pytest
from jsonschema import Draft7Validator

from tests.factories import day, pig, report, source_place, write
from tests.services.livestock.standards.conftest import EVENTS, NAMES

ANSWERS = [
    ({"eventType": "ObjectEvent"}, 9),
    ({"eventType": "AssociationEvent|TransformationEvent"}, 0),
    ({"EQ_action": "ADD"}, 1),
    ({"EQ_bizStep": "departing|inspecting"}, 4),
    ({"EQ_bizStep": "https://ref.gs1.org/cbv/BizStep-departing"}, 3),
    ({"EQ_disposition": "returned"}, 1),
    ({"MATCH_epc": NAMES.animal(pig(18))}, 4),
    ({"MATCH_epc": NAMES.animal(pig(18)), "EQ_bizStep": "arriving"}, 2),
    ({"MATCH_anyEPC": f"{NAMES.animal(pig(17))}|{NAMES.animal(pig(19))}"}, 5),
    ({"MATCH_epc": NAMES.animal(pig(99))}, 0),
    ({"GE_eventTime": "2026-01-18T12:00:00+10:00"}, 5),
    ({"GE_eventTime": "2026-01-18T02:00:01Z"}, 3),
    ({"LT_eventTime": "2026-01-18T02:00:00Z"}, 4),
    ({"GE_eventTime": "2026-01-17T00:00:00Z", "LT_eventTime": "2026-01-18T00:00:00Z"}, 2),
    ({"LT_recordTime": "2026-06-01T00:00:00Z"}, 2),
    ({"EXISTS_errorDeclaration": "true"}, 0),
]


@pytest.fixture
def history(partner):
    """Three pigs move from place 1 to place 2 on three days; the second one is checked."""
    database = partner.world.runtime.database
    for number in (17, 18, 19):
        on = day(number)
        write(
            database,
            report("depart", [pig(number)], at=source_place(1), other=source_place(2), on=on),
            report("arrive", [pig(number)], at=source_place(2), other=source_place(1), on=on),
        )
    partner.taken(
        partner.event(
            bizStep="inspecting",
            disposition="returned",
            sourceList=None,
            epcList=[NAMES.animal(pig(18))],
            **{"bilum:purpose": "roadblock"},
        )
    )
    return partner


def steps(events):
    return [event["bizStep"] for event in events]


def test_events__without_parameters__are_all_in_the_order_of_recording(history):
    moves = ["departing", "arriving"] * 3
    assert steps(history.events()) == ["commissioning", "arriving", *moves, "inspecting"]


@pytest.mark.slow
def test_events__with_parameters__are_those_that_fit_on_any_page_size(history):
    for asked, count in ANSWERS:
        found = history.events(**asked)
        assert len(found) == count, asked
        assert history.events(**asked, perPage=2) == found


def test_events__by_place__are_those_there(history):
    for parameter in ("EQ_bizLocation", "EQ_readPoint"):
        assert len(history.events(**{parameter: history.there})) == 4
        assert steps(history.events(**{parameter: history.here}))[0] == "commissioning"
        both = history.events(**{parameter: f"{history.here}|{history.there}"})
        assert len(both) == {"EQ_bizLocation": 6, "EQ_readPoint": 9}[parameter]


def test_events__paged_while_others_come__give_each_once(history):
    first = history.query(EVENTS, {"perPage": 4})
    history.taken(history.event())
    path = first.headers["Link"].partition("<")[2].partition(">")[0]
    body = first.json["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert len(body) == 4
    rest = history.query(path, {}).json["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert len({event["eventID"] for event in body + rest}) == 8


WRONG = [
    {"orderBy": "eventTime"},
    {"EQ_bizTransaction_po": "x"},
    {"MATCH_epc": "urn:epc:id:sgtin:1.2.3"},
    {"EQ_bizLocation": "elsewhere"},
    {"GE_eventTime": "today"},
    {"EXISTS_errorDeclaration": "perhaps"},
    {"EQ_action": ["ADD", "DELETE"]},
]


def test_events__parameter_that_is_not_answered__is_refused_by_name(partner):
    for asked in WRONG:
        response = partner.query(EVENTS, asked)
        assert response.status_code == 422
        assert response.json["code"] == "unknown_parameter"
        assert response.json["errors"][0]["pointer"] == f"#/{next(iter(asked))}"
    assert partner.query(EVENTS, {"nextPageToken": "x"}).status_code == 422


@pytest.mark.shared_data
def test_events__answer__obeys_the_schema_of_gs1(history, shared_data):
    with gzip.open(shared_data / "epcis-2.0-schema.json.gz") as file:
        schema = Draft7Validator(json.load(file))
    response = history.query(EVENTS, {})
    schema.validate(response.json)
    assert response.headers["GS1-EPCIS-Version"] == "2.0"
