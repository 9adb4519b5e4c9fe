"""docs/ussd-menus.md: which keys lead where, and which SMS says the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.menu_book import HOME
from gateway.menus import Form, Menu
from services.texts.catalogue import LANGUAGES
from tests.flow.pictures.screens import BOOK, KEYS
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ROOT / "docs" / "ussd-menus.md"
_HEAD = """\
# The menus of USSD

What a keeper, a member of a course or an officer reaches by number keys, and the SMS that says
the same: a menu never does what an SMS cannot. `1 2` is the key 1 on the first screen, then 2;
after the operator's code, `*123*1*2#` opens the screen at once. 0 goes back, 00 to the first
screen, 9 on. Pictures of every screen: [phones](phones/README.md).

The courses under *Health* are those that are open while a person dials; here it is all five of
the library. Where one is open alone, its lines stand on the screen *Health* itself, so that a
craving is told by two keys. Officers, abattoirs and village recorders see *My work*, too.

What does harm is confirmed by the PIN of the person, or by a code that comes by SMS. Whether a
pig was sold, given or only moved is asked on the next screen. Other questions of ours, such as
whether a buyer takes a pig, or those of a course, are answered under *My things* where a digit,
yes or no is the answer; a name or a day is answered by SMS.

`python -m tests.flow.pictures` writes this page.

| keys | English | Tok Pisin | SMS |
|---|---|---|---|
"""


def page() -> str:
    """Return the page."""
    return _HEAD + "".join(_rows(HOME, ()))


def _rows(code: str, keys: tuple[str, ...]) -> Iterator[str]:
    menu = BOOK.screens[code]
    assert isinstance(menu, Menu)
    for place, option in enumerate(menu.options, start=1):
        path = (*keys, str(place))
        if KEYS[option.to] != path:
            # It is told where it is reached first.
            continue
        screen = BOOK.screens[option.to]
        label = option.label
        yield f"| {' '.join(path)} | {label['en']} | {label['tpi']} | {_sms(screen)} |\n"
        if isinstance(screen, Menu):
            yield from _rows(option.to, path)


def _sms(screen: object) -> str:
    if not isinstance(screen, Form):
        return ""
    phrase = BOOK.blanks[screen.phrase].phrase
    english, tok_pisin = (phrase.keywords[language][0] for language in LANGUAGES)
    return f"`{english}`" if english == tok_pisin else f"`{english}`, `{tok_pisin}`"
