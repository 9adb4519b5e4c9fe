"""What is refused, where and why; and error declarations, taken or refused."""

from __future__ import annotations

from uuid import UUID

import pytest

from services.livestock.recording.identity import find_animals
from services.livestock.standards.epcis.canonical import CONTEXT, canonical
from services.livestock.standards.epcis.documents import each, read_document
from services.livestock.standards.epcis.events import from_declaration, from_event
from services.livestock.standards.errors import UnreadableMember
from tests.factories import pig
from tests.services.livestock.standards.conftest import NAMES, document, event, without

ID = "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8"
OTHER_ID = "urn:uuid:404d95fc-9457-4a51-bd6a-0bba133845a8"
DECLARATION = {"declarationTime": "2026-11-25T09:00:00+10:00", "reason": "did_not_occur"}
HERE = NAMES.place("7d9f0c1e-55c2-4f0b-8a4b-1e0c9f3a2b11")
THERE = NAMES.place("9f0c6f0e-5d0a-4f7e-8a43-0f3c6a1f2b11")


def faults_of(document):
    """The faults of a document, by path, as far as they show without a database."""
    with pytest.raises(UnreadableMember) as caught:
        each(read_document(document), lambda _, event: from_event(event, NAMES))
    return {"/".join(map(str, path)): reason for path, reason in caught.value.faults.items()}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"certificationInfo": "https://example.org/cert"}, "certificationInfo"),
        ({"ilmd": {"bilum:lot": "1"}}, "ilmd"),
        ({"bilum:lot": "1"}, "bilum:lot"),
        ({"persistentDisposition": {"set": ["active"]}}, "persistentDisposition"),
        ({"disposition": "damaged"}, "disposition"),
        ({"disposition": None}, "disposition"),
        ({"bizLocation": None}, "bizLocation"),
        ({"readPoint": {"id": "urn:epc:id:sgln:0614141.07346.1234"}}, "readPoint/id"),
        ({"epcList": ["urn:epc:id:sgtin:4012345.011111.987"]}, "epcList"),
        ({"epcList": ["https://elsewhere.example/obj/iso11784:598000000000017"]}, "epcList"),
        ({"epcList": NAMES.animal(pig(17))}, "epcList"),
        ({"epcList": [NAMES.animal(pig(17)) + "/"]}, "epcList"),
        ({"eventTime": "2026-11-24T08:30:00.5+10:00"}, "eventTime"),
        ({"eventTime": "2026-02-30T08:30:00+10:00"}, "eventTime"),
        ({"eventTimeZoneOffset": "+09:00"}, "eventTimeZoneOffset"),
        ({"eventTimeZoneOffset": "+11:00", "bilum:zone": "Pacific/Port_Moresby"}, "eventTime"),
        ({"bilum:zone": "Pacific/Nowhere"}, "bilum:zone"),
        ({"bilum:precision": "week"}, "bilum:precision"),
        ({"bilum:type": "order"}, "bilum:type"),
        ({"bilum:type": ["arrive"]}, "bilum:type"),
        ({"bizStep": ["arriving"]}, "bizStep"),
        ({"sourceList": {"type": "location"}}, "sourceList"),
        ({"sourceList": [{"type": "possessing_party", "source": "x"}]}, "sourceList"),
        ({"quantityList": [{"epcClass": "x"}]}, "quantityList/epcClass"),
        ({"recordTime": None, "example:extra": 1}, "{example:}extra"),
    ],
)
def test_read__what_cannot_be_kept__is_refused_at_its_path(change, pointer):
    faults = faults_of(document(event(HERE, THERE, **change)))
    assert any(found.startswith(f"epcisBody/eventList/0/{pointer}") for found in faults), faults


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"epcisHeader": {"epcisMasterData": {}}}, "epcisHeader"),
        ({"sender": "urn:x"}, "sender"),
        ({"schemaVersion": "1.2"}, "schemaVersion"),
        ({"@context": [*CONTEXT, "https://example.org/terms.jsonld"]}, "@context"),
        ({"@context": [*CONTEXT, {"arriving": "https://example.org/left"}]}, "@context/arriving"),
        ({"epcisBody": {"eventList": []}}, "epcisBody/eventList"),
        ({"epcisBody": {"eventList": ["x"]}}, "epcisBody/eventList/0"),
        ({"epcisBody": []}, "epcisBody"),
        ({"type": "Something"}, "bizStep"),
    ],
)
def test_read__document_with_more_than_events__is_refused(change, pointer):
    assert pointer in faults_of(document(event(HERE, THERE)) | change)


def test_read__nested_too_deep__is_refused():
    inner = {}
    for _ in range(400):
        inner = {"a": inner}
    assert faults_of(document(event(HERE, THERE, **{"bilum:a": inner})))


def test_error_declaration__of_a_new_tag__takes_the_number_back(partner):
    tag = pig(217)
    event = partner.event(
        type="AssociationEvent",
        action="ADD",
        parentID=NAMES.animal(pig(17)),
        childEPCs=[NAMES.animal(tag)],
        bizStep="commissioning",
        disposition="active",
        epcList=None,
        sourceList=None,
    )
    partner.taken(event)
    with partner.world.runtime.database.read() as session:
        assert tag in find_animals(session, [tag])
    partner.taken(event | {"errorDeclaration": DECLARATION})
    with partner.world.runtime.database.read() as session:
        assert tag not in find_animals(session, [tag])


@pytest.mark.parametrize("identifier", [ID, None])
def test_error_declaration__of_a_captured_event__comes_out_with_the_event(partner, identifier):
    event = partner.event(eventID=identifier)
    right = partner.event(eventID=OTHER_ID, eventTime="2026-11-24T09:30:00+10:00")
    declaration = {
        "declarationTime": "2026-11-25T09:00:00+10:00",
        "reason": "incorrect_data",
        "correctiveEventIDs": [OTHER_ID],
    }
    partner.taken(event)
    partner.taken(event | {"errorDeclaration": declaration}, right)
    partner.taken(event | {"errorDeclaration": declaration})
    plain = partner.events(EXISTS_errorDeclaration="false", EQ_bizStep="arriving")
    [declared] = partner.events(EXISTS_errorDeclaration="true")
    assert declared["errorDeclaration"] == declaration
    [original] = [one for one in plain if one["eventID"] == declared["eventID"]]
    assert without(declared, "errorDeclaration", "recordTime") == without(original, "recordTime")


def test_error_declaration__of_an_event_that_is_not_here__brings_it(partner):
    before = partner.journal()
    declaration = {"declarationTime": "2026-11-25T09:00:00+10:00", "reason": "did_not_occur"}
    partner.taken(partner.event(errorDeclaration=declaration))
    assert partner.journal() == before + 2


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"reason": "https://example.org/whim"}, "reason"),
        ({"reason": None}, "reason"),
        ({"bilum:note": "x"}, "bilum:note"),
    ],
)
def test_error_declaration__that_cannot_be_kept__is_refused(change, pointer):
    declared = canonical({"errorDeclaration": DECLARATION | change})["errorDeclaration"]
    claim = from_event(canonical(event(HERE, THERE)), NAMES)
    with pytest.raises(UnreadableMember) as caught:
        from_declaration(declared, claim, UUID(ID), lambda one: str(UUID(one)))
    assert pointer in caught.value.fields


def test_error_declaration__corrected_by_an_unknown_hash__is_refused(partner):
    unknown = {"correctiveEventIDs": ["ni:///sha-256;00?ver=CBV2.0"]}
    response = partner.capture(partner.event(errorDeclaration=DECLARATION | unknown))
    pointer = "#/epcisBody/eventList/0/errorDeclaration/correctiveEventIDs"
    assert pointer in partner.faults(response)


def test_error_declaration__second_of_one_event__is_a_conflict(partner):
    for hour, status in (("09", 202), ("10", 409)):
        declaration = {
            "declarationTime": f"2026-11-25T{hour}:00:00+10:00",
            "reason": "did_not_occur",
        }
        response = partner.capture(partner.event(errorDeclaration=declaration))
        assert response.status_code == status
