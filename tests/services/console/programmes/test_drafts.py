"""A course is adapted and approved at the console by two people, and nothing typed is lost."""

from __future__ import annotations

import html
import re

import pytest

from services.storage.models import ProgrammeVersion
from tests.factories import rows
from tests.services.console.programmes.ministry import draft_of, staffed, version_numbered
from tests.services.console.visitors import Visitor
from tests.services.health.scene import publish

HOME = "/console/programmes/tobacco"
DRAFT = f"{HOME}/draft"
TEXT = f"{DRAFT}/text"


@pytest.fixture
def ministry(scene):
    return _opened(scene)


def _opened(scene):
    staffed(scene.world, "tobacco")
    publish(scene.world.runtime.database)
    return scene.world


@pytest.mark.postgres
def test_drafts__with_postgresql__are_kept_submitted_sent_back_and_approved(server_scene):
    world = _opened(server_scene)
    planner = Visitor(world).take_session_of("planner")
    for number, said in ((2, "Welcome, friend."), (3, "Welcome for 6 months.")):
        planner.get(HOME)
        planner.submit(DRAFT)
        planner.get(f"{TEXT}?id=welcome")
        assert planner.send(TEXT, planner.fields(TEXT) | {"say-en": said}).status_code == 303
        planner.get(f"{DRAFT}/submit")
        at = planner.submit(f"{DRAFT}/submit").headers["Location"]
        assert at.endswith(f"/{number}")
        approver = Visitor(world).take_session_of("approver")
        approver.get(f"{at}?language=en")
        if number == 2:
            assert approver.submit(f"{at}/send-back", text="How long?").status_code == 303
    early = approver.submit(f"{at}/approve")
    assert early.status_code == 422
    done = approver.submit(f"{at}/approve", reference="NDOH 2026/118")
    assert done.status_code == 303, done.text
    assert "English version 3" in approver.get("/console/programmes").text


@pytest.fixture
def planner(ministry):
    found = Visitor(ministry).take_session_of("planner")
    found.get("/console/programmes")
    assert found.submit(DRAFT).status_code == 303
    return found


@pytest.mark.slow
def test_text__typed_wrong__is_told_what_to_do_and_nothing_is_lost(ministry, planner):
    page = planner.get(f"{DRAFT}?part=phase/course").text
    assert "Tomorrow is your day. Throw the tobacco away." in page
    assert "Be ready." in planner.get(f"{DRAFT}?part=phase/course&phone=shared").text
    assert "Day +2, 12:00" in page
    planner.get(f"{TEXT}?id=day-2&language=en")
    long = "Day 2. No tobacco. " + "x" * 150
    tried = planner.send(f"{TEXT}/check", planner.fields(TEXT) | {"say-en": long})
    assert tried.status_code == 200
    assert "Shorten it until it fits one SMS." in tried.text
    assert "Write a text for shared phones without this word." in tried.text
    assert "169 of 306 characters, 2 SMS, K0.50." in tried.text
    assert draft_of(ministry, "tobacco").count("x" * 150) == 0
    wrong = planner.send(TEXT, planner.fields(TEXT) | {"day": "two", "at": "25:00"})
    assert wrong.status_code == 422
    assert "Write the day as a number" in wrong.text
    assert "x" * 150 in wrong.text


@pytest.mark.slow
def test_adapt__one_text__is_saved_submitted_and_approved_by_a_second_person(ministry, planner):
    planner.get(f"{TEXT}?id=day-2&language=en")
    said = {"say-en": "Day 2. Drink a cup of water.", "day": "3", "at": "9.30"}
    done = planner.send(TEXT, planner.fields(TEXT) | said)
    assert done.status_code == 303
    page = planner.get(done.headers["Location"]).text
    assert "Saved: day-2" in page
    assert "Day +3, 09:30" in page
    assert "changed</strong>" in page
    planner.get(f"{DRAFT}/submit")
    assert "Drink a cup of" in re.sub("</?(ins|del)>", "", planner.page.text)
    sent = planner.submit(f"{DRAFT}/submit")
    assert sent.headers["Location"] == f"{HOME}/versions/2"
    planner.get(f"{HOME}/versions/2")
    assert "You wrote it or asked for it" in planner.page.text
    approver = Visitor(ministry).take_session_of("approver")
    assert "Version 2, English: waits for an approver" in approver.get("/console/programmes").text
    waits_for(approver, planner)
    approver.get(f"{HOME}/versions/2?language=en")
    none = approver.submit(f"{HOME}/versions/2/approve")
    assert (none.status_code, "Write the number of the signed document" in none.text) == (422, True)
    done = approver.submit(f"{HOME}/versions/2/approve", reference="NDOH 2026/114")
    assert done.status_code == 303, done.text
    page = approver.get(done.headers["Location"]).text
    assert "Approved by approver" in page
    assert "NDOH 2026/114" in page
    assert version_numbered(ministry, "tobacco", 2).document.find(b"Drink a cup of water.") > 0
    # Nothing of it waits in English; Tok Pisin does.
    page = approver.get("/console/programmes").text
    assert "Version 2, English" not in page
    assert "Version 2, Tok Pisin: waits" in page


def waits_for(approver, planner):
    """It is on the approver's first page, and on no page of who wrote it."""
    assert approver.get("/console").headers["Location"] == "/console/waiting"
    assert "Texts of programmes to approve (2)" in approver.get("/console/waiting").text
    assert f'href="{HOME}/versions/2?language=en"' in approver.page.text
    assert "Nothing waits for you" in planner.get("/console/waiting").text


@pytest.mark.slow
def test_save__after_somebody_elses__shows_both_and_overwrites_only_when_told(ministry, planner):
    other = Visitor(ministry).take_session_of("second planner")
    for one in (planner, other):
        one.get(f"{TEXT}?id=welcome")
    first = other.send(TEXT, other.fields(TEXT) | {"say-en": "Welcome, dear friend."})
    assert first.status_code == 303
    mine = planner.fields(TEXT) | {"say-en": "Welcome, all of you <b>."}
    told = planner.send(TEXT, mine)
    assert told.status_code == 409
    assert "second planner changed this text" in told.text
    shown = re.sub("</?mark>", "", told.text)
    assert "Welcome, dear friend." in shown
    assert "Welcome, all of you &lt;b&gt;." in shown
    assert "Welcome, dear friend." in draft_of(ministry, "tobacco")
    # A text that nobody else wrote on is saved beside.
    planner.get(f"{TEXT}?id=day-0")
    free = planner.send(TEXT, planner.fields(TEXT) | {"say-en": "Today!"})
    assert free.status_code == 303
    planner.page = told
    again = planner.send(TEXT, planner.fields(TEXT))
    assert again.status_code == 303
    draft = draft_of(ministry, "tobacco")
    assert "Welcome, all of you <b>." in draft
    assert "Today!" in draft
    # Who still has the page of before does not put back or take away what they never saw.
    for act in ("restore", "remove"):
        form = mine | {"form_key": act, "csrf_token": other_token(other)}
        late = other.send(f"{TEXT}/{act}", form)
        assert late.status_code == 409


@pytest.mark.slow
def test_save__into_a_draft_that_is_over__shows_what_was_typed(ministry, planner):
    planner.get(f"{TEXT}?id=welcome")
    mine = planner.fields(TEXT) | {"say-en": "Welcome, all of you <b>."}
    first, again = (planner.send(TEXT, mine) for _ in range(2))
    assert (first.status_code, again.status_code) == (303, 303)
    assert planner.send(TEXT, mine | {"form_key": "b", "say-en": "x"}).status_code == 409
    planner.get(f"{DRAFT}/submit")
    planner.send(f"{DRAFT}/discard", planner.fields(f"{DRAFT}/discard") | {"sure": "yes"})
    over = planner.send(TEXT, mine | {"form_key": "c"})
    assert over.status_code == 404
    assert "Welcome, all of you <b>." in html.unescape(over.text)
    assert rows(ministry.runtime.database, ProgrammeVersion) == 1


def other_token(visitor):
    visitor.get("/console/account")
    return visitor.fields("/console/sign-out")["csrf_token"]


@pytest.mark.slow
def test_message__added_removed_and_put_back__is_as_the_planner_says(ministry, planner):
    add = f"{DRAFT}/add"
    planner.get(f"{add}?part=phase/course")
    empty = planner.submit(add)
    assert empty.status_code == 422
    assert "Write the text" in empty.text
    assert (
        planner.send(f"{add}/check", planner.fields(add) | {"say-en": "Hi {who}"}).status_code
        == 200
    )
    assert "Use only the names in braces" in planner.page.text
    told = {"say-en": "Walk a little.", "say-tpi": "Wokabaut liklik.", "day": "4", "at": "10:00"}
    made = planner.send(add, planner.fields(add) | told)
    assert made.status_code == 303, made.text
    own = re.search("saved=(own-[0-9a-f]+)", made.headers["Location"])[1]
    assert "Walk a little." in planner.get(made.headers["Location"]).text
    planner.get(f"{TEXT}?id={own}")
    assert planner.submit(f"{TEXT}/remove").status_code == 303
    assert own not in draft_of(ministry, "tobacco")
    planner.get(f"{TEXT}?id=day-0")
    assert planner.submit(f"{TEXT}/remove").status_code == 303
    page = planner.get(f"{DRAFT}?part=phase/course").text
    assert "Today is the day" not in page
    assert planner.get(f"{TEXT}?id=day-0").status_code == 404
    planner.get(DRAFT)
    assert planner.submit(f"{TEXT}/return").status_code == 303
    assert draft_of(ministry, "tobacco") == '{"extends":"tobacco@1"}'
    assert planner.get(f"{add}?part=joining").status_code == 404


@pytest.mark.slow
def test_draft__that_changes_nothing_or_is_older__is_not_submitted(ministry, planner):
    # What is for safety stays.
    planner.get(f"{TEXT}?id=mood-3")
    kept = planner.submit(f"{TEXT}/remove")
    assert kept.status_code == 422
    assert "is for safety" in kept.text
    nothing = planner.get(f"{DRAFT}/submit")
    assert "No text differs." in nothing.text
    refused = planner.submit(f"{DRAFT}/submit")
    assert (refused.status_code, "change a text first" in refused.text) == (409, True)
    assert planner.submit(f"{DRAFT}/discard").status_code == 422
    late = planner.send(f"{DRAFT}/submit", planner.fields(f"{DRAFT}/submit") | {"revision": "7"})
    assert (late.status_code, "Somebody changed the draft" in late.text) == (409, True)


@pytest.mark.slow
def test_send_back__with_a_note__is_shown_to_the_author_where_they_go_on(ministry, planner):
    planner.get(f"{TEXT}?id=welcome")
    planner.send(TEXT, planner.fields(TEXT) | {"say-en": "Welcome, friend."})
    planner.get(f"{DRAFT}/submit")
    planner.submit(f"{DRAFT}/submit")
    approver = Visitor(ministry).take_session_of("approver")
    at = f"{HOME}/versions/2"
    approver.get(f"{at}?language=en")
    assert approver.submit(f"{at}/send-back").status_code == 422
    note = "welcome: say for how long <script>"
    back = approver.submit(f"{at}/send-back", text=note)
    assert back.status_code == 303
    assert "Sent back to be mended (1)" in planner.get("/console/waiting").text
    assert "say for how long &lt;script&gt;" in planner.page.text
    assert "English" not in approver.get("/console/waiting").text.partition("</header>")[2]
    for page in ("/console/programmes", HOME, f"{at}?language=en"):
        shown = planner.get(page).text
        assert "sent back" in shown
        assert "<script>" not in shown.partition("</head>")[2]
    assert "say for how long &lt;script&gt;" in planner.page.text
    planner.get(HOME)
    assert planner.submit(DRAFT).status_code == 303
    assert "say for how long" in planner.get(DRAFT).text
    # It begins from what was sent back.
    assert "Welcome, friend." in draft_of(ministry, "tobacco")


@pytest.mark.slow
def test_statuses__said_in_the_draft__are_those_of_the_version(ministry, planner):
    planner.get(f"{DRAFT}/submit")
    done = planner.send(
        f"{DRAFT}/statuses",
        planner.fields(f"{DRAFT}/statuses") | {"status.en": "complete", "status.tpi": "draft"},
    )
    assert done.status_code == 303
    assert '"set":{"languages":{"en":"complete","tpi":"draft"}}' in draft_of(ministry, "tobacco")


@pytest.mark.slow
def test_statuses__of_an_older_page__undo_nothing_that_somebody_said_meanwhile(ministry, planner):
    planner.get(f"{DRAFT}/submit")
    said = {"status.en": "complete", "status.tpi": "complete"}
    older = planner.fields(f"{DRAFT}/statuses") | said
    other = Visitor(ministry).take_session_of("planner")
    other.get(f"{DRAFT}/submit")
    other.submit(f"{DRAFT}/statuses", **{"status.en": "complete", "status.tpi": "draft"})
    late = planner.send(f"{DRAFT}/statuses", older)
    assert (late.status_code, "somebody changed" in late.text.casefold()) == (409, True), late.text
    assert '"set":{"languages":{"en":"complete","tpi":"draft"}}' in draft_of(ministry, "tobacco")
    # The page shows what is said now, and may be sent.
    assert planner.submit(f"{DRAFT}/statuses", **said).status_code == 303


WRITES = ("", "/text", "/text/check", "/text/remove", "/text/restore", "/text/return")
MORE = ("/add", "/add/check", "/submit", "/statuses", "/discard")


@pytest.mark.slow
def test_pages__by_role__are_answered_as_decided(ministry, planner):
    for name, reads, approves in (
        ("planner", True, False),
        ("approver", True, True),
        ("clinician", True, False),
        ("analyst", True, False),
        ("auditor", True, False),
        ("officer", False, False),
        ("keeper", False, False),
        ("administrator", False, False),
    ):
        one = Visitor(ministry).take_session_of(name)
        status = 200 if reads else 403
        one_version = f"{HOME}/versions/1"
        for path in (
            "/console/programmes",
            HOME,
            DRAFT,
            f"{DRAFT}/submit",
            one_version,
            f"{one_version}/texts",
            f"{HOME}/recalls",
        ):
            assert one.get(path).status_code == status, (name, path)
            assert "Macro" not in one.page.text
        writes = name == "planner"
        assert one.get(f"{TEXT}?id=welcome").status_code == (200 if writes else 403), name
        token = {"csrf_token": other_token(one), "form_key": "a"}
        for path in (*WRITES, *MORE):
            if not writes:
                assert one.send(f"{DRAFT}{path}", token).status_code == 403, (name, path)
        assert one.send(f"{HOME}/recalls", token).status_code == (422 if writes else 403), name
        for act in ("approve", "send-back", "withdraw"):
            got = one.send(f"{one_version}/{act}", token).status_code
            assert got == (422 if approves else 403), (name, act)


@pytest.mark.slow
def test_check__after_the_session_is_over__leaves_the_page_with_what_is_typed(ministry, planner):
    planner.get(f"{TEXT}?id=welcome")
    fields = planner.fields(TEXT) | {"say-en": "Half a sentence"}
    ministry.runtime.clock.pass_by(3600)
    told = planner.send(f"{TEXT}/check", fields, **{"HX-Request": "true"})
    assert told.status_code == 401
    assert "HX-Redirect" not in told.headers
    saved = planner.send(TEXT, fields, Origin="http://localhost")
    assert "Half a sentence" in saved.text
    assert "what you typed is kept" in saved.text


@pytest.mark.slow
def test_text__with_what_no_phone_shows_or_too_long__is_refused_and_kept(ministry, planner):
    planner.get(f"{TEXT}?id=welcome")
    for typed, told in (
        ("Hi\x07 you", "has a character that no phone shows"),
        ("y" * 1_001, "Write at most 1,000 letters"),
    ):
        answer = planner.send(
            TEXT, planner.fields(TEXT) | {"say-tpi": typed, "form_key": typed[:9]}
        )
        assert answer.status_code == 422, typed[:9]
        assert told in answer.text
        assert typed in answer.text
    assert draft_of(ministry, "tobacco") == '{"extends":"tobacco@1"}'


@pytest.mark.slow
def test_approve__with_old_sources__needs_each_that_the_page_showed(ministry):
    staffed(ministry, "hypertension")
    home = "/console/programmes/hypertension"
    planner = Visitor(ministry).take_session_of("planner")
    planner.get("/console/programmes")
    planner.submit(f"{home}/draft")
    planner.get(f"{home}/draft/text?id=welcome")
    text = f"{home}/draft/text"
    planner.send(text, planner.fields(text) | {"say-en": "Welcome to Steady heart."})
    planner.get(f"{home}/draft/submit")
    assert planner.submit(f"{home}/draft/submit").status_code == 303
    at = f"{home}/versions/1"
    approver = Visitor(ministry).take_session_of("approver")
    shown = approver.get(f"{at}?language=en").text
    known = re.findall('name="overdue" value="([^"]+)"', shown)
    assert len(known) > 3
    fields = approver.fields(f"{at}/approve") | {"reference": "NDOH 2026/117"}
    for named, key in (([], "a"), (known[:-1], "b")):
        none = approver.send(f"{at}/approve", {**fields, "overdue": named, "form_key": key})
        assert none.status_code == 409
        assert "Look at each source whose review is overdue" in none.text
        assert none.text.count(" checked") == len(named)
        assert "NDOH 2026/117" in none.text
    part = {**fields, "overdue_all": "yes", "overdue_shown": ",".join(known[1:]), "form_key": "c"}
    assert approver.send(f"{at}/approve", part).status_code == 409
    done = approver.send(f"{at}/approve", {**fields, "overdue_all": "yes", "form_key": "d"})
    assert done.status_code == 303
    # Somebody else was quicker: their approval stands, and nothing is lost.
    late = approver.send(f"{at}/approve", {**fields, "overdue_all": "yes", "form_key": "e"})
    assert (late.status_code, "Somebody approved it" in late.text) == (409, True)
    # Tok Pisin is not complete.
    draft = approver.get(f"{at}?language=tpi").text
    assert "This language is not complete" in draft
    assert 'name="reference"' not in draft
