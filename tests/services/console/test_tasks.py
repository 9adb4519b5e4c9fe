"""Tasks in a browser: seen by those on duty, acted on once, and never lost with what was typed."""

from __future__ import annotations

import html

import pytest
from sqlalchemy import func, select

from services.console.sessions import COOKIE
from services.messaging.inbox_rules import Service
from services.messaging.tasks.model import NewTask, TaskKind
from services.messaging.tasks.opening import open_task
from services.storage.models import Access, Arrival, Party, Task, TaskEntry
from tests.services.console.visitors import (
    Visitor,
    code_of,
    enrol,
    party_named,
    phone_of,
)


def opened(world, keeper="keeper", province="Jiwaka", service=Service.LIVESTOCK, topic="1"):
    """A task about somebody of the scene; return its public id."""
    with world.runtime.database.write() as session:
        about = party_named(session, keeper)
        new = NewTask(
            TaskKind.ALARM if service is Service.LIVESTOCK else TaskKind.CONCERN,
            service,
            f"alarm\0{topic}",
            province,
            code="sickness" if service is Service.LIVESTOCK else None,
            party_id=about.id if service is Service.LIVESTOCK else None,
        )
        made = open_task(session, new, [], world.runtime.clock())
        return session.get_one(Task, made.id).public_id


def row_of(world, task):
    with world.runtime.database.read() as session:
        found = session.scalars(select(Task).where(Task.public_id == task)).one()
        entries = session.execute(
            select(TaskEntry.kind, TaskEntry.text)
            .where(TaskEntry.task_id == found.id)
            .order_by(TaskEntry.id)
        ).all()
        owner = session.get(Party, found.owner_id or 0)
        return owner and owner.name, found.outcome, [tuple(one) for one in entries][1:]


@pytest.fixture
def officer(visitor):
    return visitor.take_session_of("officer")


def test_tasks__of_an_officer__show_the_oldest_first_with_place_phone_and_age(scene, officer):
    world = scene.world
    first = opened(world)
    world.runtime.clock.pass_by(3 * 3600)
    officer.take_session_of("officer")
    second = opened(world, keeper="neighbour", province="Enga", topic="2")
    concern = opened(world, service=Service.HEALTH, topic="3")
    page = officer.get("/console/tasks").text
    assert page.index(str(first)) < page.index(str(second))
    assert str(concern) not in page
    assert 'href="tel:+67570000001"' in page
    assert "Waits for 3 h" in page
    assert "Jiwaka" in page
    assert page.count('class="bilum-late"') == 1
    with world.runtime.database.read() as session:
        read = session.scalars(select(Access.what)).all()
    assert read == ["GET /console/tasks"] * 2
    late = officer.get("/console/tasks?which=late").text
    assert str(first) in late
    assert str(second) not in late
    assert "Nothing waits" in officer.get("/console/tasks?which=mine&from=x").text


def test_task__taken_noted_called_ended_and_opened_again__has_its_history(scene, officer):
    world = scene.world
    task = opened(world)
    at = f"/console/tasks/{task}"
    officer.get(at)
    assert officer.submit(f"{at}/take").status_code == 303
    officer.get(at)
    assert (
        officer.submit(f"{at}/notes", text="Two pigs\r\n  lie  down", kind="note").status_code
        == 303
    )
    officer.get(at)
    assert officer.submit(f"{at}/notes", text="<b>No answer</b>", kind="call").status_code == 303
    shown = officer.get(at).text
    assert "&lt;b&gt;No answer" in shown
    assert "<b>No" not in shown
    assert officer.submit(f"{at}/close").status_code == 422
    assert "Choose how it ended" in officer.page.text
    assert officer.submit(f"{at}/close", outcome="done", text="Seen").status_code == 303
    owner, outcome, entries = row_of(world, task)
    assert (owner, outcome) == ("officer", "done")
    assert [kind for kind, _ in entries] == ["taken", "note", "call", "closed"]
    assert entries[1][1] == "Two pigs lie down"
    officer.get(at)
    assert officer.submit(f"{at}/reopen").status_code == 303
    assert row_of(world, task)[1] is None


def test_form__sent_twice_or_with_other_content__acts_once(scene, officer):
    world = scene.world
    task = opened(world)
    at = f"/console/tasks/{task}"
    officer.get(at)
    fields = officer.fields(f"{at}/notes") | {"text": "Called", "kind": "call"}
    first, second = (officer.send(f"{at}/notes", fields) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(row_of(world, task)[2]) == 1
    with world.runtime.database.read() as session:
        # The note is with the task; that it was sent is no reason to keep it twice.
        came = session.scalars(select(Arrival).where(Arrival.channel == "console")).one()
        assert came.payload is None
    other = officer.send(f"{at}/notes", fields | {"text": "Something else"})
    assert other.status_code == 409
    # Nothing that was typed is lost.
    assert "Something else" in other.text
    assert officer.send(f"{at}/notes", fields | {"form_key": ""}).status_code == 400
    # An empty one leaves no trace of its key.
    empty = {**fields, "form_key": "new", "text": " "}
    assert officer.send(f"{at}/notes", empty).status_code == 422
    assert officer.send(f"{at}/notes", empty | {"text": "Now"}).status_code == 303


def test_assign__to_somebody_on_duty__is_theirs_and_to_others_is_refused(scene, officer):
    world = scene.world
    task = opened(world)
    at = f"/console/tasks/{task}"
    page = officer.get(at).text
    assert "inspector, inspector" in page
    assert "auditor, auditor" not in page
    assert officer.submit(f"{at}/assign").status_code == 422
    officer.get(at)
    gone = officer.submit(f"{at}/assign", party=scene.keeper.party)
    assert gone.status_code == 403
    officer.get(at)
    assert officer.submit(f"{at}/assign", party=scene.inspector.party).status_code == 303
    assert row_of(world, task)[0] == "inspector"
    # Somebody else's now: the page says so, and keeps what was typed.
    officer.get(at)
    taken = officer.submit(f"{at}/close", outcome="done", text="All well")
    assert taken.status_code == 409
    assert "All well" in taken.text


@pytest.mark.slow
def test_session__over_while_a_note_is_typed__keeps_it_through_signing_in(scene, visitor):
    world = scene.world
    secret, phone = enrol(visitor, "officer"), phone_of(world, "officer")
    task = opened(world)
    at = f"/console/tasks/{task}"
    visitor.get(at)
    fields = visitor.fields(f"{at}/notes") | {"text": "Bought at the market", "kind": "note"}
    world.runtime.clock.pass_by(3600)
    asked = visitor.send(f"{at}/notes", fields, Origin="http://localhost")
    assert asked.status_code == 401
    assert "what you typed is kept" in asked.text
    signed = visitor.submit(
        "/console/sign-in", phone=phone, password="wrong password", code=code_of(world, secret)
    )
    assert signed.status_code == 422
    typed = {"phone": phone, "password": "tri liklik pik i go maket"}
    signed = visitor.submit("/console/sign-in", **typed, code=code_of(world, secret))
    assert signed.status_code == 200
    assert "Bought at the market" in signed.text
    sent = visitor.submit(f"{at}/notes")
    assert sent.status_code == 303
    assert row_of(world, task)[2] == [("note", "Bought at the market")]
    # The form of before is the same one.
    again = visitor.send(
        f"{at}/notes", fields | {"csrf_token": "of another page"}, Origin="http://localhost"
    )
    assert again.status_code == 400
    assert "Bought at the market" in html.unescape(again.text)
    assert visitor.submit(f"{at}/notes").status_code == 303
    assert len(row_of(world, task)[2]) == 1


ROLES = ("keeper", "recorder", "abattoir", "auditor", "inspector", "officer", "administrator")
SEES = {"inspector", "officer", "administrator"}


@pytest.mark.slow
def test_pages__by_role_and_province__are_answered_as_decided(scene):
    world = scene.world
    task, concern = opened(world), opened(world, service=Service.HEALTH, topic="2")
    for name in ROLES:
        one = Visitor(world).take_session_of(name)
        sees = name in SEES
        assert one.get("/console/account").status_code == 200
        assert one.get("/console/search").status_code == 200
        others = {"auditor": "ledger", "inspector": "roadblock"}
        first = others.get(name, "tasks" if sees else "search")
        assert one.get("/console").headers["Location"] == f"/console/{first}"
        assert one.get("/console/tasks").status_code == (200 if sees else 403)
        # Whoever may open a roadblock finds it.
        assert ('href="/console/roadblock"' in one.get("/console/account").text) == sees
        assert one.get(f"/console/tasks/{task}").status_code == (200 if sees else 403)
        assert one.get(f"/console/tasks/{concern}").status_code == (404 if sees else 403)
        one.get("/console/account")
        token = {"csrf_token": one.fields("/console/sign-out")["csrf_token"], "form_key": "a"}
        for act in (
            ("take", "notes", "assign", "close", "reopen") if name == "officer" else ("take",)
        ):
            status = one.send(f"/console/tasks/{concern}/{act}", token).status_code
            assert status == (404 if sees else 403), (name, act)
    with world.runtime.database.write() as session:
        party_named(session, "inspector").province = "Manus"
    one = Visitor(world).take_session_of("inspector")
    assert str(task) not in one.get("/console/tasks").text
    assert one.get(f"/console/tasks/{task}").status_code == 404
    one.client.delete_cookie(COOKIE)
    for path in ("/console", "/console/tasks", f"/console/tasks/{task}", "/console/account"):
        assert one.get(path).status_code == 303, path


def test_htmx__without_a_session__is_sent_to_sign_in_and_not_into_the_fragment(scene, visitor):
    answer = visitor.get("/console/tasks", **{"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"].startswith("/console/sign-in")


def test_shell__confirmed_outbreak_and_ledger__are_told_on_every_page(scene, visitor):
    world = scene.world
    visitor.take_session_of("auditor")
    assert "bilum-alert" not in visitor.get("/console/account").text
    made = scene.officer.post(
        "/api/v1/outbreaks",
        {
            "disease": "african_swine_fever",
            "premises": scene.places["keeper"],
            "began_on": "2026-11-20",
            "state": "confirmed",
        },
    )
    assert made.status_code == 201, made.text
    page = visitor.get("/console/account").text
    assert f"Outbreak {made.json['number']}: " in page
    assert "On the ledger: 0 records" in page
    with world.runtime.database.read() as session:
        assert session.scalar(select(func.count(Access.id))) == 0
