"""Phrases of danger of the shipped programmes, rewritten by rule as phones write them."""

from __future__ import annotations

import re
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from services.health.danger.danger_words import read_danger
from services.health.format.parser import read_programme
from services.health.versions.store import shipped, shipped_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LETTERS = "abcdefghijklmnoprstuvwy"
_LONG_ENOUGH = 5


class Change(NamedTuple):
    """A way to write otherwise: its language, its name, and the rewriting."""

    language: str
    name: str
    rewrite: Callable[[str], str]


class Row(NamedTuple):
    """A line of the table: a change, how many phrases it changes, and how many are still heard."""

    change: Change
    phrases: int
    heard: int
    missed: tuple[str, ...]


def _slip(phrase: str) -> str:
    """Write one letter of the longest word wrong; the same one each time."""
    word = max(phrase.split(), key=len)
    if len(word) < _LONG_ENOUGH:
        return phrase
    drawn = Random(phrase)  # noqa: S311 — no secret
    place = drawn.randrange(1, len(word))
    letter = drawn.choice(LETTERS.replace(word[place], ""))
    return phrase.replace(word, f"{word[:place]}{letter}{word[place + 1 :]}", 1)


def _sub(pattern: str, written: str) -> Callable[[str], str]:
    found = re.compile(rf"\b{pattern}\b")
    return lambda phrase: found.sub(written, phrase)


CHANGES = (
    Change("en", "as it stands", str),
    Change("en", "one letter wrong in a word of 5 or more", _slip),
    Change("en", "cannot: cant", _sub("cannot", "cant")),
    Change("en", "I am: I'm", _sub("i am", "I'm")),
    Change("en", "I am: im", _sub("i am", "im")),
    Change("en", "is, am: is really, am really", _sub("(is|am)", r"\1 really")),
    Change("en", "my: the", _sub("my", "the")),
    Change("en", "my: my mum's", _sub("my", "my mum's")),
    Change("tpi", "as it stands", str),
    Change("tpi", "one letter wrong in a word of 5 or more", _slip),
    Change("tpi", "bilong: blo", _sub("bilong", "blo")),
    Change("tpi", "bilong: blong", _sub("bilong", "blong")),
    Change("tpi", "long: lo", _sub("long", "lo")),
    Change("tpi", "no inap: nonap", _sub("no inap", "nonap")),
    Change("tpi", "predicate i left out", lambda one: re.sub(r" i (?=\w)", " ", one)),
    Change("tpi", "of papa in place of me", _sub("bilong mi", "bilong papa")),
)


def phrases(language: str) -> list[str]:
    """Return the words of danger of every shipped programme in a language, each once."""
    flags = (flag for code in shipped() for flag in read_programme(shipped_text(code)).red_flags)
    every = (phrase for flag in flags for phrase in flag.hears.get(language, ()))
    return sorted({phrase.casefold() for phrase in every})


def rows() -> Iterator[Row]:
    """Rewrite every phrase in every way, and count which are still heard."""
    for change in CHANGES:
        written = [(one, change.rewrite(one)) for one in phrases(change.language)]
        changed = [new for old, new in written if new != old or change.rewrite is str]
        missed = tuple(text for text in changed if not _is_heard(text))
        yield Row(change, len(changed), len(changed) - len(missed), missed)


def table() -> str:
    """Write the table."""
    lines = ["phrases of danger of the shipped courses, rewritten       phrases   heard"]
    for change, count, heard, _ in rows():
        name = f"{change.language}: {change.name}"
        lines.append(f"{name:58}{count:7}{100 * heard / max(count, 1):7.1f}%")
    return "\n".join(lines)


def _is_heard(text: str) -> bool:
    told = read_danger(text)
    return told is not None and told.code is not None
