"""Outbreaks in a browser: opened from an alarm, followed and released, by those who may."""

from __future__ import annotations

import html

import pytest
from sqlalchemy import select

from services.storage.models import Access, Outbreak, Task
from tests.services.console.outbreaks.scenes import (
    alarm,
    declare,
    measure,
    number_at,
    open_outbreak,
    put_under_watch,
    send_pig,
)
from tests.services.console.visitors import Visitor, party_named

XSS = '<script>alert("1")</script>'


@pytest.fixture
def officer(visitor):
    return visitor.take_session_of("officer")


def states_of(world):
    with world.runtime.database.read() as session:
        return list(session.scalars(select(Outbreak.state).order_by(Outbreak.id)))


@pytest.mark.slow
def test_outbreak__opened_from_an_alarm__is_filled_in_and_opened_once(scene, officer):
    world = scene.world
    alarm(world)
    with world.runtime.database.read() as session:
        task = session.scalars(select(Task)).one().public_id
    assert "Open or see the outbreak of this place" in officer.get(f"/console/tasks/{task}").text
    form = officer.get(f"/console/outbreaks/new?task={task}")
    fields = officer.fields("/console/outbreaks")
    farm = number_at(world, "keeper")
    assert (fields["premises"], fields["began_on"]) == (farm, "2026-11-25"), form.text
    told = {"disease": "african_swine_fever", "state": "suspect"}
    for wrong, code in (
        ({"premises": "999"}, "No place has this number"),
        ({"began_on": "soon"}, "Give a day, such as"),
        ({"began_on": "2026-12-24"}, "That day has not come yet"),
        ({"disease": "flu"}, "Choose the disease"),
        ({"state": "released"}, "Choose the state"),
    ):
        got = officer.send("/console/outbreaks", fields | told | wrong)
        assert got.status_code == 422, wrong
        assert code in got.text
        # What was typed is kept, and the key of the form is still free.
        assert next(iter(wrong.values())) in got.text or wrong.keys() & told.keys()
    typed = fields | told | {"began_on": "24/11/2026"}
    first, second = (officer.send("/console/outbreaks", typed) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert states_of(world) == ["suspect"]
    # Somebody else had the form open too.
    other = Visitor(world).take_session_of("administrator")
    other.get("/console/outbreaks/new")
    late = other.submit("/console/outbreaks", **told, premises=farm, began_on="2026-11-24")
    assert late.status_code == 422
    assert "goes on there already" in late.text
    assert (
        other.get(f"/console/outbreaks/new?task={task}").headers["Location"]
        == (first.headers["Location"])
    )


@pytest.mark.slow
def test_outbreak__followed_to_its_end__shows_state_samples_calls_and_log(scene, officer):
    world = scene.world
    measure(world)
    send_pig(world)
    number = open_outbreak(scene)
    at = f"/console/outbreaks/{number}"
    page = officer.get(at).text
    assert "No place is under watch yet" in page
    assert "<svg" in page
    sample(officer, at)
    result(officer, at)
    # The laboratory confirms it by itself.
    assert states_of(world) == ["confirmed"]
    one = put_under_watch(scene, number)
    page = one.get(at).text
    assert 'href="tel:+67570000002"' in page
    with world.runtime.database.read() as session:
        read = session.scalars(select(Access).where(Access.what.contains("outbreaks"))).all()
        assert party_named(session, "neighbour").id in {row.subject_id for row in read}
    call(one, at, world)
    step(one, at, world)


def sample(officer, at):
    """Refused with what was typed, and taken."""
    for wrong, code in (
        ({"sample": "17"}, "letters first"),
        ({"sample": "S-17", "premises": "1"}, "No place has this number"),
        ({"sample": "S-17", "animals": "12 34"}, "Write numbers of pigs"),
        ({"sample": "S-17", "on": "2026-12-24"}, "That day has not come yet"),
    ):
        officer.get(f"{at}/sample")
        got = officer.submit(f"{at}/sample", specimen="blood", **wrong)
        assert got.status_code == 422, wrong
        assert code in got.text
        assert f'value="{list(wrong.values())[-1]}"' in got.text
    officer.get(f"{at}/sample")
    taken = officer.submit(f"{at}/sample", sample="s-17", specimen="blood")
    assert taken.status_code == 303, taken.text
    officer.get(f"{at}/sample")
    again = officer.submit(f"{at}/sample", sample="S-17", specimen="blood")
    assert "There is a sample of this number already" in again.text


def result(officer, at):
    officer.get(f"{at}/result?sample=S-17")
    assert officer.submit(f"{at}/result", sample="S-18").status_code == 422
    assert "No sample has this number" in officer.page.text
    assert "Choose what was found" in officer.page.text
    officer.get(f"{at}/result?sample=S-17")
    found = officer.submit(f"{at}/result", outcome="positive", laboratory=XSS)
    assert found.status_code == 303, found.text
    page = officer.get(at).text
    assert XSS not in page
    assert html.escape(XSS, quote=False) in page.replace("&#34;", '"')
    assert "Enter a result" not in page


def call(one, at, world):
    """A contact that does not answer stays in the tasks until somebody reaches it."""
    assert one.submit(f"{at}/calls", outcome="").status_code == 422
    one.get(at)
    assert one.submit(f"{at}/calls", outcome="unreached", text=XSS).status_code == 303
    page = one.get(at).text
    assert "✓" not in page
    with world.runtime.database.read() as session:
        task = session.scalars(select(Task).where(Task.code == "contact")).one()
        assert (task.outcome, task.owner_id) == (None, party_named(session, "officer").id)
        public_id = task.public_id
    assert XSS not in one.get(f"/console/tasks/{public_id}").text
    # It is the officer's: a colleague is told so, and loses nothing.
    other = Visitor(world).take_session_of("administrator")
    other.get(at)
    refused = other.submit(f"{at}/calls", outcome="spoken", text="All well")
    assert refused.status_code == 409
    assert "All well" in refused.text
    one.get(at)
    fields = one.fields(f"{at}/calls") | {"outcome": "spoken", "text": "All well"}
    sent = [one.send(f"{at}/calls", fields).status_code for _ in range(2)]
    assert sent == [303, 303]
    assert one.get(at).text.count("✓ Called") == 1


def step(one, at, world):
    one.get(at)
    assert one.submit(f"{at}/state", state="controlled", on="2026-11-01").status_code == 422
    assert "from the last change to today" in one.page.text
    one.get(at)
    fields = one.fields(f"{at}/state")
    assert one.send(f"{at}/state", fields | {"state": "controlled"}).status_code == 303
    # A colleague's page is older: it becomes nothing else.
    other = Visitor(world).take_session_of("administrator")
    other.get(at)
    older = other.fields(f"{at}/state") | {"form_key": "older", "state": "suspect"}
    assert other.send(f"{at}/state", older).status_code == 409
    other.get(at)
    assert other.submit(f"{at}/state", state="released").status_code == 303
    assert states_of(world) == ["released"]
    page = one.get(at).text
    assert "It is over." in page
    assert "Enter a sample" not in page
    assert page.index("the outbreak is now: Released") < page.index("sample S-17 taken")
    shown = one.get(f"{at}/situation")
    assert shown.status_code == 200
    assert "style-src 'sha256-" in shown.headers["Content-Security-Policy"]


READERS = {"inspector", "officer", "administrator", "auditor"}
DECIDERS = {"officer", "administrator"}
ROLES = ("keeper", "recorder", "abattoir", "auditor", "inspector", "officer", "administrator")


@pytest.mark.slow
def test_pages__by_role__are_read_and_acted_on_as_the_api_allows(scene):
    world = scene.world
    measure(world)
    number = open_outbreak(scene)
    order = declare(scene, number)
    at = f"/console/outbreaks/{number}"
    seen = ["/console/outbreaks", at, f"{at}/trace", f"{at}/trace.svg", f"{at}/situation"]
    seen += ["/console/orders", "/console/orders?which=all", f"/console/orders/{order}"]
    acts = ["/console/outbreaks/new", f"{at}/sample", f"{at}/result", "/console/orders/new"]
    posts = ["/console/outbreaks", f"{at}/state", f"{at}/calls", f"{at}/sample", f"{at}/result"]
    posts += [f"{at}/trace/watch", "/console/orders", "/console/orders/preview"]
    posts += [f"/console/orders/{order}/lift", f"/console/orders/{order}/notices"]
    for name in ROLES:
        one = Visitor(world).take_session_of(name)
        for path in seen:
            assert one.get(path).status_code == (200 if name in READERS else 403), (name, path)
        for path in acts:
            assert one.get(path).status_code == (200 if name in DECIDERS else 403), (name, path)
        one.get("/console/account")
        token = {"csrf_token": one.fields("/console/sign-out")["csrf_token"], "form_key": "a"}
        for path in posts:
            status = one.send(path, token).status_code
            assert status == (403 if name not in DECIDERS else 422), (name, path)
    # Where households are is for officers alone.
    auditor, inspector = (Visitor(world).take_session_of(one) for one in ("auditor", "inspector"))
    assert "data-map=" in inspector.get(at).text
    assert "Set the state" not in inspector.get(at).text
    page = auditor.get(at).text
    assert "data-map=" not in page
    assert "-5.86" not in page
    assert "tel:" not in page
    assert auditor.get("/console/outbreaks/1").status_code == 404


@pytest.mark.slow
def test_outbreak__that_began_long_ago__is_asked_again_by_its_day_with_the_year(scene, officer):
    told = {"disease": "african_swine_fever", "state": "suspect"}
    farm = number_at(scene.world, "keeper")
    officer.get("/console/outbreaks/new")
    assert "began_on_sure" not in officer.page.text
    asked = officer.submit("/console/outbreaks", **told, premises=farm, began_on="24/11/2025")
    assert asked.status_code == 422
    assert "more than 30 days ago" in asked.text
    assert "Monday 24 Nov 2025" in asked.text.split('name="began_on_sure"')[1].split("</label>")[0]
    # A browser sends no box that is not ticked.
    assert "began_on_sure" not in officer.fields("/console/outbreaks")
    again = officer.submit("/console/outbreaks", **told)
    assert again.status_code == 422
    # The yes was to another day.
    other = officer.submit(
        "/console/outbreaks", **told, began_on="23/11/2025", began_on_sure="24/11/2025"
    )
    assert other.status_code == 422
    assert states_of(scene.world) == []
    # The yes is kept beside another fault.
    yes = {"began_on_sure": "23/11/2025"}
    wrong = officer.submit("/console/outbreaks", **told, **yes, premises="999")
    assert (wrong.status_code, "more than 30 days ago" in wrong.text) == (422, False)
    assert officer.fields("/console/outbreaks")["began_on_sure"] == "23/11/2025"
    sure = officer.submit("/console/outbreaks", **told, premises=farm)
    assert sure.status_code == 303, sure.text
    assert states_of(scene.world) == ["suspect"]
    officer.get("/console/outbreaks/new")
    slip = officer.submit("/console/outbreaks", **told, premises=farm, began_on="24/11/0026")
    assert (slip.status_code, "Give a day, such as" in slip.text) == (422, True)
