"""Answers that are no JSON: pages under content security policies of their own, and CSV."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from wsgiref.types import WSGIEnvironment

from flask import Response, request
from werkzeug.datastructures import Headers

from services.core.table_files import FORMULA


class Page(Response):
    """An answer under a policy of its own; that of the API, which comes last, allows nothing.

    Args:
        body: all of it.
        policy: see Content Security Policy Level 3.
        status: of HTTP.
        content_type: HTML where it is not told.
    """

    def __init__(
        self,
        body: str,
        policy: str,
        status: HTTPStatus = HTTPStatus.OK,
        content_type: str = "text/html; charset=utf-8",
    ) -> None:
        super().__init__(body, status, content_type=content_type)
        self._policy = policy

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Put the policy in place of the API's."""
        headers = super().get_wsgi_headers(environ)
        headers["Content-Security-Policy"] = self._policy
        return headers


def pack(answer: Response, packed: bytes) -> Response:
    """Put a file's copy in gzip in its place where a browser takes it (RFC 9110, 12.5.3)."""
    answer.headers["Vary"] = "Accept-Encoding"
    if request.accept_encodings.quality("gzip") > 0:
        answer.set_data(packed)
        answer.headers["Content-Encoding"] = "gzip"
    return answer


def csv_answer(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Response:
    """Answer with a table (RFC 4180)."""
    return Response(csv_text(columns, rows), content_type="text/csv; charset=utf-8")


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Write a table as CSV; what a spreadsheet would take for a formula is marked as text."""
    target = io.StringIO()
    writer = csv.DictWriter(target, columns)
    writer.writeheader()
    writer.writerows({name: spreadsheet_cell(row[name]) for name in columns} for row in rows)
    return target.getvalue()


def spreadsheet_cell(value: object) -> object:
    """Mark a text that a spreadsheet would take for a formula."""
    is_formula = isinstance(value, str) and value.startswith(FORMULA)
    return f"'{value}" if is_formula else value
