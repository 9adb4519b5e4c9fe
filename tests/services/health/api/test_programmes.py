"""Programmes through the API: added by one person, approved by another, read by whoever may."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from services.storage.models import Journal, ProgrammeVersion
from tests.factories import Phones, rows
from tests.services.health.scene import SMALL

ALL = "/api/v1/programmes"
ONE = f"{ALL}/tobacco/versions/1"
GIVEN = {"language": "en", "reference": "NDOH 2026/114"}
LIVESTOCK = ("keeper", "recorder", "inspector", "officer", "abattoir", "administrator")


@pytest.fixture
def added(ministry):
    made = ministry.planner.post(ALL, {"document": SMALL})
    assert made.status_code == 201, made.text
    return made


def test_add__a_document__is_a_version_with_its_digest_and_place(ministry, added):
    assert added.headers["Location"] == ONE
    told = ministry.auditor.get(ONE).json
    assert told == added.json
    assert sha256(told["document"].encode()).hexdigest() == told["digest"]
    assert json.loads(told["document"])["code"] == "tobacco"
    assert (told["code"], told["number"], told["approvals"]) == ("tobacco", 1, [])
    assert told["languages"] == {"en": "complete", "tpi": "complete"}
    assert {finding["severity"] for finding in told["findings"]} <= {"warning"}


def test_add__the_same_again__is_the_same_version(ministry, added):
    again = ministry.planner.post(ALL, {"document": SMALL})
    assert (again.status_code, again.json["number"]) == (201, 1)
    assert rows(ministry.world.runtime.database, ProgrammeVersion) == 1


def test_add__with_faults__names_each_and_keeps_nothing(ministry):
    wrong = ministry.planner.post(ALL, {"document": SMALL.replace("welcome:", "welcom:")})
    assert (wrong.status_code, wrong.json["code"]) == (422, "bad_programme")
    assert wrong.json["errors"]
    assert rows(ministry.world.runtime.database, ProgrammeVersion) == 0


def test_add__what_the_linter_refuses__is_told_by_its_place(ministry):
    revealing = SMALL.replace("Be ready.", "No tobacco.")
    wrong = ministry.planner.post(ALL, {"document": revealing})
    assert (wrong.status_code, wrong.json["code"]) == (422, "faulty_programme")
    assert "before-1" in wrong.text


def test_approve__each_language__tells_its_receipt_and_waits_for_the_ledger(ministry, added):
    done = ministry.approver.post(f"{ONE}/approvals", GIVEN)
    assert done.status_code == 201, done.text
    assert (done.json["language"], done.json["ledger"]) == ("en", "waiting")
    assert len(done.json["receipt"]) == 19
    assert ministry.analyst.get(ONE).json["approvals"] == [done.json]
    again = ministry.approver.post(f"{ONE}/approvals", GIVEN)
    assert (again.status_code, again.json["code"]) == (409, "approved_already")


def test_evidence__of_a_version__is_counted_and_old_sources_are_named_on_approval(ministry):
    sources = '{title: "Old", by: WHO, year: 2010, review: "2012-01-01"}'
    parts = (
        "phases, intake, invitation, welcome, questions, words, red_flags, stop, event/loss, "
        "event/cancer, event/death, event/moved, event/phone_lost"
    )
    tagged = f'{{of: [{parts}], bct: ["4.1"], source: old, action: true, needs_clinic: true}}'
    far = "{of: [day-0], needs_clinic: false}"
    traced = f"{SMALL}sources: {{old: {sources}}}\nevidence: [{tagged}, {far}]\n"
    made = ministry.planner.post(ALL, {"document": traced})
    assert made.status_code == 201, made.text
    told = ministry.analyst.get(f"{ONE}/evidence").json
    assert (told["untagged"], told["sourced"], told["far_ok"]) == (0, told["texts"], 1)
    assert [(one["number"], one["texts"]) for one in told["techniques"]] == [("4.1", told["texts"])]
    assert [(one["id"], one["overdue"]) for one in told["sources"]] == [("old", True)]
    wrong = ministry.approver.post(f"{ONE}/approvals", GIVEN)
    assert (wrong.status_code, wrong.json["code"]) == (409, "overdue_sources")
    done = ministry.approver.post(f"{ONE}/approvals", GIVEN | {"overdue": ["old"]})
    assert done.status_code == 201, done.text


def test_approve__the_same_request_again__is_the_first_answer(ministry, added):
    first = ministry.approver.post(f"{ONE}/approvals", GIVEN, key="once")
    before = rows(ministry.world.runtime.database, Journal)
    again = ministry.approver.post(f"{ONE}/approvals", GIVEN, key="once")
    assert (again.status_code, again.json) == (201, first.json)
    assert rows(ministry.world.runtime.database, Journal) == before


def test_withdraw__an_approval__is_told_with_it(ministry, added):
    wrong = ministry.approver.post(f"{ONE}/withdrawals", GIVEN)
    assert (wrong.status_code, wrong.json["code"]) == (409, "not_approved")
    ministry.approver.post(f"{ONE}/approvals", GIVEN)
    done = ministry.approver.post(f"{ONE}/withdrawals", GIVEN | {"reference": "NDOH 2026/115"})
    assert done.status_code == 201
    assert done.json["withdrawn_by"] == done.json["approved_by"]
    assert done.json["withdrawn_at"] is not None


@pytest.mark.parametrize(
    "path", [f"{ALL}/tobacco/versions/2", f"{ALL}/nothing/versions/1", f"{ONE}{'0' * 17}"]
)
def test_read__what_is_not_there__is_404(ministry, added, path):
    for answer in (
        ministry.auditor.get(path),
        ministry.auditor.get(f"{path}/evidence"),
        ministry.approver.post(f"{path}/approvals", GIVEN),
        ministry.approver.post(f"{path}/withdrawals", GIVEN),
    ):
        assert (answer.status_code, answer.json["code"]) == (404, "unknown_programme")


def test_list__programmes__has_versions_newest_first_and_what_is_shipped(ministry, added):
    ministry.planner.post(ALL, {"document": SMALL.replace("Tell a friend", "Tell two friends")})
    ministry.approver.post(f"{ONE}/approvals", GIVEN)
    told = ministry.auditor.get(ALL).json
    (tobacco,) = told["items"]
    assert (tobacco["code"], tobacco["title"]["en"]) == ("tobacco", "Quit tobacco")
    assert [one["number"] for one in tobacco["versions"]] == [2, 1]
    assert [len(one["approvals"]) for one in tobacco["versions"]] == [0, 1]
    assert "tobacco" in told["shipped"]
    changed = ministry.approver.get(f"{ALL}/tobacco/versions/2/differences").json
    assert changed["earlier"] == 1
    assert [one["where"] for one in changed["items"]] == ["phases.start.messages.tip-1.text.en"]
    assert ministry.approver.get(f"{ONE}/differences").json["earlier"] is None


@pytest.mark.slow
def test_routes__for_each_role__are_as_decided(ministry, added):
    asked = {
        ("GET", ALL): {"planner", "approver", "clinician", "analyst", "auditor"},
        ("GET", ONE): {"planner", "approver", "clinician", "analyst", "auditor"},
        ("GET", f"{ONE}/evidence"): {"planner", "approver", "clinician", "analyst", "auditor"},
        ("POST", ALL): {"planner"},
        ("POST", f"{ONE}/approvals"): {"approver"},
        ("POST", f"{ONE}/withdrawals"): {"approver"},
        ("GET", f"{ALL}/tobacco/clinicians"): {"planner", "approver", "clinician"},
        ("PUT", f"{ALL}/tobacco/clinicians"): {"planner"},
    }
    for (method, path), may in asked.items():
        for who, caller in ministry.callers.items():
            answer = caller.app.test_client().open(path, method=method, headers=caller.headers)
            assert (answer.status_code != 403) is (who in may), (method, path, who)


def test_proof__of_a_programme__waits_for_the_ledger(ministry, added):
    path = f"{ALL}/tobacco/proof"
    assert ministry.auditor.get(path).json["code"] == "no_records"
    ministry.approver.post(f"{ONE}/approvals", GIVEN)
    answer = ministry.auditor.get(path)
    assert (answer.status_code, answer.json["code"]) == (409, "nothing_recorded")
    assert ministry.keeper.get(path).status_code == 403


def test_livestock__beside_an_approval__shows_nothing_of_it_and_goes_on(ministry, added):
    event = ministry.approver.post(f"{ONE}/approvals", GIVEN).json["event"]
    told = ministry.administrator.get("/api/v1/events?limit=200").json["items"]
    assert told
    assert "programme" not in {one["type"] for one in told}
    assert ministry.administrator.get(f"/api/v1/events/{event}").status_code == 404
    wrong = ministry.administrator.post(f"/api/v1/events/{event}/void", {"reason": "did_not_occur"})
    assert (wrong.status_code, wrong.json["code"]) == (404, "unknown_report")
    for path in ("/api/v1/epcis/events", "/api/v1/flags", "/api/v1/movements"):
        assert ministry.administrator.get(path).status_code == 200, path
    for who in LIVESTOCK:
        assert ministry.callers[who].get("/api/v1/events").status_code == 200
    assert Phones(ministry.world.runtime.database).say("REG 598000000000031 1068")
