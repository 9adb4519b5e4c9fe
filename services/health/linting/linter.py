"""The publish gate: faults that must be corrected before a programme may be approved; pure."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from services.health.format.documents import Source
from services.health.format.model import Programme, Status
from services.health.linting.consent import lint_consent
from services.health.linting.costs import lint_ceiling
from services.health.linting.course import lint_course
from services.health.linting.events import lint_events
from services.health.linting.evidence import lint_evidence
from services.health.linting.findings import Finding, LintSettings, Severity, warning
from services.health.linting.flow import lint_anchors, lint_flow
from services.health.linting.glossary import lint_glossary
from services.health.linting.questions import lint_questions
from services.health.linting.texts import lint_texts
from services.health.linting.trials import lint_trial
from services.health.linting.words import lint_words

_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")
# Keys that the places of findings, written by ids, leave out.
_BETWEEN = ("messages", "ask")


def lint(programme: Programme, settings: LintSettings, today: date) -> list[Finding]:
    """Return all faults and warnings, faults first.

    `today`: an anchor whose dates of the calendar are all before it is a fault, and a source whose
    review was due before it a warning.
    """
    found = [
        *lint_consent(programme, settings),
        *lint_questions(programme),
        *lint_flow(programme),
        *lint_anchors(programme),
        *lint_course(programme, settings, today),
        *lint_ceiling(programme, settings),
        *lint_words(programme, settings),
        *lint_texts(programme),
        *lint_glossary(programme),
        *lint_events(programme),
        *lint_trial(programme, today),
        *lint_evidence(programme, today),
    ]
    if programme.example:
        message = "it is an example: adapt it to your country before you approve it"
        found.append(warning("example", "example", message))
    # A draft is not sent, so its faults must not block the other languages.
    drafts = {
        language for language, status in programme.languages.items() if status is Status.DRAFT
    }
    judged = [
        one._replace(severity=Severity.WARNING) if one.language in drafts else one for one in found
    ]
    return sorted(dict.fromkeys(judged), key=lambda finding: finding.severity is Severity.WARNING)


def sendable(programme: Programme, language: str, findings: Iterable[Finding]) -> bool:
    """Return whether a language may be approved: it is complete and has no faults."""
    return programme.languages.get(language) is Status.COMPLETE and not any(
        finding.severity is Severity.FAULT and finding.language in {None, language}
        for finding in findings
    )


def line_of(finding: Finding, source: Source) -> int | None:
    """Return the line, from 1, of a finding's place or the nearest one around it; None: no line."""
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
    """Return the index of the member with an id or a code."""
    names = (one.get("id", one.get("code")) if isinstance(one, dict) else one for one in values)
    return next((place for place, one in enumerate(names) if one == name), None)
