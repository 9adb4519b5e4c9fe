"""What a partner may send: as much as his role may report, and officers whatever they hold."""

from __future__ import annotations

import pytest

from services.core.roles import Role
from services.storage.models import Message
from tests.factories import rows
from tests.services.livestock.standards.conftest import CAPTURE, EVENTS, NAMES, document
from tests.services.scene import NEW_PIG, OTHER_PIG, PIG, SENT_PIG

WHEN = {"eventTime": "2026-11-25T08:30:00+10:00", "eventTimeZoneOffset": "+10:00"}
OBSERVED = {"type": "ObjectEvent", "action": "OBSERVE", **WHEN}
DECLARATION = {"declarationTime": "2026-11-25T09:00:00+10:00", "reason": "did_not_occur"}


def animal(number):
    return NAMES.animal(("iso11784", number))


def condition(number, **more):
    told = {"bizStep": "inspecting", "bilum:type": "condition", "bilum:score": 3}
    return OBSERVED | {"epcList": [animal(number)]} | told | more


def arrival(number, here):
    at = {"id": here}
    told = {"bizStep": "arriving", "disposition": "in_progress"}
    return OBSERVED | told | {"epcList": [animal(number)], "readPoint": at, "bizLocation": at}


def tag_event(number, tag):
    told = {"action": "ADD", "bizStep": "commissioning", "disposition": "active", **WHEN}
    return {"type": "AssociationEvent", "parentID": animal(number), "childEPCs": [tag], **told}


def transfer(number, to):
    told = {"bizStep": "accepting", "bilum:terms": "sold"}
    members = [{"type": "owning_party", "destination": f"{NAMES.base}/party/{to}"}]
    return OBSERVED | told | {"epcList": [animal(number)], "destinationList": members}


def death(*numbers, **more):
    told = {"action": "DELETE", "bizStep": "destroying", "disposition": "destroyed"}
    told |= {"bilum:cause": "disease", "bilum:disposal": "buried"}
    return OBSERVED | told | {"epcList": [animal(one) for one in numbers]} | more


def capture(caller, *events):
    client = caller.app.test_client()
    return client.post(CAPTURE, json=document(*events), headers=caller.headers)


def place(scene, name):
    found = scene.officer.get(f"/api/v1/premises/{scene.places[name]}").json
    return NAMES.place(found["id"])


@pytest.mark.parametrize("who", ["abattoir", "recorder"])
def test_capture__ownership_of_anothers_pig__is_no_partners_to_give(scene, who):
    caller = scene.callers[who]
    refused = capture(caller, transfer(OTHER_PIG, caller.party))
    assert (refused.status_code, refused.json["code"]) == (403, "forbidden")


def test_capture__abattoir__arrivals_at_its_own_place_and_deaths_are_evidence(scene):
    assert capture(scene.abattoir, arrival(SENT_PIG, place(scene, "abattoir"))).status_code == 202
    assert capture(scene.abattoir, arrival(PIG, place(scene, "keeper"))).status_code == 403
    assert capture(scene.abattoir, death(OTHER_PIG)).status_code == 202
    assert scene.officer.get(f"/api/v1/animals/{OTHER_PIG}").json["status"] == "alive"


def test_capture__officer__hands_over_whatever_another_system_holds(scene):
    taken = capture(scene.officer, transfer(OTHER_PIG, scene.keeper.party), condition(PIG))
    assert taken.status_code == 202, taken.json


def test_declaration__of_anothers_event__is_refused_and_of_ones_own_is_taken(scene):
    own = arrival(SENT_PIG, place(scene, "abattoir"))
    others = arrival(NEW_PIG, place(scene, "abattoir"))
    assert capture(scene.abattoir, own).status_code == 202
    assert capture(scene.officer, others).status_code == 202
    wrong = {"errorDeclaration": DECLARATION}
    refused = capture(scene.abattoir, others | wrong)
    assert (refused.status_code, refused.json["code"]) == (403, "not_your_report")
    assert capture(scene.abattoir, own | wrong).status_code == 202


def test_capture__tag_that_is_a_number_to_come__is_refused(scene):
    to_come = next(one for one in range(9000, 10_000) if one % 97 == 1)
    refused = capture(scene.officer, tag_event(PIG, f"{NAMES.base}/obj/bilum:{to_come}"))
    assert (refused.status_code, refused.json["code"]) == (404, "unknown_number")


def test_capture__tag_of_64_characters__is_taken(scene):
    taken = capture(scene.officer, tag_event(PIG, f"{NAMES.base}/obj/animal:{'z' * 64}"))
    assert taken.status_code == 202, taken.json


@pytest.mark.parametrize("address", ["obj/animal:%00", "bt/permit:%00"])
def test_capture__character_that_no_database_stores__is_refused(scene, address):
    event = arrival(SENT_PIG, place(scene, "abattoir"))
    if address.startswith("obj"):
        event["epcList"] = [f"{NAMES.base}/{address}"]
    else:
        event["bizTransactionList"] = [
            {"type": "cert", "bizTransaction": f"{NAMES.base}/{address}"}
        ]
    assert capture(scene.officer, event).status_code == 422
    asked = {"MATCH_epc": f"{NAMES.base}/obj/animal:%00"}
    found = scene.world.app.test_client().get(
        EVENTS, query_string=asked, headers=scene.world.bearer(Role.AUDITOR)
    )
    assert found.status_code == 422


def test_capture__several_deaths__alarm_if_they_are_of_late(scene):
    database = scene.world.runtime.database
    before = rows(database, Message)
    here = {"id": place(scene, "keeper")}
    at = {"readPoint": here, "bizLocation": here}
    old = {"eventTime": "2025-11-25T08:30:00+10:00"}
    assert capture(scene.officer, death(PIG, SENT_PIG, **at, **old)).status_code == 202
    assert rows(database, Message) == before
    assert capture(scene.officer, death(PIG, SENT_PIG, **at)).status_code == 202
    # An officer's alarm, and the keeper's news that the place is held.
    assert rows(database, Message) == before + 2


def test_capture__with_a_permit__is_a_leaf_of_the_permit(scene):
    asked = {"origin": scene.places["keeper"], "destination": scene.places["neighbour"]}
    asked |= {"animals": [PIG], "first_day": "2026-11-25", "last_day": "2026-11-25", "route": []}
    made = scene.keeper.post("/api/v1/permits", asked).json
    permit = {"type": "cert", "bizTransaction": NAMES.permit(made["number"])}
    leaves = scene.world.counts()["ledger_leaf"]
    event = arrival(PIG, place(scene, "neighbour")) | {"bizTransactionList": [permit]}
    assert capture(scene.officer, event).status_code == 202
    assert scene.world.counts()["ledger_leaf"] == leaves + 3
