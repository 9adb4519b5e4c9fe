"""Drafts through the API: written by several people, never over each other, submitted once."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from services.core.roles import Role
from services.health.versions.store import shipped
from services.storage.models import DraftEdit, Party, ProgrammeDraft, ProgrammeVersion
from tests.factories import rows
from tests.services.health.scene import SMALL, publish
from tests.services.scene import Caller

ALL = "/api/v1/programmes"
DRAFT = f"{ALL}/tobacco/draft"
FIRST = {"extends": "tobacco@1"}


def saved(caller, revision, **parts):
    return caller.post(DRAFT, {"revision": revision, "document": json.dumps(FIRST | parts)})


@pytest.fixture
def small(ministry):
    """A programme in force."""
    publish(ministry.world.runtime.database)
    return ministry


def test_lint__of_a_file__is_told_by_line_and_nothing_is_stored(ministry):
    told = ministry.analyst.post(f"{ALL}/lint", {"document": SMALL.replace("Be ready.", "Smoke.")})
    assert told.status_code == 200, told.text
    found = next(one for one in told.json["findings"] if one["code"] == "revealing")
    assert SMALL.splitlines()[found["line"] - 1].find("Be ready.") > 0
    assert {one["language"] for one in told.json["costs"]} == {"en", "tpi"}
    wrong = ministry.planner.post(f"{ALL}/lint", {"document": "code: ["})
    assert (wrong.status_code, wrong.json["code"]) == (422, "bad_programme")
    assert ministry.officer.post(f"{ALL}/lint", {"document": SMALL}).status_code == 403
    assert rows(ministry.world.runtime.database, ProgrammeVersion) == 0


@pytest.mark.slow
def test_draft__saved_and_submitted__is_a_version_that_its_authors_do_not_approve(small):
    assert small.planner.get(DRAFT).json["code"] == "unknown_draft"
    first = saved(small.planner, 0, replace={"welcome": {"en": "Welcome to the course."}})
    assert first.status_code == 200, first.text
    assert first.json["revision"] == 2
    assert small.auditor.get(DRAFT).json == first.json
    # Somebody who read an older one overwrites nothing.
    for revision in (0, 1):
        late = saved(small.planner, revision, replace={"welcome": {"en": "Hello."}})
        assert (late.status_code, late.json["code"]) == (409, "draft_changed")
    for caller in (small.approver, small.analyst, small.administrator):
        assert saved(caller, 2).status_code == 403
    bad = saved(small.planner, 2, replace={"nothing": {"en": "Hello."}})
    assert (bad.status_code, bad.json["code"]) == (422, "bad_programme")
    other = saved(small.planner, 2, set={"code": "other"})
    assert "must stay tobacco" in other.text
    done = small.planner.post(f"{DRAFT}/submission", {"revision": 2})
    assert (done.status_code, done.json["number"]) == (201, 2)
    assert "Welcome to the course." in done.json["document"]
    assert small.planner.get(DRAFT).status_code == 404
    # The planner has become an approver since: it is still their own.
    with small.world.runtime.database.write() as session:
        made = session.query(ProgrammeVersion).filter_by(number=2).one()
        author = session.get_one(Party, made.created_by_id)
        other = Party(public_id=uuid4(), role="approver", name="second author")
        session.add(other)
        session.flush()
        draft = session.query(ProgrammeDraft).one()
        session.add(DraftEdit(draft_id=draft.id, revision=2, by_id=other.id, at=draft.changed_at))
        author.role = Role.APPROVER.value
        keys = author.id, other.id
    for key in keys:
        caller = Caller(small.world.app, small.world.bearer(Role.APPROVER, key))
        given = {"language": "en", "reference": "NDOH 2026/114"}
        own = caller.post(f"{ALL}/tobacco/versions/2/approvals", given)
        assert (own.status_code, own.json["code"]) == (403, "same_person")


def test_draft__without_a_change_or_discarded__is_no_version(small):
    assert saved(small.planner, 0).status_code == 200
    same = small.planner.post(f"{DRAFT}/submission", {"revision": 1})
    assert (same.status_code, same.json["code"]) == (409, "nothing_changed")
    assert small.planner.post(f"{DRAFT}/discard", {"revision": 2}).status_code == 409
    assert small.planner.post(f"{DRAFT}/discard", {"revision": 1}).status_code == 204
    assert small.planner.post(f"{DRAFT}/discard", {"revision": 1}).status_code == 404
    assert rows(small.world.runtime.database, ProgrammeVersion) == 1


@pytest.mark.slow
def test_draft__of_a_shipped_course__begins_from_it_and_faults_keep_it_from_submission(ministry):
    at = f"{ALL}/hypertension/draft"
    assert "hypertension" in shipped()
    told = {"extends": "hypertension@shipped", "move": {"d1": {"day": 2}}}
    wrong = ministry.planner.post(at, {"revision": 0, "document": json.dumps(told)})
    assert "no phase of the base has a message d1" in wrong.text
    told = {"extends": "hypertension@shipped", "replace": {"welcome": {"en": "x" * 161}}}
    made = ministry.planner.post(at, {"revision": 0, "document": json.dumps(told)})
    assert made.status_code == 200, made.text
    assert [one["where"] for one in made.json["findings"] if one["code"] == "too_long"] == [
        "welcome"
    ]
    refused = ministry.planner.post(f"{at}/submission", {"revision": 2})
    assert (refused.status_code, refused.json["code"]) == (422, "faulty_programme")
    none = ministry.planner.post(f"{ALL}/nothing/draft", {"revision": 0, "document": "{}"})
    assert (none.status_code, none.json["code"]) == (404, "unknown_programme")
    # A file that is no differences, was never approved, and is none that is shipped.
    lone = SMALL.replace("code: tobacco", "code: lone")
    assert ministry.planner.post(ALL, {"document": lone}).status_code == 201
    none = ministry.planner.post(f"{ALL}/lone/draft", {"revision": 0, "document": "{}"})
    assert (none.status_code, none.json["code"]) == (409, "cannot_adapt")


def test_note__of_an_approver__is_kept_and_only_on_what_waits(small):
    saved(small.planner, 0, replace={"welcome": {"en": "Welcome to the course."}})
    small.planner.post(f"{DRAFT}/submission", {"revision": 2})
    at = f"{ALL}/tobacco/versions/2/notes"
    note = {"language": "en", "text": "welcome: say for how long"}
    assert small.planner.post(at, note).status_code == 403
    made = small.approver.post(at, note)
    assert (made.status_code, made.json["version"]) == (201, 2)
    assert small.planner.get(at).json["items"] == [made.json]
    assert small.approver.post(at, note | {"language": "ho"}).status_code == 409
    assert small.approver.post(at, note | {"text": ""}).status_code == 422
    one = f"{ALL}/tobacco/versions/1/notes"
    assert small.approver.post(one, note).json["code"] == "approved_already"
    assert small.analyst.get(one).json == {"items": []}
    # What is sent back is where the next draft begins.
    again = saved(small.planner, 0, replace={"welcome": {"en": "For 6 months."}})
    assert again.status_code == 200
