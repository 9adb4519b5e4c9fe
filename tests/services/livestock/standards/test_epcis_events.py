from __future__ import annotations

import gzip
import json
from functools import cache
from uuid import UUID

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from services.ledger.journal import name_public
from services.livestock.domain.details import VOID_REASONS, read_details
from services.livestock.domain.model import AnimalKind, EventType, Key, Occurred
from services.livestock.recording.journal import canonical_record
from services.livestock.standards.claims import ClaimedEvent, Subject, claim_of, report_of
from services.livestock.standards.epcis.canonical import CONTEXT, canonical
from services.livestock.standards.epcis.events import (
    MEMBER,
    from_declaration,
    from_event,
    to_declaration,
    to_event,
)
from services.livestock.standards.epcis.identifiers import Names
from services.livestock.standards.errors import UnreadableMember
from tests.factories import TODAY, origin
from tests.services.livestock.standards.claims import SILENT, ZONES, claims, occurrences, uuids

NAMES = Names("https://bilum.example")


@cache
def schema(folder):
    with gzip.open(folder / "epcis-2.0-schema.json.gz") as file:
        return Draft7Validator(json.load(file))


def document(*events):
    return {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-25T01:02:03Z",
        "epcisBody": {"eventList": list(events)},
    }


@pytest.mark.slow
@given(claims())
@settings(max_examples=300)
def test_to_event__any_claim__is_read_back_exactly(claim):
    event = to_event(claim, NAMES)
    assume(event is not None)
    through_json = json.loads(json.dumps(event))
    assert from_event(canonical(through_json), NAMES) == claim


@pytest.mark.slow
@given(claims())
def test_details__of_any_claim__are_what_a_record_holds(claim):
    assert read_details(claim.type, claim.details) == claim.details


@pytest.mark.shared_data
@given(claims())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_to_event__any_claim__obeys_the_schema_of_gs1(shared_data, claim):
    event = to_event(claim, NAMES)
    assume(event is not None)
    schema(shared_data).validate(document(event))
    schema(shared_data).validate({"@context": CONTEXT, **event})


@given(claims(), st.sampled_from(SILENT))
def test_to_event__type_of_which_epcis_does_not_speak__is_none(claim, kind):
    assert to_event(claim._replace(type=kind, details={}), NAMES) is None


@pytest.mark.slow
@given(claims(), occurrences(ZONES[:3]), st.data())
def test_to_declaration__any_void__is_read_back_exactly(declared, occurred, data):
    wrong, *others = data.draw(st.lists(uuids, min_size=1, max_size=3, unique=True))
    details = {"corrects": str(wrong), "reason": data.draw(st.sampled_from(VOID_REASONS))}
    if others:
        details["corrected_by"] = [str(other) for other in others]
    void = ClaimedEvent(EventType.VOID, declared.subjects, declared.near, None, occurred, details)
    written = to_declaration(void, declared, lambda one: f"urn:uuid:{one}")
    read = canonical({MEMBER: json.loads(json.dumps(written))})[MEMBER]
    assert from_declaration(read, declared, wrong, lambda one: one[len("urn:uuid:") :]) == void


@given(claims())
def test_claim_of__record_of_a_report__is_what_was_reported(claim):
    def number(spot):
        return Key("premises", str(spot.public_id))

    report = report_of(claim, UUID(int=1), number)
    subjects = [name_public(kind.value, *key) for kind, key in claim.subjects]
    near, far = {"depart": ("from", "to"), "arrive": ("at", "from")}.get(claim.type, ("at", "to"))
    places = {
        role: {"premises": str(spot.public_id), "number": str(number(spot))}
        for role, spot in ((near, claim.near), (far, claim.far))
        if spot
    }
    record = canonical_record(report, origin(), subjects, places)
    again = claim_of(json.loads(json.dumps(record)))
    assert report_of(again, UUID(int=1), number) == report
    assert to_event(again, NAMES) == to_event(claim, NAMES)


def test_claim_of__new_tag__names_the_animal_alone():
    report = report_of(
        ClaimedEvent(EventType.RETAG, (), None, None, Occurred.on(TODAY), {"new": "animal:B"}),
        UUID(int=1),
        str,
    )
    subjects = [name_public("animal", "animal", name) for name in "AB"]
    event = to_event(claim_of(canonical_record(report, origin(), subjects, {})), NAMES)
    assert event["parentID"].endswith("/obj/animal:A")
    assert event["childEPCs"] == ["https://bilum.example/obj/animal:B"]


def test_to_event__mob_that_arrives__is_a_class_with_its_count():
    mob = Subject(AnimalKind.MOB, Key("bilum", "104276"))
    details = {"head_count": 12, "permit": "20468"}
    claim = ClaimedEvent(EventType.ARRIVE, (mob,), None, None, Occurred.on(TODAY), details)
    event = to_event(claim, NAMES)
    assert event["quantityList"] == [
        {"epcClass": "https://bilum.example/class/mob:bilum:104276", "quantity": 12}
    ]
    assert "epcList" not in event
    assert event["bizTransactionList"] == [
        {"bizTransaction": "https://bilum.example/bt/permit:20468", "type": "cert"}
    ]
    assert event["eventTime"] == "2026-11-25T12:00:00+10:00"
    assert event["bilum:precision"] == "day"


def test_from_event__whole_number_of_kilograms__is_no_other_weight_than_with_a_point():
    pork = Subject(AnimalKind.CONSIGNMENT, Key("bilum", "104276"))
    claim = ClaimedEvent(
        EventType.REGISTER, (pork,), None, None, Occurred.on(TODAY), {"kilograms": 45.0}
    )
    event = to_event(claim, NAMES)
    event["quantityList"][0]["quantity"] = 45
    assert from_event(canonical(event), NAMES) == claim
    event["quantityList"][0]["uom"] = "LBR"
    with pytest.raises(UnreadableMember) as caught:
        from_event(canonical(event), NAMES)
    assert ("quantityList",) in caught.value.faults
