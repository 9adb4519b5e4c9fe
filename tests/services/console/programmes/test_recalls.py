"""A wrong text is recalled at the console: asked, counted, approved by a second person."""

from __future__ import annotations

import html
import re

import pytest

from services.storage.models import Party, Recall
from tests.factories import rows
from tests.services.console.programmes.ministry import staffed
from tests.services.console.visitors import Visitor
from tests.services.health.scene import SMALL, publish

ALL = "/console/programmes/tobacco/recalls"
ASKED = {"text": "day-2", "language": "en", "by": "2", "reason": "It says <b>too much</b> water"}


@pytest.fixture
def recalled(scene):
    """A programme with a text that its second version has right; the staff by name."""
    world = scene.world
    staffed(world, "tobacco")
    publish(world.runtime.database)
    publish(world.runtime.database, SMALL.replace("Water helps.", "Drink a cup."), ("en",))
    with world.runtime.database.write() as session:
        # The versions are somebody else's than those who ask and approve here.
        for one in session.query(Party).filter(Party.name.is_(None)):
            one.name = f"of the ministry {one.id}"
    return world


@pytest.mark.slow
def test_recall__typed_wrong__is_told_what_to_do(recalled):
    planner = Visitor(recalled).take_session_of("planner")
    assert 'value="2"' in planner.get(ALL).text
    for wrong, told in (
        ({"text": "Day 2!"}, "Write the text&#39;s name"),
        ({"by": "two"}, "Write the number of a version"),
        ({"reason": ""}, "Write what is wrong"),
    ):
        refused = planner.submit(ALL, **{**ASKED, **wrong})
        assert refused.status_code == 422
        assert told in refused.text
    # What was typed stays, also where it cannot be done.
    none = planner.submit(ALL, **{**ASKED, "text": "day-0"})
    assert none.status_code == 409
    assert "Everybody gets these words already" in none.text
    assert "It says &lt;b&gt;too much" in none.text


@pytest.mark.slow
def test_recall__asked_counted_and_approved__is_in_force_by_a_second_person(recalled):
    planner = Visitor(recalled).take_session_of("planner")
    # The page of the version that has it right leads to the form, filled in.
    page = planner.get("/console/programmes/tobacco/versions/2?language=en").text
    link = html.unescape(re.search(f'href="({ALL}[^"]+)"', page)[1])
    planner.get(link)
    fields = planner.fields(ALL) | {"reason": ASKED["reason"], "language": "en", "correct": "yes"}
    assert {name: fields[name] for name in ASKED} == ASKED
    asked, again = (planner.send(ALL, fields) for _ in range(2))
    assert asked.status_code == 303
    assert asked.headers["Location"] == again.headers["Location"]
    assert rows(recalled.runtime.database, Recall) == 1
    at = asked.headers["Location"]
    assert at in Visitor(recalled).take_session_of("approver").get("/console/waiting").text
    page = planner.get(at).text
    assert "Day 2. Water helps." in page
    assert "Day 2. Drink a cup." in page
    assert "<b>too much" not in page
    assert "It waits for an approver." in page
    assert "People who may have the wrong text" in planner.get(f"{at}?count=1").text
    approver = Visitor(recalled).take_session_of("approver")
    approver.get(at)
    assert approver.submit(f"{at}/approve").status_code == 422
    done = approver.submit(f"{at}/approve", reference="NDOH 2026/115")
    assert done.status_code == 303
    shown = approver.get(at).text
    assert "Approved by approver" in shown
    assert "the numbers will grow" in shown
    late = approver.send(f"{at}/approve", {**fields, **token_of(approver), "reference": "X 1"})
    assert late.status_code == 409
    assert "In force." in planner.get(ALL).text


@pytest.mark.slow
def test_withdraw__of_an_approval__needs_a_tick_and_a_document(recalled):
    at = "/console/programmes/tobacco/versions/2"
    approver = Visitor(recalled).take_session_of("approver")
    approver.get(f"{at}?language=en")
    assert approver.submit(f"{at}/withdraw").status_code == 422
    unsure = approver.submit(f"{at}/withdraw", reference="NDOH 2026/116")
    assert unsure.status_code == 422
    assert "Tick that you are sure" in unsure.text
    done = approver.submit(f"{at}/withdraw", reference="NDOH 2026/116", sure="yes")
    assert done.status_code == 303
    assert "Withdrawn by approver" in approver.get(f"{at}?language=en").text
    assert "English version 1" in approver.get("/console/programmes").text


def token_of(visitor):
    visitor.get("/console/account")
    return {"csrf_token": visitor.fields("/console/sign-out")["csrf_token"], "form_key": "late"}
