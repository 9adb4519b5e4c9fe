"""A whole journey with an erased event in the middle: everything that reads the journal goes on."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from chain.canonical import public_subject
from chain.connection import connect
from chain.verification import Expected, verify_proof
from services.audit.comparison import Auditor
from services.livestock.domain.model import Key
from services.livestock.queries.animals import AsOf, animal_history
from services.passport.content import collect
from services.passport.page import Address, render
from services.runtime.workers import record_everything
from services.storage.models import Animal, Journal
from tests.factories import TODAY
from tests.services.scene import SENT_PIG
from tests.services.world import ANIMAL

pytestmark = pytest.mark.slow

REASON = {"reason": "asked_by_the_person"}
SENT = Key("iso11784", SENT_PIG)
ASKED = "?from=2026-11-01&to=2026-11-25"


def put_on_ledger(scene):
    record_everything(scene.world.runtime, lambda: None, lambda _: None)


def erase(scene, event, **more):
    return scene.administrator.post(f"/api/v1/events/{event}/erasure", REASON, **more)


def depart_of(scene):
    items = scene.officer.get(f"/api/v1/events?animal={SENT_PIG}").json["items"]
    return next(item["id"] for item in items if item["type"] == "depart")


@pytest.fixture(params=["scene", pytest.param("server_scene", marks=pytest.mark.postgres)])
def recorded(request):
    """People, premises and pigs, all on the ledger; the keeper's pig arrives at the abattoir."""
    scene = request.getfixturevalue(request.param)
    told = {"at": scene.places["abattoir"], "other": scene.places["keeper"]}
    assert scene.abattoir.report("arrive", SENT_PIG, **told).status_code == 201
    put_on_ledger(scene)
    return scene


def test_erasure__again__gets_the_first_answer_with_its_key_and_is_refused_with_another(recorded):
    event, key = depart_of(recorded), str(uuid4())
    first = erase(recorded, event, key=key)
    assert first.status_code == 201
    assert len(first.json["indexes"]) == 2
    assert erase(recorded, event, key=key).json == first.json
    again = erase(recorded, event)
    assert (again.status_code, again.json["code"]) == (409, "already_erased")


def test_erasure__what_may_not_go__is_refused_with_its_reason(recorded):
    nothing = erase(recorded, uuid4())
    assert (nothing.status_code, nothing.json["code"]) == (404, "unknown_report")
    [waiting] = recorded.keeper.report("weight", SENT_PIG, details={"kilograms": 30}).json["events"]
    refused = erase(recorded, waiting["id"])
    assert (refused.status_code, refused.json["code"]) == (409, "not_recorded_yet")
    assert "once it is recorded" in refused.json["detail"]
    path = f"/api/v1/events/{depart_of(recorded)}/erasure"
    wrong = recorded.administrator.post(path, {"reason": "because"})
    assert wrong.status_code == 422
    for caller in (recorded.officer, recorded.keeper, recorded.auditor):
        assert caller.post(path, REASON).status_code == 403


def test_erased__its_event__shows_type_and_day_and_nothing_else(recorded):
    event = depart_of(recorded)
    before = recorded.officer.get(f"/api/v1/events/{event}").json
    assert (before["erased"], before["animals"]) == (False, [SENT_PIG])
    erase(recorded, event)
    after = recorded.officer.get(f"/api/v1/events/{event}").json
    assert after == before | {
        "erased": True,
        "occurred": {"at": "2026-11-25", "precision": "day", "zone": "Pacific/Port_Moresby"},
        "channel": None,
        "animals": [],
        "premises": None,
        "other": None,
        "details": {},
    }
    assert recorded.keeper.get(f"/api/v1/events/{event}").json == after
    void = recorded.officer.post(f"/api/v1/events/{event}/void", {"reason": "did_not_occur"})
    assert (void.status_code, void.json["code"]) == (422, "not_voidable")


def test_erased__every_list_and_trace__goes_on_without_it(recorded):
    event = depart_of(recorded)
    erase(recorded, event)
    put_on_ledger(recorded)
    officer = recorded.officer
    [entry] = [
        one
        for one in officer.get(f"/api/v1/animals/{SENT_PIG}").json["events"]
        if one["id"] == event
    ]
    assert (entry["type"], entry["erased"], entry["void"]) == ("depart", True, False)
    assert officer.get("/api/v1/events").status_code == 200
    [move] = officer.get(f"/api/v1/movements?animal={SENT_PIG}").json["items"]
    assert (move["departure"], move["arrival"] is not None) == (None, True)
    for path in (
        f"/api/v1/traces/animals/{SENT_PIG}{ASKED}",
        f"/api/v1/traces/premises/{recorded.places['keeper']}{ASKED}",
        "/api/v1/flags",
    ):
        assert officer.get(path).status_code == 200, path
    # An event after it is folded into what is left, and so is a void one.
    told = {"at": recorded.places["abattoir"], "details": {"kilograms": 30}}
    [weight] = officer.report("weight", SENT_PIG, **told).json["events"]
    void = officer.post(f"/api/v1/events/{weight['id']}/void", {"reason": "incorrect_data"})
    assert void.status_code == 201


def test_erased__partners__get_everything_but_it(recorded):
    departures = "/api/v1/icar/departures"
    before = recorded.auditor.get("/api/v1/epcis/events").json
    assert recorded.auditor.get(departures).json["member"]
    erase(recorded, depart_of(recorded))
    after = recorded.auditor.get("/api/v1/epcis/events").json
    steps = [event["bizStep"] for event in events(before)]
    left = [event["bizStep"] for event in events(after)]
    assert steps.count("departing") == left.count("departing") + 1
    assert len(steps) == len(left) + 1
    assert recorded.auditor.get(departures).json["member"] == []


def events(document):
    return document["epcisBody"]["queryResults"]["resultsBody"]["eventList"]


def test_erased__passport_and_proof__tell_that_it_is_and_verify(recorded):
    event = depart_of(recorded)
    done = erase(recorded, event).json["indexes"]
    put_on_ledger(recorded)
    with recorded.world.runtime.database.read() as session:
        passport = collect(session, SENT, TODAY)
    [gone] = [one for one in passport.events if one.event_id == UUID(event)]
    assert (gone.erased, gone.places, gone.details) == (True, {}, {})
    page = render(passport, Address("https://bilum.example", SENT_PIG, "code"))
    assert "rausim pinis" in page
    proof = recorded.officer.get(f"/api/v1/animals/{SENT_PIG}/proof").text
    shown = verify_proof(proof, Expected())
    assert not set(done) & {record.index for record in shown.records}
    assert [b'"type":"erasure"' in one.content for one in shown.records].count(True) == 1


def test_erased__history_of_any_day_and_the_state__are_the_same_fold(recorded):
    erase(recorded, depart_of(recorded))
    with recorded.world.runtime.database.read() as session:
        now = animal_history(session, SENT)
        on = animal_history(session, SENT, AsOf(on=TODAY))
        home = session.scalars(select(Animal.registered_at_id).where(Animal.value == SENT_PIG))
        assert on.state.registered_at_id == home.one() == now.state.registered_at_id
    assert on.stays == now.stays
    assert "erasure" not in {entry.type for entry in now.entries}


def test_erased__partner_sends_it_again__it_is_not_recorded_again(scene):
    body = {
        "resourceType": "icarWeightEventResource",
        "id": "w-1",
        "meta": {"source": "farm.example", "modified": "2026-11-25T01:00:00Z"},
        "animal": {"id": ANIMAL, "scheme": "iso11784"},
        "location": {"id": scene.places["keeper"].removeprefix("premises:"), "scheme": "premises"},
        "eventDateTime": "2026-11-24T22:30:00Z",
        "weight": {"measurement": 45.5, "units": "KGM", "method": "LoadCell"},
    }
    first = scene.administrator.post("/api/v1/icar/weights", body)
    assert first.status_code == 201, first.text
    put_on_ledger(scene)
    assert erase(scene, first.json["results"][0]["id"]).status_code == 201
    with scene.world.runtime.database.read() as session:
        before = session.scalars(select(Journal.id)).all()
    again = scene.administrator.post("/api/v1/icar/weights", body)
    assert (again.status_code, again.json) == (201, first.json)
    with scene.world.runtime.database.read() as session:
        assert session.scalars(select(Journal.id)).all() == before


def test_erased__audit_of_all_and_of_the_tag__is_clean_and_counts_it(recorded):
    done = erase(recorded, depart_of(recorded)).json["indexes"]
    put_on_ledger(recorded)
    runtime = recorded.world.runtime
    with connect(runtime.settings.chain, write=False) as chain:
        auditor = Auditor(runtime.database, chain.ledger, chain.logs)
        whole = auditor.audit()
        own = auditor.audit_subject(public_subject(*SENT))
    assert (whole.findings, sorted(whole.erased)) == ([], sorted(done))
    assert (own.findings, len(own.erased)) == ([], 1)
