"""Changes of differences one at a time: what they make, and that nothing else changes."""

from __future__ import annotations

from copy import deepcopy

import pytest

from services.health.errors import BadProgramme
from services.health.format.documents import Source, read_document
from services.health.format.overlay_edits import (
    TextWords,
    is_added,
    is_changed,
    restored,
    with_message,
    with_statuses,
    with_text,
    with_time,
    without_part,
)
from services.health.format.overlays import Base, whole_of
from services.health.format.parser import build
from services.health.format.text_changes import other_changes, text_changes
from services.health.format.text_slots import slots_of
from services.health.linting.findings import fault
from services.health.linting.text_places import findings_by_text, texts_by_place
from tests.services.health.scene import SMALL

BASE = read_document(SMALL)
EMPTY = {"extends": "tobacco@1"}


def whole(overlay):
    kept = deepcopy(BASE)
    return whole_of(Source(overlay, {}), lambda name: Base(name, b"\0" * 32, kept))


def test_with_text__in_other_words_and_back__is_a_difference_and_then_none():
    made = with_text(EMPTY, BASE, "welcome", TextWords({"en": "Hello."}, {"en": "Hi."}))
    assert made == EMPTY | {"replace": {"welcome": {"en": "Hello.", "discreet": {"en": "Hi."}}}}
    assert whole(made)["welcome"]["tpi"] == BASE["welcome"]["tpi"]
    assert is_changed(made, "welcome")
    same = TextWords({"en": BASE["welcome"]["en"]}, {"en": ""})
    assert with_text(made, BASE, "welcome", same) == EMPTY
    assert restored(made, "welcome") == EMPTY
    assert EMPTY == {"extends": "tobacco@1"}


def test_discreet_text__emptied__is_the_plain_one_on_shared_phones():
    slot = next(key for key, one in slots_of(BASE).items() if "discreet" in one.text)
    made = with_text(EMPTY, BASE, slot, TextWords({}, {"en": ""}))
    text = slots_of(whole(made))[slot].text
    assert text["discreet"]["en"] == ""
    programme = build(whole(made))
    entry = programme.entry(slot)
    assert entry.text.in_language("en", discreet=True) == text["en"]


def test_message__moved_added_edited_and_removed__is_in_the_whole_as_written():
    phase = BASE["phases"][0]
    first = phase["messages"][0]
    moved = with_time(EMPTY, BASE, first["id"], first["day"] + 1, first["at"])
    assert moved["move"] == {first["id"]: {"day": first["day"] + 1}}
    assert whole(moved)["phases"][0]["messages"][0]["day"] == first["day"] + 1
    assert with_time(moved, BASE, first["id"], first["day"], first["at"]) == EMPTY
    new = {"id": "own1", "day": 3, "at": "10:00", "text": {"en": "Water.", "tpi": "Wara."}}
    added = with_message(EMPTY, phase["id"], new)
    assert is_added(added, "own1")
    assert whole(added)["phases"][0]["messages"][-1] == new
    words = TextWords({"en": "Drink water."}, {"en": "Drink."})
    edited = with_time(with_text(added, BASE, "own1", words), BASE, "own1", 4, "11:00")
    last = whole(edited)["phases"][0]["messages"][-1]
    assert (last["day"], last["at"]) == (4, "11:00")
    assert last["text"] == {"en": "Drink water.", "tpi": "Wara.", "discreet": {"en": "Drink."}}
    assert without_part(edited, "own1") == EMPTY
    removed = without_part(EMPTY, "day-0")
    assert removed["remove"] == ["day-0"]
    assert restored(removed, "day-0") == EMPTY


def test_statuses__other_than_those_of_the_base__are_set():
    told = {"en": "complete", "tpi": "draft"}
    made = with_statuses(EMPTY, BASE, told, example=False)
    assert made["set"] == {"languages": told}
    assert with_statuses(made, BASE, BASE["languages"], example=False) == EMPTY
    kept = EMPTY | {"keep": {"course": []}}
    assert with_statuses(kept, BASE, BASE["languages"], example=False) == kept


@pytest.mark.parametrize(
    ("moves", "wrong"),
    [
        ({"nothing": {"day": 1}}, "no phase of the base has a message nothing"),
        ({"day-0": {"hour": 1}}, "has `hour`, which means nothing here"),
        ([], "must be a mapping of day and hour by message"),
    ],
)
def test_move__of_what_is_not_there__is_refused(moves, wrong):
    with pytest.raises(BadProgramme, match=wrong):
        whole(EMPTY | {"move": moves})


def test_text_changes__of_two_documents__are_by_text_and_the_rest_by_place():
    made = whole(
        with_time(
            with_text(EMPTY, BASE, "welcome", TextWords({"en": "Hello."}, {})),
            BASE,
            "day-0",
            0,
            "12:00",
        )
    )
    (change,) = text_changes(BASE, made, "en")
    assert change == ("welcome", "en", False, BASE["welcome"]["en"], "Hello.")
    assert text_changes(BASE, made, "tpi") == []
    (moved,) = other_changes(BASE, made)
    assert (moved.where.endswith("day-0.at"), moved.new) == (True, "12:00")
    gone = whole(without_part(EMPTY, "day-0"))
    assert next((one.id, one.new) for one in text_changes(BASE, gone, "en")) == ("day-0", None)


def test_findings__by_text__are_at_the_text_that_people_edit():
    programme = build(BASE)
    places = texts_by_place(programme)
    assert set(places.values()) == set(slots_of(BASE))
    told = [
        fault("a", "welcome.discreet", ""),
        fault("b", "phases.course.before-1.text.discreet", ""),
        fault("c", "sources.x", ""),
    ]
    found = findings_by_text(programme, told)
    assert {key: [one.code for one in each] for key, each in found.items()} == {
        "welcome": ["a"],
        "before-1": ["b"],
        None: ["c"],
    }
