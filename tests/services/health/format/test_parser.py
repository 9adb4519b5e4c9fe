"""From YAML to a programme: every fault with its place, and nothing but a fault."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.canonical import canonical_bytes
from services.health.errors import BadProgramme
from services.health.format.documents import read_document
from services.health.format.entries import Action, Do, Expect
from services.health.format.model import Resume
from services.health.format.parser import build, read_programme
from services.health.linting.costs import costs
from services.health.linting.findings import LintSettings
from services.health.linting.linter import lint
from services.health.versions.store import shipped, shipped_text
from tests.services.health.scene import SMALL

DEEP = "[" * 60 + "]" * 60
HOSTILE = {
    "an alias": ("code: a\nx: *y\n", "line 2", "alias"),
    "an anchor": ("code: a\nx: &y [1]\n", "line 2", "anchor"),
    "a bomb of aliases": ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "line 1", "anchor"),
    "a key twice": ("code: a\ncode: b\n", "line 2", "second time"),
    "a key twice, as number and text": ('x: {1: a, "1": b}\n', "line 1", "second time"),
    "a key that is a list": ("? [a, b]\n: c\n", "line 1", "no plain word"),
    "a merge of mappings": ("a: {x: 1}\n<<: *a\n", "line 2", "alias"),
    "a tag": ("a: !!python/object:os.system x\n", "line 1", "tag"),
    "a deep list": (f"code: a\nx: {DEEP}", "line 2", "too deeply"),
    "a deep mapping": ("{a: " * 60 + "}" * 60, "line 1", "too deeply"),
    "a deep block": ("- " * 60, "line 1", "too deeply"),
    "a NUL": ("area: x\ncode: a\0b\n", "line 2", "U+0000"),
    "a lone surrogate": ("code: \ud800\n", "line 1", "U+D800"),
    "an escape of a NUL": ('area: b\ncode: "\\0"\n', "line 2", "U+0000"),
    "an escape of a NUL in a key": ('"\\0": b\n', "line 1", "U+0000"),
    "an escape of a surrogate": ('code: "\\ud800"\n', "line 1", "Correct"),
    "no character": ("code: \uffff\n", "the whole file", "YAML"),
    "ten megabytes": ("a" * 10_000_000, "the whole file", "longer than 4 MB"),
    "many bytes of few letters": ("\u20ac" * 1_500_000, "the whole file", "longer than 4 MB"),
    "a list": ("- a\n- b\n", "line 1", "mapping"),
    "nothing": ("", "line 1", "empty"),
    "two documents": ("code: a\n---\ncode: b\n", "line 2", "another document"),
    "an open quote": ('code: a\nx: "a\n', "line ", "YAML"),
    "a tab": ("code:\n\t- a\n", "line 2", "YAML"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_read_document__hostile__is_refused_with_its_place(name):
    text, where, told = HOSTILE[name]
    with pytest.raises(BadProgramme, match=re.escape(told)) as raised:
        read_document(text)
    assert raised.value.faults[0].where.startswith(where)


def test_read_document__four_megabytes_of_brackets_or_keys__are_refused():
    with pytest.raises(BadProgramme, match="nest"):
        read_document("[" * 4_000_000)
    with pytest.raises(BadProgramme, match="second time"):
        read_document("a: 1\n" * 400_000)


def test_build__faults_without_end__are_told_up_to_a_number():
    document = read_document(SMALL) | {"questions": [1] * 1_000}
    with pytest.raises(BadProgramme) as raised:
        build(document)
    assert len(raised.value.faults) == 200


def test_read_document__words_of_yaml_1_1__are_text():
    told = (
        "a: [yes, no, on, off, 10:30, 0o7, 1_000, 2026-12-25, .5, NULL, 007]\n"
        "b: [true, false, null, ~, -3, +4]\n"
    )
    assert read_document(told) == {
        "a": ["yes", "no", "on", "off", "10:30", "0o7", "1_000", "2026-12-25", ".5", "NULL", "007"],
        "b": [True, False, None, None, -3, 4],
    }


@pytest.mark.parametrize("text", [SMALL, *map(shipped_text, shipped())], ids=["small", *shipped()])
def test_build__of_the_canonical_bytes__is_the_same_programme(text):
    document = read_document(text)
    assert build(json.loads(canonical_bytes(document))) == build(document)


def test_read_programme__small__has_what_the_file_tells():
    programme = read_programme(SMALL)
    assert programme.title["tpi"] == "Lusim simuk"
    assert programme.resume is Resume.SHIFT
    assert [entry.id for entry in programme.intake] == ["uses", "agree", "name", "shared", "when"]
    asked = programme.entry("slip-5").ask
    assert asked is not None
    assert (asked.expect, asked.sets, asked.remind_days) == (Expect.DATE, "quit", (2,))
    assert asked.otherwise == (Action(Do.SET, "quit", 7), Action(Do.CLEAR, "slip"))
    assert programme.entry("stop").ask is not None
    with pytest.raises(KeyError):
        programme.entry("nothing")


FAULTY = [
    ("code: tobacco", "code: Tobacco!", "code"),
    ("code: tobacco", "code: number", "code"),
    ("code: tobacco", "code: programme", "code"),
    ("code: tobacco", "code: all", "code"),
    ("area: mTobaccoCessation", "aera: mTobaccoCessation", "the file"),
    ("expect: name", "expect: nmae", "intake[2].ask.expect"),
    ("1: {code: daily", "10: {code: daily", "intake[0].ask.options"),
    ("remind_days: [1]", "remind_days: [3, 1]", "intake[0].ask.remind_days"),
    ("close_days: 2", "close_days: 0", "intake[2].ask.close_days"),
    ("{set: quit, to: 14}", "{set: quit, to: soon}", "intake[4].ask.otherwise[0].to"),
    ("{end: ineligible,", "{end: bored,", "intake[0].ask.answers[0].do[0].end"),
    ('at: "09:00", text: {en: "Tell', 'at: "9 am", text: {en: "Tell', "phases[0].messages[0].at"),
    ("day: 1, at", "day: one, at", "phases[0].messages[0].day"),
    ("late: skip", "late: never", "phases[1].late"),
    ("resume: shift", "resume: maybe", "resume"),
    ("pause_days: 10", "pause_days: ten", "pause_days"),
    ("last_day: {anchor: quit, day: 45}", "last_day: 45", "last_day"),
]


@pytest.mark.parametrize(
    ("old", "new", "where"), FAULTY, ids=[f"{where} {new[:20]}" for _, new, where in FAULTY]
)
def test_read_programme__one_thing_wrong__is_told_with_its_place(old, new, where):
    assert old in SMALL
    with pytest.raises(BadProgramme) as raised:
        read_programme(SMALL.replace(old, new, 1))
    assert where in {fault.where for fault in raised.value.faults}
    assert where in raised.value.fields


def test_read_programme__a_fault__has_its_line():
    with pytest.raises(BadProgramme, match=r"line 4, title\.tpi must be text"):
        read_programme(SMALL.replace("tpi: Lusim simuk}", "tpi: 5}", 1))


def test_build__without_what_is_needed__names_each_once():
    with pytest.raises(BadProgramme) as raised:
        build({})
    needs = ["code", "area", "title", "languages", "intake", "welcome", "phases", "last_day"]
    assert raised.value.fields == {"the file": [f"needs `{key}`" for key in needs]}


def test_build__order_of_keys__makes_no_difference():
    document = read_document(SMALL)
    turned = dict(reversed(document.items()))
    turned["anchors"] = dict(reversed(document["anchors"].items()))
    turned["languages"] = dict(reversed(document["languages"].items()))
    assert build(turned) == build(document)
    assert list(build(turned).languages) == ["en", "tpi"]


def test_read_programme__a_key_that_is_nearly_right__is_suggested():
    with pytest.raises(BadProgramme, match="did you mean `area`"):
        read_programme(SMALL.replace("area:", "arae:", 1))


def places(value, path=()):
    """Every place of a document."""
    yield path
    if isinstance(value, list):
        value = dict(enumerate(value))
    for key, below in value.items() if isinstance(value, dict) else ():
        yield from places(below, (*path, key))


DOCUMENT = json.dumps(read_document(SMALL))
PLACES = list(places(json.loads(DOCUMENT)))[1:]
KEYS = st.sampled_from(sorted({key for *_, key in PLACES if isinstance(key, str)}))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=8)
    | st.sampled_from(["quit", "answer", "date", "08:00", "25:00", "2026-02-30", "none", "on"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(KEYS | st.text(st.characters(codec=None), max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


def builds_or_tells(document):
    try:
        programme = build(document)
    except BadProgramme as error:
        told = error
    else:
        told = None
    if told is not None:
        assert told.faults
        assert told.detail.isprintable()
        return
    assert isinstance(lint(programme, LintSettings(), date(2026, 11, 25)), list)
    assert costs(programme, LintSettings())


@pytest.mark.slow
@given(st.sampled_from(PLACES), JSON)
@settings(max_examples=120, deadline=None)
def test_build__any_value_anywhere__is_a_programme_or_told_to_be_none(path, value):
    document = json.loads(DOCUMENT)
    *way, last = path
    inner = document
    for key in way:
        inner = inner[key]
    inner[last] = value
    builds_or_tells(document)


@pytest.mark.slow
@given(st.dictionaries(KEYS, JSON, max_size=8))
@settings(max_examples=50, deadline=None)
def test_build__any_document__is_a_programme_or_told_to_be_none(document):
    builds_or_tells(document)


@given(st.text(max_size=200) | st.text("{}[]:,-&*!|>'\"#%@ \nab1", max_size=60))
@settings(max_examples=100, deadline=None)
def test_read_document__any_text__is_a_document_that_has_a_canonical_form_or_none(text):
    try:
        document = read_document(text)
    except BadProgramme:
        return
    assert json.loads(canonical_bytes(document)) == document
