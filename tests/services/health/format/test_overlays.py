"""A programme as differences from a base: what they may change, and what they may not hide."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from chain.canonical import canonical_bytes
from services.health.errors import BadProgramme
from services.health.format.differences import Changed, conflicts, differences
from services.health.format.documents import read_document, read_source
from services.health.format.overlays import Base, whole_of
from services.health.format.parser import build, read_programme
from services.health.linting.findings import LintSettings, Severity
from services.health.linting.linter import lint
from services.health.versions.bases import shipped_base
from services.health.versions.store import LIBRARY
from tests.factories import NOW
from tests.services.health.scene import SMALL

NUMBERS = SMALL.replace("call 111 now", "call {ambulance} now")
BASE = Base("tobacco@3", b"\1" * 32, read_document(NUMBERS))


def whole(text, base=BASE):
    return whole_of(read_source("extends: tobacco@3\n" + text), lambda _: base)


def said(document, text_id, language="en"):
    programme = build(document)
    entry = next(one for one in programme.entries() if one.id == text_id)
    return entry.text.in_language(language)


def test_overlay__of_differences__is_a_whole_whose_digest_covers_both():
    text = """
set: {country: {staple: kaukau}, title: {en: Be free, tpi: Stap fri}}
replace:
  day-2: {en: "Day 2. Eat {staple}."}
  crave/2: {en: "Drink water, sing."}
  mood-3/answer/2: {tpi: "Gutpela tru!"}
remove: [tip-1, phase/relapse]
add:
  messages:
    course:
      - {id: day-4, day: 4, at: "12:00", text: {en: "Day 4.", tpi: "De 4."}}
"""
    made = whole(text)
    programme = build(made)
    assert (said(made, "day-2"), said(made, "day-2", "tpi")) == (
        "Day 2. Eat kaukau.", "De 2. Wara i helpim yu.",
    )  # fmt: skip
    assert programme.words[0].replies[1].say["en"] == "Drink water, sing."
    assert [phase.id for phase in programme.phases] == ["start", "course"]
    assert "day-4" in {entry.id for entry in programme.entries()}
    assert said(BASE.document, "day-2") == "Day 2. Water helps.", "the base is untouched"
    assert made["extends"]["digest"] == BASE.digest.hex()
    other = whole(text, BASE._replace(digest=b"\2" * 32))
    digests = {sha256(canonical_bytes(one)).hexdigest() for one in (made, other, whole(""))}
    assert len(digests) == 3


REFUSED = {
    "replace:\n  day-9: {en: x}": ("replace.day-9", 3, "no text day-9"),
    "remove: [day-9]": ("remove[0]", 2, "no day-9"),
    "remove: [chest_pain]": ("remove[0]", 2, "for safety"),
    "remove: [event/loss]": ("remove[0]", 2, "for safety"),
    "remove: [loss-2]": ("remove[0]", 2, "for safety"),
    "remove: [agree]": ("remove[0]", 2, "for safety"),
    "remove: [stop]": ("remove[0]", 2, "for safety"),
    "remove: [mood-3]": ("remove[0]", 2, "for safety"),
    "remove: [phase/course]": ("remove[0]", 2, "mood-3, which is for safety"),
    "remove: [crave/1]": ("remove[0]", 2, "part of another"),
    "keep: {course: [day-2]}": ("keep.course", 2, "mood-3 is for safety"),
    "keep: {course: [day-9, mood-3]}": ("keep.course[0]", 2, "no message day-9"),
    "keep: {nowhere: []}": ("keep.nowhere", 2, "no phase"),
    "remove: [cohort/none]": ("remove[0]", 2, "no cohort none"),
    'replace:\n  self_harm: {en: "Sleep."}': ("replace.self_harm", 3, "{ambulance}"),
    "set: {country: {stapel: x}}": ("set.country.stapel", 2, "no value"),
    "set: {red_flags: []}": ("set", 2, "means nothing here"),
    "set: {revealing: {}}": ("set", 2, "means nothing here"),
    "red_flags: []": ("the file", None, "means nothing here"),
    "add:\n  messages:\n    nowhere: []": ("add.messages.nowhere", 4, "no phase"),
    "add:\n  questions:\n    - {id: day-2, text: {en: x}}": ("add.questions[0]", 4, "already"),
    'replace:\n  day-2: {discreet: "x"}': ("replace.day-2.discreet", 3, "mapping"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_overlay__that_hides_or_misses_something__is_refused_with_its_line(text):
    where, line, told = REFUSED[text]
    with pytest.raises(BadProgramme) as refused:
        whole(text)
    fault = refused.value.faults[0]
    assert (fault.where, fault.line) == (where, line)
    assert told in fault.message


def test_new_base__under_an_overlay__shows_what_changes_and_what_is_to_decide():
    text = 'extends: tobacco@3\nreplace:\n  day-2: {en: "Day 2. Rest."}\n'
    source = read_source(text)
    mended = NUMBERS.replace("Day 2. Water helps.", "Day 2. Clean water helps.").replace(
        "Tell a friend today.", "Tell nobody."
    )
    new = Base("tobacco@4", b"\4" * 32, read_document(mended))
    changes = differences(whole_of(source, lambda _: BASE), whole_of(source, lambda _: new))
    assert [(one.kind, one.where, one.new) for one in changes] == [
        (Changed.CHANGED, "phases.start.messages.tip-1.text.en", "Tell nobody.")
    ]
    (decide,) = conflicts(source.document, BASE.document, new.document)
    assert (decide.where, decide.old, decide.new, decide.own) == (
        "day-2.en", "Day 2. Water helps.", "Day 2. Clean water helps.", "Day 2. Rest.",
    )  # fmt: skip


def test_shipped_base__unknown_or_in_a_circle__is_refused_with_the_line(tmp_path):
    for name, told in (("none@shipped", "not shipped"), ("tobacco", "a base is such as")):
        with pytest.raises(BadProgramme, match=told) as refused:
            read_programme(f"set: {{}}\nextends: {name}\n", shipped_base)
        assert refused.value.faults[0].line == 2
    for name, other in (("one", "two"), ("two", "one")):
        (tmp_path / f"{name}.yaml").write_text(f"extends: {other}@shipped\n")
    with pytest.raises(BadProgramme, match="extends itself"):
        shipped_base("one@shipped", tmp_path)


def test_removal__of_a_text_with_evidence__takes_its_name_out_of_the_groups():
    text = "extends: cervical@shipped\nremove: [wait-150]\n"
    made = whole_of(read_source(text), shipped_base)
    names = {name for group in made["evidence"] for name in group["of"]}
    assert ("wait-150" in names, "event/moved" in names) == (False, True)
    build(made)


def test_overlays__that_are_shipped__have_no_fault():
    files = sorted((LIBRARY / "overlays").glob("*.yaml"))
    assert files
    for file in files:
        programme = read_programme(file.read_text("utf-8"), shipped_base)
        found = lint(programme, LintSettings(), NOW.date())
        assert [one for one in found if one.severity is Severity.FAULT] == []
        assert json.loads(json.dumps(read_document(file.read_text("utf-8"))))["extends"]
