"""What pages say in the language of whoever reads them, for scripts that name it in English.

Scripts know what is on the screen, in English; the catalogues tell what stands in its place.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from itertools import islice, product
from string import Formatter
from typing import NamedTuple

from babel.dates import format_date

from services.health.versions.bases import LIBRARY
from services.texts.catalogue import sentences
from tests.services.health.scene import SMALL

ENGLISH = "en"
_DATE = re.compile(r"\b(\d{1,2} )?(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4})\b")
_MONTHS = {f"{date(2026, month, 1):%b}": date(2026, month, 1) for month in range(1, 13)}
_PAIR = re.compile(r"\{en: ([^,{}]+), tpi: ([^,{}]+)\}")
_NUMBER, _PLACE, _ANY = re.compile(r"\d+"), re.compile(r"\{\w+\}|\d+"), "\0"
_BETWEEN = (": ", ", ", "; ", " ")
_FEWEST_LETTERS = 3
_MOST_WAYS = 40


class _Shape(NamedTuple):
    """A sentence with places: what it looks like filled in, and how others say it."""

    english: re.Pattern[str]
    letters: int
    code: str
    form: int


@cache
def ways(text: str, language: str) -> list[str]:
    """Return every way in which pages say an English text; the text itself where none is."""
    if language == ENGLISH:
        return [text]
    if found := _whole(language).get(text.casefold()):
        return found
    filled, joined = _filled(text, language), _joined(text, language)
    # Two pieces may be words that somebody wrote, and no sentence of ours.
    return [*filled, *joined, *([] if filled else [_with_dates(text, language)])]


def said(text: str, language: str) -> str | re.Pattern[str]:
    """Return what the whole of a name or a heading is in a language."""
    if language == ENGLISH:
        return text
    return re.compile(rf"^\s*(?:{_either(ways(text, language))})\s*$", re.IGNORECASE)


@cache
def part(text: str, language: str) -> str | re.Pattern[str]:
    """Return what stands somewhere in a text; it may itself be a part of a sentence."""
    if language == ENGLISH:
        return text
    found = (_around(text, language), _opened(text, language), _either(ways(text, language)))
    return re.compile("|".join(filter(None, found)), re.IGNORECASE)


@cache
def _whole(language: str) -> dict[str, list[str]]:
    """How a language says each English sentence, and the words of the courses."""
    found: dict[str, list[str]] = {}
    for code, sentence in sentences(ENGLISH).items():
        for english, other in zip(sentence.forms, sentences(language)[code].forms, strict=True):
            found.setdefault(english.casefold(), []).append(other)
    for course in (SMALL, *(one.read_text("utf-8") for one in LIBRARY.glob("*.yaml"))):
        for english, other in _PAIR.findall(course):
            found.setdefault(english.casefold(), []).append(other)
    return found


@cache
def _shapes() -> list[_Shape]:
    """Sentences with places, those with most words of their own first."""
    found = []
    for code, sentence in sentences(ENGLISH).items():
        for number, form in enumerate(sentence.forms):
            parts = list(Formatter().parse(form))
            letters = sum(len(re.findall(r"\w", literal)) for literal, *_ in parts)
            if "{" in form and letters >= _FEWEST_LETTERS:
                found.append(_Shape(_pattern(parts), letters, code, number))
    return sorted(found, key=lambda shape: -shape.letters)


def _pattern(parts: list[tuple[str, str | None, str | None, str | None]]) -> re.Pattern[str]:
    seen: set[str] = set()
    written = []
    for literal, name, _, _ in parts:
        written.append(re.escape(literal))
        if name is not None:
            written.append(rf"(?P={name})" if name in seen else rf"(?P<{name}>.+?)")
            seen.add(name)
    return re.compile("".join(written), re.IGNORECASE)


def _filled(text: str, language: str) -> list[str]:
    """Take the text as a sentence with its values, which are words themselves."""
    found: list[str] = []
    best = 0
    for shape in _shapes():
        if shape.letters < best:
            break
        if told := shape.english.fullmatch(text):
            best = shape.letters
            other = sentences(language)[shape.code].forms[shape.form]
            # A value may be a word of ours, or a name that reads like one.
            values = [
                dict.fromkeys((*ways(value, language), value))
                for value in told.groupdict().values()
            ]
            found += [
                other.format(**dict(zip(told.groupdict(), chosen, strict=True)))
                for chosen in islice(product(*values), _MOST_WAYS)
            ]
    return found


def _joined(text: str, language: str) -> list[str]:
    """Take the text as two, of which one at least is known: a word and a number, say."""
    found: list[str] = []
    for between in _BETWEEN:
        for cut in re.finditer(re.escape(between), text):
            before, after = text[: cut.start()], text[cut.end() :]
            if _known(before, language) or _known(after, language):
                pairs = product(ways(before, language), ways(after, language))
                found += [between.join(pair) for pair in islice(pairs, _MOST_WAYS)]
        if found:
            break
    return found


def _known(text: str, language: str) -> bool:
    return text.casefold() in _whole(language)


def _around(text: str, language: str) -> str:
    """How a language says the sentences that this is a part of, with its numbers in place."""
    wanted, numbers = _NUMBER.sub(_ANY, text.casefold()), _NUMBER.findall(text)
    found = []
    for english, others in _whole(language).items():
        before, has_it, _ = _PLACE.sub(_ANY, english).partition(wanted)
        if has_it:
            places = _PLACE.findall(english)[before.count(_ANY) :]
            values = dict(zip(places, numbers, strict=False))
            found += [_free(one, values) for one in others]
    return "|".join(dict.fromkeys(found))


def _opened(text: str, language: str) -> str:
    """How a language says the sentences that begin like this, up to their first place."""
    found = []
    for code, sentence in sentences(ENGLISH).items():
        for english, other in zip(sentence.forms, sentences(language)[code].forms, strict=True):
            opening, place, _ = english.partition("{")
            value = text.removeprefix(opening)
            if place and len(opening) >= _FEWEST_LETTERS and value not in {text, ""}:
                name = re.findall(r"\{\w+\}", english)[0]
                values = dict.fromkeys((*ways(value, language), value))
                found += [_free(other, {name: one}) for one in values]
    return "|".join(dict.fromkeys(found))


def _free(sentence: str, values: dict[str, str]) -> str:
    """A pattern of a sentence, with anything in the places of which no value is known."""
    parts = re.split(rf"({_PLACE.pattern})", sentence)
    return "".join(
        re.escape(values[one]) if one in values else ".+?" if one.startswith("{") else _spaced(one)
        for one in parts
    )


def _either(texts: list[str]) -> str:
    return "|".join(map(_spaced, dict.fromkeys(texts)))


def _spaced(text: str) -> str:
    """A pattern of a text, which a page may break anywhere."""
    return re.escape(text).replace(r"\ ", r"\s+")


def _with_dates(text: str, language: str) -> str:
    def other(found: re.Match[str]) -> str:
        month = format_date(_MONTHS[found[2]], "MMM", language)
        return f"{found[1] or ''}{month} {found[3]}"

    return _DATE.sub(other, text)
