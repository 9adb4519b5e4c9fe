"""Concerns through the API: a number for who may call."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from services.storage.models import Access, Arrival
from tests.factories import FARMER

CONCERNS = "/api/v1/concerns"


@pytest.fixture
def alarmed(ministry, course):
    """The person has written of chest pain."""
    course.say("I have chest pain")
    ministry.world.runtime.clock.now = course.now
    return course


def noted(course, what):
    with course.database.read() as session:
        wanted = select(Access.person_id).where(Access.what == what)
        return session.scalars(wanted).all()


@pytest.mark.slow
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
    assert noted(alarmed, f"GET {CONCERNS}/<uuid:concern_id>") == [alarmed.row().person_id]


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


def test_routes__for_each_role__are_a_clinicians_alone(ministry):
    asked = [
        ("GET", CONCERNS),
        ("GET", f"{CONCERNS}/{uuid4()}"),
        ("POST", f"{CONCERNS}/{uuid4()}/handled"),
    ]
    for method, path in asked:
        for who, caller in ministry.callers.items():
            answer = caller.app.test_client().open(path, method=method, headers=caller.headers)
            assert (answer.status_code != 403) is (who == "clinician"), (method, path, who)


def test_handled__once_its_person_is_forgotten__is_kept_nowhere(ministry, alarmed):
    (one,) = ministry.clinician.get(CONCERNS).json["items"]
    path = f"{CONCERNS}/{one['id']}/handled"
    done = ministry.clinician.post(path, {"note": "Maria of Kundiawa, angina."}, key="k1")
    assert "angina" in done.text
    alarmed.forget()
    ministry.world.runtime.clock.now = alarmed.now
    with alarmed.database.read() as session:
        kept = session.scalars(select(Arrival).where(Arrival.channel == "api")).all()
        assert [row.payload for row in kept if row.payload] == []
        assert [row.answer for row in kept if "angina" in (row.answer or "")] == []
    again = ministry.clinician.post(path, {"note": "Maria of Kundiawa, angina."}, key="k1")
    assert (again.status_code, again.json["code"]) == (409, "conflict")
