"""The texts of a part of a course as people get them, chosen by the fields of the address."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from flask import request

from services.console.numbers import asked_number
from services.console.programmes.course import CoursePart, CourseText, parts_of, shown_text
from services.console.words import language as page_language
from services.health.format.model import Programme
from services.health.linting.findings import Finding
from services.health.linting.text_places import findings_by_text

SHARED = "shared"
_FIELDS = ("part", "language", "phone", "q")
PAGE = 30
_LONGEST = 60


class TextLine(NamedTuple):
    """A text of the list: as it is shown, what the linter finds, and its own shared form."""

    part: CoursePart
    text: CourseText
    said: str
    findings: Sequence[Finding]


class CourseView(NamedTuple):
    """A chosen part of a course, or the texts that hold some words.

    Attributes:
        parts: all of them; `part`: the code of the chosen one, empty while words are looked for.
        lines: those of one page; `more`: the fields of the next page's address.
        findings: those of no single text.
        wrong: how many faults and warnings each part has.
    """

    parts: Sequence[CoursePart]
    part: str
    language: str
    languages: Sequence[str]
    discreet: bool
    words: str
    lines: Sequence[TextLine]
    more: str | None
    findings: Sequence[Finding]
    wrong: Mapping[str, int]


def chosen_view(given: Programme, found: Sequence[Finding]) -> CourseView:
    """Return what the address asks for; the first part where it asks for none that is there."""
    parts, told = parts_of(given), findings_by_text(given, found)
    language = _one_of(request.args.get("language") or page_language(), list(given.languages))
    discreet = request.args.get("phone") == SHARED
    words = " ".join(request.args.get("q", "").split())[:_LONGEST]
    part = _one_of(request.args.get("part", ""), [one.code for one in parts])
    wanted = [one for one in parts if words or one.code == part]
    texts = [(one, text) for one in wanted for text in one.texts if holds(text, words)]
    start = asked_number("from")
    lines = [
        _line(given, one, language, told, discreet=discreet) for one in texts[start : start + PAGE]
    ]
    wrong = {one.code: sum(len(told.get(text.id, ())) for text in one.texts) for one in parts}
    return CourseView(
        parts,
        "" if words else part,
        language,
        list(given.languages),
        discreet,
        words,
        lines,
        _next(start + PAGE) if len(texts) > start + PAGE else None,
        told.get(None, ()),
        wrong,
    )


def first_of_page(part: CoursePart, text_id: str) -> int:
    """Return the number of the first text of the page on which a text stands."""
    ids = [one.id for one in part.texts]
    return ids.index(text_id) // PAGE * PAGE if text_id in ids else 0


def _next(start: int) -> str:
    kept = {name: request.args[name] for name in _FIELDS if name in request.args}
    return urlencode({**kept, "from": start})


def holds(text: CourseText, words: str) -> bool:
    """Tell whether a text has some words, in any language, or their letters in its id."""
    said = (text.id, *text.text.say.values(), *text.text.discreet.values())
    return any(words.casefold() in one.casefold() for one in said)


def _line(
    given: Programme,
    at: tuple[CoursePart, CourseText],
    language: str,
    told: Mapping[str | None, Sequence[Finding]],
    *,
    discreet: bool,
) -> TextLine:
    part, text = at
    shared = text.text.discreet.get(language) if discreet else None
    said = shared or text.text.say.get(language, "")
    shown = shown_text(given, said, language, discreet=discreet)
    return TextLine(part, text, shown, told.get(text.id, ()))


def _one_of(wanted: str, known: Sequence[str]) -> str:
    return wanted if wanted in known else known[0]
