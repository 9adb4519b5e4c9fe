"""A course as one person gets it, line by line; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

from services.health.format.entries import Entry, Text
from services.health.format.model import ENROLMENT, Item, Personal, Programme, render
from services.health.linting.course import items_of

_DAY = date(2026, 12, 5)
_NAME, _PLACE = "Maria", "Kudjip"


class Line(NamedTuple):
    """One or more lines of the screen, and the id of the text that they are of; None: a title."""

    id: str | None
    text: str


class _Reader(NamedTuple):
    """The person to whom the texts are shown."""

    programme: Programme
    language: str
    personal: Personal

    def line(self, text_id: str, text: Text, what: str = "") -> Line:
        said = render(self.programme, text, self.language, self.personal)
        return Line(text_id, f"  {what:<7}{text_id:<20} {said}")

    def asked(self, entry: Entry, what: str = "") -> Iterator[Line]:
        """Yield a text, and what follows each answer."""
        yield self.line(entry.id, entry.text, what)
        for branch in entry.ask.branches if entry.ask else ():
            if branch.reply:
                condition = ", ".join(branch.codes) or f"{branch.least or ''}-{branch.most or ''}"
                said = render(self.programme, branch.reply, self.language, self.personal)
                yield Line(entry.id, f"  {'':<27} to {condition.strip('-') or 'any'}: {said}")


def told_course(
    programme: Programme, cohort: str, language: str, *, discreet: bool = False
) -> Iterator[Line]:
    """Yield everything that a person of a cohort may be told, in the order of the course.

    The programme has no fault in the language. `discreet`: as on a phone that others read.
    """
    days = {
        anchor.code: anchor.dates[0] if anchor.dates else _DAY + timedelta(days=place)
        for place, anchor in enumerate(programme.anchors)
    }
    personal = Personal(_NAME, _PLACE, {ENROLMENT: _DAY, **days}, discreet)
    reader = _Reader(programme, language, personal)
    yield Line(None, "Joining")
    yield from _entries(reader, programme.intake)
    yield reader.line("welcome", programme.welcome)
    yield from _days(reader, items_of(programme, cohort))
    if programme.questions:
        yield Line(None, "Asked when an answer or a word leads to it")
        yield from _entries(reader, programme.questions)
    yield Line(None, "At any time")
    for word in programme.words:
        for text in word.replies:
            yield reader.line(word.code, text)
    for flag in programme.red_flags:
        yield reader.line(flag.code, flag.reply)
    if programme.stop:
        yield from reader.asked(programme.stop)


def _entries(reader: _Reader, entries: Iterable[Entry]) -> Iterator[Line]:
    for entry in entries:
        yield from reader.asked(entry)


def _days(reader: _Reader, items: Iterable[tuple[str, Item]]) -> Iterator[Line]:
    ordered = sorted(items, key=lambda one: (one[0] != ENROLMENT, one[0], one[1].day, one[1].at))
    for (anchor, day), of_day in groupby(ordered, key=lambda one: (one[0], one[1].day)):
        yield Line(None, f"{anchor} {day:+}" if day else f"{anchor}, the day itself")
        for _, item in of_day:
            yield from reader.asked(item, f"{item.at:%H:%M}")
