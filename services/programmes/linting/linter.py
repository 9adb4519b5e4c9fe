"""The publish gate: what must be mended before a ministry may approve a programme; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.programmes.format.model import Status
from services.programmes.linting.anchors import lint_anchors
from services.programmes.linting.consent import lint_consent
from services.programmes.linting.costs import Cost, costs
from services.programmes.linting.course import lint_course
from services.programmes.linting.findings import Finding, Prices, Severity, warning
from services.programmes.linting.flow import lint_flow
from services.programmes.linting.lines import line_of
from services.programmes.linting.questions import lint_questions
from services.programmes.linting.texts import lint_texts
from services.programmes.linting.words import lint_words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from services.programmes.format.model import Programme

__all__ = ["Cost", "Finding", "Prices", "Severity", "costs", "line_of", "lint", "sendable"]


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
