from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.health.api.campaign_schemas import DRAFT
from services.storage.models import Contact, Message, Party
from tests.services.scene import Caller

PATH = "/api/v1/campaigns"
TOLD = DRAFT | {"audience": {}, "opens_at": "2026-11-25T00:00:00Z"}
PEOPLE = {
    "planner": Role.PLANNER,
    "approver": Role.APPROVER,
    "analyst": Role.HEALTH_ANALYST,
    "clinician": Role.CLINICIAN,
    "keeper": Role.KEEPER,
    "administrator": Role.ADMINISTRATOR,
}


@pytest.fixture
def callers(world):
    """Somebody of each role, with a phone."""
    made = {}
    for number, (name, role) in enumerate(PEOPLE.items()):
        with world.runtime.database.write() as session:
            party = Party(public_id=uuid4(), role=role.value, language="en")
            session.add(party)
            session.flush()
            phone = f"+6757020000{number}"
            index = world.runtime.database.vault.index(phone)
            session.add(Contact(party_id=party.id, number=phone, number_index=index))
            key = party.id
        made[name] = Caller(world.app, world.bearer(role, key), str(key))
    return made


@pytest.fixture
def drafted(callers):
    made = callers["planner"].post(PATH, TOLD)
    assert made.status_code == 201, made.text
    assert made.headers["Location"] == f"{PATH}/{made.json['id']}"
    return f"{PATH}/{made.json['id']}"


def test_campaign__drafted_tested_approved_paused_resumed_cancelled__tells_its_state(
    world, callers, drafted
):
    planner, approver = callers["planner"], callers["approver"]
    found = planner.get(drafted).json
    assert (found["state"], found["texts"], found["people"]) == ("drafted", TOLD["texts"], None)
    planned = approver.get(f"{drafted}/dry-run").json
    assert (planned["total"], planned["fits"]) == (
        {"people": 6, "segments": 6, "cost": 150},
        True,
    )
    assert planner.post(f"{drafted}/test", None).json == {"sent": 2}
    with world.runtime.database.read() as session:
        assert set(session.scalars(select(Message.purpose))) == {"campaign-test"}
    done = approver.post(f"{drafted}/approve", None).json
    assert (done["state"], done["people"], done["cost"]) == ("approved", 6, 150)
    assert done["approved_by"] != done["drafted_by"]
    assert approver.post(f"{drafted}/pause", None).json["state"] == "paused"
    assert planner.post(f"{drafted}/resume", None).json["state"] == "approved"
    assert planner.post(f"{drafted}/cancel", None).json["state"] == "cancelled"
    again = planner.post(f"{drafted}/cancel", None)
    assert (again.status_code, again.json["code"]) == (409, "campaign_state")
    listed = callers["analyst"].get(PATH).json["items"]
    assert [one["state"] for one in listed] == ["cancelled"]
    assert callers["analyst"].get(f"{drafted}/progress").json["queued"] == 0


def test_approve__by_the_author_with_an_approvers_token__is_forbidden(world, callers, drafted):
    key = int(callers["planner"].party)
    with world.runtime.database.write() as session:
        session.get_one(Party, key).role = Role.APPROVER.value
    own = Caller(world.app, world.bearer(Role.APPROVER, key))
    refused = own.post(f"{drafted}/approve", None)
    assert (refused.status_code, refused.json["code"]) == (403, "same_person")


def test_approve__token_of_nobody__is_forbidden(world, drafted):
    refused = Caller(world.app, world.bearer(Role.APPROVER)).post(f"{drafted}/approve", None)
    assert (refused.status_code, refused.json["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("method", "rule", "allowed"),
    [
        ("get", "", {"planner", "approver", "analyst"}),
        ("get", "/dry-run", {"planner", "approver", "analyst"}),
        ("get", "/progress", {"planner", "approver", "analyst"}),
        ("post", "/test", {"planner", "approver"}),
        ("post", "/approve", {"approver"}),
        ("post", "/pause", {"planner", "approver"}),
        ("post", "/resume", {"planner"}),
        ("post", "/cancel", {"planner", "approver"}),
    ],
)
def test_routes__each_role__may_do_what_is_decided(callers, drafted, method, rule, allowed):
    for name, caller in callers.items():
        asked = caller.get(drafted + rule) if method == "get" else caller.post(drafted + rule, None)
        assert (asked.status_code != 403) == (name in allowed), (name, asked.text)


def test_draft__by_anyone_but_a_planner__is_forbidden(callers):
    statuses = {name: caller.post(PATH, TOLD).status_code for name, caller in callers.items()}
    assert statuses == dict.fromkeys(PEOPLE, 403) | {"planner": 201}


def test_audience__counted_before_a_draft__tells_people_to_planners_alone(callers):
    asked = {"kind": "broadcast", "languages": ["en"], "audience": {}}
    told = {name: one.post(f"{PATH}/audience", asked) for name, one in callers.items()}
    statuses = {name: answer.status_code for name, answer in told.items()}
    assert statuses == dict.fromkeys(PEOPLE, 403) | {"planner": 200}
    assert told["planner"].json == {"people": 6, "left_out": 0}
    wrong = callers["planner"].post(f"{PATH}/audience", asked | {"audience": {"lists": ["x"]}})
    assert wrong.status_code == 422


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"kind": "letter"}, "#/kind"),
        ({"rate": 0}, "#/rate"),
        ({"texts": {"de": "Hallo"}}, "#/texts/de/key"),
        ({"texts": {"en": "{place}"}}, "#/texts/en"),
        ({"audience": {"provinces": ["Jiwak"]}}, "#/audience/provinces/0"),
        ({"audience": {"age_from": 40, "age_to": 18}}, "#/audience/age_from"),
        ({"closes_at": "2026-11-24T00:00:00Z"}, "#/opens_at"),
        ({"payer": ""}, "#/payer"),
    ],
    ids=str,
)
def test_draft__something_of_it_cannot_be__is_422_with_a_pointer(callers, change, pointer):
    refused = callers["planner"].post(PATH, TOLD | change)
    assert refused.status_code == 422
    assert pointer in [one["pointer"] for one in refused.json["errors"]]


def test_campaign__unknown_id__is_404(callers):
    asked = callers["planner"].get(f"{PATH}/{uuid4()}/progress")
    assert (asked.status_code, asked.json["code"]) == (404, "unknown_campaign")
