"""The publish gate: what must be mended before a ministry may approve a programme; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from services.health.format.documents import Source
from services.health.format.model import Programme, Status
from services.health.linting.anchors import lint_anchors
from services.health.linting.consent import lint_consent
from services.health.linting.costs import Cost, costs
from services.health.linting.course import lint_course
from services.health.linting.findings import Finding, Prices, Severity, warning
from services.health.linting.flow import lint_flow
from services.health.linting.questions import lint_questions
from services.health.linting.texts import lint_texts
from services.health.linting.words import lint_words

__all__ = ["Cost", "Finding", "Prices", "Severity", "costs", "line_of", "lint", "sendable"]

_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")
# A finding tells places by ids, and leaves out what stands between.
_BETWEEN = ("messages", "ask")


def lint(programme: Programme, prices: Prices, today: date) -> list[Finding]:
    """Return everything that is wrong or may be, faults first.

    Args:
        programme: which was read without a fault of form.
        prices: what the installation tells.
        today: no calendar date of the programme may all be before it.
    """
    found = [
        *lint_consent(programme),
        *lint_questions(programme),
        *lint_flow(programme),
        *lint_anchors(programme),
        *lint_course(programme, prices, today),
        *lint_words(programme, prices),
        *lint_texts(programme),
    ]
    if programme.example:
        told = "it is an example: adapt it to your country before you approve it"
        found.append(warning("example", "example", told))
    # Nothing of a draft is sent, so it does not hold the other languages up.
    judged = [
        one._replace(severity=Severity.WARNING) if _is_draft(programme, one) else one
        for one in found
    ]
    return sorted(dict.fromkeys(judged), key=lambda finding: finding.severity is Severity.WARNING)


def sendable(programme: Programme, language: str, findings: Iterable[Finding]) -> bool:
    """Tell whether a language may be approved: it is complete, and nothing of it is at fault."""
    return programme.languages.get(language) is Status.COMPLETE and not any(
        finding.severity is Severity.FAULT and finding.language in {None, language}
        for finding in findings
    )


def _is_draft(programme: Programme, finding: Finding) -> bool:
    return (
        finding.language is not None and programme.languages.get(finding.language) is Status.DRAFT
    )


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
