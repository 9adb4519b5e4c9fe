"""Traces as JSON, CSV, GeoJSON and SVG."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from itertools import combinations
from uuid import UUID, uuid4
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from services.livestock.domain.model import Key
from services.livestock.tracing.chains import Summary
from services.livestock.tracing.drawing import draw
from services.livestock.tracing.export import (
    MOVEMENT_COLUMNS,
    movements_csv,
    summaries_csv,
    trace_geojson,
    trace_json,
)
from services.livestock.tracing.layout import lay_out
from services.livestock.tracing.model import (
    Chain,
    Direction,
    Edge,
    Evidence,
    Reached,
    Trace,
    TracedPlace,
    TraceWindow,
)
from services.livestock.tracing.movement_records import Keeper
from tests.factories import FARMER, day

SVG = "{http://www.w3.org/2000/svg}"
ROOT = 1
ROUNDING = 1e-6
KEEPER = UUID(int=7)


THIRD = day(3)


def edge(origin, destination, on=THIRD, animal="1"):
    departure = Evidence(UUID(int=origin), 5, on_chain=True)
    arrival = Evidence(UUID(int=destination + 100), None, on_chain=False)
    return Edge(origin, destination, on, on, Key("animal", animal), departure, arrival)


def trace_of(ingoing, outgoing, edges=((), ()), points=()):
    places = {
        one: TracedPlace(uuid4(), f"premises:{one}", "market", None, dict(points).get(one), KEEPER)
        for one in {ROOT, *ingoing, *outgoing}
    }
    chains = dict(
        zip(Direction, (Chain(ingoing, edges[0]), Chain(outgoing, edges[1])), strict=True)
    )
    return Trace(ROOT, TraceWindow(day(1), day(30)), chains, places)


SMALL = trace_of(
    {2: Reached(day(3), 1)},
    {2: Reached(day(4), 1), 3: Reached(day(5), 2)},
    ((edge(2, 1),), (edge(1, 2, day(4)), edge(2, 3, day(5), "<&>"), edge(2, 3, day(6), "2"))),
    [(1, (145.4, -6.1)), (2, (144.3, -5.8))],
)


@st.composite
def traces(drawn):
    """Chains of up to 200 premises, numbers of any length."""

    def chain(first):
        steps = drawn(st.lists(st.integers(1, 6), max_size=100))
        return {
            first + place: Reached(day(1) + timedelta(days=drawn(st.integers(0, 29))), step)
            for place, step in enumerate(steps)
        }

    return trace_of(chain(10), chain(10 ** drawn(st.integers(2, 9))))


@given(traces())
def test_lay_out__any_chains__no_two_premises_overlap_and_every_one_has_a_place(trace):
    labels = {one: place.number for one, place in trace.places.items()}
    layout = lay_out(trace, labels)
    expected = {(way, one) for way, chain in trace.chains.items() for one in chain.reached}
    assert layout.boxes.keys() == expected | {(way, ROOT) for way in Direction}
    boxes = set(layout.boxes.values())
    assert len(boxes) == len(expected) + 1
    for one, other in combinations(boxes, 2):
        aside = abs(one.x - other.x) >= (one.width + other.width) / 2
        assert aside or abs(one.y - other.y) >= (one.height + other.height) / 2
    left, right = layout.left - ROUNDING, layout.right + ROUNDING
    assert all(left <= box.left <= box.right <= right for box in boxes)
    assert all(box.height / 2 <= box.y <= layout.height - box.height / 2 for box in boxes)


@given(traces())
def test_lay_out__any_chains__time_runs_from_left_to_right(trace):
    layout = lay_out(trace, {one: place.number for one, place in trace.places.items()})
    for direction, chain in trace.chains.items():
        sign = 1 if direction is Direction.OUTGOING else -1
        for one, other in combinations(chain.reached, 2):
            if chain.reached[one].steps < chain.reached[other].steps:
                assert (
                    sign * (layout.boxes[direction, other].x - layout.boxes[direction, one].x) > 0
                )


def test_draw__small_trace__names_premises_window_and_root_and_no_keeper():
    tree = ET.fromstring(draw(SMALL))  # noqa: S314 — our own document
    told = [element.text for element in tree.iter(f"{SVG}title")]
    assert told[0] == "Contacts of premises 1, 1 Jan 2026 to 30 Jan 2026"
    assert "2 to 3: 2 animals, 5 Jan 2026 to 6 Jan 2026; 1 of 2 events on the ledger" in told
    assert "1, market: the root" in told
    assert "3, market: reached 5 Jan 2026, 2 steps" in told
    assert "2, market: left by 3 Jan 2026, 1 step" in told
    assert str(KEEPER) not in draw(SMALL)


def test_draw__strange_numbers__are_escaped():
    trace = trace_of({2: Reached(day(3), 1)}, {})
    places = {**trace.places, 2: trace.places[2].__class__(uuid4(), "<b>&", "x", "y", None, None)}
    tree = ET.fromstring(draw(Trace(ROOT, trace.window, trace.chains, places)))  # noqa: S314 — as above
    assert "<b>&" in [element.text for element in tree.iter(f"{SVG}text")]


def test_draw__no_contacts__is_the_root_alone():
    assert draw(trace_of({}, {})).count("<g class=") == 1


def test_geojson__points_known_and_not__follows_rfc_7946():
    document = json.loads(json.dumps(trace_geojson(SMALL)))
    assert document["type"] == "FeatureCollection"
    for feature in document["features"]:
        assert feature["type"] == "Feature"
        assert set(feature) == {"type", "geometry", "properties"}
    geometry = [feature["geometry"] for feature in document["features"]]
    assert geometry[:3] == [
        {"type": "Point", "coordinates": [145.4, -6.1]},
        {"type": "Point", "coordinates": [144.3, -5.8]},
        None,
    ]
    assert geometry[3:] == [
        {"type": "LineString", "coordinates": [[144.3, -5.8], [145.4, -6.1]]},
        {"type": "LineString", "coordinates": [[145.4, -6.1], [144.3, -5.8]]},
        None,
    ]
    both = document["features"][1]["properties"]
    assert both["ingoing"] == {"day": "2026-01-03", "steps": 1}
    assert both["outgoing"] == {"day": "2026-01-04", "steps": 1}
    assert document["features"][0]["properties"]["root"] is True
    last = document["features"][-1]["properties"]
    assert (last["from"], last["to"], last["animals"]) == ("premises:2", "premises:3", 2)


def test_json__small_trace__has_movements_events_and_keepers():
    keeper = Keeper(KEEPER, ("premises:1",), (FARMER,))
    document = trace_json(SMALL, [keeper])
    assert document["outgoing"]["degree"] == 1
    assert document["outgoing"]["contact_chain"] == 2
    assert document["ingoing"]["movements"] == [
        {
            "from": "premises:2",
            "to": "premises:1",
            "animal": "animal:1",
            "departed_on": "2026-01-03",
            "arrived_on": "2026-01-03",
            "departure": {"event": str(UUID(int=2)), "index": 5, "ledger": "on chain"},
            "arrival": {"event": str(UUID(int=101)), "index": None, "ledger": "waiting"},
        }
    ]
    assert document["keepers"] == [
        {"party": str(KEEPER), "premises": ["premises:1"], "phones": [FARMER]}
    ]


def test_csv__movements_and_summaries__have_their_columns():
    rows = list(csv.reader(io.StringIO(movements_csv(SMALL))))
    assert tuple(rows[0]) == MOVEMENT_COLUMNS
    assert rows[1] == [
        *["ingoing", "premises:2", "premises:1", "animal:1", "2026-01-03", "2026-01-03"],
        *[str(UUID(int=2)), "on chain", str(UUID(int=101)), "waiting", ""],
    ]
    assert summaries_csv([("premises:1", Summary(1, 2, 3, 4))]) == (
        "root,in_degree,out_degree,ingoing_contact_chain,outgoing_contact_chain\n"
        "premises:1,1,2,3,4\n"
    )


def test_csv__one_side_known__leaves_the_other_empty():
    one = Edge(1, 2, None, day(3), Key("animal", "1"), None, None)
    trace = trace_of({}, {2: Reached(day(3), 1)}, ((), (one,)))
    assert movements_csv(trace).splitlines()[1] == (
        "outgoing,premises:1,premises:2,animal:1,,2026-01-03,,,,,"
    )


def test_export__origin_that_nobody_told__is_marked_as_derived():
    one = Edge(1, 2, None, day(3), Key("animal", "1"), None, None, derived=True)
    trace = trace_of({}, {2: Reached(day(3), 1)}, ((), (one,)))
    assert movements_csv(trace).splitlines()[1].endswith("2026-01-03,,,,,yes")
    [movement] = trace_json(trace, [])["outgoing"]["movements"]
    assert (movement["from"], movement["from_derived"]) == ("premises:1", True)
