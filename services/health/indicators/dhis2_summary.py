"""DHIS2's import summary, read: counts and conflicts; pure.

The shapes are those of its own description (OpenAPI of 2.42, `ImportSummary`, `ImportConflict`).
Since 2.38 the summary is the `response` of a message; before, it stood by itself.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

_TAKEN = {"SUCCESS", "OK"}
_LONGEST = 200
MOST_CONFLICTS = 50
"""DHIS2 may name thousands; the first tell what to mend."""


class ImportSummary(NamedTuple):
    """Values that DHIS2 took, and those that it refused.

    Attributes:
        conflicts: each has `object` (an id), `property` (what it is), `code` and `text`, all in
            DHIS2's own words.
    """

    status: str
    imported: int
    updated: int
    deleted: int
    ignored: int
    conflicts: Sequence[Mapping[str, str]]

    @property
    def is_taken(self) -> bool:
        """True where nothing was refused by name."""
        return self.status in _TAKEN and not self.conflicts


def read_summary(raw: bytes) -> ImportSummary | None:
    """Read an import summary; return None where the reply is none."""
    try:
        answer: Any = json.loads(raw)
    except ValueError:
        return None
    inner = answer.get("response", answer) if isinstance(answer, dict) else None
    if not isinstance(inner, dict) or not isinstance(inner.get("importCount"), dict):
        return None
    counts, found = inner["importCount"], inner.get("conflicts")
    conflicts = [_conflict(one) for one in found or () if isinstance(one, dict)]
    # DHIS2 before 2.38 repeats the conflict of an unknown element for each value.
    once = {(one["object"], one["text"]): one for one in conflicts}
    imported, updated, deleted, ignored = (
        _count(counts.get(name)) for name in ("imported", "updated", "deleted", "ignored")
    )
    shown = list(once.values())[:MOST_CONFLICTS]
    return ImportSummary(str(inner.get("status")), imported, updated, deleted, ignored, shown)


def in_one_line(conflict: Mapping[str, str]) -> str:
    """Return a conflict as its id and DHIS2's words; it holds ids alone."""
    return f"{conflict['object']}: {conflict['text']}"[:_LONGEST]


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _conflict(one: Mapping[str, object]) -> dict[str, str]:
    names = {"object": "object", "property": "property", "code": "errorCode", "text": "value"}
    return {name: _plain(one.get(theirs)) for name, theirs in names.items()}


def _plain(value: object) -> str:
    text = "" if value is None else str(value)
    return "".join(letter for letter in text if letter.isprintable())[:_LONGEST]
