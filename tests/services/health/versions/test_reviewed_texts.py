"""What the shipped courses must say since they were reviewed: see docs/clinical.md."""

from __future__ import annotations

import re

import pytest

from services.health.format.entries import Do
from services.health.format.model import Programme
from services.health.format.parser import read_programme
from services.health.linting.findings import texts_of
from services.health.versions.store import shipped_text

COURSES = {code: read_programme(shipped_text(code)) for code in ("tobacco", "breathing", "ageing")}
DIABETES = read_programme(shipped_text("diabetes"))
TEXTS = {
    code: [
        said
        for _, text in texts_of(programme)
        for each in (text.say, text.discreet)
        for said in each.values()
    ]
    for code, programme in COURSES.items()
}


def leads(programme: Programme, item: str, do: Do) -> set[tuple[str, str]]:
    """The answers to a question that lead to something, each with what it is."""
    question = programme.entry(item).ask
    return {
        (answer, action.target)
        for branch in question.branches
        for answer in branch.codes
        for action in branch.actions
        if action.do is do
    }


@pytest.mark.parametrize(
    ("code", "never"),
    [
        # Whom to call is a value of the country.
        *((code, r"\b111\b|7150") for code in COURSES),
        *((code, r"\b[Pp]igs? messages|\bbilong pik i kam\b") for code in COURSES),
        *((code, r"(?i)sanguma|witch|sorcer|\bcurse\b") for code in COURSES),
        *((code, r"(?i)\bfree texts?\b|\bfri mesej\b|\bno cost\b") for code in COURSES),
        ("tobacco", r"(?i)nicotine (?:is|was) (?:the|a) poison|the poison that made|this poison"),
        ("tobacco", r"(?i)dispela posen|posen i mekim"),
        ("breathing", r"(?i)[Kk]eep using it as planned"),
    ],
)
def test_texts__of_what_the_review_found__never_say_it_again(code, never):
    assert [said for said in TEXTS[code] if re.search(never, said)] == []


@pytest.mark.parametrize(
    ("code", "must"),
    [
        ("tobacco", "It is the smoke that makes people ill, not the medicine"),
        ("tobacco", "Slipped once with the patch on, or with gum\\? That is not dangerous"),
        ("tobacco", "Go for a TB test this week"),
        ("breathing", "4 puffs, one by one through the spacer, again every 20 minutes"),
        ("breathing", "4-pela pam, wan wan, long spesa"),
        ("breathing", "Under 5, fast breath or ribs sucking in can be pneumonia"),
        ("ageing", "A game again, no test"),
        ("ageing", "just for fun: it is no test"),
    ],
)
def test_texts__of_what_the_review_found__say_what_they_must(code, must):
    assert [said for said in TEXTS[code] if re.search(must, said)]


@pytest.mark.parametrize(
    ("code", "item", "told"),
    [
        ("tobacco", "d10q", {("sad", "low_mood")}),
        ("breathing", "night1", {("many", "nights")}),
        ("breathing", "night2", {("many", "nights")}),
        ("breathing", "night4", {("many", "nights")}),
        ("breathing", "night5", {("many", "nights")}),
        ("breathing", "breath1", {("resting", "breath_at_rest")}),
        ("breathing", "breath2", {("stopping", "breath_worse")}),
        ("breathing", "breath4", {("worse", "breath_worse")}),
        ("ageing", "mood6", {("most_days", "low_mood")}),
    ],
)
def test_answers__that_need_a_clinician__tell_one(code, item, told):
    assert leads(COURSES[code], item, Do.ALERT) == told


@pytest.mark.parametrize("item", ["w5-medicine", "w16-medicine"])
def test_diabetes__medicine_that_ran_out__is_told_from_none_ordered(item):
    lacking = {("run_out", "injections"), ("stock_out", "injections")}
    assert leads(DIABETES, item, Do.ASK) == lacking
    assert leads(DIABETES, "injections", Do.ALERT) == {("yes", "no_insulin")}


@pytest.mark.parametrize("flag", ["violence", "sorcery"])
def test_reply__to_danger_at_home__is_neutral_on_a_shared_phone(flag):
    [reply] = [one.reply for one in COURSES["ageing"].red_flags if one.code == flag]
    for said in reply.discreet.values():
        assert "{helpline}" in said
        assert not re.search("(?i)police|polis|fault|wrong|rong|beat|paitim", said)


def test_ageing__screening__is_repeated_in_the_sixth_month():
    elder = {item.id: item.day for item in COURSES["ageing"].phases[1].items}
    for first in ("chair", "weight", "mood", "falls"):
        assert elder[f"{first}6"] - elder[first] > 70, first
    assert elder["words6-asked"] == elder["words6-told"]


def test_active__in_each_course__is_150_minutes_a_week():
    [elder] = COURSES["ageing"].outcomes
    assert (elder.success, elder.baseline) == (("d5",), ("baseline_active", "baseline_carer"))
    [active] = [one for one in DIABETES.outcomes if one.code == "active"]
    assert "150 minutes" in active.label["en"]


@pytest.mark.parametrize("code", COURSES)
def test_intake__asks_what_outcomes_are_divided_by_and_a_baseline(code):
    ids = {entry.id for entry in COURSES[code].entries()}
    assert {"shared", "age", "sex", "province", "distance", "parent", "consent"} <= ids
    assert [one for one in ids if one.startswith("baseline_")]
