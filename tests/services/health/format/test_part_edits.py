"""Questions, keywords and cohorts changed by differences: what they make, and what must stay."""

from __future__ import annotations

from copy import deepcopy

import pytest

from services.health.errors import BadProgramme
from services.health.format.documents import Source, read_document
from services.health.format.overlay_changes import part_of
from services.health.format.overlay_edits import TextWords, restored, with_text, without_part
from services.health.format.overlays import Base, whole_of
from services.health.format.parser import build
from services.health.format.part_edits import (
    with_cohort,
    with_join,
    with_members,
    with_question,
    with_word,
    without_cohort,
)
from tests.services.health.scene import SMALL

BASE = read_document(SMALL)
EMPTY = {"extends": "tobacco@1"}


def whole(overlay, base=BASE):
    kept = deepcopy(base)
    made = whole_of(Source(overlay, {}), lambda name: Base(name, b"\0" * 32, kept))
    build(made)
    return made


def asking(document=BASE):
    """A question of the course whose answers have replies."""
    return next(
        one
        for phase in document["phases"]
        for one in phase["messages"]
        if any("reply" in each for each in one.get("ask", {}).get("answers", []))
    )


def test_question__changed_and_back__is_a_difference_and_then_none():
    entry = asking()
    name, ask = entry["id"], entry["ask"]
    made = with_members(EMPTY, BASE, name, {"ask": {"close_days": 3, "remind_days": None}})
    assert made["change"][name]["ask"]["close_days"] == 3
    assert part_of(whole(made), name)["ask"]["answers"] == ask["answers"]
    same = {"close_days": ask.get("close_days"), "remind_days": ask.get("remind_days")}
    assert with_members(made, BASE, name, {"ask": same}) == EMPTY
    assert restored(made, name) == EMPTY


def test_replies__in_other_words__are_replaced_and_with_another_answer_are_the_drafts_own():
    entry = asking()
    name, answers = entry["id"], deepcopy(entry["ask"]["answers"])
    number, first = next((place, one) for place, one in enumerate(answers, 1) if "reply" in one)
    first["reply"]["en"] = "Thank you, friend."
    said = with_members(EMPTY, BASE, name, {"ask": {"answers": answers}})
    text_id = f"{name}/answer/{number}"
    assert said == EMPTY | {"replace": {text_id: {"en": "Thank you, friend."}}}
    more = [*answers, {"reply": {"en": "Good.", "tpi": "Gut."}}]
    made = with_members(said, BASE, name, {"ask": {"answers": more}})
    assert "replace" not in made
    assert part_of(whole(made), name)["ask"]["answers"][-1] == more[-1]
    edited = with_text(made, BASE, text_id, TextWords({"en": "Thanks."}, {}))
    assert part_of(whole(edited), name)["ask"]["answers"][number - 1]["reply"]["en"] == "Thanks."
    assert "replace" not in edited


def test_parts__added_and_removed__are_in_the_whole_and_then_not():
    new = {
        "id": "own-1",
        "text": {"en": "Do you drink water? 1 yes. 2 no", "tpi": "Yu dring wara? 1 yes. 2 nogat"},
        "ask": {"expect": "choice", "options": {"1": {"code": "yes"}, "2": {"code": "no"}}},
    }
    word = {"code": "water", "says": {"en": ["WATER"]}, "replies": [{"en": "Drink."}]}
    made = with_word(with_question(EMPTY, new), word)
    made = with_members(made, BASE, "own-1", {"ask": {"close_days": 2}})
    made = with_members(made, BASE, "water", {"says": {"en": ["WATER", "DRINK"]}})
    found = whole(made)
    assert part_of(found, "own-1")["ask"]["close_days"] == 2
    assert part_of(found, "water")["says"]["en"] == ["WATER", "DRINK"]
    assert without_part(without_part(made, "own-1"), "water") == EMPTY
    joined = with_join(EMPTY, BASE, {"en": ["QUIT NOW"]})
    assert whole(joined)["join"] == {"en": ["QUIT NOW"]}
    assert with_join(joined, BASE, BASE["join"]) == EMPTY


def test_cohorts__added_given_to_a_phase_and_removed__leave_nothing():
    phase = f"phase/{BASE['phases'][0]['id']}"
    made = with_members(with_cohort(EMPTY, "young"), BASE, phase, {"cohorts": ["young"]})
    assert whole(made)["phases"][0]["cohorts"] == ["young"]
    assert without_cohort(made, "young") == EMPTY
    based = BASE | {"cohorts": ["all", "young"]}
    gone = without_cohort(EMPTY, "young")
    assert whole(gone, based)["cohorts"] == ["all"]
    assert with_cohort(gone, "young") == EMPTY


ALERT = {
    "id": "ill",
    "text": {"en": "Ill? 1 yes. 2 no", "tpi": "Sik? 1 yes. 2 nogat"},
    "ask": {
        "expect": "choice",
        "options": {"1": {"code": "ill"}, "2": {"code": "well"}},
        "answers": [
            {"if": ["ill"], "reply": {"en": "Call {ambulance}."}, "do": [{"alert": "ill"}]},
        ],
    },
}
PAIN = {
    "id": "pain",
    "text": {"en": "How bad, 0 to 10?", "tpi": "Hamas?"},
    "ask": {
        "expect": "number",
        "from": 0,
        "to": 10,
        "answers": [{"if": {"from": 7}, "do": [{"alert": "pain"}]}],
        "otherwise": [{"alert": "silent"}],
    },
}
CALL = {"code": "nurse", "says": {"en": ["NURSE"]}, "do": [{"alert": "asked"}]}
SAFE = BASE | {
    "questions": [*BASE.get("questions", []), ALERT, PAIN],
    "words": [*BASE.get("words", []), CALL],
}
SAME_ALERT = ALERT["ask"]["answers"][0]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"ill": {"ask": {"answers": None}}}, "for safety, and must go on: ill: alert ill"),
        ({"ill": {"ask": {"options": {"2": {"code": "well"}}}}}, "must go on: ill: alert ill"),
        ({"ill": {"ask": {"answers": [{"if": ["ill"]}, SAME_ALERT]}}}, "ill: alert ill"),
        ({"ill": {"ask": {"answers": [SAME_ALERT | {"reply": {"en": "Rest."}}]}}}, "{ambulance}"),
        ({"ill": {"ask": {"expect": "words"}}}, "must go on: expect: choice"),
        ({"pain": {"ask": {"to": 8}}}, "9: alert pain|10: alert pain"),
        ({"pain": {"ask": {"answers": [{"if": {"from": 8}, "do": [{"alert": "pain"}]}]}}}, "7: "),
        ({"pain": {"ask": {"otherwise": None}}}, "must go on: alert silent"),
        ({"nurse": {"do": None}}, "must go on: alert asked"),
        ({"nurse": {"says": {"en": ["HELPER"]}}}, "must go on: says NURSE"),
        ({"agree": {"ask": {"consent": None}}}, "must go on: consent"),
        ({"nobody": {}}, "the base has no question, word or phase"),
        ({"chest_pain": {"hears": {"en": ["x"]}}}, "the base has no question, word"),
        ({"ill": {"text": {}}}, "has `text`, which means nothing here"),
        ({"ill": {"ask": 5}}, "must be members of a question"),
        ({"ill": {"ask": {"answers": [5]}}}, "must be a mapping"),
        ({"ill": {"ask": {"answers": 5}}}, "must be a list"),
        ({"ill": {"ask": {"answers": [{"reply": 5}]}}}, "must be a text"),
        ({"ill": {"ask": {"again": "x"}}}, "must be a text"),
        ({"nurse": {"replies": [5]}}, "must be a mapping"),
        ({"nurse": {"replies": {}}}, "must be a list"),
        ({"phase/course": {"messages": []}}, "has `messages`, which means nothing here"),
        ([], "must be a mapping by the id"),
    ],
)
def test_change__of_what_is_for_safety_or_not_there__is_refused(change, wrong):
    with pytest.raises(BadProgramme, match=wrong):
        whole(EMPTY | {"change": change}, SAFE)


def test_change__that_keeps_what_is_for_safety__is_taken():
    wider = [{"if": {"from": 5}, "do": [{"alert": "pain"}]}]
    words = {"en": ["NURSE", "HELPER"]}
    change = {"pain": {"ask": {"answers": wider}}, "nurse": {"says": words}}
    made = whole(EMPTY | {"change": change}, SAFE)
    assert part_of(made, "pain")["ask"]["answers"] == wider
    assert made["extends"]["replaced"].keys() == {"change/pain", "change/nurse"}
