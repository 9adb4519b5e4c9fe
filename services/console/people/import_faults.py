"""Rows of a list that are to be corrected, by reason, in words of the page."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from services.console.words import language, t
from services.health.format.model import Programme
from services.health.imports.list_rows import (
    RowState,
    options_of,
    rows_of,
    texts_of,
)
from services.health.imports.lists import (
    targets_of,
)
from services.health.imports.rows import PHONE, PersonRow
from services.storage.models import PersonImport, PersonImportRow
from services.texts.catalogue import has_sentence, template
from sms.numbers import local

_NUMBERS = re.compile(r"\d[\d-]*")
_FAULTS = {
    "is empty": "empty",
    "is empty, and nobody knows it": "unknown_language",
    "was rounded by a spreadsheet": "rounded",
    "was rounded by the spreadsheet, which keeps digits of a number": "rounded_cell",
    "is no phone number": "no_number",
    "is of another country": "other_country",
    "has too many or too few digits": "digits",
    "is no number that any operator has": "no_operator",
    "is no mobile number": "no_mobile",
    "stands in line with another name": "other_name",
    "stopped all messages": "stopped",
    "is of somebody who died or lost the phone, as we were told": "gone",
    "was left by the person": "left_programme",
    "is not known": "not_known",
    "is none of the": "no_province",
    "is no year of a birth": "no_year",
    "says that the person did not agree": "not_agreed",
    "does not tell who took it": "no_taker",
    "is in the future": "in_future",
    "is no day": "no_day",
    "is too far from today": "too_far",
    "is none of the programme": "no_cohort",
    "is not UTF": "not_utf8",
    "is longer than characters": "too_long",
    "runs over several lines": "lines",
    "could not be taken": "broken_row",
    "is so long ago that the course ended on": "course_over",
    "is not an approved language of the programme": "language_closed",
    "holds characters that cannot be printed": "not_printable",
}
"""Codes of faults, by what is wrong without its numbers."""


class FaultGroup(NamedTuple):
    """A reason for which rows are not taken, and how many."""

    reason: str
    rows: int


class RowToCorrect(NamedTuple):
    """A row that is not taken.

    Attributes:
        column: code of the wrong cell's; None: no cell of it can be corrected.
        label: of the column; `value`: what stands in it.
        who: name and number as they stand in the list.
    """

    row: PersonImportRow
    line: int
    reason: str
    column: str | None
    label: str
    value: str
    who: str


def first_faults(
    session: Session, row: PersonImport, programme: Programme, limit: int
) -> tuple[list[FaultGroup], list[RowToCorrect]]:
    """Return the reasons, the most frequent first, and the first rows in their order."""
    rows = session.scalars(rows_of(row, RowState.FAULT)).all()
    by_reason: dict[str, list[PersonImportRow]] = {}
    for one in rows:
        by_reason.setdefault(_reason(one, programme), []).append(one)
    ordered = sorted(by_reason.items(), key=lambda pair: -len(pair[1]))
    groups = [FaultGroup(reason, len(mine)) for reason, mine in ordered]
    first = [(reason, one) for reason, mine in ordered for one in mine][:limit]
    return groups, [_to_correct(one, reason, row, programme) for reason, one in first]


def label_of(programme: Programme, target: str) -> str:
    """Name what a column may mean, in the language of the page."""
    for anchor in programme.anchors:
        if anchor.code == target:
            label = anchor.label.get(language()) or next(iter(anchor.label.values()))
            return label[:1].upper() + label[1:]
    code = f"imports_target_{target}"
    return t(code) if has_sentence(f"console.{code}") else target


def in_words(person: PersonRow) -> str:
    """Name a person of a list: as they are called there, and their phone."""
    return ", ".join(filter(None, (person.person.name, local(person.number))))


def _reason(one: PersonImportRow, programme: Programme) -> str:
    fault = one.fault or {}
    words = fault_words(fault)
    column = fault.get("column")
    return f"{label_of(programme, column)}: {words}" if column else words


def fault_words(fault: dict[str, Any]) -> str:
    """Tell what is wrong with a cell and what to do, in the language of the page."""
    wrong, advice = fault.get("wrong", ""), fault.get("advice", "")
    plain = " ".join(_NUMBERS.sub("", wrong).split()).rstrip("-")
    if code := _FAULTS.get(plain):
        number = _NUMBERS.search(wrong)
        said = template(f"console.imports_fault_{code}", language())
        return said.format(number=number[0] if number else "", advice=advice)
    return f"{wrong}: {advice}" if advice else wrong


def _to_correct(
    one: PersonImportRow, reason: str, row: PersonImport, programme: Programme
) -> RowToCorrect:
    texts, fault = texts_of(one, options_of(row)), one.fault or {}
    column = fault.get("column", "")
    known: Sequence[str] = targets_of(programme)
    shown = [texts.get(name, "").strip() for name in ("name", PHONE)]
    return RowToCorrect(
        *(one, one.line, reason, column if column in known else None),
        *(label_of(programme, column), str(texts.get(column, "")), ", ".join(filter(None, shown))),
    )
