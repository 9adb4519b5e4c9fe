"""Whatever a partner sends is read or refused; it never meets a fault of the program."""

from __future__ import annotations

import json
from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.livestock.standards.epcis.documents import each, read_document
from services.livestock.standards.epcis.events import MEMBER, from_declaration, from_event, to_event
from services.livestock.standards.epcis.hashing import event_hash
from services.livestock.standards.errors import UnreadableMember
from services.livestock.standards.icar.resources import from_resource, to_resources
from tests.services.livestock.standards.claims import animals, by_number, claims, texts
from tests.services.livestock.standards.conftest import NAMES, document
from tests.services.livestock.standards.test_icar_resources import EXPRESSED, resource_of

MEMBERS = (
    "type", "eventTime", "eventTimeZoneOffset", "epcList", "quantityList", "action", "bizStep",
    "disposition", "readPoint", "bizLocation", "sourceList", "destinationList", "parentID",
    "childEPCs", "bizTransactionList", "sensorElementList", "inputEPCList", "outputEPCList",
    "errorDeclaration", "bilum:type", "bilum:zone", "bilum:precision", "bilum:kilograms",
    "bilum:owner", "bilum:dam", "resourceType", "animal", "location", "eventDateTime",
    "consignment", "animalDetail", "medicine", "batches", "dose", "withdrawals", "weight",
    "diagnoses", "deathReason", "bilum", "meta", "id", "source", "destination", "sensorReport",
    "epcClass", "quantity", "uom", "declarationTime", "reason", "correctiveEventIDs", "details",
)  # fmt: skip
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
names = st.sampled_from(MEMBERS) | texts
json_values = st.recursive(
    scalars | st.sampled_from(MEMBERS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def damaged(draw, whole):
    """The same JSON, with something else in one place of it."""
    found = json.loads(json.dumps(whole))
    here = found
    while isinstance(here, (dict, list)) and here:
        steps = list(here) if isinstance(here, dict) else range(len(here))
        step = draw(st.sampled_from(steps))
        if not isinstance(here[step], (dict, list)) or not here[step] or draw(st.booleans()):
            here[step] = draw(json_values)
            return found
        here = here[step]
    return found


def read(_path, event):
    claim = from_event(event, NAMES)
    event_hash(event)
    if MEMBER in event:
        from_declaration(event[MEMBER], claim, UUID(int=1), str)
    return claim


@pytest.mark.slow
@given(claims(), names, json_values, st.data())
@settings(max_examples=300)
def test_read_document__any_json__is_read_or_refused(claim, name, other, data):
    declaration = {"declarationTime": "2026-11-25T09:00:00+10:00", "reason": "did_not_occur"}
    event = (to_event(claim, NAMES) or {}) | {MEMBER: declaration}
    sent = data.draw(damaged(document(event)))
    for one in (sent, document(event | {name: other}), document(other), other):
        with suppress(UnreadableMember):
            each(read_document(one), read)


@pytest.mark.slow
@given(claims(EXPRESSED, by_number, animals()), names, json_values, st.data())
@settings(max_examples=300)
def test_from_resource__any_json__is_read_or_refused(claim, name, other, data):
    resource = resource_of(claim.type)
    for written in to_resources(resource, claim):
        for one in (data.draw(damaged(written)), written | {name: other}):
            with suppress(UnreadableMember):
                from_resource(resource, one)
