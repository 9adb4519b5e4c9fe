"""Concerns in a browser: danger on top, what was said, and handled once by those on duty."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from services.storage.models import Access, Arrival, Concern, DangerQuestion, Task
from tests.factories import FARMER, NOW
from tests.services.console.staff import add_staff, member, post
from tests.services.console.visitors import Visitor

XSS = "<script>alert(1)</script>"


@pytest.fixture
def clinician(scene):
    """A clinician, somebody with chest pain, and somebody before who asks to be called."""
    add_staff(scene.world)
    return Visitor(scene.world).take_session_of("clinician")


def the_task(world):
    with world.runtime.database.read() as session:
        return f"/console/tasks/{session.scalars(select(Task.public_id)).one()}"


@pytest.mark.slow
def test_concern__of_danger__is_seen_with_its_text_called_and_handled_once(scene, clinician):
    world = scene.world
    course = member(world, f"I have chest pain {XSS}")
    page = clinician.get("/console/concerns").text
    assert page.count('class="bilum-card bilum-card--late"') == 1
    for shown in (f'href="tel:{FARMER}"', "Danger: chest pain", "I have chest pain &lt;script&gt;"):
        assert shown in page, shown
    assert XSS not in page
    assert re.search(r"Bilum answered:.*<q>[^<]{20,}</q>", page)
    with world.runtime.database.read() as session:
        read = session.execute(select(Access.what, Access.person_id)).all()
    assert read == [("GET /console/concerns", course.row().person_id)]
    at = the_task(world)
    assert at in page
    page = clinician.get(at).text
    assert "Task 1005: person to call" in page
    assert "Maria" in page
    # What was asked, and not its code; in the reader's language.
    assert "Asked:</dt>" not in page
    assert "<q>Do others read this phone? 1 yes 2 no</q>" in page
    assert re.search(
        r"<q>Which day is your quit day\?[^<]+</q></dt><dd[^>]*>[0-9]+ Dec 2026<", page
    )
    fields = clinician.fields(f"{at}/close") | {"outcome": "done", "text": "Called; at the clinic"}
    for _ in range(2):
        assert clinician.send(f"{at}/close", fields).status_code == 303
    with world.runtime.database.read() as session:
        one = session.scalars(select(Concern)).one()
        assert (one.note, one.handled_at is None) == ("Called; at the clinic", False)
    assert "Nothing waits" in clinician.get("/console/concerns").text
    ended = clinician.get("/console/concerns?which=ended").text
    assert "Called; at the clinic" in ended
    assert "bilum-card--late" not in ended


@pytest.mark.slow
def test_concerns__several__danger_comes_first_and_no_call_where_others_may_hear(scene, clinician):
    world = scene.world
    member(world, "CALL")
    world.runtime.clock.pass_by(3600)
    clinician.take_session_of("clinician")
    waiting = clinician.get("/console/concerns").text
    assert "Asks to be called" in waiting
    assert "bilum-card--late" not in waiting
    with world.runtime.database.write() as session:
        one = session.scalars(select(Concern)).one()
        one.kind, one.code = "flag", "violence"
    waiting = clinician.get("/console/concerns").text
    assert "Do NOT call 70000001 unless they ask for it by CALL" in waiting
    assert "tel:" not in waiting


def test_concern__of_a_yes_to_our_question__shows_the_text_that_was_asked_about(scene, clinician):
    world = scene.world
    member(world, "CALL")
    with world.runtime.database.write() as session:
        one = session.scalars(select(Concern)).one()
        first = Arrival(
            key_digest=b"a" * 32, content_digest=b"a" * 32, channel="twilio-sms",
            received_at=NOW, sender=FARMER, payload="my chest is tight",
        )  # fmt: skip
        asked = DangerQuestion(
            person_id=one.person_id, arrival=first.key_digest, code="chest_pain", sent_at=NOW,
            due_at=NOW, closed_at=one.at, answer="yes",
        )  # fmt: skip
        session.add_all([first, asked])
    page = clinician.get("/console/concerns").text
    assert "<q>my chest is tight</q>" in page
    assert "<q>CALL</q>" not in page


@pytest.mark.slow
def test_concerns__of_others_programmes_and_roles__are_not_seen(scene, clinician):
    world = scene.world
    member(world, "I have chest pain")
    at = the_task(world)
    post(world, "other clinician", code="diabetes")
    stranger = Visitor(world).take_session_of("other clinician")
    assert "chest pain" not in stranger.get("/console/concerns").text
    assert stranger.get(at).status_code == 404
    for name in ("planner", "analyst", "officer", "administrator", "auditor"):
        one = Visitor(world).take_session_of(name)
        assert one.get("/console/concerns").status_code == 403, name
        assert one.get(at).status_code in {403, 404}, name
    post(world, "clinician", province="Enga")
    assert "chest pain" not in clinician.get("/console/concerns").text
