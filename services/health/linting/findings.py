"""The linter's findings and settings, and every text, question and action with its place; pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from string import Formatter
from typing import NamedTuple

from services.health.format.entries import Action, Entry, Question, Text
from services.health.format.items import Item, Phase
from services.health.format.model import Programme

_FORMATTER = Formatter()


class Severity(StrEnum):
    """FAULT: must be corrected before anything is sent. WARNING: a person should look."""

    FAULT = "fault"
    WARNING = "warning"


class Finding(NamedTuple):
    """A fault or warning, its rule's stable code and place, by ids; language None: all of them."""

    severity: Severity
    code: str
    where: str
    language: str | None
    message: str

    def as_json(self) -> dict[str, object]:
        """Return it as the API and `--json` show it."""
        members: dict[str, object] = self._asdict()
        return members | {"told": members.pop("message")}


@dataclass(frozen=True, slots=True)
class LintSettings:
    """Price of a segment in toea, daily cap of texts of programmes to one number, and keywords.

    `taken`: keywords of other services, in lower case, and their meaning there. `free`: whether
    people pay nothing to answer.
    """

    toea: int = 25
    daily_cap: int = 10
    taken: Mapping[str, str] = field(default_factory=dict)
    free: bool = False


def fault(code: str, where: str, message: str, language: str | None = None) -> Finding:
    """Make a fault."""
    return Finding(Severity.FAULT, code, where, language, message)


def warning(code: str, where: str, message: str, language: str | None = None) -> Finding:
    """Make a warning."""
    return Finding(Severity.WARNING, code, where, language, message)


class Placed(NamedTuple):
    """A text and its place."""

    where: str
    text: Text


def entries_of(programme: Programme) -> Iterator[tuple[str, Entry]]:
    """Yield every entry that has an id, with its place."""
    for entry in programme.intake:
        yield f"intake.{entry.id}", entry
    for where, _, item in items_with_places(programme):
        yield where, item
    for entry in programme.questions:
        yield f"questions.{entry.id}", entry
    if programme.stop:
        yield "stop", programme.stop


def items_with_places(programme: Programme) -> Iterator[tuple[str, Phase, Item]]:
    """Yield every item of the course, with its place and phase."""
    for phase in programme.phases:
        for item in phase.items:
            yield f"phases.{phase.id}.{item.id}", phase, item
    for event in programme.events:
        for item in event.messages:
            yield f"events.{event.code}.{item.id}", event.track, item


def questions_of(programme: Programme) -> Iterator[tuple[str, Entry, Question]]:
    """Yield every question with its place."""
    for where, entry in entries_of(programme):
        if entry.ask is not None:
            yield where, entry, entry.ask


def texts_of(programme: Programme) -> Iterator[Placed]:
    """Yield every text that is sent."""
    if programme.invitation:
        yield Placed("invitation", programme.invitation)
    yield Placed("welcome", programme.welcome)
    for where, entry in entries_of(programme):
        yield Placed(f"{where}.text", entry.text)
        yield from _of_question(where, entry.ask)
    for word in programme.words:
        for place, text in enumerate(word.replies):
            yield Placed(f"words.{word.code}.replies[{place}]", text)
    for event in programme.events:
        if event.reply:
            yield Placed(f"events.{event.code}.reply", event.reply)
    for flag in programme.red_flags:
        yield Placed(f"red_flags.{flag.code}.reply", flag.reply)


def actions_of(programme: Programme) -> Iterator[tuple[str, Action]]:
    """Yield every action with its place."""
    for where, _, question in questions_of(programme):
        for place, branch in enumerate(question.branches):
            for action in branch.actions:
                yield f"{where}.answers[{place}]", action
        for action in question.otherwise:
            yield f"{where}.otherwise", action
    words = [(f"words.{word.code}", word.actions) for word in programme.words]
    events = [(f"events.{event.code}", event.actions) for event in programme.events]
    for where, actions in (*words, *events):
        for action in actions:
            yield where, action


def asked_of(where: str, question: Question) -> Iterator[Placed]:
    """Yield the reminder and the repeat of a question."""
    if question.reminder:
        yield Placed(f"{where}.reminder", question.reminder)
    if question.again:
        yield Placed(f"{where}.again", question.again)


def plain(word: str) -> str:
    """Return a text in lower case, with only letters, digits and single spaces."""
    return " ".join(re.findall(r"[^\W_]+", word.casefold()))


def placeholders(template: str) -> set[str] | None:
    """Return the placeholders of a text; None where its braces are not placeholders."""
    try:
        parts = list(_FORMATTER.parse(template))
    except ValueError:
        return None
    if any(form or conversion for _, _, form, conversion in parts):
        return None
    return {name for _, name, _, _ in parts if name is not None}


def _of_question(where: str, question: Question | None) -> Iterator[Placed]:
    if question is None:
        return
    yield from asked_of(where, question)
    for place, branch in enumerate(question.branches):
        if branch.reply:
            yield Placed(f"{where}.answers[{place}].reply", branch.reply)
