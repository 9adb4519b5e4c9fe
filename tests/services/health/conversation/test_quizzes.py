"""Quizzes: questions with right answers, explained kindly, and counted as knowledge alone."""

from __future__ import annotations

import pytest

from services.health.format.parser import read_programme
from services.health.indicators.disaggregation import Period
from services.health.indicators.facts import count_facts
from services.health.indicators.measures import measures
from services.health.linting.findings import LintSettings
from services.health.linting.linter import lint
from services.health.versions.store import shipped_text
from tests.factories import NOW
from tests.services.health.scene import SMALL, Course, publish

QUIZ = """
      - id: quiz-1
        day: 2
        at: "15:00"
        text: {en: "Quiz: what helps? 1 water 2 one puff", tpi: "Kwis: wanem i helpim? 1 wara 2 wanpela simuk", discreet: {tpi: "Kwis: wanem i helpim? 1 wara 2 nogat"}}
        ask:
          expect: choice
          right: [water]
          options: {1: {code: water}, 2: {code: puff}}
          answers:
            - {if: [water], reply: {en: "Right! A cup now and then.", tpi: "Stret! Wan kap."}}
            - {if: [puff], reply: {en: "Many hope so. One wakes the wish: take water.", tpi: "Planti i ting olsem. Kisim wara."}}
"""  # noqa: E501
ASKING = SMALL.replace("      - id: mood-3\n", QUIZ.lstrip("\n") + "      - id: mood-3\n")


@pytest.mark.slow
def test_quiz__answered_wrong__is_explained_kindly_and_counted_as_knowledge(database):
    publish(database, ASKING, ("en",))
    first = Course(database)
    first.join()
    first.later(days=12, hours=4)
    assert first.say("2") == "Many hope so. One wakes the wish: take water."
    second = Course(database, sender="+67570000002")
    second.join()
    second.later(days=12, hours=4)
    assert second.say("1") == "Right! A cup now and then."
    with database.read() as session:
        facts = count_facts(session, "tobacco", Period(NOW.date(), second.now.date()), second.now)
    known = {fact for counted in facts.values() for fact in counted}
    summed = {fact: sum(one[fact] for one in facts.values()) for fact in known if "quiz" in fact[0]}
    assert summed[("quiz_answered", "quiz-1")] == 2
    assert summed[("quiz_right", "quiz-1")] == 1
    names = [one.name for one in measures(known)]
    assert {"quiz_answered.quiz-1", "quiz_right.quiz-1"} <= set(names)
    assert not any("outcome" in name and "quiz" in name for name in names)


FAULTS = {
    ("right: [water]", "right: [water, puff]"): "quiz_not_answerable",
    ("right: [water]", "right: [soda]"): "quiz_not_answerable",
    (', reply: {en: "Right! A cup now and then.", tpi: "Stret! Wan kap."}', ""): "quiz_unexplained",
    ("baseline: []", "baseline: [quiz-1]"): "quiz_is_outcome",
}


@pytest.mark.parametrize("change", FAULTS)
def test_quiz__with_a_fault__is_found(change):
    text = ASKING.replace("success: [none]}", "success: [none], baseline: []}", 1)
    found = lint(read_programme(text.replace(*change)), LintSettings(), NOW.date())
    assert FAULTS[change] in {one.code for one in found}


@pytest.mark.parametrize(("code", "quizzes"), [("hypertension", 2), ("ageing", 1)])
def test_quiz__that_is_shipped__has_one_right_answer_and_no_fault(code, quizzes):
    programme = read_programme(shipped_text(code))
    asked = [one.ask for one in programme.entries() if one.ask and one.ask.right]
    assert len(asked) == quizzes
    assert all(len(one.right) == 1 and len(one.options) == 3 for one in asked)
    found = lint(programme, LintSettings(), NOW.date())
    assert [one for one in found if one.severity == "fault"] == []
