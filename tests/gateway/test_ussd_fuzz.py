"""Any keys whatever: never an exception, always one screen, and a way back."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.pages import LIMIT
from gateway.ussd import MenuMachine
from gateway.ussd_state import ShownText, State
from sms.encoding import plain, units
from tests.gateway.small_menus import BOOK

MACHINE = MenuMachine(BOOK)
ANY_CHARACTER = st.characters(exclude_categories=[])
KEYS = st.sampled_from(
    [*"0123456789", "00", "1262", "1359 1456", "1263", "24/11", "feast", "", "\x00", "\ud800", "["]
)
INPUTS = st.lists(KEYS | st.text(ANY_CHARACTER, max_size=200), max_size=30)
LANGUAGES = st.sampled_from(["en", "tpi"])
# More keys back than any state holds answers, pages and screens.
ENOUGH = 60


def require_screen(state, language, notice=""):
    text = MACHINE.show(state, language, notice)
    assert units(text) <= LIMIT
    assert plain(text) == text
    assert text
    return text


@given(INPUTS, LANGUAGES)
@example(["1", "1", "1262", "9", "1", "1", "1"], "en")
@example(["3", "{0}" * 60], "en")
@example(["3", "[" * 182], "tpi")
@example(["1", "1"] + ["1262 " * 36] * 19, "tpi")
def test_press__any_keys__never_raises_and_always_has_a_screen(inputs, language):
    state = State()
    for keys in inputs:
        step = MACHINE.press(state, keys, language)
        require_screen(step.state, language, "a notice")
        state = step.state
        assert MACHINE.fitted(State.read(state.text())) == state


@given(INPUTS, LANGUAGES)
def test_back__pressed_often_enough_from_anywhere__ends_at_the_first_screen(inputs, language):
    state = State()
    for keys in inputs:
        state = MACHINE.press(state, keys, language).state
    for _ in range(ENOUGH):
        state = MACHINE.press(state, "0", language).state
    assert state == State()


@given(
    st.lists(st.text(ANY_CHARACTER, max_size=400), max_size=4),
    INPUTS,
    LANGUAGES,
    st.text(ANY_CHARACTER, max_size=300),
)
def test_reply__of_any_texts__has_pages_within_the_limit_and_all_its_words(
    texts, inputs, language, notice
):
    state = State(("pigs",), told=ShownText(tuple(texts)))
    seen = []
    while True:
        require_screen(state, language, notice)
        seen.append(require_screen(state, language).rpartition("\n")[0])
        step = MACHINE.press(state, "9", language)
        if step.wrong:
            break
        state = step.state
    shown = "".join("".join(seen).split())
    assert shown == "".join(plain("".join("\n".join(texts).split())).split())
    for keys in inputs:
        state = MACHINE.press(state, keys, language).state
        require_screen(state, language, notice)


@given(
    st.text(ANY_CHARACTER, max_size=400)
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["version", "trail", "filled", "current", "page", "told", "texts"]),
                inner,
                max_size=6,
            )
        ),
    ).map(json.dumps)
)
def test_state__of_any_text__is_read_and_has_a_screen(text):
    require_screen(MACHINE.fitted(State.read(text)), "en")
