"""Tables as CSV (RFC 4180)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from flask import Response


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
