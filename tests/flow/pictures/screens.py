"""Every screen of the menus that can be seen before something is said: walked key by key."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.form_filling import FieldAnswer
from gateway.menu_book import HOME, MenuBook
from gateway.menus import Ask, Form, Menu
from gateway.ussd import MenuMachine
from gateway.ussd_state import State
from services.livestock.sms_commands import FILLERS
from services.messaging.ussd.actions import screen_signs
from services.runtime.command_catalogue import every_menu
from services.texts.catalogue import LANGUAGES
from sms import encoding
from tests.flow.pictures.phone import Pair, Screen
from tests.services.runtime.menus.books import COURSES, Reach, phrases_of, published

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.menus import Field

TITLES = {
    "own": "USSD: the first screen, a person's own things, help",
    "pigs": "USSD: pigs",
    "health": "USSD: health",
    "work": "USSD: officers, abattoirs, recorders",
}
# How the codes of a group's screens begin.
_OPENINGS = {"own": (HOME, "my", "help"), "health": ("health", "course")}
_EVERYTHING = published(*COURSES)
BOOK = MenuBook(
    every_menu(_EVERYTHING, members=True, works=True),
    phrases_of(_EVERYTHING),
    screen_signs(),
    encoding,
    FILLERS,
)
MACHINE = MenuMachine(BOOK)
KEYS = Reach(BOOK).keys


def screens(group: str) -> list[Pair]:
    """Return what is seen below one line of the first screen; what is seen again is left out."""
    openings = _OPENINGS.get(group, (group,))
    found: dict[tuple[str, str], Pair] = {}
    for code, keys in KEYS.items():
        if code.partition(".")[0] in openings:
            for name, state in _states(code, " ".join(keys)):
                pair = _pair(name, state)
                found.setdefault((pair.english.text, pair.tok_pisin.text), pair)
    return list(found.values())


def _states(code: str, keys: str) -> Iterator[tuple[str, State]]:
    screen = BOOK.screens[code]
    trail = () if code == HOME else (code,)
    if isinstance(screen, Menu):
        yield f"{code} ({keys})" if keys else code, State(trail)
    if not isinstance(screen, Form):
        return
    state = State(trail)
    for field in screen.fields:
        for said, seen in _asked(screen, field, state):
            yield f"{code} ({keys}): {said}", seen
        state = replace(state, filled=(*state.filled, _answer(field)))
    if screen.confirm:
        yield f"{code} ({keys}): confirm", state


def _asked(form: Form, field: Field, state: State) -> Iterator[tuple[str, State]]:
    """Yield a question, the questions that its answers lead to, and a list that has begun."""
    yield field.argument, state
    if isinstance(field, Ask):
        if BOOK.blanks[form.phrase].named[field.argument].many and not field.single:
            yield f"{field.argument}, more", replace(state, current=_answer(field))
        return
    for place, value in enumerate(field.values):
        if value.then is not None:
            yield f"{field.argument}, {place + 1}", replace(state, current=FieldAnswer(place))


def _answer(field: Field) -> FieldAnswer:
    return FieldAnswer(typed=(field.example,)) if isinstance(field, Ask) else FieldAnswer(0)


def _pair(name: str, state: State) -> Pair:
    told = (MACHINE.show(state, each) for each in LANGUAGES)
    return Pair(name, *(Screen(text, encoding.units(text)) for text in told))
