"""The sheets of docs/phones, some screens each, and their index."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from gateway.pages import LIMIT
from sms.encoding import SEGMENT
from tests.flow.pictures import answers, replies, screens
from tests.flow.pictures.phone import Pair, sheet
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = ROOT / "docs" / "phones"
INDEX = "README.md"
_EACH = 12
_DIALLED, _SENDER = "*123#", "Bilum"
_HEAD = """\
# What phones show

These pictures show every screen of the USSD menus and every sentence sent by SMS, as a small phone
shows them. English and Tok Pisin stand side by side, each with its length and its limit. A USSD
screen holds 182 characters of the GSM alphabet, an SMS of one segment 160. The Tok Pisin is a draft
until a named speaker has reviewed it.

`python -m tests.flow.pictures` draws them from the program itself. A test fails if a picture is out
of date or a text exceeds its limit. [ussd-menus.md](../ussd-menus.md) lists the keys,
[phones.md](../phones.md) the SMS that a person can send.

| sheet | screens | longest English | longest Tok Pisin | limit |
|---|--:|--:|--:|--:|
"""
_FOOT = """
In the pictures, every course of the library is open and the person works with other people's pigs,
so that every line appears; a keeper does not see *My work*. Above a USSD screen stand its code and
its keys, above an SMS the code of its sentence in `services/texts`. A screen that looks the same as
an earlier one is not drawn again.

![The first screen, and what is below My things and Help](ussd-own-1.svg)
"""


class Sheet(NamedTuple):
    """One picture: its name in the folder, its title, what it shows, and the limit of a screen."""

    name: str
    title: str
    top: str
    pairs: list[Pair]
    limit: int

    def drawn(self) -> str:
        """Return it as SVG."""
        return sheet(self.title, self.top, self.pairs, self.limit)


def sheets() -> list[Sheet]:
    """Return every sheet."""
    dialled = [
        one
        for group, title in screens.TITLES.items()
        for one in _cut(f"ussd-{group}", title, screens.screens(group), (_DIALLED, LIMIT))
    ]
    dialled += _cut("ussd-answers", answers.TITLE, answers.answers(), (_DIALLED, LIMIT))
    sent = [
        one
        for group, title in replies.TITLES.items()
        for one in _cut(f"sms-{group}", title, replies.replies(group), (_SENDER, SEGMENT))
    ]
    return [*dialled, *sent]


def pictures() -> dict[str, str]:
    """Return the files of the folder by name."""
    every = sheets()
    lines = (
        f"| [{one.title}]({one.name}) | {2 * len(one.pairs)} | {_longest(one, 0)} "
        f"| {_longest(one, 1)} | {one.limit} |\n"
        for one in every
    )
    index = _HEAD + "".join(lines) + _FOOT
    return {one.name: one.drawn() for one in every} | {INDEX: index}


def _cut(name: str, title: str, pairs: list[Pair], kind: tuple[str, int]) -> Iterator[Sheet]:
    """Yield as few sheets as hold everything, each with about as many screens."""
    count = -(-len(pairs) // _EACH)
    starts = [len(pairs) * place // count for place in range(count + 1)]
    for place, (start, end) in enumerate(pairwise(starts), start=1):
        shown = f"{title}, {place}" if count > 1 else title
        yield Sheet(f"{name}-{place}.svg", shown, kind[0], pairs[start:end], kind[1])


def _longest(one: Sheet, language: int) -> int:
    return max(pair.both[language].units for pair in one.pairs)
