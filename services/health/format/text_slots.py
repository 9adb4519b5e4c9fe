"""Places of texts in a programme's document, by their ids; pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Json = dict[str, Any]


class TextSlot(NamedTuple):
    """The place of a text in a document: an object, and its key there."""

    holder: Json
    key: str

    @property
    def text(self) -> Json:
        """The text by language."""
        found: Json = self.holder[self.key]
        return found


def slots_of(document: Json) -> dict[str, TextSlot]:
    """Return the place of every text by its id, such as `month1`, `month1/reminder`, `crave/2`."""
    whole = [key for key in ("welcome", "invitation") if key in document]
    found: dict[str, TextSlot] = {key: TextSlot(document, key) for key in whole}
    for entry in entries_of(document):
        found |= dict(_of_entry(entry))
    for word in document.get("words", []):
        replies = word.get("replies", [])
        for number, reply in enumerate(replies, 1):
            found[f"{word['code']}/{number}"] = TextSlot({"reply": reply}, "reply")
    for flag in document.get("red_flags", []):
        found[flag["code"]] = TextSlot(flag, "reply")
    for code, event in document.get("events", {}).items():
        if "reply" in event:
            found[f"event/{code}"] = TextSlot(event, "reply")
    return found


def entries_of(document: Mapping[str, Any]) -> Iterator[Json]:
    """Yield every part of a document that has an id, the reply to STOP included."""
    yield from document.get("intake", [])
    for phase in document.get("phases", []):
        yield from phase.get("messages", [])
    yield from document.get("questions", [])
    if "stop" in document:
        yield {"id": "stop", **document["stop"]}
    for event in document.get("events", {}).values():
        yield from event.get("messages", [])


def _of_entry(entry: Json) -> Iterator[tuple[str, TextSlot]]:
    name = entry["id"]
    yield name, TextSlot(entry, "text")
    ask = entry.get("ask", {})
    for key in ("reminder", "again"):
        if key in ask:
            yield f"{name}/{key}", TextSlot(ask, key)
    for number, branch in enumerate(ask.get("answers", []), 1):
        if "reply" in branch:
            yield f"{name}/answer/{number}", TextSlot(branch, "reply")
