"""Permits, animals, places and cover in a browser: what each role sees, and what changes."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.devices.registry import DeviceKind, add_device
from services.storage.models import Access, Journal, Message, VillageBox
from services.texts.catalogue import template
from tests.services.console.field.road import DEAD, asked, made, set_road
from tests.services.console.visitors import Visitor, party_named
from tests.services.scene import OTHER_PIG, PIG, SENT_PIG

EVIL = "<script>alert(1)</script>"
STICK = f"Stick {EVIL}"
TAG = "animal:<img src=x>"
EAR = "/console/animals/animal%3A%3Cimg%20src%3Dx%3E"
HOLES = re.compile(r"<script(?! type=\"module\"| src=\"/console)")


@pytest.fixture
def road(scene):
    return set_road(scene)


@pytest.fixture
def officer(visitor):
    return visitor.take_session_of("officer")


def state_of(scene, number):
    return scene.officer.get(f"/api/v1/permits/{number}").json


@pytest.mark.slow
def test_permits__asked__are_refused_with_a_reason_and_answered_once_by_two_officers(
    scene, road, officer
):
    number = asked(scene, PIG, DEAD)
    good = asked(scene, PIG)
    page = officer.get("/console/permits").text
    assert page.index(f"Permit {number}, pigs: 2") < page.index(f"Permit {good}, pigs: 1")
    assert "The rule is against it" in page
    assert "dead: 1" in page
    assert "The rule has nothing against it" in page
    assert road.permit not in page
    refused_with_a_reason(scene, officer, number)
    answered_by_two(scene, officer, good)


def refused_with_a_reason(scene, officer, number):
    where, act = f"/console/permits/{number}", f"/console/permits/{number}/decision"
    page = officer.get(where).text
    assert DEAD in page
    assert "Place of keeper" in page
    for sent, said in (
        ({"state": "refused"}, "Choose a reason"),
        ({"state": "closed", "reasons": "dead"}, "Choose an answer"),
        ({"state": "refused", "reasons": "because"}, "Choose a reason"),
    ):
        officer.get(where)
        again = officer.submit(act, **sent)
        assert again.status_code == 422
        assert said in again.text
    assert state_of(scene, number)["state"] == "asked"
    officer.get(where)
    done = officer.submit(act, state="refused", reasons="dead")
    assert done.status_code == 303
    assert f"Permit {number}: refused" in officer.get(done.location).text
    assert state_of(scene, number)["reasons"] == ["dead"]
    assert "Because: dead" in " ".join(officer.get(where).text.split())
    with scene.world.runtime.database.read() as session:
        texts = [one.body for one in session.scalars(select(Message))]
    told = [one for one in texts if f"pemit {number}" in one and "i tok nogat" in one]
    assert len(told) == 1
    assert template("short.dead", "tpi") in told[0]


def answered_by_two(scene, officer, number):
    """Two officers at once: the second reads what the first did."""
    act = f"/console/permits/{number}/decision"
    officer.get(f"/console/permits/{number}")
    other = Visitor(scene.world).take_session_of("administrator")
    other.get(f"/console/permits/{number}")
    sent = officer.fields(act)
    first = officer.send(act, sent)
    assert first.status_code == 303
    assert officer.send(act, sent).location == first.location
    second = other.submit(act, state="refused", reasons="dead")
    assert second.status_code == 409
    assert "somebody answered meanwhile" in second.text
    assert state_of(scene, number)["state"] == "issued"
    # What is issued is taken back with a reason.
    assert "Take it back" in second.text
    back = other.submit(act, state="revoked", reasons="quarantine")
    assert back.status_code == 303
    assert state_of(scene, number)["reasons"] == ["quarantine"]


def test_permit__of_another_province__is_seen_and_not_decided(scene, officer):
    with scene.world.runtime.database.write() as session:
        party_named(session, "officer").province = "Madang"
        other = party_named(session, "inspector")
        other.role, other.province = Role.VETERINARY_OFFICER.value, "Jiwaka"
    number = asked(scene, PIG)
    officer.take_session_of("officer")
    page = officer.get(f"/console/permits/{number}").text
    assert "an officer on duty there decides" in page
    assert "Issue it" not in page
    form = officer.fields("/console/language") | {"form_key": "key", "state": "issued"}
    refused = officer.send(f"/console/permits/{number}/decision", form)
    assert refused.status_code == 403
    assert f"Permit {number} begins in Jiwaka" in refused.text
    assert state_of(scene, number)["state"] == "asked"


@pytest.mark.slow
def test_pages__by_role__show_what_the_api_shows(scene):
    farm, other, number = scene.places["keeper"], scene.places["neighbour"], asked(scene, PIG)
    permit, act = f"/console/permits/{number}", f"/console/permits/{number}/decision"
    # Its queue, numbers of animals, names and phones, the permit.
    sees = {
        "auditor": (True, True, False, True),
        "abattoir": (False, False, False, True),
        "recorder": (False, True, False, False),
        "inspector": (True, True, True, True),
        "officer": (True, True, True, True),
    }
    for name, (queue, numbers, names, reads) in sees.items():
        one = Visitor(scene.world).take_session_of(name)
        assert one.get("/console/permits").status_code == (200 if queue else 403), name
        page = one.get(f"/console/animals/{PIG}").text
        assert ("What happened" in page) == numbers, name
        assert ("70000001" in page, "Place of keeper" in page) == (names, names), name
        page = one.get(f"/console/places/{other}").text
        assert ("70000002" in page, "Place of neighbour" in page) == (names, names), name
        # Enga is not the recorder's province.
        assert ("its province alone" in page) == (name in {"recorder", "abattoir"}), name
        assert one.get("/console/cover").status_code == (200 if names else 403), name
        page = one.get(permit)
        assert page.status_code == (200 if reads else 404), name
        assert ("Issue it" in page.text) == (name == "officer"), name
        form = one.fields("/console/language") | {"form_key": f"key-{name}", "state": "issued"}
        assert one.send(act, form).status_code == (303 if name == "officer" else 403), name
    assert state_of(scene, number)["state"] == "issued"
    for path in (
        "animals/1234",
        "places/99",
        "permits/1234",
        f"places/{PIG}",
        f"animals/{farm}",
        "events/00000000-0000-4000-8000-000000000001",
    ):
        assert one.get(f"/console/{path}").status_code in {404, 422}, path
    with scene.world.runtime.database.read() as session:
        told = set(session.scalars(select(Access.what)))
    assert {"GET /console/animals/<path:tag>", "GET /console/places/<path:premises>"} <= told


@pytest.mark.slow
def test_animal_and_place__what_happened_and_is_there__is_told_escaped_and_corrected_once(
    scene, road, officer
):
    farm = scene.places["keeper"]
    made(scene.keeper.post(f"/api/v1/premises/{farm}", {"name": EVIL, "village": f"V{EVIL}"}), 200)
    made(scene.keeper.report("treatment", PIG, at=farm, details={"product": EVIL[:40]}))
    made(scene.keeper.report("register", TAG, at=farm))
    page = officer.get(f"/console/places/{farm}").text
    assert not HOLES.search(page)
    assert "&lt;script&gt;" in page
    # Twenty of the truck but the dead, and the farmer's own.
    assert "There now: 21" in page
    page = officer.get(f"/console/places/{farm}?from=20").text
    assert "animal:&lt;img" in page
    assert "<img" not in page
    assert f'href="{EAR}"' in page
    page = officer.get(EAR)
    assert page.status_code == 200
    assert "<img" not in page.text
    assert "&lt;img src=x&gt;" in page.text
    page = officer.get(f"/console/places/{farm}").text
    assert "went to" in page
    assert "not arrived yet" in page
    for path in (f"animals/{PIG}", f"animals/{SENT_PIG}", "permits", f"permits/{road.permit}"):
        page = officer.get(f"/console/{path}").text
        assert not HOLES.search(page), path
    assert "&lt;script&gt;" in officer.get(f"/console/animals/{PIG}").text
    proof = officer.get(f"/console/animals/{PIG}/proof.json")
    assert proof.status_code == 409
    page = officer.get(f"/console/search?q={PIG}").text
    assert f'href="/console/animals/{PIG}"' in page
    assert officer.get(f"/console/animals/{OTHER_PIG}?from=1").status_code == 200
    declared_wrong_once(scene, officer)


def declared_wrong_once(scene, officer):
    where = f"/console/animals/{DEAD}"
    page = officer.get(where).text
    assert "MAY NOT MOVE: dead" in page
    assert "Died" in page
    # The newest stands first.
    event = page.split("/console/events/")[1].split('"')[0]
    at = f"/console/events/{event}"
    page = officer.get(at).text
    assert "Declare it wrong" in page
    wrong = officer.submit(f"{at}/void")
    assert wrong.status_code == 422
    assert "Choose a reason" in wrong.text
    sent = officer.fields(f"{at}/void") | {"reason": "did_not_occur"}
    for _ in range(2):
        assert officer.send(f"{at}/void", sent).location == at
    assert "This was declared wrong" in officer.get(at).text
    page = officer.get(where).text
    assert "<del>" in page
    assert "MAY NOT MOVE: dead" not in page
    with scene.world.runtime.database.read() as session:
        assert len(session.scalars(select(Journal).where(Journal.type == "void")).all()) == 1
    # A keeper's report is no abattoir's to declare wrong.
    abattoir = Visitor(scene.world).take_session_of("abattoir")
    assert abattoir.get(at).status_code == 403


def test_cover__without_officers_and_with_silent_devices__names_them(scene, officer):
    world = scene.world
    with world.runtime.database.write() as session:
        owner, now = party_named(session, "inspector"), world.runtime.clock()
        for name, kind in (
            ("Kudjip box", DeviceKind.VILLAGE),
            (STICK, DeviceKind.READER),
        ):
            device, _ = add_device(session, name, kind, owner, now)
            device.seen_at = now
            if kind is DeviceKind.VILLAGE:
                box = VillageBox(device_id=device.id, synced_at=now, version="1", queued=0)
                session.add(box)
        party_named(session, "officer").province = "Jiwaka"
    page = " ".join(officer.get("/console/cover").text.split())
    lacks = page.split("No officer for:")[1].split("</li>")[0]
    assert "Hela" in lacks
    assert "Jiwaka" not in lacks
    assert "Jiwaka" in page.split("No inspector for:")[1].split("</li>")[0]
    assert "<strong>Jiwaka</strong>: officers 1, inspectors 0" in page
    assert "Kudjip box" not in page
    world.runtime.clock.pass_by(8 * 24 * 3600)
    officer.take_session_of("officer")
    page = officer.get("/console/cover").text
    assert "Kudjip box" in page
    assert not HOLES.search(page)
    assert "Stick &lt;script&gt;" in page
    assert "last heard 8 days ago" in page
    told = scene.officer.get("/api/v1/cover").json
    assert {one["name"] for one in told["silent"]} == {"Kudjip box", STICK}
    assert scene.auditor.get("/api/v1/cover").status_code == 403


@pytest.mark.slow
def test_call_now__of_an_officer__has_the_most_urgent_first_and_leads_to_what_it_is_about(
    scene, officer
):
    waiting = asked(scene, PIG)
    scene.world.runtime.clock.pass_by(3600)
    officer.take_session_of("officer")
    farm = scene.places["keeper"]
    made(scene.keeper.report("sickness", PIG, at=farm, details={"signs": ["fever"]}))
    page = officer.get("/console/tasks").text
    tasks = [one.split('"')[0] for one in page.split("/console/tasks/")[1:]]
    assert len(tasks) == 2
    page = officer.get("/console/tasks?which=call").text
    assert '<h1 class="govuk-heading-l">Call now</h1>' in page
    urgent = [one.split('"')[0] for one in page.split("/console/tasks/")[1:]]
    # The alarm is younger than the permit that waits.
    assert urgent == tasks[::-1]
    page = officer.get(f"/console/tasks/{urgent[0]}").text
    assert f'href="/console/places/{farm}"' in page
    event = page.split("/console/events/")[1].split('"')[0]
    assert "Sick" in officer.get(f"/console/events/{event}").text
    assert f'href="/console/permits/{waiting}"' in officer.get(f"/console/tasks/{tasks[0]}").text
