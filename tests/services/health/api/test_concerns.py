"""Concerns and the inbox through the API: a number for who may call, and an answer by a person."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from services.storage.models import Access, Message
from tests.factories import FARMER, STRANGER

CONCERNS, INBOX = "/api/v1/concerns", "/api/v1/inbox"


@pytest.fixture
def alarmed(ministry, course):
    """The person has written of chest pain."""
    course.say("I have chest pain")
    ministry.world.runtime.clock.now = course.now
    return course


def noted(course, what):
    with course.database.read() as session:
        wanted = select(Access.subject_id).where(Access.what == what)
        return session.scalars(wanted).all()


def test_list__open_concerns__tells_nobodys_name_or_number(ministry, alarmed):
    answer = ministry.clinician.get(CONCERNS)
    (one,) = answer.json["items"]
    assert (one["kind"], one["code"], one["programme"]) == ("flag", "chest_pain", "tobacco")
    assert FARMER not in answer.text
    assert ministry.clinician.get(f"{CONCERNS}?programme=diabetes").json["items"] == []
    assert ministry.clinician.get(f"{CONCERNS}?handled=true").json["items"] == []


def test_read__a_concern__has_the_number_and_is_noted(ministry, alarmed):
    (one,) = ministry.clinician.get(CONCERNS).json["items"]
    told = ministry.clinician.get(f"{CONCERNS}/{one['id']}").json
    assert (told["phone"], told["note"]) == (FARMER, None)
    assert told["subscription"] == str(alarmed.row().public_id)
    assert noted(alarmed, f"GET {CONCERNS}/<uuid:concern_id>") == [alarmed.row().party_id]


def test_handled__with_a_note__closes_it_once(ministry, alarmed):
    (one,) = ministry.clinician.get(CONCERNS).json["items"]
    path = f"{CONCERNS}/{one['id']}"
    done = ministry.clinician.post(f"{path}/handled", {"note": "Called; he is at the clinic."})
    assert done.status_code == 200, done.text
    assert done.json["note"] == "Called; he is at the clinic."
    assert done.json["handled_by"] is not None
    assert ministry.clinician.get(CONCERNS).json["items"] == []
    (kept,) = ministry.clinician.get(f"{CONCERNS}?handled=true").json["items"]
    assert kept["id"] == one["id"]
    again = ministry.clinician.post(f"{path}/handled", {"note": "Again."})
    assert (again.status_code, again.json["code"]) == (409, "handled_already")


def test_list__many_concerns__come_page_by_page(ministry, alarmed):
    for _ in range(2):
        alarmed.now += timedelta(hours=1)
        alarmed.say("I have chest pain")
    first = ministry.clinician.get(f"{CONCERNS}?limit=2").json
    rest = ministry.clinician.get(first["next"]).json
    ids = [one["id"] for one in (*first["items"], *rest["items"])]
    assert (len(ids), len(set(ids)), rest["next"]) == (3, 3, None)


def test_inbox__what_nobody_understood__is_masked_and_noted(ministry, course):
    course.sender = STRANGER
    course.say("wanem samting")
    answer = ministry.clinician.get(INBOX)
    (one,) = answer.json["items"]
    assert (one["text"], one["answered"]) == ("wanem samting", False)
    assert STRANGER not in answer.text
    assert len(noted(course, f"GET {INBOX}")) == 1
    assert ministry.clinician.get(f"{INBOX}?since=2027-01-01").json["items"] == []


def test_answer__by_a_person__goes_to_the_sender_once(ministry, course):
    course.sender = STRANGER
    course.say("wanem samting")
    (one,) = ministry.clinician.get(INBOX).json["items"]
    path = f"{INBOX}/{one['id']}/answer"
    done = ministry.clinician.post(path, {"text": "Your text comes on Monday."})
    assert (done.status_code, done.json["answered"]) == (201, True)
    with course.database.read() as session:
        row = session.scalars(select(Message).where(Message.purpose == "inbox")).one()
        assert (row.recipient, row.body) == (STRANGER, "Your text comes on Monday.")
        assert (row.kind, row.via, row.state) == ("answer", "twilio", "queued")
    assert ministry.clinician.get(INBOX).json["items"][0]["answered"] is True
    again = ministry.clinician.post(path, {"text": "Once more."})
    assert (again.status_code, again.json["code"]) == (409, "answered_already")


@pytest.mark.parametrize(
    "text", ["", "a" * 161, "Bai yu kisim \u2019mesej\u2019", "two\nlines"],
    ids=["empty", "long", "quotes", "lines"],
)  # fmt: skip
def test_answer__that_is_no_single_sms__is_refused(ministry, course, text):
    course.say("wanem samting")
    (one,) = ministry.clinician.get(INBOX).json["items"]
    assert ministry.clinician.post(f"{INBOX}/{one['id']}/answer", {"text": text}).status_code == 422


@pytest.mark.parametrize("arrival", ["6b" * 32, "nothing", "6b" * 31 + "zz"])
def test_answer__to_nothing__is_404(ministry, course, arrival):
    wrong = ministry.clinician.post(f"{INBOX}/{arrival}/answer", {"text": "Yes."})
    assert (wrong.status_code, wrong.json["code"]) == (404, "unknown_arrival")


def test_routes__for_each_role__are_a_clinicians_alone(ministry):
    asked = [
        ("GET", CONCERNS),
        ("GET", f"{CONCERNS}/{uuid4()}"),
        ("POST", f"{CONCERNS}/{uuid4()}/handled"),
        ("GET", INBOX),
        ("POST", f"{INBOX}/{'6b' * 32}/answer"),
    ]
    for method, path in asked:
        for who, caller in ministry.callers.items():
            answer = caller.app.test_client().open(path, method=method, headers=caller.headers)
            assert (answer.status_code != 403) is (who == "clinician"), (method, path, who)
