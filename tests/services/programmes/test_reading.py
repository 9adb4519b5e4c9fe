"""From YAML to a programme: every fault with its place, and nothing but a fault."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.canonical import canonical_bytes
from services.programmes.model import Action, Do, Expect, Resume
from services.programmes.reading import BadProgramme, build, read_document, read_programme
from services.programmes.shipped import shipped, shipped_text
from tests.services.programmes.scene import SMALL

HOSTILE = {
    "an alias": ("a: &x [1]\nb: *x\n", "line 2"),
    "a bomb of aliases": (
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        "line 2",
    ),
    "a key twice": ("code: a\ncode: b\n", "line 2"),
    "a tag": ("a: !!python/object:os.system x\n", "line 1"),
    "a deep nesting": ("[" * 60 + "]" * 60, "line 1"),
    "a NUL": ("code: a\0b\n", "the whole file"),
    "a lone surrogate": ("code: \ud800\n", "the whole file"),
    "ten megabytes": ("a" * 10_000_000, "the whole file"),
    "no mapping": ("- a\n- b\n", "the whole file"),
    "nothing": ("", "the whole file"),
    "an open quote": ('code: "a\n', "line"),
    "a tab": ("code:\n\t- a\n", "line 2"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_read_document__hostile__is_refused_with_its_place(name):
    text, where = HOSTILE[name]
    with pytest.raises(BadProgramme) as raised:
        read_document(text)
    assert raised.value.faults[0].where.startswith(where)


def test_read_document__words_of_yaml_1_1__are_text():
    told = "a: [yes, no, on, off, 10:30, 0o7, 1_000, 2026-12-25, .5, NULL]\nb: [true, false, null, ~, -3]\n"
    assert read_document(told) == {
        "a": ["yes", "no", "on", "off", "10:30", "0o7", "1_000", "2026-12-25", ".5", "NULL"],
        "b": [True, False, None, None, -3],
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


@pytest.mark.parametrize(("old", "new", "where"), FAULTY, ids=[where for *_, where in FAULTY])
def test_read_programme__one_thing_wrong__is_told_with_its_place(old, new, where):
    assert old in SMALL
    with pytest.raises(BadProgramme) as raised:
        read_programme(SMALL.replace(old, new, 1))
    assert where in {fault.where for fault in raised.value.faults}
    assert where in raised.value.fields


def test_read_programme__a_key_that_is_nearly_right__is_suggested():
    with pytest.raises(BadProgramme, match="did you mean `area`"):
        read_programme(SMALL.replace("area:", "arae:", 1))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 400) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "text",
                    "ask",
                    "en",
                    "do",
                    "if",
                    "set",
                    "to",
                    "expect",
                    "options",
                    "1",
                    "day",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    st.sampled_from(
        ["code", "title", "languages", "anchors", "intake", "phases", "words", "stop", "outcomes"]
    ),
    JSON,
)
def test_build__any_value_anywhere__is_a_programme_or_told_to_be_none(key, value):
    document = read_document(SMALL)
    document[key] = value
    try:
        build(document)
    except BadProgramme as error:
        assert error.faults
