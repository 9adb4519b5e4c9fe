"""The inbox in a browser: read by those whose it is, answered once by one plain SMS."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import select

from services.storage.models import Access, Message, Party, Task
from tests.services.console.staff import add_staff, member, write
from tests.services.console.visitors import Visitor, party_named

STRANGER = "+67570000099"
XSS = "wanem samting <img src=x>"


def task_of_message(world):
    with world.runtime.database.read() as session:
        row = session.scalars(select(Task).where(Task.kind == "message")).one()
        return row.outcome, f"/console/tasks/{row.public_id}"


def answers(world):
    with world.runtime.database.read() as session:
        return session.scalars(select(Message.body).where(Message.purpose == "inbox")).all()


@pytest.fixture
def officer(scene, visitor):
    write(scene.world, XSS, STRANGER)
    return visitor.take_session_of("officer")


def link_on(page):
    return re.search(r'href="(/console/inbox/[0-9a-f]{64})"', page)[1]


def test_inbox__one_message__is_one_task_with_what_was_said(scene, officer):
    world = scene.world
    page = officer.get("/console/inbox").text
    assert html.escape(XSS) in page
    assert XSS not in page
    _, at = task_of_message(world)
    assert at in page
    page = officer.get("/console/inbox?which=all").text
    assert html.escape(XSS) in page
    assert STRANGER not in page
    # A message that is a task has one page.
    assert officer.get(link_on(page)).headers["Location"] == at
    page = officer.get(at).text
    assert f'href="tel:{STRANGER}"' in page
    assert "Bilum answered:" in page
    with world.runtime.database.read() as session:
        read = set(session.scalars(select(Access.what)))
    assert {"GET /console/inbox", "GET /console/tasks/<uuid:task_id>"} <= read


@pytest.mark.slow
def test_answer__looked_at_and_sent_twice__is_one_plain_sms_and_ends_the_task(scene, officer):
    world = scene.world
    link = link_on(officer.get("/console/inbox?which=all").text)
    officer.get(task_of_message(world)[1])
    fields = officer.fields(f"{link}/answer") | {"answer": "Your pig\u2019s number?"}
    seen = html.unescape(officer.send(f"{link}/preview", fields).text)
    assert "Your pig\u2019s number?" in seen
    assert ": Your pig's number?</p>" in seen
    part = officer.send(f"{link}/preview", fields, **{"HX-Request": "true"}).text
    assert "<html" not in part
    left = int(re.search(r"Still room for (\d+) letters", part)[1])
    for wrong, told in (
        ("", "Write the note first"),
        ("a" * 150, "letters too many"),
        ("Gutpela \U0001f437", "A plain SMS does not have: \U0001f437"),
    ):
        refused = officer.send(f"{link}/answer", fields | {"answer": wrong})
        assert refused.status_code == 422
        assert told in refused.text
        assert wrong in refused.text
    assert answers(world) == []
    for _ in range(2):
        assert officer.send(f"{link}/answer", fields).status_code == 303
    (sent,) = answers(world)
    assert sent == "Ofisa bilong ol abus: Your pig's number?"
    assert left == 160 - len(sent)
    assert task_of_message(world)[0] == "settled"
    assert "Nothing waits" in officer.get("/console/inbox").text
    assert "A person answered:" in officer.get("/console/inbox?which=ended").text
    # Another tab, another answer.
    late = officer.send(f"{link}/answer", fields | {"form_key": "b", "answer": "Me too"})
    assert (late.status_code, "Me too" in late.text) == (409, True)


@pytest.mark.slow
def test_inbox__by_role_and_province__is_seen_as_in_the_api(scene, officer):
    world = scene.world
    add_staff(world)
    member(world)
    write(world, "is the nurse there tomorrow", "+67570000001")
    with world.runtime.database.write() as session:
        session.get_one(Party, party_named(session, "inspector").id).province = "Manus"
    seen = {
        "officer": (200, {"wanem"}),
        "inspector": (200, set()),
        "administrator": (200, {"wanem"}),
        "clinician": (200, {"nurse"}),
        "other clinician": (200, set()),
        "planner": (403, set()),
        "auditor": (403, set()),
    }
    for name, (status, words) in seen.items():
        one = Visitor(world).take_session_of(name)
        page = one.get("/console/inbox?which=all")
        assert page.status_code == status, name
        assert {word for word in ("wanem", "nurse") if word in page.text} == words, name
        waiting = one.get("/console/inbox").text
        assert {word for word in ("wanem", "nurse") if word in waiting} == words, name
    chief = Visitor(world).take_session_of("administrator")
    assert "/answer" not in chief.get(task_of_unknown(world)).text
    assert chief.get(f"/console/inbox/{'6b' * 32}").status_code == 403
    officer.take_session_of("officer")
    assert officer.get(f"/console/inbox/{'6b' * 32}").status_code == 404


def task_of_unknown(world):
    with world.runtime.database.read() as session:
        row = session.scalars(select(Task).where(Task.service == "unknown")).one()
        return f"/console/tasks/{row.public_id}"
