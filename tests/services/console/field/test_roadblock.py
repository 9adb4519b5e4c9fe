"""A truck at a roadblock in a browser: verdict first, one outcome a group, recorded once."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select

from services.storage.models import Check, Journal
from tests.services.console.field.road import DEAD, TRUCK, made, set_road
from tests.services.console.visitors import Visitor
from tests.services.scene import OTHER_PIG, PIG, TODAY

pytestmark = pytest.mark.slow

HERE = "/console/roadblock"
QUARANTINE = {
    "kind": "quarantine",
    "area_name": "Kudjip <i>",
    "since": TODAY,
    "disease": "african_swine_fever",
}


@pytest.fixture
def road(scene):
    return set_road(scene, name="Kagamuga <b>bridge</b>")


@pytest.fixture
def inspector(scene, road, visitor):
    visitor.take_session_of("inspector")
    visitor.get(HERE)
    visitor.submit(f"{HERE}/post", post=road.post)
    return visitor


def check(visitor, text):
    visitor.get(HERE)
    asked = visitor.submit(f"{HERE}/check", numbers=text)
    assert asked.status_code == 303, asked.text
    return visitor.get(asked.location).text


def send(visitor, **chosen):
    """Send the form of the verdict that is shown, which has several fields of one name."""
    kept = visitor.page.text.split('name="numbers" value="')[1:]
    numbers = [one.split('"')[0] for one in kept]
    visitor.sent = {**visitor.fields(f"{HERE}/outcome"), **chosen, "numbers": numbers}
    return visitor.client.post(f"{HERE}/outcome", data=visitor.sent)


def outcomes(scene):
    with scene.world.runtime.database.read() as session:
        rows = session.execute(select(Check.outcome, func.count()).group_by(Check.outcome))
        return {row[0]: row[1] for row in rows}


def told(scene, kind):
    with scene.world.runtime.database.read() as session:
        rows = session.scalars(select(Journal.content).where(Journal.type == kind))
        return [json.loads(one) for one in rows]


def test_truck__of_twenty__is_decided_by_group_and_recorded_once_with_its_reasons(
    scene, road, inspector
):
    page = inspector.get(HERE).text
    assert "Kagamuga &lt;b&gt;bridge&lt;/b&gt;" in page
    assert f"Permit {road.permit}" in page
    page = check(inspector, "\n".join(TRUCK))
    assert "1 of 20 MAY NOT MOVE: dead" in page
    assert "Pass 19" in page
    assert "Turn back 1" in page
    assert "checked" not in page
    # Each answer is an event, before anybody decides.
    assert len(told(scene, "decision")) == 20
    for chosen in ({}, {"may": "passed"}, {"may": "no", "barred": "passed"}):
        again = send(inspector, **chosen)
        assert again.status_code == 422
        assert "Choose what becomes of those that may not move" in again.text
        assert "1 of 20 MAY NOT MOVE" in again.text
    assert outcomes(scene) == {}
    first = send(inspector, may="passed", barred="turned_back")
    assert first.status_code == 303
    again = inspector.client.post(f"{HERE}/outcome", data=inspector.sent)
    assert again.location == first.location
    assert outcomes(scene) == {"passed": 19, "turned_back": 1}
    [back] = [one for one in told(scene, "check") if one["details"]["outcome"] == "turned_back"]
    assert back["details"]["reasons"] == ["dead"]
    assert {one["channel"] for one in told(scene, "check")} == {"console"}
    page = inspector.get(first.location).text
    # The driver's receipt is that of the first check, as the ledger and search know it.
    receipt = first.location.rpartition("/")[2]
    assert f'<strong class="bilum-code">{receipt}</strong>' in page
    assert "Waits for the ledger" in inspector.get(f"/console/search?q={receipt}").text
    assert "Passed: 19" in page
    assert "Turned back: 1" in page


def test_check__of_odd_numbers_a_permit_a_place_and_after_the_book_changed__tells_what_it_is(
    scene, road, inspector
):
    farm = scene.places["keeper"]
    for text, said in (
        ("", "Type or scan at least one"),
        ("pigs, please", "Type or scan at least one"),
        ("598000000000101 59800<script>", "cannot be read"),
        ("\n".join(str(598000000001000 + one) for one in range(201)), "more than 200"),
    ):
        inspector.get(HERE)
        page = inspector.submit(f"{HERE}/check", numbers=text)
        assert page.status_code == 422, text
        assert said in page.text, text
        assert "<script>" not in page.text.replace('<script type="module"', "")
        assert inspector.fields(f"{HERE}/check").get("numbers", "") == text.strip()
    assert told(scene, "decision") == []
    assert "1 of 20 MAY NOT MOVE: dead" in check(inspector, road.permit)
    page = check(inspector, f"{PIG} {OTHER_PIG} {DEAD}")
    assert "MAY NOT MOVE: dead" in page
    assert "no permit" in page
    page = check(inspector, f"LA 598 000000000101 2026-11-25 10:00\n{scene.places['abattoir']}")
    assert "MAY MOVE until 27 Nov 2026" in page
    assert f"going to {scene.places['abattoir']}" in page
    order = made(scene.officer.post("/api/v1/orders", QUARANTINE | {"premises": [farm]}))["number"]
    page = send(inspector, may="passed")
    assert page.status_code == 422
    assert "the book has changed" in page.text
    assert f"MAY NOT MOVE: quarantine {order} (Kudjip &lt;i&gt;, " in page.text
    assert outcomes(scene) == {}
    officer = Visitor(scene.world).take_session_of("officer")
    for path in (f"places/{farm}", f"permits/{road.permit}"):
        assert f"{order} (quarantine, Kudjip &lt;i&gt;, " in officer.get(f"/console/{path}").text
    assert "Q-2026-1" in officer.get(f"/console/animals/{TRUCK[0]}").text


def test_post__that_is_none__is_asked_again_and_others_see_no_roadblock(scene, visitor):
    visitor.take_session_of("inspector")
    for typed, said in (
        ("", "Choose a roadblock"),
        (scene.places["keeper"], "not the number of a roadblock"),
        ("no such", "not the number of a roadblock"),
    ):
        assert "Which roadblock are you at?" in visitor.get(HERE).text
        answer = visitor.submit(f"{HERE}/post", number=typed)
        assert answer.status_code == 422
        assert said in answer.text
    for name, status in (("officer", 200), ("auditor", 403), ("abattoir", 403), ("recorder", 403)):
        other = Visitor(scene.world).take_session_of(name)
        assert other.get(HERE).status_code == status, name
    assert visitor.get(f"{HERE}/verdict").status_code == 303
    for receipt in ("0000-0000-0000-0000", "no"):
        assert visitor.get(f"{HERE}/receipt/{receipt}").status_code == 404
