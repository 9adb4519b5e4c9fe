"""The publish gate finds each fault at its place in a programme that is broken everywhere."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from services.health.format.documents import read_document
from services.health.format.parser import build, read_programme
from services.health.linting.costs import Cost, costs
from services.health.linting.findings import LintSettings, Severity
from services.health.linting.linter import lint, sendable
from services.health.versions.store import shipped, shipped_text
from services.livestock.sms_commands import HANDLERS
from tests.services.health.indicators.cohorts import HALF_A_YEAR
from tests.services.health.scene import SMALL

TODAY = date(2026, 11, 25)
TAKEN = {"move": "move"}
BROKEN = read_programme((Path(__file__).parent / "broken.yaml").read_text("utf-8"))
FOUND = lint(BROKEN, LintSettings(daily_cap=2, taken=TAKEN, free=True), TODAY)

FAULTS = [
    ("long_title", "title", "en"),
    ("missing_translation", "anchors.gone.label", "tpi"),
    ("missing_translation", "nameless", "en"),
    ("missing_translation", "phases.course.untold.text", "tpi"),
    ("unknown_placeholder", "welcome", "tpi"),
    ("unknown_placeholder", "phases.course.strange.text", "tpi"),
    ("too_long", "phases.course.long.text", "en"),
    ("not_gsm7", "phases.course.strange.text", "en"),
    ("revealing", "welcome", "en"),
    ("revealing", "phases.course.told.text.discreet", "en"),
    ("duplicate_id", "first", None),
    ("duplicate_id", "cohorts.two", None),
    ("duplicate_id", "phases.course.ask.options", None),
    ("consent", "intake", None),
    ("age_not_asked", "intake", None),
    ("consent", "intake.agree", None),
    ("consent_text", "intake.agree", "en"),
    ("unknown_anchor", "intake.first", None),
    ("unknown_anchor", "phases.nowhere", None),
    ("unknown_anchor", "phases.course.ask.answers[1]", None),
    ("unknown_cohort", "phases.course.ask.answers[1]", None),
    ("unknown_cohort", "phases.course.silent", None),
    ("unknown_question", "phases.course.ask.answers[1]", None),
    ("unreachable_branch", "phases.course.ask.answers[0]", None),
    ("unreachable_branch", "phases.course.ask.answers[2]", None),
    ("unreachable_branch", "phases.course.ask.answers[3]", None),
    ("unreachable_branch", "phases.course.count.answers[0]", None),
    ("unreachable_question", "questions.forgotten", None),
    ("bad_range", "phases.course.count", None),
    ("reminder_after_close", "phases.course.ask", None),
    ("anchor_never_set", "phases.unset", None),
    ("quiet_hours", "phases.course.early", None),
    ("overlapping_times", "one.due+1", None),
    ("daily_cap", "one.enrolment+0", None),
    ("after_the_end", "phases.course.over", None),
    ("assessment_unreached", "phases.course.month6", None),
    ("assessment_unreached", "phases.unset.lost", None),
    ("assessment_unreached", "outcomes.saved", None),
    ("assessment_asks_nothing", "phases.course.silent", None),
    ("unknown_assessment", "outcomes.saved", None),
    ("unknown_answer", "outcomes.saved", None),
    ("unknown_baseline", "outcomes.saved", None),
    ("dates_past", "anchors.gone", None),
    ("word_taken", "join", "en"),
    ("word_taken", "words.v.says", "en"),
    ("empty_word", "join", "en"),
    ("vague_flag", "red_flags.pain.hears", None),
    ("flag_excepted", "red_flags.ache.unless", "en"),
    ("missing_translation", "join", "tpi"),
    ("missing_translation", "words.w.says", "tpi"),
    ("missing_translation", "red_flags.pain.hears", "tpi"),
    ("missing_translation", "outcomes.saved.label", "tpi"),
    ("intake_asks_nothing", "intake.first", None),
    ("stop_text", "stop.text", "en"),
    ("option_word_twice", "intake.again.options", None),
    ("unreachable_branch", "phases.course.weeks.answers[2]", None),
    ("no_day_to_set", "phases.course.weeks.answers[2]", None),
    ("no_day_to_set", "phases.course.weeks.otherwise", None),
    ("no_day_to_set", "words.v", None),
    ("reminder_never_sent", "phases.course.weeks", None),
    ("placeholder_for_all", "red_flags.pain.reply", None),
    ("word_does_nothing", "words.w", None),
    ("unreachable_question", "intake.again", None),
    ("event_unanswered", "events.remission", None),
    ("event_unanswered", "events.moved", None),
    ("event_track", "events.loss", None),
    ("event_in_event", "events.cancer", None),
    ("event_word_twice", "events.death.hears", None),
    ("vague_event", "events.loss.hears", None),
    ("missing_translation", "events.loss.hears", "tpi"),
    ("unknown_cohort", "events.loss", None),
    ("unknown_event", "events.cancer", None),
    ("placeholder_for_all", "events.loss.reply", None),
]
WARNINGS = [
    ("draft_language", "languages.fr", "fr"),
    ("language_not_served", "languages.fr", "fr"),
    ("no_lexicon", "languages.fr", "fr"),
    ("missing_translation", "welcome", "fr"),
    ("unknown_language", "join", None),
    ("unreached_cohort", "cohorts.two", None),
    ("idle_exception", "red_flags.ache.unless", "en"),
    ("no_red_flag", "red_flags", None),
    ("consent_not_free", "intake.agree", "en"),
    ("consent_privacy", "intake.agree", "en"),
    ("shared_not_first", "intake", None),
    ("option_not_told", "phases.course.month6.options", "en"),
    ("many_reminders", "intake.again", None),
    ("empty_phase", "phases.nowhere", None),
    ("anchor_may_be_unset", "welcome", None),
    ("place_may_be_unset", "welcome", None),
    ("unknown_word_told", "welcome", "en"),
    ("untidy_text", "phases.course.weeks.text", "en"),
    ("same_text_twice", "phases.same.late-3", "en"),
    ("assessment_unused", "phases.course.month6", None),
    ("daily_cap_together", "two", None),
    ("example", "example", None),
    ("no_sources", "sources", None),
]


@pytest.mark.parametrize(("code", "where", "language"), FAULTS)
def test_lint__broken_programme__finds_each_fault_at_its_place(code, where, language):
    assert [
        one
        for one in FOUND
        if (one.severity, one.code, one.where, one.language)
        == (Severity.FAULT, code, where, language)
    ]


@pytest.mark.parametrize(("code", "where", "language"), WARNINGS)
def test_lint__broken_programme__warns_of_what_may_be_meant(code, where, language):
    assert [
        one
        for one in FOUND
        if (one.severity, one.code, one.where, one.language)
        == (Severity.WARNING, code, where, language)
    ]


def test_lint__broken_programme__finds_nothing_that_is_not_listed():
    listed = {code for code, _, _ in (*FAULTS, *WARNINGS)}
    assert {one.code for one in FOUND} == listed


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A nurse will call you.", ["promises_call"]),
        ("Our nurse is going to ring you soon.", ["promises_call"]),
        ("You are brave. We tell a nurse.", ["promises_call"]),
        ("Send CALL ME and a nurse will ring.", []),
        ("Call a nurse if you will.", []),
    ],
)
def test_lint__text_that_promises_a_call__is_a_fault_unless_the_person_asks_for_it(text, found):
    programme = read_programme(SMALL.replace("That is hard. Tomorrow is easier.", text))
    faults = lint(programme, LintSettings(), TODAY)
    assert [one.code for one in faults if one.code == "promises_call"] == found


def test_lint__text_with_another_word_than_the_glossary__names_the_chosen_one():
    document = read_document(SMALL)
    said = "Noken wari, no ken kros, em nokenim. Salim SMS, raitim: JOINIM SMOL"
    document["welcome"]["tpi"] = said
    found = lint(build(document), LintSettings(), TODAY)
    told = [one.message for one in found if (one.code, one.where) == ("glossary", "welcome")]
    assert told == [
        "says Noken for do not: write no ken",
        "says raitim: for send a word: write salim:",
        "says SMS for message: write mesej",
    ]


def test_lint__small_programme__has_no_fault():
    found = lint(read_programme(SMALL), LintSettings(), TODAY)
    assert [one for one in found if one.severity is Severity.FAULT] == []


def test_lint__question_after_two_assessments__tells_no_outcome_of_either():
    asked_again = HALF_A_YEAR.replace(
        "          remind_days: [2, 5]\n",
        "          answers: [{if: [none], do: [{ask: since}]}]\n",
    )
    found = lint(read_programme(asked_again), LintSettings(), TODAY)
    faults = [(one.code, one.where) for one in found if one.severity is Severity.FAULT]
    assert faults == [("assessed_twice", "outcomes.continuous")]


@pytest.mark.parametrize("code", shipped())
def test_lint__shipped_programme__has_no_fault_and_a_draft_in_tok_pisin(code):
    taken = {
        " ".join(words.casefold().split()): one.phrase.code
        for one in HANDLERS
        for each in one.phrase.keywords.values()
        for words in each
    }
    programme = read_programme(shipped_text(code))
    found = lint(programme, LintSettings(taken=taken), TODAY)
    assert [one for one in found if one.severity is Severity.FAULT] == []
    assert {one.language for one in found if one.code == "draft_language"} == {"tpi"}
    assert not [one for one in found if one.code == "missing_translation"], "a whole draft"
    worth_a_look = {
        *("glossary", "too_long", "revealing", "unknown_word_told", "shared_not_first"),
        *("consent_privacy", "claims_free", "claim_on_practice", "source_unused", "no_sources"),
    }
    assert not [one for one in found if one.code in worth_a_look]
    assert sendable(programme, "en", found)
    assert not sendable(programme, "tpi", found)


@pytest.mark.slow
def test_lint__all_shipped_programmes__share_no_word():
    said = [
        word
        for code in shipped()
        for programme in [read_programme(shipped_text(code))]
        for words in (programme.join, *(word.says for word in programme.words))
        for word in {one.casefold() for each in words.values() for one in each}
    ]
    twice = {word for word in said if said.count(word) > 1}
    assert twice == set()


def test_sendable__fault_of_another_language__does_not_matter():
    found = [one for one in FOUND if one.language == "tpi"]
    assert sendable(BROKEN, "en", found)
    assert not sendable(BROKEN, "tpi", found)
    assert not sendable(BROKEN, "fr", [])


def test_costs__of_a_whole_course__are_by_language_and_cohort():
    assert costs(read_programme(SMALL), LintSettings(toea=12)) == [
        Cost("en", "all", 12, 12, 144, 2, 27),
        Cost("tpi", "all", 12, 12, 144, 2, 27),
    ]
