"""Campaigns in a browser: made in steps, counted, submitted, approved by a second person."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import delete, func, select

from services.health.campaigns.running import run_campaigns
from services.storage.models import Access, Campaign, CampaignDraft, Listed, Message, Party
from sms.settings import SmsSettings
from tests.services.console.staff import add_staff
from tests.services.console.visitors import Visitor, party_named
from tests.services.health.campaigns.town import Town
from tests.services.health.scene import publish

XSS = "<img src=x>"
TEXT = {
    "name": f"Clinic day {XSS}",
    "kind": "broadcast",
    "programme": "",
    "text_en": "{name}, the clinic is open on Friday.",
    "text_tpi": "{name}, klinik i op long Fraide.",
    "payer": "Ministry of Health",
    "reference": "",
}
WHEN = {
    "first_day": "2026-11-25",
    "first_hour": "8",
    "last_day": "2026-11-26",
    "last_hour": "18",
    "rate": "10",
}


@pytest.fixture
def town(scene):
    """Six people of Jiwaka and Enga, one of whom stopped all, and a ministry."""
    add_staff(scene.world, programme=False)
    town = Town(scene.world.runtime.database)
    for number in range(4):
        town.add(f"Jo{number} {XSS}")
    town.refuse(town.add("Stopped"), "*")
    town.add("Far", province="Enga")
    return town


@pytest.fixture
def planner(scene, town):
    return Visitor(scene.world).take_session_of("planner")


def begin(planner, **typed):
    """Fill in the first step; return where the draft's pages are."""
    planner.get("/console/campaigns/new")
    done = planner.submit("/console/campaigns/new", **TEXT | typed)
    assert done.status_code == 303, done.text
    return done.headers["Location"].rpartition("/")[0]


def fill(planner, base, step, typed):
    planner.get(f"{base}/{step}")
    fields = planner.fields(f"{base}/{step}") | typed
    return planner.send(f"{base}/{step}", fields)


def drafted(planner):
    """Fill in all steps for Jiwaka; return where the draft's pages are."""
    base = begin(planner)
    assert fill(planner, base, "audience", {"provinces": "Jiwaka"}).status_code == 303
    done = fill(planner, base, "when", WHEN)
    assert done.headers["Location"] == f"{base}/check"
    return base


def submitted(planner):
    """Count a draft and submit it; return the campaign's page."""
    base = drafted(planner)
    planner.get(f"{base}/check")
    assert planner.submit(f"{base}/check").status_code == 303
    planner.get(f"{base}/check")
    return planner.submit(f"{base}/submit").headers["Location"]


def rows(world, table):
    with world.runtime.database.read() as session:
        session.expire_on_commit = False
        return list(session.scalars(select(table)))


@pytest.mark.slow
def test_steps__wrong_or_left_for_another__keep_what_was_typed(scene, planner):
    planner.get("/console/campaigns/new")
    wrong = planner.submit("/console/campaigns/new", name=XSS, text_en="Hi {you}", payer="")
    assert wrong.status_code == 422
    page = html.unescape(wrong.text)
    for told in ("Choose what is sent", "Write who pays", "no curly brackets", "Hi {you}", XSS):
        assert told in page
    assert XSS not in wrong.text
    assert rows(scene.world, CampaignDraft) == []
    base = begin(planner)
    bad = {"age_from": "sixty", "cohorts": "mothers", "provinces": ["Enga", "Jiwaka"]}
    refused = fill(planner, base, "audience", bad)
    assert refused.status_code == 422
    for told in ("Write ages as whole years", "Choose the programme", 'value="sixty"'):
        assert told in refused.text
    assert refused.text.count("checked>") == 2
    # Going back keeps even what is not right yet.
    assert fill(planner, base, "audience", bad | {"go": "back"}).status_code == 303
    assert TEXT["text_tpi"] in planner.get(f"{base}/text").text
    assert 'value="sixty"' in planner.get(f"{base}/audience").text
    # What is not right is met again before anything is counted.
    assert planner.get(f"{base}/check").headers["Location"] == f"{base}/audience"
    assert "Write ages as whole years" in planner.get(f"{base}/audience").text
    assert fill(planner, base, "audience", {"age_from": "", "cohorts": ""}).status_code == 303
    for typed, told in (
        ({"first_day": "31/31"}, "Choose a day and an hour"),
        ({"last_day": "2026-11-20"}, "Choose an end that is still to come"),
        ({"last_day": "2027-11-20"}, "at most 90 days later"),
        ({"rate": "0"}, "Write a number from 1 to 10,000"),
    ):
        refused = fill(planner, base, "when", WHEN | typed)
        assert (refused.status_code, told in refused.text) == (422, True)
    assert planner.get(f"{base}/nothing").status_code == 404


@pytest.mark.slow
def test_draft__counted_changed_and_counted_again__is_submitted_as_it_was_counted(scene, planner):
    world, base = scene.world, drafted(planner)
    assert "nobody knows what it costs" in planner.get(f"{base}/check").text
    token = planner.fields(f"{base}/check")
    # Without its figures it is not submitted, whatever a browser sends.
    assert planner.send(f"{base}/submit", token | {"form_key": "a"}).status_code == 409
    assert planner.send(f"{base}/check", token).status_code == 303
    page = planner.get(f"{base}/check").text
    for told in (
        "People: 4.",
        "K1.00",
        "1: stopped all messages",
        "Jo0",
        "The last text goes about",
    ):
        assert told in page
    assert XSS not in page
    old = planner.fields(f"{base}/submit")
    assert fill(planner, base, "text", TEXT | {"text_en": "{name}, come."}).status_code == 303
    page = planner.get(f"{base}/check").text
    assert "You changed it after the dry run" in page
    assert f'action="{base}/submit"' not in page
    assert planner.send(f"{base}/submit", old).status_code == 409
    planner.get(f"{base}/check")
    assert planner.submit(f"{base}/test").headers["Location"].endswith("check?tested=2")
    assert [one.purpose for one in rows(world, Message)] == ["campaign-test"] * 2
    planner.get(f"{base}/check?tested=2")
    planner.submit(f"{base}/check")
    planner.get(f"{base}/check")
    fields = planner.fields(f"{base}/submit")
    places = {planner.send(f"{base}/submit", fields).headers["Location"] for _ in range(2)}
    (made,) = rows(world, Campaign)
    assert places == {f"/console/campaigns/{made.public_id}"}
    assert (made.state, made.figures["total"]["people"]) == ("drafted", 4)
    assert rows(world, CampaignDraft) == []
    assert planner.get(f"{base}/check").status_code == 404
    with world.runtime.database.read() as session:
        read = session.scalar(select(func.count()).where(Access.what.contains("/check")))
    assert read > 0


@pytest.mark.slow
def test_approval__by_a_second_person_who_sees_the_same__sends_it(scene, town, planner):
    world, at = scene.world, submitted(planner)
    own = planner.get(at).text
    assert "It waits for a second person" in own
    assert f'action="{at}/approve"' not in own
    token = planner.fields(f"{at}/copy")
    assert planner.send(f"{at}/approve", token).status_code == 403
    approver = Visitor(world).take_session_of("approver")
    assert at in approver.get("/console/campaigns").text
    assert at in approver.get("/console/waiting").text
    assert XSS not in approver.page.text
    page = approver.get(at).text
    for told in (
        *("planner asks you to approve", "People: 4.", "K1.00", "1: stopped all messages"),
        *("klinik i op", "Jo0", "Jiwaka", "10 texts a minute", "Ministry of Health"),
    ):
        assert told in page, told
    assert XSS not in page
    # Only planners begin another with it.
    assert f'action="{at}/copy"' not in page
    fields = approver.fields(f"{at}/approve")
    assert approver.send(f"{at}/approve", fields | {"seen": ""}).status_code == 422
    world.runtime.clock.pass_by(60)
    approver.submit(f"{at}/count")
    stale = approver.send(f"{at}/approve", fields)
    assert (stale.status_code, "counted again after you" in stale.text) == (422, True)
    fields = approver.fields(f"{at}/approve")
    for _ in range(2):
        assert approver.send(f"{at}/approve", fields).status_code == 303
    late = approver.send(f"{at}/approve", fields | {"form_key": "b"})
    assert late.status_code == 409
    assert rows(world, Campaign)[0].state == "approved"
    ministry_watches(world, planner, approver, at)


def ministry_watches(world, planner, approver, at):
    """Pause, go on, and end it, after a few texts."""
    database, clock = world.runtime.database, world.runtime.clock
    clock.pass_by(60)
    with database.write() as session:
        run_campaigns(session, SmsSettings(), clock())
    page = approver.get(at).text
    assert "4 of 4 people" in page
    assert "It has cost K0.00 so far, of K1.00 in the dry run" in page
    assert "waits" in page
    part = approver.get(f"{at}/progress", **{"HX-Request": "true"}).text
    assert part.count("4 of 4 people") == 1
    assert "<html" not in part
    approver.get(at)
    assert approver.submit(f"{at}/pause").status_code == 303
    assert "waits: the campaign is paused" in approver.get(at).text
    # Whoever still sees it running meets what the other did.
    planner.get(at)
    assert planner.submit(f"{at}/resume").status_code == 303
    assert "End this campaign for good?" in approver.get(f"{at}/cancel").text
    assert approver.submit(f"{at}/cancel").status_code == 303
    assert "taken back: the campaign was ended" in approver.get(at).text
    assert planner.get(at).text.count("Go on") == 0
    copy = planner.submit(f"{at}/copy").headers["Location"]
    assert TEXT["text_tpi"] in planner.get(copy).text
    assert 'value="2026-11-26"' in planner.get(copy.replace("/text", "/when")).text


def test_draft__of_a_list_that_is_gone_or_a_time_that_is_over__leads_to_its_step(scene, planner):
    world, base = scene.world, begin(planner)
    assert fill(planner, base, "audience", {"lists": "clinic"}).status_code == 303
    assert fill(planner, base, "when", WHEN).status_code == 303
    with world.runtime.database.write() as session:
        session.execute(delete(Listed))
    assert planner.get(f"{base}/check").headers["Location"] == f"{base}/audience"
    assert "There is no such list any more" in planner.get(f"{base}/audience").text
    assert fill(planner, base, "audience", {"lists": []}).status_code == 303
    world.runtime.clock.pass_by(3 * 86400)
    planner.take_session_of("planner")
    assert planner.get(f"{base}/check").headers["Location"] == f"{base}/when"
    assert "Choose an end that is still to come" in planner.get(f"{base}/when").text
    planner.get("/console/campaigns")
    assert planner.get(f"{base}/text").status_code == 200


@pytest.mark.slow
def test_invitation__of_a_programme__has_its_own_text(scene, town, planner):
    publish(scene.world.runtime.database)
    planner.get("/console/campaigns/new")
    typed = TEXT | {"kind": "invitation"}
    assert "Choose the programme" in planner.submit("/console/campaigns/new", **typed).text
    base = begin(planner, kind="invitation", programme="tobacco")
    assert fill(planner, base, "audience", {"provinces": "Jiwaka"}).status_code == 303
    assert fill(planner, base, "when", WHEN).status_code == 303
    planner.get(f"{base}/check")
    planner.submit(f"{base}/check")
    page = planner.get(f"{base}/check").text
    assert "People: 4." in page
    assert "tobacco" in page
    assert "the clinic is open on Friday" not in page
    # The text of one's own is kept, for whoever comes back to it.
    assert TEXT["text_en"] in planner.get(f"{base}/text").text


ROLES = ("keeper", "officer", "auditor", "administrator", "clinician")


@pytest.mark.slow
def test_pages__by_role_and_author__are_answered_as_decided(scene, planner):
    world, at = scene.world, submitted(planner)
    base = drafted(planner)
    with world.runtime.database.write() as session:
        session.get_one(Party, party_named(session, "other clinician").id).role = "planner"
    other = Visitor(world).take_session_of("other clinician")
    assert base not in other.get("/console/campaigns").text
    for page in ("text", "audience", "when", "check"):
        assert other.get(f"{base}/{page}").status_code == 404
    token = {"csrf_token": form_token(other), "form_key": "a"}
    for act in ("text", "count", "check", "test", "submit", "delete"):
        assert other.send(f"{base}/{act}", token).status_code == 404, act
    analyst = Visitor(world).take_session_of("analyst")
    assert "Clinic day" in analyst.get("/console/campaigns").text
    assert "/approve" not in analyst.get(at).text
    assert analyst.get("/console/campaigns/new").status_code == 403
    token = {"csrf_token": form_token(analyst), "form_key": "a"}
    for act in ("approve", "pause", "resume", "cancel", "count", "test", "copy"):
        assert analyst.send(f"{at}/{act}", token).status_code == 403, act
    for name in ROLES:
        one = Visitor(world).take_session_of(name)
        assert one.get("/console/campaigns").status_code == 403
        assert one.get(at).status_code == 403


def form_token(visitor):
    visitor.get("/console/account")
    return visitor.fields("/console/sign-out")["csrf_token"]


def test_parts__that_scripts_ask_for__tell_size_and_reach(scene, planner):
    base = begin(planner)
    planner.get(f"{base}/audience")
    fields = planner.fields(f"{base}/audience")
    seen = planner.send(f"{base}/count", fields | {"provinces": "Jiwaka"}).text
    assert "<html" not in seen
    assert "People: 4." in seen
    assert "Left out: 1, who stopped" in seen
    assert "People" not in planner.send(f"{base}/count", fields | {"age_from": "x"}).text
    looked = planner.send(f"{base}/audience", fields | {"provinces": "Enga", "go": "look"})
    assert "People: 1." in looked.text
    planner.get(f"{base}/text")
    fields = planner.fields(f"{base}/text") | {"text_en": "\U0001f437 {name}" + "a" * 70}
    seen = planner.send("/console/campaigns/preview", fields).text
    assert re.search(r"SMS: 2\.\s+K0\.50 for each person", seen)
    assert "make it longer: \U0001f437" in seen
    assert (
        planner.send("/console/campaigns/preview", fields | {"csrf_token": "x"}).status_code == 400
    )


def test_count__of_more_than_can_be_looked_at__is_at_most(scene, town, monkeypatch):
    monkeypatch.setattr("services.health.campaigns.samples._CHUNKS", 0)
    planner = Visitor(scene.world).take_session_of("planner")
    base = begin(planner)
    fields = {"csrf_token": form_token(planner), "provinces": "Jiwaka"}
    assert "People: at most 5." in planner.send(f"{base}/count", fields).text
    everybody = planner.send(f"{base}/count", fields | {"provinces": []}).text
    assert int(re.search(r"People: at most (\d+)", everybody)[1]) > 6
