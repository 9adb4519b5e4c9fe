"""Changes of a programme's differences, one at a time; pure.

Each returns the differences anew, with what differs from the base alone: a text that is written as
the base has it is none of them.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, NamedTuple

from services.health.format.overlay_changes import part_of
from services.health.format.overlay_moves import messages_of
from services.health.format.text_slots import Json, TextSlot, slots_of

DISCREET = "discreet"
_TIMES = ("day", "at")
_NO_LANGUAGES = (DISCREET, "evidence")


class TextWords(NamedTuple):
    """A text by language, for a phone of one's own and for a shared one; empty: none."""

    say: Mapping[str, str]
    discreet: Mapping[str, str]


def words_of(text: Mapping[str, Any]) -> TextWords:
    """Return the words of a text of a document."""
    say = {key: one for key, one in text.items() if key not in _NO_LANGUAGES}
    return TextWords(say, dict(text.get(DISCREET, {})))


def with_text(overlay: Json, base: Json, text_id: str, words: TextWords) -> Json:
    """Return differences with a text in other words.

    Args:
        overlay: the differences.
        base: the document that they extend.
        text_id: as `replace` has it.
        words: those of each language; a language that is not in them stays as it is.
    """
    made = deepcopy(overlay)
    own_slots = _own_slots(made)
    if text_id in own_slots:
        _write(own_slots[text_id].text, words)
        return made
    slots = slots_of(base)
    was = words_of(slots[text_id].text) if text_id in slots else TextWords({}, {})
    own = made.setdefault("replace", {}).setdefault(text_id, {})
    discreet = own.setdefault(DISCREET, {})
    _note(own, words.say, was.say)
    _note(discreet, words.discreet, was.discreet)
    return without_empty(made)


def with_time(overlay: Json, base: Json, message: str, day: int, at: str) -> Json:
    """Return differences with a message on another day, or at another hour."""
    made, told = deepcopy(overlay), {"day": day, "at": at}
    added = messages_of(added_of(made))
    if message in added:
        added[message] |= told
        return made
    was = messages_of(base).get(message, {})
    own = made.setdefault("move", {}).setdefault(message, {})
    for key in _TIMES:
        own.pop(key, None)
        if told[key] != was.get(key):
            own[key] = told[key]
    return without_empty(made)


def with_message(overlay: Json, phase: str, message: Json) -> Json:
    """Return differences with one message more in a phase."""
    made = deepcopy(overlay)
    made.setdefault("add", {}).setdefault("messages", {}).setdefault(phase, []).append(message)
    return made


def without_part(overlay: Json, name: str) -> Json:
    """Return differences that take a message, question or word away, or that no longer add it."""
    made = restored(overlay, name)
    if part_of(added_of(overlay), name) is None:
        made.setdefault("remove", []).append(name)
    return made


def restored(overlay: Json, text_id: str) -> Json:
    """Return differences without those of a text or part: it is as the base has it again."""
    made = deepcopy(overlay)
    for part in ("replace", "move", "change"):
        own = made.get(part, {})
        for name in [one for one in own if one == text_id or one.startswith(f"{text_id}/")]:
            del own[name]
    if "remove" in made:
        made["remove"] = [one for one in made["remove"] if one != text_id]
    add = made.get("add", {})
    for key in ("questions", "words"):
        if key in add:
            add[key] = [one for one in add[key] if text_id not in (one.get("id"), one.get("code"))]
    messages = add.get("messages", {})
    for phase, those in messages.items():
        messages[phase] = [one for one in those if one["id"] != text_id]
    return without_empty(made)


def with_statuses(
    overlay: Json, base: Json, languages: Mapping[str, str], *, example: bool
) -> Json:
    """Return differences that tell which languages are complete, and whether it is an example."""
    made = deepcopy(overlay)
    own = made.setdefault("set", {})
    for key, told in (("languages", dict(languages)), ("example", example)):
        own.pop(key, None)
        if told != base.get(key, False):
            own[key] = told
    return without_empty(made)


def is_added(overlay: Json, text_id: str) -> bool:
    """Tell whether a text is one that the differences add."""
    return text_id in _own_slots(overlay)


def is_changed(overlay: Json, text_id: str) -> bool:
    """Tell whether the differences add a text or part, or change its words, day, hour, members."""
    parts = (overlay.get(key, {}) for key in ("replace", "move", "change"))
    return any(text_id in part for part in parts) or is_added(overlay, text_id)


def added_of(overlay: Json) -> Json:
    """Return what the differences add, as a document; its parts are those of the differences."""
    own = overlay.get("add", {})
    messages = own.get("messages", {})
    phases = [{"id": name, "messages": those} for name, those in messages.items()]
    return {**own, "phases": [*own.get("phases", []), *phases]}


def _own_slots(overlay: Json) -> dict[str, TextSlot]:
    """Return the places of texts that the differences themselves have, not those of the base."""
    found = slots_of(added_of(overlay))
    for name, members in overlay.get("change", {}).items():
        part = {"id": name, "code": name, **members}
        own = slots_of({"questions": [part], "words": [part]})
        found |= {text_id: slot for text_id, slot in own.items() if text_id != name}
    return found


def _write(text: Json, words: TextWords) -> None:
    text |= words.say
    discreet = {**text.get(DISCREET, {}), **words.discreet}
    text[DISCREET] = {key: one for key, one in discreet.items() if one}
    if not text[DISCREET]:
        del text[DISCREET]


def _note(own: Json, words: Mapping[str, str], was: Mapping[str, str]) -> None:
    for language, said in words.items():
        own.pop(language, None)
        if said != was.get(language, ""):
            own[language] = said


def without_empty(made: Json) -> Json:
    """Return differences without entries that change nothing."""
    for text in made.get("replace", {}).values():
        if text.get(DISCREET) == {}:
            del text[DISCREET]
    if "messages" in made.get("add", {}):
        made["add"]["messages"] = _kept(made["add"]["messages"])
    for members in made.get("change", {}).values():
        if members.get("ask") == {}:
            del members["ask"]
    for part in ("replace", "move", "change", "add"):
        made[part] = _kept(made.get(part, {}))
    return _kept(made)


def _kept(value: Json) -> Json:
    return {key: one for key, one in value.items() if one not in ({}, [])}
