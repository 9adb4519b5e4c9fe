"""Actions that may follow an answer or a keyword: a list to choose from, in words."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from services.health.format.entries import Do
from services.health.format.text_slots import Json, entries_of

_DISCREET, _DAYS = ("on", "off"), ("today", "answer")
_ENDS = ("completed", "opted_out")


class Choice(NamedTuple):
    """An action to choose: as a document has it, and what it is about, for its sentence."""

    value: str
    do: str
    target: str
    more: str


def choices_of(document: Json) -> list[Choice]:
    """Return every action that a course may take, those that it takes already among them."""
    found = {value_of(one): one for one in [*_possible(document), *_actions(document)]}
    return [_choice(value, one) for value, one in sorted(found.items()) if _do(one)]


def value_of(action: Mapping[str, Any]) -> str:
    """Return an action as a field of a form has it."""
    return json.dumps(action, sort_keys=True, ensure_ascii=False)


def action_in(value: str) -> Json:
    """Return the action of a field whose value is one of the choices."""
    found: Json = json.loads(value)
    return found


def _choice(value: str, action: Mapping[str, Any]) -> Choice:
    do = _do(action)
    more = action.get("to", action.get("why", ""))
    return Choice(value, do, str(action[do]), str(more))


def _do(action: Mapping[str, Any]) -> str:
    return next((one for one in Do if one in action), "")


def _possible(document: Json) -> Iterator[Json]:
    yield from ({"cohort": one} for one in document.get("cohorts", []))
    yield from ({"ask": one["id"]} for one in document.get("questions", []))
    for code, anchor in document.get("anchors", {}).items():
        if not anchor.get("dates"):
            yield from ({"set": code, "to": one} for one in _DAYS)
            yield {"clear": code}
    yield from ({"discreet": one} for one in _DISCREET)
    yield from ({"end": one} for one in _ENDS)
    for code, event in document.get("events", {}).items():
        if "none" not in event:
            yield {"event": code}


def _actions(document: Json) -> Iterator[Json]:
    """Yield the actions that a document has, each as often as it has it."""
    for entry in entries_of(document):
        ask = entry.get("ask", {})
        yield from ask.get("otherwise", [])
        for answer in ask.get("answers", []):
            yield from answer.get("do", [])
    for word in document.get("words", []):
        yield from word.get("do", [])


def by_do(choices: Sequence[Choice]) -> Mapping[str, Choice]:
    """Return choices by the value of their field."""
    return {one.value: one for one in choices}
