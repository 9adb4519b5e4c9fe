"""The lists of docs/audit.md are those of the program."""

from __future__ import annotations

from services.audit.findings import Difference
from services.audit.projections.coverage import NOT_FROM_JOURNAL, OTHER_TABLES
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "audit.md"


def rows_due():
    for one in NOT_FROM_JOURNAL:
        columns = ", ".join(f"`{name}`" for name in one.names.split())
        yield f"| `{one.table}` | {columns} | {one.reason} |"
    for reason in dict.fromkeys(OTHER_TABLES.values()):
        tables = ", ".join(f"`{name}`" for name in OTHER_TABLES if OTHER_TABLES[name] == reason)
        yield f"| {tables} | all | {reason} |"


def test_page__what_does_not_follow_from_the_journal__is_the_programs_list():
    text = PAGE.read_text(encoding="utf-8")
    table = text.split("### What does not follow from the journal")[1]
    rows = [line for line in table.splitlines() if line.startswith("|")][2:]
    assert rows == list(rows_due())


def test_page__classes__are_those_that_the_program_finds():
    text = PAGE.read_text(encoding="utf-8")
    for difference in Difference:
        assert f"| `{difference.value}` |" in text
