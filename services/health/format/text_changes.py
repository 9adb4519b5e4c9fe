"""Changes between two documents by text, each with its old and new words; pure."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

from services.health.format.differences import Difference, differences
from services.health.format.overlay_edits import TextWords, words_of
from services.health.format.text_slots import slots_of

_NOBODY = TextWords({}, {})


class TextChange(NamedTuple):
    """A text in one language, old and new; None: there was none, or there is none any more.

    `discreet`: the form for shared phones.
    """

    id: str
    language: str
    discreet: bool
    old: str | None
    new: str | None


def text_changes(old: Mapping[str, Any], new: Mapping[str, Any], language: str) -> list[TextChange]:
    """Return the texts that differ in a language, in the order of the new document."""
    before, after = _words(old), _words(new)
    gone = [text_id for text_id in before if text_id not in after]
    found = []
    for text_id in [*after, *gone]:
        was, then = before.get(text_id, _NOBODY), after.get(text_id, _NOBODY)
        for discreet, mine, theirs in (
            (False, was.say, then.say),
            (True, was.discreet, then.discreet),
        ):
            if mine.get(language) != theirs.get(language):
                told = mine.get(language), theirs.get(language)
                found.append(TextChange(text_id, language, discreet, *told))
    return found


def other_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Sequence[Difference]:
    """Return the differences that are not words of a text: days, questions, words, sources."""
    return differences(_wordless(old), _wordless(new))


def _words(document: Mapping[str, Any]) -> dict[str, TextWords]:
    return {
        text_id: words_of(slot.text)
        for text_id, slot in slots_of(dict(document)).items()
        if isinstance(slot.text, dict)
    }


def _wordless(document: Mapping[str, Any]) -> dict[str, Any]:
    made = deepcopy(dict(document))
    for slot in slots_of(made).values():
        if isinstance(slot.text, dict):
            words = words_of(slot.text).say
            for key in (*words, "discreet"):
                slot.text.pop(key, None)
    return made
