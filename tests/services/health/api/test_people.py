"""People in programmes through the API: listed, a change looked at before it is made, readers."""

from __future__ import annotations

import pytest

LIST = "/api/v1/subscriptions"


@pytest.fixture
def one(course):
    """The address of the subscription."""
    return f"{LIST}/{course.row().public_id}"


@pytest.mark.slow
def test_list__by_programme_state_and_province__has_those_alone(ministry, course):
    listed = ministry.clinician.get(f"{LIST}?programme=tobacco&state=active").json
    assert [(each["id"], each["province"]) for each in listed["items"]] == [
        (str(course.row().public_id), None)
    ]
    assert listed["items"][0]["phone"] == "+675•••••001"
    assert listed["next"] is None
    for query in ("state=paused", "programme=diabetes", "province=Enga"):
        assert ministry.clinician.get(f"{LIST}?{query}").json["items"] == []
    assert ministry.clinician.get(f"{LIST}?state=lively").status_code == 422
    assert ministry.planner.get(LIST).status_code == 403


def test_difference__of_a_new_date__is_what_the_change_does_and_changes_nothing(
    ministry, course, one
):
    wish = {"anchors": {"quit": "2026-12-07"}}
    shown = ministry.clinician.post(f"{one}/plan/difference", wish).json
    assert course.row().anchors["quit"] == "2026-12-05"
    assert ministry.clinician.get(one).json["changes"] == []
    done = ministry.clinician.post(f"{one}/plan", wish).json
    for which in ("cancelled", "created"):
        told = [(text["item"], text["at"]) for text in done[which]]
        assert [(text["item"], text["at"]) for text in shown[which]] == told
        assert told
    far = {"anchors": {"quit": "2099-01-01"}}
    assert ministry.clinician.post(f"{one}/plan/difference", far).status_code == 422
    assert ministry.planner.post(f"{one}/plan/difference", wish).status_code == 403


def test_messages_and_accesses__of_a_person__tell_what_was_sent_and_who_read(ministry, course, one):
    course.later(days=2)
    sent = ministry.clinician.get(f"{one}/messages").json["items"]
    tip = next(each for each in sent if each["item"] == "tip-1")
    assert (tip["body"], tip["state"]) == ("Tell a friend today.", "queued")
    readers = ministry.clinician.get(f"{one}/accesses").json["items"]
    told = [(each["role"], each["what"].removeprefix("GET ")) for each in readers]
    rule = f"{LIST}/<uuid:subscription_id>"
    assert told[:2] == [("clinician", f"{rule}/accesses"), ("clinician", f"{rule}/messages")]
    assert ministry.planner.get(f"{one}/messages").status_code == 403
    assert ministry.planner.get(f"{one}/accesses").status_code == 403
