"""What the routes of orders, notices and outbreaks share: who may, whose act it is, CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from flask import Response, g

from services.storage.people import OFFICERS, Role
from services.traceability.api.common import act_of
from services.traceability.control.notices import Officer
from services.traceability.model import local_day
from services.web.context import context
from services.web.guards import Roles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from services.web.idempotency import Work

WRITE = Roles(Role.VETERINARY_OFFICER, Role.ADMINISTRATOR)
READ = Roles(*OFFICERS, Role.AUDITOR)


def officer_of(work: Work) -> Officer:
    """Return who acts by a request."""
    return Officer(g.party_id, act_of(work))


def this_day(asked: Mapping[str, date | None]) -> date:
    """Return the local day that a query names, today where it names none."""
    return asked["on"] or local_day(context().clock())


def csv_answer(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Response:
    """Answer with a table (RFC 4180)."""
    return Response(csv_text(columns, rows), content_type="text/csv; charset=utf-8")


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Write a table as CSV; what a spreadsheet would take for a formula is marked as text."""
    target = io.StringIO()
    writer = csv.DictWriter(target, columns)
    writer.writeheader()
    writer.writerows({name: _cell(row[name]) for name in columns} for row in rows)
    return target.getvalue()


def _cell(value: object) -> object:
    is_formula = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{value}" if is_formula else value
