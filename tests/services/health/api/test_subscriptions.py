"""Subscriptions through the API: read and changed by a clinician alone, and each reading noted."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from services.messaging.consent import consents
from services.storage.models import Access, Message
from tests.factories import FARMER

SEARCH = "/api/v1/subscriptions/search"


@pytest.fixture
def one(course):
    """The address of the subscription."""
    return f"/api/v1/subscriptions/{course.row().public_id}"


def noted(course):
    with course.database.read() as session:
        rows = session.scalars(select(Access)).all()
        return [(row.what, row.subject_id, row.person_id) for row in rows]


def plan(ministry, one):
    return [(text["item"], text["on"]) for text in ministry.clinician.get(one).json["plan"]]


def test_search__a_number__finds_its_subscriptions_and_is_noted(ministry, course):
    told = ministry.clinician.post(SEARCH, {"phone": "7000 0001"}).json["items"]
    assert [(one["programme"], one["version"], one["state"]) for one in told] == [
        ("tobacco", 1, "active")
    ]
    assert FARMER not in str(told)
    # By the number's index in the health domain, which leads to no party.
    assert noted(course)[-1] == (f"POST {SEARCH}", None, None)
    assert ministry.clinician.post(SEARCH, {"phone": "+67570000777"}).json == {"items": []}


def test_read__one__has_dates_questions_plan_and_is_noted(ministry, course, one):
    told = ministry.clinician.get(one).json
    assert told["anchors"] == {"enrolment": "2026-11-25", "quit": "2026-12-05"}
    assert told["plan"][0]["item"] == "tip-1"
    assert {(each["item"], each["answer"]) for each in told["questions"]} >= {
        ("uses", "daily"),
        ("agree", "yes"),
    }
    assert FARMER not in str(told)
    assert noted(course)[-1] == (
        "GET /api/v1/subscriptions/<uuid:subscription_id>",
        None,
        course.row().person_id,
    )


def test_plan__another_quit_date__tells_exactly_what_changes(ministry, course, one):
    before = plan(ministry, one)
    done = ministry.clinician.post(f"{one}/plan", {"anchors": {"quit": "2026-12-06"}})
    assert done.status_code == 200, done.text
    after = plan(ministry, one)
    gone = {(text["item"], text["on"]) for text in done.json["cancelled"]}
    new = {(text["item"], text["on"]) for text in done.json["created"]}
    assert ("day-0", "2026-12-05") in gone
    assert ("day-0", "2026-12-06") in new
    assert (set(before) - set(after)) <= gone
    assert (set(after) - set(before)) <= new
    (change,) = ministry.clinician.get(one).json["changes"]
    assert [text["item"] for text in change["details"]["created"]] == [
        text["item"] for text in done.json["created"]
    ]


def test_plan__the_same_request_again__changes_nothing_more(ministry, course, one):
    told = {"anchors": {"quit": "2026-12-07"}}
    first = ministry.clinician.post(f"{one}/plan", told, key="once")
    again = ministry.clinician.post(f"{one}/plan", told, key="once")
    assert again.json == first.json
    assert len(ministry.clinician.get(one).json["changes"]) == 1


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"anchors": {"enrolment": "2026-12-01"}},
        {"anchors": {"feast": "2026-12-01"}},
        {"anchors": {"quit": "9999-12-31"}},
        {"cohort": "pregnant"},
        {"anchors": {"quit": "soon"}},
    ],
    ids=["nothing", "enrolment", "unknown", "far", "cohort", "no-date"],
)
def test_plan__what_the_programme_does_not_have__is_refused(ministry, course, one, told):
    assert ministry.clinician.post(f"{one}/plan", told).status_code == 422
    assert ministry.clinician.get(one).json["changes"] == []


def test_pause_and_resume__a_course__are_as_its_state_allows(ministry, course, one):
    paused = ministry.clinician.post(f"{one}/pause", None)
    assert (paused.status_code, paused.json["state"]) == (200, "paused")
    assert (paused.json["resumes_on"], paused.json["plan"]) == ("2026-12-05", [])
    again = ministry.clinician.post(f"{one}/pause", None)
    assert (again.status_code, again.json["code"]) == (409, "not_running")
    ministry.world.runtime.clock.now += timedelta(hours=1)
    assert ministry.clinician.post(f"{one}/resume", None).json["state"] == "active"
    assert ministry.clinician.post(f"{one}/resume", None).status_code == 409


def test_end__by_a_clinician__closes_all_and_takes_the_consent_back(ministry, course, one):
    row = course.row()
    ended = ministry.clinician.post(f"{one}/end", {"reason": "too_many"})
    assert (ended.json["state"], ended.json["reason"]) == ("opted_out", "too_many")
    with course.database.read() as session:
        waiting = select(Message.id).where(
            Message.subscription_id == row.id,
            Message.state == "queued",
            Message.kind == "programme",
        )
        assert session.scalars(waiting).all() == []
        assert consents(session, [row.number_index])[row.number_index]["tobacco"] is False
    assert ministry.clinician.post(f"{one}/end", {}).json["code"] == "not_running"
    assert ministry.clinician.post(f"{one}/plan", {"discreet": True}).status_code == 409


def test_routes__for_each_role__are_a_clinicians_alone(ministry, course, one):
    asked = [("POST", SEARCH), ("GET", one)]
    asked += [("POST", f"{one}/{what}") for what in ("plan", "pause", "resume", "end")]
    for method, path in asked:
        for who, caller in ministry.callers.items():
            answer = caller.app.test_client().open(path, method=method, headers=caller.headers)
            assert (answer.status_code != 403) is (who == "clinician"), (method, path, who)


def test_routes__of_what_is_not_there__are_404(ministry, course):
    path = f"/api/v1/subscriptions/{uuid4()}"
    assert ministry.clinician.get(path).json["code"] == "unknown_subscription"
    assert ministry.clinician.post(f"{path}/pause", None).status_code == 404
