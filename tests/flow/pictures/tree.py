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

This page lists every line of the menus, the keys that lead to it, and the SMS that does the same:
a menu never does more than an SMS can. `1 2` means the key 1 on the first screen, then 2. After the
operator's code, `*123*1*2#` opens that screen at once. 0 goes back, 00 goes to the first screen,
and 9 shows more. Pictures of every screen: [phones](phones/README.md).

*Health* lists the courses that are open when the person dials; this page shows all seven of the
library. If only one course is open, its lines stand on the screen *Health* itself, so that a member
reports a craving with two keys. Officers, abattoirs and village recorders also see *My work*.

A person confirms a harmful command with a PIN, or with a code that comes by SMS. The next screen
asks whether a pig was sold, given or only moved. Other questions, such as those of a course or
whether a buyer takes a pig, wait under *My things* if a digit, yes or no answers them. Questions
for a name or a day are answered by SMS.

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
