"""The package compared with is GS1's prototype; docs/standards.md tells where it differs."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
from epcis_event_hash_generator import hash_generator, json_to_py
from hypothesis import HealthCheck, assume, example, given, settings

from services.livestock.domain.model import EventType, Occurred
from services.livestock.standards.claims import ClaimedEvent
from services.livestock.standards.epcis.canonical import CONTEXT, canonical, prefixes_of
from services.livestock.standards.epcis.events import to_event
from services.livestock.standards.epcis.hashing import event_hash, pre_hash
from services.livestock.standards.epcis.identifiers import Names
from tests.services.livestock.standards.claims import claims

# The package reads its copy of GS1's context in a way that Python will give up.
pytestmark = pytest.mark.filterwarnings("ignore:open_text is deprecated:DeprecationWarning")

NAMES = Names("https://bilum.example")
TYPED_LISTS = ("bizTransactionList", "sourceList", "destinationList")
NEITHER_SIDE_DOUBTS = re.compile(r"[+-]?\d{1,15}(\.\d{1,4})?", re.ASCII)
STANDARD_WORDS = {"other", "active", "inactive", "destroyed", "returned", "inspecting", "location"}


def theirs(event):
    events = json_to_py.event_list_from_epcis_document_json(
        {"@context": CONTEXT, "type": "EPCISDocument", "epcisBody": {"eventList": [event]}}
    )
    [hashed] = hash_generator.epcis_hashes_from_events(events)
    return hashed


def doubtful(text):
    """Texts that the package takes for something else: numbers, words, prefixes."""
    try:
        number = float(text)
    except ValueError:
        return text.strip() in STANDARD_WORDS or text.partition(":")[0] in {"bilum", "gs1", "cbv"}
    return not NEITHER_SIDE_DOUBTS.fullmatch(text.strip()) or number == 0


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


# Much of what people may write is something else to the package.
@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(claims())
@example(
    ClaimedEvent(
        EventType.SAMPLE, (), None, None, Occurred.on(date(2026, 11, 25)), {"sample": "0012"}
    )
)
def test_event_hash__any_event_without_typed_lists__is_that_of_the_package(claim):
    event = to_event(claim, NAMES)
    assume(event is not None)
    event = {name: value for name, value in event.items() if name not in TYPED_LISTS}
    assume(not any(map(doubtful, strings(event))))
    ours = event_hash(canonical(event))
    assert ours == theirs(json.loads(json.dumps(event)))


def test_pre_hash__example_of_the_standard_with_typed_lists__is_written_as_there():
    # CBV 2.0, section 8.9, third illustration; its GS1 keys are written as Digital Links.
    context = ["https://example.org/context.jsonld", {"ex": "https://ns.example.com/epcis/"}]
    event = {
        "type": "ObjectEvent",
        "eventTime": "2020-03-04T11:00:30+01:00",
        "eventTimeZoneOffset": "+01:00",
        "recordTime": "2020-03-04T11:00:30.999+01:00",
        "eventID": "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8",
        "epcList": ["https://id.gs1.org/01/00614141111114/21/987"],
        "action": "OBSERVE",
        "bizStep": "urn:epcglobal:cbv:bizstep:departing",
        "disposition": "cbv:Disp-in_transit",
        "readPoint": {"id": "https://id.gs1.org/414/4012345000115", "ex:myField1": "AB-12"},
        "bizTransactionList": [
            {"type": "po", "bizTransaction": "https://id.gs1.org/253/4012345111118123"}
        ],
        "sourceList": [{"type": "owning_party", "source": "https://id.gs1.org/417/4012345000009"}],
        "destinationList": [
            {"type": "owning_party", "destination": "https://id.gs1.org/417/0614141000005"}
        ],
        "ex:userExt": "CD-34",
    }
    assert pre_hash(canonical(event, prefixes_of(context))) == (
        "eventType=ObjectEvent"
        "eventTime=2020-03-04T10:00:30.000Z"
        "eventTimeZoneOffset=+01:00"
        "epcListepc=https://id.gs1.org/01/00614141111114/21/987"
        "action=OBSERVE"
        "bizStep=https://ref.gs1.org/cbv/BizStep-departing"
        "disposition=https://ref.gs1.org/cbv/Disp-in_transit"
        "readPointid=https://id.gs1.org/414/4012345000115"
        "{https://ns.example.com/epcis/}myField1=AB-12"
        "bizTransactionListbizTransaction=https://id.gs1.org/253/4012345111118123"
        "type=https://ref.gs1.org/cbv/BTT-po"
        "sourceListsource=https://id.gs1.org/417/4012345000009"
        "type=https://ref.gs1.org/cbv/SDT-owning_party"
        "destinationListdestination=https://id.gs1.org/417/0614141000005"
        "type=https://ref.gs1.org/cbv/SDT-owning_party"
        "{https://ns.example.com/epcis/}userExt=CD-34"
    )


SENSORS = {
    "type": "ObjectEvent",
    "eventTime": "2026-11-25T15:00:00+10:00",
    "eventTimeZoneOffset": "+10:00",
    "action": "OBSERVE",
    "bizStep": "inspecting",
    "epcList": ["https://bilum.example/obj/b", "https://bilum.example/obj/a"],
    "readPoint": {"id": "https://bilum.example/loc/1"},
    "persistentDisposition": {"set": ["completeness_inferred"], "unset": ["active"]},
    "sensorElementList": [
        {
            "sensorMetadata": {
                "time": "2026-11-25T14:00:00+10:00",
                "deviceID": "https://bilum.example/obj/scale",
            },
            "sensorReport": [
                {"type": "Temperature", "value": 26.10, "uom": "CEL", "sDev": 0.5},
                {"type": "Mass", "value": 45.0, "uom": "KGM"},
            ],
        }
    ],
    "bilum:nested": {"bilum:b": ["2", "1"], "bilum:a": "x"},
}
AGGREGATION = {
    "type": "AggregationEvent",
    "eventTime": "2026-11-25T05:00:00Z",
    "eventTimeZoneOffset": "+10:00",
    "action": "ADD",
    "bizStep": "packing",
    "parentID": "https://bilum.example/obj/crate",
    "childEPCs": ["https://bilum.example/obj/b", "https://bilum.example/obj/a"],
    "childQuantityList": [
        {"epcClass": "https://bilum.example/class/b", "quantity": 2.50, "uom": "KGM"},
        {"epcClass": "https://bilum.example/class/a", "quantity": 10},
    ],
}
TRANSFORMATION = {
    "type": "TransformationEvent",
    "eventTime": "2026-11-25T05:00:00Z",
    "eventTimeZoneOffset": "+10:00",
    "bizStep": "commissioning",
    "inputEPCList": ["https://bilum.example/obj/b", "https://bilum.example/obj/a"],
    "outputQuantityList": [{"epcClass": "https://bilum.example/class/a", "quantity": 9520}],
    "transformationID": "https://bilum.example/xform/1",
    "ilmd": {"bilum:lot": "4711"},
}


@pytest.mark.parametrize("event", [SENSORS, AGGREGATION, TRANSFORMATION])
def test_event_hash__kinds_of_events_that_others_send__is_that_of_the_package(event):
    assert event_hash(canonical(event)) == theirs(json.loads(json.dumps(event)))


@pytest.mark.parametrize(
    "change",
    [
        {"eventTime": "2026-11-25T05:00:00.000Z"},
        {"bizStep": "https://ref.gs1.org/cbv/BizStep-inspecting"},
        {"bizStep": "urn:epcglobal:cbv:bizstep:inspecting"},
        {"epcList": SENSORS["epcList"][::-1]},
        {"eventID": "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8"},
        {"recordTime": "2026-11-25T05:00:01Z"},
        {"errorDeclaration": {"declarationTime": "2026-11-25T05:00:01Z"}},
    ],
)
def test_event_hash__the_same_event_written_otherwise__is_the_same(change):
    assert event_hash(canonical(SENSORS | change)) == event_hash(canonical(SENSORS))


@pytest.mark.parametrize(
    "change",
    [
        {"eventTime": "2026-11-25T15:00:01+10:00"},
        {"bizStep": "sampling"},
        {"epcList": SENSORS["epcList"][:1]},
        {"bilum:nested": "1"},
        {"bilum:added": ""},
    ],
)
def test_event_hash__another_event__is_another(change):
    assert event_hash(canonical(SENSORS | change)) != event_hash(canonical(SENSORS))
