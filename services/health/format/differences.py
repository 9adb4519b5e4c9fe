"""Differences of two documents line by line, and texts that both sides changed; pure."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from services.health.format.overlay_changes import part_of
from services.health.format.overlays import CHANGED, DIFFERENCES, EXTENDS, REPLACED
from services.health.format.text_slots import slots_of


class Changed(StrEnum):
    """Kind of a difference. CONFLICT: the base changed a text that the overlay replaces."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    CONFLICT = "conflict"


class Difference(NamedTuple):
    """A difference at a place, such as `phases.course.day-2.text.en`; `old` and `new` as text.

    Of a conflict, `old` and `new` are those of the base, and `own` is the overlay's.
    """

    kind: Changed
    where: str
    old: str | None
    new: str | None
    own: str | None = None


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Return what changes from one document to another, by place."""
    before, after = dict(_lines(old, "")), dict(_lines(new, ""))
    found = []
    for where in sorted(before.keys() | after.keys()):
        mine, theirs = before.get(where), after.get(where)
        if mine != theirs:
            kind = Changed.CHANGED
            kind = Changed.ADDED if mine is None else Changed.REMOVED if theirs is None else kind
            found.append(Difference(kind, where, mine, theirs))
    return found


def conflicts(
    overlay: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]
) -> list[Difference]:
    """Return what an overlay replaces or changes, and its base changed from `old` to `new`."""
    kept = overlay.get(EXTENDS)
    own = kept.get(DIFFERENCES, {}) if isinstance(kept, dict) else overlay
    before, after = slots_of(dict(old)), slots_of(dict(new))
    found: list[Difference] = []
    for text_id, texts in own.get("replace", {}).items():
        if text_id in before:
            then = after[text_id].text if text_id in after else {}
            found += _both_changed(text_id, texts, before[text_id].text, then)
    for name, members in own.get("change", {}).items():
        part = part_of(dict(old), name)
        if part is not None:
            found += _both_changed(name, members, part, part_of(dict(new), name) or {})
    return found


def _both_changed(
    name: str, own: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Difference]:
    was, then = dict(_lines(old, name)), dict(_lines(new, name))
    for where, mine in _lines(own, name):
        if was.get(where) != then.get(where):
            yield Difference(Changed.CONFLICT, where, was.get(where), then.get(where), mine)


def undecided(document: Mapping[str, Any], before: Mapping[str, Any], language: str) -> list[str]:
    """Return the ids of texts and parts that the base mended, and differences have as they did.

    `before`: the version in force. Its differences and those of `document` put the same words in
    the place of a text that has become another, so nobody decided which of the two is right.
    """
    new, old = document.get(EXTENDS, {}), before.get(EXTENDS, {})
    was, now = old.get(REPLACED, {}), new.get(REPLACED, {})
    return sorted(
        text_id
        for text_id in was.keys() & now.keys()
        if was[text_id].get(language) != now[text_id].get(language)
        and _own(old, text_id, language) == _own(new, text_id, language)
    )


def _own(kept: Mapping[str, Any], text_id: str, language: str) -> tuple[Any, Any]:
    if text_id.startswith(CHANGED):
        return kept[DIFFERENCES]["change"][text_id.removeprefix(CHANGED)], None
    text = kept[DIFFERENCES]["replace"][text_id]
    return text.get(language), text.get("discreet", {}).get(language)


def _lines(value: Any, where: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 — JSON
    """Yield every scalar with its place; members of lists are named by id or code."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            if where or key != EXTENDS:
                yield from _lines(one, f"{where}.{key}" if where else str(key))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            name = one.get("id", one.get("code")) if isinstance(one, Mapping) else None
            yield from _lines(one, f"{where}.{name}" if name else f"{where}[{number}]")
    else:
        yield where, str(value)
