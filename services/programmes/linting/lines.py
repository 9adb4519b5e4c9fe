"""On which line of the file a finding is; pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from services.programmes.format.documents import Source
    from services.programmes.linting.findings import Finding

_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")
# A finding tells places by ids, and leaves out what stands between.
_BETWEEN = ("messages", "ask")


def line_of(finding: Finding, source: Source) -> int | None:
    """Return the line, from 1, of a finding's place, or of the nearest around it; None: of none."""
    value: Any = source.document
    path = ""
    steps = [match.group(1) or int(match.group(2)) for match in _STEP.finditer(finding.where)]
    for step in (*steps, finding.language):
        found = _step(value, step)
        if found is None:
            break
        added, value = found
        path = f"{path}{added}"
    return source.lines.get(path.removeprefix(".")) if path else None


def _step(value: Any, step: str | int | None) -> tuple[str, Any] | None:  # noqa: ANN401 — JSON
    """Return how the path goes on, and the value there."""
    if isinstance(value, list):
        place = step if isinstance(step, int) else _place(value, step)
        if place is None or place >= len(value):
            return None
        return f"[{place}]", value[place]
    if not isinstance(value, dict):
        return None
    if step in value:
        return f".{step}", value[step]
    for key in _BETWEEN:
        found = _step(value[key], step) if key in value else None
        if found:
            return f".{key}{found[0]}", found[1]
    return None


def _place(values: list[Any], name: str | None) -> int | None:
    """Return the place of the member with an id or a code."""
    names = (one.get("id", one.get("code")) if isinstance(one, dict) else one for one in values)
    return next((place for place, one in enumerate(names) if one == name), None)
