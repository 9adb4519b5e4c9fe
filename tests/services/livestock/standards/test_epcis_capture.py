from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.core.roles import Role
from services.livestock.domain.model import AnimalKind
from services.livestock.standards.claims import Subject
from services.livestock.standards.epcis.canonical import CONTEXT, canonical
from services.livestock.standards.epcis.events import to_event
from services.livestock.standards.epcis.hashing import event_hash
from tests.factories import pig
from tests.services.livestock.standards.claims import DETAILS, ONE_ANIMAL, claims
from tests.services.livestock.standards.conftest import CAPTURE, EVENTS, NAMES, without

ID = "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8"
SLAUGHTER = {
    "type": "TransformationEvent",
    "action": None,
    "epcList": None,
    "inputEPCList": [NAMES.animal(pig(17))],
    "outputEPCList": [NAMES.carcass("C-0042")],
    "bizStep": "commissioning",
    "disposition": "active",
    "sourceList": None,
    "sensorElementList": [{"sensorReport": [{"type": "Mass", "value": 61.5, "uom": "KGM"}]}],
    "bilum:place": "abattoir",
}

HERE = NAMES.place("7d9f0c1e-55c2-4f0b-8a4b-1e0c9f3a2b11")

# Tags are worn once, and mobs and consignments are numbered here: other tests capture those.
KINDS = tuple(kind for kind in DETAILS if kind not in ONE_ANIMAL)
tags = st.integers(0, 10**6).map(pig)
whom = st.lists(tags, min_size=1, max_size=3, unique=True).map(
    lambda keys: tuple(Subject(AnimalKind.ANIMAL, key) for key in keys)
)
# Their numbers are checked, and the strategy knows none; a status ends that was begun.
past = claims(KINDS, st.nothing(), whom).filter(
    lambda claim: (
        not {"dam", "sire", "part_of"} & claim.details.keys()
        and claim.details.get("action") != "ended"
    )
)


def test_capture__event_without_id__comes_out_equal_under_its_hash(partner):
    sent = partner.event()
    partner.taken(sent)
    [found] = partner.events(EQ_bizStep="arriving", GE_recordTime="2026-11-25T00:00:00Z")
    assert found.pop("recordTime") == "2026-11-25T01:02:03.000000Z"
    assert found.pop("eventID") == event_hash(canonical(sent))
    assert canonical(found) == canonical(sent)


def test_capture__event_with_uuid__keeps_it(partner):
    partner.taken(partner.event(eventID=ID))
    [found] = partner.events(EQ_eventID=ID)
    assert found["eventID"] == ID


def test_capture__event_with_its_hash__is_taken(partner):
    event = partner.event()
    identifier = event_hash(canonical(event))
    partner.taken(event | {"eventID": identifier})
    assert [found["eventID"] for found in partner.events(EQ_eventID=identifier)] == [identifier]


def test_capture__hash_of_another_event__is_refused_and_the_right_one_told(partner):
    event = partner.event()
    wrong = event_hash(canonical(partner.event(bizStep="departing")))
    faults = partner.faults(partner.capture(event | {"eventID": wrong}))
    [(pointer, detail)] = faults.items()
    assert pointer == "#/epcisBody/eventList/0/eventID"
    assert event_hash(canonical(event)) in detail


def test_capture__id_that_is_neither_uuid_nor_hash__is_refused(partner):
    for identifier in ("374d95fc", ID.upper(), "https://example.org/1"):
        faults = partner.faults(partner.capture(partner.event(eventID=identifier)))
        assert list(faults) == ["#/epcisBody/eventList/0/eventID"]


@pytest.mark.parametrize("identifier", [ID, None])
def test_capture__same_event_again__is_stored_once(partner, identifier):
    before = partner.journal()
    for _ in range(2):
        partner.taken(partner.event(eventID=identifier))
    partner.taken(partner.event(eventID=identifier), partner.event(eventID=identifier))
    assert partner.journal() == before + 1


def test_capture__same_event_written_otherwise__is_stored_once(partner):
    before = partner.journal()
    partner.taken(partner.event())
    partner.taken(
        partner.event(
            eventTime="2026-11-23T22:30:00.000Z", bizStep="urn:epcglobal:cbv:bizstep:arriving"
        )
    )
    assert partner.journal() == before + 1


def test_capture__same_id_with_another_content__is_a_conflict(partner):
    partner.taken(partner.event(eventID=ID))
    before = partner.journal()
    response = partner.capture(partner.event(eventID=ID, eventTime="2026-11-24T08:31:00+10:00"))
    assert response.status_code == 409
    assert response.json["code"] == "event_conflict"
    assert partner.journal() == before


def test_capture__event_that_a_phone_had_reported__is_stored_once(partner):
    [known] = partner.events(MATCH_epc=NAMES.animal(pig(17)), EQ_bizStep="commissioning")
    before = partner.journal()
    partner.taken(without(known, "recordTime"))
    partner.taken(without(known, "recordTime", "eventID"))
    assert partner.journal() == before


def test_capture__one_wrong_event_of_three__takes_none_and_names_every_fault(partner):
    before = partner.journal()
    response = partner.capture(
        partner.event(),
        partner.event(bizStep="packing", eventTime="2026-11-24T09:30:00+10:00"),
        partner.event(eventTime="yesterday"),
    )
    assert set(partner.faults(response)) == {
        "#/epcisBody/eventList/1/bizStep",
        "#/epcisBody/eventList/2/eventTime",
    }
    assert partner.journal() == before


def test_capture__wrong_number_unknown_thing_or_time_to_come__is_refused(partner):
    before = partner.journal()
    nowhere = {"id": HERE}
    for change in (
        {"eventTime": "2026-11-26T08:30:00+10:00"},
        {"readPoint": nowhere, "bizLocation": nowhere},
        {"epcList": [f"{NAMES.base}/obj/iso11784:59800000000017"]},
        {"epcList": [f"{NAMES.base}/obj/animal:%20A"]},
        {"epcList": [f"{NAMES.base}/obj/bilum:104277"]},
        {
            "epcList": None,
            "quantityList": [{"epcClass": f"{NAMES.base}/class/mob:animal:7", "quantity": 3}],
        },
    ):
        faults = partner.faults(partner.capture(partner.event(**change)))
        assert list(faults) == ["#/epcisBody/eventList/0"]
    assert partner.journal() == before


def test_capture__one_event_alone_and_answer_of_a_query__are_taken(partner):
    before = partner.journal()
    world = partner.world
    event = partner.event() | {"@context": CONTEXT}
    assert world.post(CAPTURE, event, Role.RECORDER).status_code == 202
    answer = partner.query(EVENTS, {"EQ_bizStep": "arriving"}).json
    answer["epcisBody"]["queryResults"]["resultsBody"]["eventList"].append(
        partner.event(eventTime="2026-11-24T09:30:00+10:00")
    )
    assert world.post(CAPTURE, answer, Role.RECORDER).status_code == 202
    assert partner.journal() == before + 2


def test_capture__other_prefix_for_our_namespace__is_understood(partner):
    event = partner.event(**{"b:precision": "day"}, eventTime="2026-11-24T12:00:00+10:00")
    response = partner.capture(event, **{"@context": [CONTEXT[0], {"b": "urn:bilum:epcis:"}]})
    assert response.status_code == 202
    [found] = partner.events(EQ_bizStep="arriving", GE_eventTime="2026-11-01T00:00:00Z")
    assert found["bilum:precision"] == "day"


def test_capture__done__has_a_job_that_says_so(partner):
    response = partner.capture(partner.event(eventID=ID))
    job = partner.world.get(response.headers["Location"], Role.ABATTOIR)
    assert job.status_code == 200
    assert job.json == {
        "captureID": ID.removeprefix("urn:uuid:"),
        "createdAt": "2026-11-25T01:02:03+00:00",
        "finishedAt": "2026-11-25T01:02:03+00:00",
        "running": False,
        "success": True,
        "captureErrorBehaviour": "rollback",
        "errors": [],
    }
    nothing = f"{CAPTURE}/404d95fc-9457-4a51-bd6a-0bba133845a8"
    assert partner.world.get(nothing, Role.ABATTOIR).status_code == 404


def test_capture__proceed_after_errors__is_refused(partner):
    headers = partner.world.bearer(Role.ABATTOIR) | {"GS1-Capture-Error-Behaviour": "proceed"}
    response = partner.world.app.test_client().post(CAPTURE, json={}, headers=headers)
    assert response.json["code"] == "unknown_parameter"


def test_capture__new_tag__leads_to_the_animal_by_either_number(partner):
    old, new = NAMES.animal(pig(17)), NAMES.animal(pig(217))
    tag = {"type": "AssociationEvent", "action": "ADD", "parentID": old, "childEPCs": [new]}
    commissioning = {"bizStep": "commissioning", "disposition": "active"}
    retag = partner.event(**tag, **commissioning, epcList=None, sourceList=None)
    partner.taken(retag)
    before = partner.journal()
    for _ in range(2):
        partner.taken(partner.event(epcList=[new]))
    assert partner.journal() == before + 1
    for number in (old, new):
        found = partner.events(MATCH_anyEPC=number)
        assert [event["bizStep"] for event in found] == ["commissioning"] * 2 + ["arriving"]
    # An event names an animal by its first number, so this one is no longer what its hash tells.
    assert found[2]["epcList"] == [old]
    assert found[2]["eventID"].startswith("urn:uuid:")
    assert canonical(without(found[1], "eventID", "recordTime")) == canonical(retag)


@pytest.mark.slow
@given(events=st.lists(past, min_size=1, max_size=4))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_capture__any_events__come_out_equal(partner, events):
    sent = [to_event(claim, NAMES) for claim in events]
    hashes = [event_hash(canonical(event)) for event in sent]
    partner.taken(*sent)
    found = partner.events(EQ_eventID="|".join(hashes))
    by_id = {event["eventID"]: without(event, "eventID", "recordTime") for event in found}
    assert by_id == dict(zip(hashes, sent, strict=True))


def test_capture__slaughter__comes_out_as_a_transformation(partner):
    sent = partner.event(**SLAUGHTER)
    partner.taken(sent)
    [found] = partner.events(eventType="TransformationEvent")
    assert canonical(without(found, "recordTime", "eventID")) == canonical(sent)
