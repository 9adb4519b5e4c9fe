"""A course as people read it: its parts, and the texts of each in the order in which they go."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from services.health.format.entries import Entry, Text
from services.health.format.example_person import example_person
from services.health.format.items import Item
from services.health.format.model import Programme, render

JOINING, ASKED, WORDS, DANGERS, EVENTS = "joining", "asked", "words", "dangers", "events"
"""Codes of the parts that are no phase; a phase's is `phase/ID`."""


class CourseText(NamedTuple):
    """A text of a course, by the id that `replace` of differences has.

    Attributes:
        kind: `text`, or which part of a question it is: reminder, again, answer.
        to: answers that it replies to.
        item: with its day and hour; None: it has none.
    """

    id: str
    text: Text
    kind: str = "text"
    to: str = ""
    item: Item | None = None


class CoursePart(NamedTuple):
    """A part of a course; `anchor`: what the days of its texts are counted from, if they are."""

    code: str
    anchor: str | None
    texts: Sequence[CourseText]


def parts_of(programme: Programme) -> list[CoursePart]:
    """Return the parts of a course that have texts."""
    invited = [CourseText("invitation", programme.invitation)] if programme.invitation else []
    joining = [*invited, *_entries(programme.intake), CourseText("welcome", programme.welcome)]
    ended = [programme.stop] if programme.stop else []
    parts = [
        CoursePart(JOINING, None, joining),
        *(
            CoursePart(f"phase/{phase.id}", phase.anchor, _in_order(phase.items))
            for phase in programme.phases
        ),
        CoursePart(ASKED, None, [*_entries([*programme.questions, *ended])]),
        CoursePart(WORDS, None, list(_words(programme))),
        CoursePart(DANGERS, None, [CourseText(one.code, one.reply) for one in programme.red_flags]),
        CoursePart(EVENTS, None, list(_events(programme))),
    ]
    return [one for one in parts if one.texts]


def text_named(programme: Programme, text_id: str) -> tuple[CoursePart, CourseText] | None:
    """Return a text by its id, with its part."""
    return next(
        ((part, one) for part in parts_of(programme) for one in part.texts if one.id == text_id),
        None,
    )


def anchor_of(text_id: str) -> str:
    """Return the name by which a page jumps to a text."""
    return f"text-{text_id.replace('/', '-')}"


def shown_text(programme: Programme, said: str, language: str, *, discreet: bool = False) -> str:
    """Return a text as an example of a person gets it; one that cannot be filled, as it is."""
    person = example_person(programme, discreet=discreet)
    try:
        return render(programme, Text({language: said}), language, person)
    except (KeyError, ValueError, IndexError):
        return said


def _in_order(items: Sequence[Item]) -> list[CourseText]:
    ordered = sorted(items, key=lambda item: (item.day, item.at))
    return [one for item in ordered for one in _entry(item, item)]


def _entries(entries: Sequence[Entry]) -> Iterator[CourseText]:
    for entry in entries:
        yield from _entry(entry)


def _entry(entry: Entry, item: Item | None = None) -> Iterator[CourseText]:
    yield CourseText(entry.id, entry.text, item=item)
    ask = entry.ask
    if ask is None:
        return
    if ask.reminder:
        yield CourseText(f"{entry.id}/reminder", ask.reminder, "reminder")
    if ask.again:
        yield CourseText(f"{entry.id}/again", ask.again, "again")
    for number, branch in enumerate(ask.branches, 1):
        if branch.reply:
            ends = (str(one) for one in (branch.least, branch.most) if one is not None)
            to = ", ".join(branch.codes) or " to ".join(ends)
            yield CourseText(f"{entry.id}/answer/{number}", branch.reply, "answer", to)


def _words(programme: Programme) -> Iterator[CourseText]:
    for word in programme.words:
        said: Mapping[str, Sequence[str]] = word.says
        to = ", ".join(next(iter(said.values()), ()))
        for number, reply in enumerate(word.replies, 1):
            yield CourseText(f"{word.code}/{number}", reply, "answer", to)


def _events(programme: Programme) -> Iterator[CourseText]:
    for event in programme.events:
        if event.reply:
            yield CourseText(f"event/{event.code}", event.reply)
        yield from _in_order(event.messages)
