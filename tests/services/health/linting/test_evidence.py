"""Evidence of texts: how it is inherited, what the linter says of it, and how it is counted."""

from __future__ import annotations

import re
from datetime import date

import pytest

from services.health.errors import BadProgramme
from services.health.format.documents import Node
from services.health.format.evidence import refuse_unknown_names, with_evidence
from services.health.format.parser import read_programme
from services.health.format.techniques import NAMES, is_technique, order_of
from services.health.format.text_ids import in_language_of
from services.health.linting.coverage import coverage
from services.health.linting.findings import LintSettings, Severity, texts_of
from services.health.linting.linter import lint
from services.health.versions.store import shipped, shipped_text
from tests.services.health.scene import SMALL
from tests.support.evidence_table import PAGE, library, with_table

TODAY = date(2026, 11, 25)
SOURCES = """
sources:
  who-2024:
    {title: "Stopping", by: WHO, year: 2024, section: "Texts", url: "https://www.who.int/x", review: "2027-07-01"}
  old-2010: {title: "Old", by: WHO, year: 2010, review: "2012-01-01"}
"""  # noqa: E501
GROUPS = """
evidence:
  - of: [invitation, intake, welcome, questions, words, red_flags, stop]
    bct: []
    source: practice
  - of: [event/loss, event/cancer, event/death, event/moved, event/phone_lost]
    bct: ["3.3"]
    source: practice
  - {of: [phase/start, phase/relapse], bct: ["1.1"], source: old-2010}
  - {of: [phase/course], bct: ["4.1", "5.1"], source: who-2024, action: true}
  - {of: [day-2], bct: ["8.2"]}
  - {of: [mood-3/answer], action: false}
  - {of: [mood-3/answer/1], source: [who-2024, practice]}
  - {of: [crave/2, red_flags], action: true}
  - {of: [red_flags], needs_clinic: true}
"""
TRACED = SMALL + SOURCES + GROUPS


def tags(text=TRACED):
    return {where: text.evidence for where, text in texts_of(read_programme(text))}


def found(text, *codes):
    told = lint(read_programme(text), LintSettings(), TODAY)
    return [(one.code, one.where) for one in told if one.code in codes]


def test_evidence__of_a_part__holds_for_its_texts_and_what_is_nearer_wins():
    told = tags()
    course, day2 = told["phases.course.day-0.text"], told["phases.course.day-2.text"]
    assert (course.techniques, course.sources) == (("4.1", "5.1"), ("who-2024",))
    assert course.action
    # It names another technique, and keeps its source and its action.
    assert (day2.techniques, day2.sources, day2.action) == (("8.2",), ("who-2024",), True)
    replies = [told[f"phases.course.mood-3.answers[{place}].reply"] for place in (0, 1)]
    assert [(one.sources, one.action) for one in replies] == [
        (("who-2024", "practice"), False),
        (("who-2024",), False),
    ]
    replies = [told[f"words.crave.replies[{place}]"].action for place in (0, 1, 2)]
    assert replies == [None, True, None]
    assert told["events.loss.loss-2.text"].techniques == ("3.3",)
    assert told["red_flags.chest_pain.reply"].needs_clinic


def test_evidence__beside_a_text__wins_over_group_phase_and_word():
    inline = TRACED
    for old, new in (
        ("anchor: quit\n    late", "anchor: quit\n    evidence: {source: practice}\n    late"),
        ("{id: day-2,", "{id: day-2, evidence: {action: false},"),
        ("{id: day-0,", "{id: day-0, evidence: {bct: ['7.1']},"),
        ('text: {en: "Today is the day', 'text: {evidence: {bct: ["10.4"]}, en: "Today is the day'),
        ("says: {en: [SLIP]", "evidence: {bct: ['15.1']}\n    says: {en: [SLIP]"),
        ("then: care", "then: care\n    evidence: {needs_clinic: false}"),
        ("- code: chest_pain", "- code: chest_pain\n    evidence: {source: who-2024}"),
    ):
        assert old in inline
        inline = inline.replace(old, new, 1)
    told = tags(inline)
    day0, day2 = told["phases.course.day-0.text"], told["phases.course.day-2.text"]
    assert (day0.techniques, day0.sources, day0.action) == (("10.4",), ("practice",), True)
    assert (day2.techniques, day2.sources, day2.action) == (("8.2",), ("practice",), False)
    assert told["words.slip.replies[0]"].techniques == ("15.1",)
    assert told["red_flags.chest_pain.reply"].sources == ("who-2024",)
    assert told["events.loss.loss-2.text"].needs_clinic is False
    # The languages of a text share its evidence: a translation has none of its own.
    assert "evidence" not in read_programme(inline).entry("day-0").text.say


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("of: [day-2]", "of: [day-99]", "evidence[4].of[0]"),
        ("of: [crave/2,", "of: [crave/9,", "evidence[7].of[0]"),
        ("of: [day-2]", "of: [day-2, day-2]", "evidence[4].of[1]"),
        ("of: [red_flags], needs", "of: [red_flags], action: false, needs", "evidence[8].of[0]"),
        ("needs_clinic: true", "clinic: true", "evidence[8]"),
        ("  old-2010:", "  practice:", "sources.practice"),
        ("https://www.who.int/x", "javascript:alert(1)", "sources.who-2024.url"),
        ('review: "2012-01-01"', "review: never", "sources.old-2010.review"),
        ("title: Old", "x: Old", "sources.old-2010"),
        ("by: WHO, year: 2010", "by: ' ', year: 2010", "sources.old-2010.by"),
    ],
)
def test_evidence__that_names_what_is_not_there__is_a_fault_of_the_file(old, new, where):
    text = TRACED.replace('title: "Old"', "title: Old")
    assert old in text
    with pytest.raises(BadProgramme) as refused:
        read_programme(text.replace(old, new, 1))
    assert where in {fault.where for fault in refused.value.faults}
    assert all(fault.line for fault in refused.value.faults)


def test_evidence__of_a_base__may_name_what_a_course_made_from_it_removed():
    for extends, faults in (({}, 1), ({"extends": {"base": "who/small"}}, 0)):
        root = with_evidence(Node({"evidence": [{"of": ["day-99"]}], **extends}, "", []))
        refuse_unknown_names(root)
        assert len(root.faults) == faults


def test_lint__evidence_of_every_text__has_no_fault():
    told = lint(read_programme(TRACED), LintSettings(), TODAY)
    assert [one for one in told if one.severity is Severity.FAULT] == []


COURSE = 'of: [phase/course], bct: ["4.1", "5.1"], source: who-2024'
CHANGES = [
    (COURSE, "of: [phase/course], source: who-2024", "no_technique"),
    (COURSE, 'of: [phase/course], bct: ["4.1"]', "no_source"),
    (COURSE, f"{COURSE}]".replace("who-2024", "["), "no_source"),
    ('"4.1", "5.1"', '"4.1", "5.7"', "unknown_technique"),
    ('"4.1", "5.1"', '"4.1", "17.1"', "unknown_technique"),
    ('"4.1", "5.1"', '"4.1", "04.1"', "unknown_technique"),
    ("source: who-2024, action", "source: who-2042, action", "unknown_source"),
    ('of: [day-2], bct: ["8.2"]', "of: [slip-1], needs_clinic: true", "clinic_without_action"),
    # A day so far away that nobody is ever asked to look, and a guideline of the future.
    ("2027-07-01", "2029-12-01", "review_far"),
    ("year: 2024", "year: 2027", "source_year"),
]


@pytest.mark.parametrize(("old", "new", "code"), CHANGES, ids=[one[2] for one in CHANGES])
def test_lint__one_change_to_evidence__is_found(old, new, code):
    assert old in TRACED
    told = lint(read_programme(TRACED.replace(old, new, 1)), LintSettings(), TODAY)
    assert {one.severity for one in told if one.code == code} == {Severity.FAULT}


def test_lint__no_sources__is_one_warning_and_the_course_loads():
    assert found(SMALL, "no_sources", "no_technique", "no_source") == [("no_sources", "sources")]
    # Half a table is none: who names sources names them for every text.
    assert len(found(SMALL + SOURCES, "no_source")) == len(tags(SMALL))


def test_lint__source_past_its_review__names_the_texts_that_rest_on_it():
    told = lint(read_programme(TRACED), LintSettings(), TODAY)
    (one,) = [one for one in told if one.code == "source_overdue"]
    assert (one.severity, one.where) == (Severity.WARNING, "sources.old-2010")
    assert "phases.start.tip-1.text" in one.message
    assert not found(TRACED.replace("2012-01-01", "2026-11-25"), "source_overdue")
    unused = TRACED.replace("source: old-2010", "source: who-2024")
    told = found(unused, "source_overdue", "source_unused")
    assert told == [("source_unused", "sources.old-2010")]


@pytest.mark.parametrize(
    ("said", "claims"),
    [
        ("Take 2 puffs.", True),
        ("Over 40? Ask.", True),
        ("1 in 3 people get well.", True),
        ("Have it every 3 years.", True),
        ("Ask for a sugar test.", True),
        ("Eat 5 kilos less.", True),
        ("Wait 5 minutes.", False),
        ("Reply 1 yes 2 no", False),
        ("Tell one friend.", False),
    ],
)
def test_lint__claim_on_practice_alone__is_asked_for_its_guideline(said, claims):
    text = TRACED.replace("Drink water, walk.", said)
    tagged = text.replace(
        "of: [crave/2, red_flags], action",
        "of: [crave/2], bct: ['4.1']}\n  - {of: [red_flags], action",
    )
    assert bool(found(tagged, "claim_on_practice")) is claims
    sourced = tagged.replace("bct: ['4.1']}", "bct: ['4.1'], source: who-2024}")
    assert not found(sourced, "claim_on_practice")


def test_coverage__counts_techniques_sources_and_who_can_act():
    told = coverage(read_programme(TRACED), TODAY)
    assert told.untagged == 0
    assert told.texts == told.sourced + told.practice == len(tags())
    assert [(one.number, one.texts) for one in told.techniques] == [
        ("1.1", 4),
        ("3.3", 7),
        ("4.1", 6),
        ("5.1", 6),
        ("8.2", 1),
    ]
    assert (told.action, told.needs_clinic, told.far_ok) == (8, 2, 6)
    assert [(one.source.id, one.texts, one.overdue) for one in told.sources] == [
        ("old-2010", 4, True),
        ("who-2024", 7, False),
    ]
    assert told.as_json()["sources"][0]["review"] == "2012-01-01"
    assert coverage(read_programme(SMALL), TODAY).untagged == len(tags())


def test_recalled_text__in_the_place_of_another__rests_on_what_the_right_one_does():
    old, new = (read_programme(text).entry("day-2").text for text in (TRACED, SMALL))
    assert in_language_of(new, old, "en").evidence == old.evidence != new.evidence


def test_techniques__of_the_taxonomy__are_93_and_those_of_courses_have_names():
    numbers = [f"{group}.{place}" for group in range(20) for place in range(20)]
    assert len(list(filter(is_technique, numbers))) == 93
    assert list(NAMES) == sorted(filter(is_technique, NAMES), key=order_of)


@pytest.mark.slow
def test_shipped_courses__agree_on_their_sources_and_name_their_techniques():
    seen = {}
    for code in shipped():
        told = coverage(library(code), TODAY)
        assert not [one.number for one in told.techniques if not one.name], code
        for one in told.sources:
            assert seen.setdefault(one.source.id, one.source) == one.source, code
    page = PAGE.read_text("utf-8")
    assert with_table(page) == page, "run `.venv/bin/python -m tests.support.evidence_table`"


PLACED = re.compile(r"(?<![\w@/.-])[A-Za-z_][\w-]*(?:/answer)?/[0-9]+(?![\w@/])")


@pytest.mark.parametrize("code", ["tb", "tobacco"])
def test_name_by_place__after_a_reply_was_put_in_before_it__is_refused_with_its_line(code):
    text = shipped_text(code)
    assert PLACED.findall(text[text.index("\nevidence:") :]) == [], "each has the mark of its text"
    word = next(one for one in read_programme(text).words if len(one.replies) > 2)
    opening = f"  - code: {word.code}\n"
    begin = text.index("    replies:\n", text.index(opening))
    more = text[: begin + 13] + '      - {en: "A new one.", tpi: "Nupela."}\n' + text[begin + 13 :]
    with pytest.raises(BadProgramme) as refused:
        read_programme(more)
    told = [one for one in refused.value.faults if f"{word.code}/2 is another text" in one.message]
    assert told
    lines = more.splitlines()
    assert all(f"{word.code}/2@" in lines[one.line - 1] for one in told)
