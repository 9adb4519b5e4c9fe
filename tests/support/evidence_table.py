"""The table of evidence in docs/clinical.md, counted from the shipped courses.

Run it after a tag has changed: `.venv/bin/python -m tests.support.evidence_table`.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache

from services.health.format.model import Programme
from services.health.format.parser import read_programme
from services.health.linting.coverage import Coverage, coverage, percent
from services.health.versions.store import shipped, shipped_text
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "clinical.md"
_PLACE = re.compile(r"(?<=<!-- evidence -->\n).*?(?=<!-- /evidence -->)", re.DOTALL)
_HEAD = (
    "| course | texts | with a technique | techniques | on a document | documents "
    "| on practice alone | ask for an action | of these, a day's walk from a clinic |\n"
    "|---|---|---|---|---|---|---|---|---|\n"
)


@cache
def library(code: str) -> Programme:
    """A shipped course, parsed once."""
    return read_programme(shipped_text(code))


def counted(code: str) -> Coverage:
    """The evidence of a shipped course; what depends on the day is not in the table."""
    return coverage(library(code), date.min)


def with_table(page: str) -> str:
    """The page with its table made anew."""
    traced = [code for code in shipped() if counted(code).sources]
    return _PLACE.sub(lambda _: _HEAD + "".join(map(_row, traced)), page)


def _row(code: str) -> str:
    told = counted(code)
    technique = told.texts - told.no_technique - told.untagged
    cells = (
        code,
        told.texts,
        percent(technique, told.texts),
        len(told.techniques),
        percent(told.sourced, told.texts),
        len(told.sources),
        percent(told.practice, told.texts),
        told.action,
        percent(told.far_ok, told.action),
    )
    return f"| {' | '.join(map(str, cells))} |\n"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text("utf-8")), "utf-8")
