"""A programme's file checked without storing it: findings by line, and what a course costs."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from services.health.format.documents import read_source
from services.health.format.model import Programme
from services.health.format.overlays import BaseFinder
from services.health.format.parser import read_programme
from services.health.linting.costs import Cost, costs
from services.health.linting.findings import Finding, LintSettings
from services.health.linting.linter import line_of, lint


class LintReport(NamedTuple):
    """A programme, its findings with their lines (None: no line), and its costs."""

    programme: Programme
    findings: Sequence[tuple[int | None, Finding]]
    costs: Sequence[Cost]


def lint_text(text: str, find: BaseFinder, settings: LintSettings, today: date) -> LintReport:
    """Check a file; BadProgramme: it is no programme."""
    programme, source = read_programme(text, find), read_source(text)
    found = [(line_of(one, source), one) for one in lint(programme, settings, today)]
    return LintReport(programme, found, costs(programme, settings))
