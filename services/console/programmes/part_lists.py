"""The questions, keywords and groups of a draft as a list."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from services.console.programmes.draft_pages import OpenDraft
from services.console.programmes.part_texts import findings_at
from services.console.programmes.word_form import JOIN
from services.health.format.entries import Question
from services.health.format.overlay_edits import is_changed
from services.health.linting.findings import Finding, Severity, entries_of


class PartLine(NamedTuple):
    """A question or keyword: its kind and id, a text of it by language, and what it needs.

    Attributes:
        answers: what may be answered, or how people write it.
        faults: how many faults the linter finds in it.
    """

    kind: str
    id: str
    say: Mapping[str, str]
    answers: str
    changed: bool
    faults: int


def part_lines(given: OpenDraft, found: Sequence[Finding]) -> list[PartLine]:
    """Return the questions of a draft in their order, then the keywords."""
    return [*_questions(given, found), *_words(given, found)]


def _questions(given: OpenDraft, found: Sequence[Finding]) -> Iterator[PartLine]:
    for where, entry in entries_of(given.programme):
        if entry.ask is not None:
            changed = is_changed(given.overlay, entry.id)
            faults = _faults(found, where, entry.id)
            yield PartLine(
                "question", entry.id, entry.text.say, _answers(entry.ask), changed, faults
            )


def _answers(ask: Question) -> str:
    if ask.options:
        return ", ".join(f"{one.key} {one.code}" for one in ask.options)
    if ask.least is not None and ask.most is not None:
        return f"{ask.least} - {ask.most}"
    return ""


def _words(given: OpenDraft, found: Sequence[Finding]) -> Iterator[PartLine]:
    overlay = given.overlay
    if given.programme.join:
        says = [one for each in given.programme.join.values() for one in each]
        changed = JOIN in overlay.get("set", {})
        yield PartLine("word", JOIN, {}, ", ".join(says), changed, _faults(found, JOIN))
    for word in given.programme.words:
        said = word.replies[0].say if word.replies else {}
        says = [one for each in word.says.values() for one in each]
        changed = is_changed(overlay, word.code)
        faults = _faults(found, f"words.{word.code}")
        yield PartLine("word", word.code, said, ", ".join(says), changed, faults)


def _faults(found: Sequence[Finding], *places: str) -> int:
    return sum(one.severity is Severity.FAULT for one in findings_at(found, *places))
