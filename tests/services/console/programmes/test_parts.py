"""Questions, keywords and groups of a draft are changed at the console, by several people."""

from __future__ import annotations

import html
import json
import re

import pytest

from services.console.programmes.draft_pages import OpenDraft
from services.console.programmes.part_fields import filled
from services.console.programmes.part_kinds import COHORTS, QUESTION, WORD
from services.console.programmes.word_form import JOIN
from services.health.format.overlays import EXTENDS
from services.health.format.parser import build
from services.health.format.text_slots import entries_of
from services.health.versions.bases import shipped_base
from services.health.versions.store import shipped
from tests.services.console.programmes.ministry import draft_of, staffed
from tests.services.console.visitors import Visitor
from tests.services.health.scene import publish

pytestmark = pytest.mark.slow

HOME = "/console/programmes/tobacco"
DRAFT = f"{HOME}/draft"
QUESTIONS, WORDS, GROUPS = (f"{DRAFT}/{one}" for one in ("question", "word", "cohorts"))


@pytest.mark.parametrize("code", shipped())
def test_forms__of_each_shipped_course__saved_as_drawn__change_nothing(code):
    base = dict(shipped_base(f"{code}@shipped").document)
    overlay = {EXTENDS: f"{code}@shipped"}
    given = OpenDraft(None, overlay, base, base, build(base))
    names = [one["id"] for one in entries_of(base) if "ask" in one]
    parts = [(QUESTION, one) for one in names]
    parts += [(WORD, one["code"]) for one in base.get("words", [])]
    for kind, name in [*parts, (WORD, JOIN), (COHORTS, "")]:
        fields = filled(kind.drawn(given, name))
        assert kind.wrong(given, name, fields) == {}, name
        assert kind.changed(given, name, fields)[1] == overlay, name


@pytest.fixture
def ministry(scene):
    staffed(scene.world, "tobacco")
    publish(scene.world.runtime.database)
    return scene.world


def at_draft(world, name="planner"):
    found = Visitor(world).take_session_of(name)
    found.get("/console/programmes")
    assert found.submit(DRAFT).status_code == 303
    return found


def drawn(visitor, path):
    """The form of a part as its page draws it; what is chosen from a list, too."""
    page = visitor.get(path).text
    found = visitor.fields(path.partition("?")[0])
    for name, options in re.findall(
        r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)"\s+selected', options)
        found[name] = html.unescape(chosen[1]) if chosen else ""
    return found


def test_question__its_words_answers_and_replies_changed__is_in_the_diff_for_approval(ministry):
    planner = at_draft(ministry)
    told = drawn(planner, f"{QUESTIONS}?id=month1")
    told |= {"say-en": "How often? 1 never 2 some days 3 daily 4 hourly", "option-4-code": "hourly"}
    told |= {"answer-1-if": "daily, hourly", "answer-1-say-en": "Smoke less.", "option-1-en": "NO"}
    told |= {"answer-1-do-1": '{"end": "completed"}', "close_days": "0", "remind_days": "5, 2"}
    wrong = planner.send(QUESTIONS, told)
    assert wrong.status_code == 422
    assert "Write a number of days from 1 to 366." in wrong.text
    assert "each later than the one before" in wrong.text
    assert all(one in wrong.text for one in ("daily, hourly", "Smoke less.", ">4 hourly"[1:]))
    told |= {"close_days": "9", "remind_days": "2, 5", "answer-1-do-1": ""}
    # In the same words as the linter of a file.
    checked = planner.send(f"{QUESTIONS}/check", told).text
    assert "questions" not in draft_of(ministry, "tobacco")
    assert "Write a text for shared phones without this word." in checked
    assert "has no text in tpi" in checked
    told |= {"answer-1-say-en": "Try less.", "answer-1-say-tpi": "Traim liklik."}
    assert planner.send(QUESTIONS, told).status_code == 303
    ask = json.loads(draft_of(ministry, "tobacco"))["change"]["month1"]["ask"]
    assert ask["close_days"] == 9
    assert ask["options"]["4"] == {"code": "hourly"}
    assert ask["answers"][0]["if"] == ["daily", "hourly"]
    listed = planner.get(f"{DRAFT}/parts").text
    assert "4 hourly" in listed
    assert "changed</strong>" in listed
    is_compared(ministry, planner)


def is_compared(ministry, planner):
    """What changed stands before the approver as it does before the author."""
    page = planner.get(f"{DRAFT}/submit").text
    assert "month1/answer/1" in page
    assert "month1.ask.options.4.code" in page
    planner.submit(f"{DRAFT}/submit")
    approver = Visitor(ministry).take_session_of("approver")
    page = approver.get(f"{HOME}/versions/2?language=en").text
    assert "month1.ask.options.4.code" in page
    assert "Try less." in page


def test_question__changed_by_two_at_once_and_by_the_hostile__loses_and_overwrites_nothing(
    ministry,
):
    planner = at_draft(ministry)
    other = Visitor(ministry).take_session_of("second planner")
    mine, theirs = (drawn(one, f"{QUESTIONS}?id=mood-3") for one in (planner, other))
    hostile = '"><script>alert(1)</script>'
    theirs |= {"answer-2-say-en": "Well done!"}
    assert other.send(QUESTIONS, theirs).status_code == 303
    stale = planner.send(QUESTIONS, mine | {"answer-2-say-en": hostile})
    assert stale.status_code == 409
    assert "second planner changed this text" in stale.text
    assert "<script>alert" not in stale.text
    assert "Well done!" in re.sub("</?mark>", "", stale.text)
    assert "Well done!" in draft_of(ministry, "tobacco")
    # Whoever removes it has not seen the new words either.
    gone = {"id": "mood-3", "seen": mine["seen"], "csrf_token": mine["csrf_token"]}
    refused = planner.send(f"{QUESTIONS}/remove", gone | {"form_key": "a"})
    assert refused.status_code == 409
    seen = re.search('name="seen" value="([^"]+)"', stale.text)[1]
    again = mine | {"answer-2-say-en": "Go <b>on</b>!", "seen": seen, "form_key": "b"}
    assert planner.send(QUESTIONS, again).status_code == 303
    twice = planner.send(QUESTIONS, again)
    assert (twice.status_code, "Go <b>on" in draft_of(ministry, "tobacco")) == (303, True)
    keeps_what_is_for_safety(planner)
    assert other.get(f"{QUESTIONS}?id=welcome").status_code == 404


def keeps_what_is_for_safety(planner):
    """What tells a clinician stays, whatever a form says, and no form brings the page down."""
    page = drawn(planner, f"{QUESTIONS}?id=mood-3")
    silent = planner.send(QUESTIONS, page | {"answer-1-do-1": "", "answer-1-say-en": "Rest."})
    assert silent.status_code == 422
    assert "must go on" in silent.text
    assert "Rest." in silent.text
    for name, value in HOSTILE.items():
        page = drawn(planner, f"{QUESTIONS}?id=mood-3")
        answer = planner.send(QUESTIONS, page | {name: value})
        assert answer.status_code == 422, name
        assert "<script>" not in answer.text, name
    far = page | {"answer-99999-say-en": "x", "answer-1-of": "999", "answer-٣-of": "٣"}
    assert planner.send(f"{QUESTIONS}/check", far).status_code == 200
    assert planner.get(f"{QUESTIONS}?id=nothing").status_code == 404
    assert planner.get(f"{WORDS}?id=month1").status_code == 404


HOSTILE = {
    "kind": "<script>",
    "from": "9" * 5000,
    "answer-1-if": "<script>",
    "answer-1-do-1": '{"alert": "<script>"}',
    "answer-1-do-2": "[" * 500,
    "answer-1-say-en": "x" * 1001,
    "say-en": "bell \x07",
    "remind_days": "1, two",
}


def test_keywords_and_groups__added_changed_removed_and_put_back__are_as_they_were(ministry):
    planner = at_draft(ministry)
    new = drawn(planner, WORDS)
    wrong = planner.send(WORDS, new | {"code": "crave", "reply-1-say-en": "Drink."})
    assert wrong.status_code == 422
    assert "This name is taken" in wrong.text
    assert "Write at least one word." in wrong.text
    said = {"says-en": "WATER\nTHIRST", "says-tpi": "WARA", "reply-1-say-en": "Drink."}
    said |= {"reply-1-say-tpi": "Dring.", "code": "water"}
    taken = planner.send(f"{WORDS}/check", new | said | {"says-en": "STOP"})
    assert "STOP already has a meaning" in html.unescape(taken.text)
    assert planner.send(WORDS, new | said).status_code == 303
    crave = drawn(planner, f"{WORDS}?id=crave")
    assert planner.send(WORDS, crave | {"reply-2-gone": "yes"}).status_code == 303
    join = drawn(planner, f"{WORDS}?id=join")
    assert planner.send(WORDS, join | {"says-en": "QUIT, QUIT NOW"}).status_code == 303
    divide(planner)
    made = json.loads(draft_of(ministry, "tobacco"))
    assert made["add"]["words"][0]["says"] == {"en": ["WATER", "THIRST"], "tpi": ["WARA"]}
    assert made["add"]["cohorts"] == ["young"]
    assert made["add"]["questions"][0]["ask"]["answers"] == [{"do": [{"cohort": "young"}]}]
    assert made["set"]["join"]["en"] == ["QUIT", "QUIT NOW"]
    assert len(made["change"]["crave"]["replies"]) == 2
    assert "young" in planner.get(f"{DRAFT}/parts").text
    put_back(planner, made["add"]["questions"][0]["id"], join)
    assert json.loads(draft_of(ministry, "tobacco")) == {"extends": "tobacco@1"}


def divide(planner):
    """A group more, and a question that leads to it."""
    groups = drawn(planner, GROUPS)
    assert planner.send(GROUPS, groups | {"new": "all"}).status_code == 422
    assert planner.send(GROUPS, groups | {"new": "young"}).status_code == 303
    groups = drawn(planner, GROUPS)
    nobody = {key: value for key, value in groups.items() if not key.startswith("phase-start")}
    assert planner.send(GROUPS, nobody).status_code == 422
    asked = drawn(planner, QUESTIONS) | {"say-en": "More? 1 yes", "say-tpi": "Moa? 1 yes"}
    asked |= {"option-1-code": "more", "answer-1-do-1": '{"cohort": "young"}', "kind": "choice"}
    assert planner.send(QUESTIONS, asked).status_code == 303


def put_back(planner, own, join):
    """Take everything away again; the stale form of a keyword is not taken."""
    back = ((WORDS, "water", ""), (WORDS, "crave", "yes"), (QUESTIONS, own, ""))
    for path, name, restore in back:
        planner.get(f"{path}?id={name}")
        told = {"restore": restore} if restore else {}
        seen = planner.fields(path)["seen"]
        fields = planner.fields(f"{path}/remove") | told | {"id": name, "seen": seen}
        assert planner.send(f"{path}/remove", fields).status_code == 303, name
    assert planner.send(WORDS, drawn(planner, f"{WORDS}?id=join") | join).status_code == 409
    kept = drawn(planner, f"{WORDS}?id=join") | {"says-en": "QUIT"}
    assert planner.send(WORDS, kept).status_code == 303
    assert planner.send(GROUPS, drawn(planner, GROUPS) | {"gone-young": "yes"}).status_code == 303
