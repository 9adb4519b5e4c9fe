"""A good programme, and what the publish gate finds after one change to it."""

from __future__ import annotations

from datetime import date

import pytest

from services.health.conversation.commands import programme_commands
from services.health.conversation.member import ActiveProgramme
from services.health.format.documents import read_document, read_source
from services.health.format.parser import build, read_programme
from services.health.linting.findings import LintSettings, Severity
from services.health.linting.linter import line_of, lint
from services.health.linting.words import SHARED
from tests.services.health.scene import SMALL

TODAY = date(2026, 11, 25)
MOOD = "phases.course.mood-3.answers[1]"
REPLY = "phases.relapse.slip-5.answers[0].reply"
TIP = "Tell a friend today."
AT_TIP = "phases.start.tip-1.text"
CHANGES = [
    ("late: skip\n", "late: skip\n    cohorts: [one]\n", "unknown_cohort", "phases.course"),
    ("close_days: 2}", "close_days: 2, from: 3}", "bad_range", "intake.name"),
    ("from: 2\n", "from: 40\n", "bad_range", "intake.when"),
    ("to: 5\n", "to: 10000\n", "bad_range", "phases.course.mood-3"),
    ("{if: {from: 3, to: 5}", "{if: [good]", "unreachable_branch", MOOD),
    ("{if: {from: 3, to: 5}", "{if: {to: 2}", "unreachable_branch", MOOD),
    ("{if: {from: 3, to: 5}", "{if: {from: 6}", "unreachable_branch", MOOD),
    ("sets: name", "sets: quit", "unknown_anchor", "intake.name"),
    ("code: chest_pain", "code: welcome", "duplicate_id", "welcome"),
    ("id: tip-1", "id: self_harm", "duplicate_id", "self_harm"),
    ("en: [SLIP]", "en: [QUIT DATE]", "word_taken", "words.slip.says"),
    ("en: [SLIP]", "en: [quit]", "word_taken", "words.slip.says"),
    ("Good. {quit} it is.", "Good. {slip} it is.", "anchor_may_be_unset", REPLY),
    (TIP, "You slipped on {slip}.", "anchor_may_be_unset", AT_TIP),
    (TIP, "Say no to {quit!r}.", "unknown_placeholder", AT_TIP),
    (TIP, "On {enrolment} you came.", "unknown_placeholder", AT_TIP),
    (TIP, "Quit tobacco goes on.", "revealing", AT_TIP),
    (TIP, "Say it \N{HORIZONTAL ELLIPSIS}", "not_gsm7", AT_TIP),
    (TIP, "Feel low? Send SAD.", "unknown_word_told", AT_TIP),
    ("en: Quit tobacco", "en: Quit \N{GREEK SMALL LETTER ALPHA}", "not_gsm7", "title"),
    ("anchor: quit, day: 45", "anchor: never, day: 45", "unknown_anchor", "last_day"),
    ("assessments: [month1]", "assessments: [day-2]", "unknown_assessment", "outcomes.abstinent"),
    ("success: [none]", "success: [never]", "unknown_answer", "outcomes.abstinent"),
    ("day: 30\n", "day: 40\n", "closes_late", "phases.course.month1"),
    ('at: "19:00"', 'at: "21:00"', "quiet_hours", "phases.course.mood-3"),
]


@pytest.mark.parametrize(
    ("old", "new", "code", "where"), CHANGES, ids=[f"{one[2]}-{n}" for n, one in enumerate(CHANGES)]
)
def test_lint__one_change_to_a_good_programme__is_found_where_it_is(old, new, code, where):
    assert old in SMALL
    good = lint(read_programme(SMALL), LintSettings(), TODAY)
    found = lint(read_programme(SMALL.replace(old, new, 1)), LintSettings(), TODAY)
    assert (code, where) in {(one.code, one.where) for one in found}
    assert (code, where) not in {(one.code, one.where) for one in good}


def test_lint__no_question_for_who_leaves__is_a_warning():
    document = read_document(SMALL)
    del document["stop"]
    found = lint(build(document), LintSettings(), TODAY)
    assert ("no_stop", Severity.WARNING) in {(one.code, one.severity) for one in found}


def test_lint__name_question__may_be_declined():
    told = "close_days: 2, answers: [{if: [declined]}, {if: [answered]}]}"
    found = lint(read_programme(SMALL.replace("close_days: 2}", told, 1)), LintSettings(), TODAY)
    assert not [one for one in found if one.code == "unreachable_branch"]


def test_lint__a_date_that_is_sure_after_the_intake__may_be_told():
    unsure = SMALL.replace("      otherwise: [{set: quit, to: 14}]\n", "", 1)
    found = lint(read_programme(unsure), LintSettings(), TODAY)
    assert ("anchor_may_be_unset", "welcome") in {(one.code, one.where) for one in found}


def test_lint__discreet_text_of_the_intake__is_looked_at():
    told = 'What shall we call you?", discreet: {en: "To smoke, what name?"}, x: "'
    text = SMALL.replace('What shall we call you?", tpi: "', told, 1).replace(', x: "', ', tpi: "')
    found = lint(read_programme(text), LintSettings(), TODAY)
    assert ("revealing", "intake.name.text.discreet") in {(one.code, one.where) for one in found}


def test_lint__title_in_a_text__reveals_nothing():
    # A phone that others read shows a neutral one.
    found = lint(read_programme(SMALL.replace(TIP, "{title} goes on.", 1)), LintSettings(), TODAY)
    assert ("revealing", AT_TIP) not in {(one.code, one.where) for one in found}


def test_lint__shared_words__are_those_that_every_programme_understands():
    small = read_programme(SMALL)
    one = ActiveProgramme("tobacco", {"en": 1, "tpi": 2}, {"en": small, "tpi": small})
    said = {
        word.casefold()
        for each in programme_commands({"tobacco": one})
        if each.phrase.code.startswith("programme.")
        for words in each.phrase.keywords.values()
        for word in words
    }
    assert set(SHARED) == said


def test_line_of__each_place__is_where_it_stands_in_the_file():
    source = read_source(SMALL)
    lines = SMALL.splitlines()
    finding = lint(read_programme(SMALL.replace(TIP, "", 1)), LintSettings(), TODAY)[0]
    for where, language, begins in (
        ("welcome", "en", "welcome:"),
        ("intake.uses.answers[0].reply", "tpi", "reply:"),
        ("phases.course", None, "- id: course"),
        ("phases.course.day-2.text", "en", "- {id: day-2"),
        ("phases.course.month1.remind_days", None, "remind_days: [2, 5]"),
        ("words.slip.says", None, "says: {en: [SLIP]"),
        ("outcomes.abstinent.label", "tpi", "- {code: abstinent"),
    ):
        line = line_of(finding._replace(where=where, language=language), source)
        assert lines[line - 1].strip().startswith(begins)
    assert line_of(finding._replace(where="nowhere", language=None), source) is None
