"""Reports to WOAH in the API: on an outbreak, and of half a year."""

from datetime import date, datetime
from http import HTTPStatus
from typing import Any, TypedDict

from flask import Response

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.documents import csv_answer
from services.api.idempotency import Work, idempotent
from services.core.roles import Scope
from services.livestock.api.common import READ, WRITE, act_of
from services.livestock.api.outbreaks import NUMBER
from services.livestock.api.woah_schemas import (
    DescriptionSchema,
    HalfYearQuery,
    HalfYearSchema,
    ReportQuery,
    SentListSchema,
    SentReportSchema,
    SentSchema,
    WoahSchema,
)
from services.livestock.control.half_years import (
    HALF_COLUMNS,
    half_year_changes,
    half_year_report,
    half_year_rows,
)
from services.livestock.control.outbreaks import find_outbreak
from services.livestock.control.woah_reports import COLUMNS, woah_rows
from services.livestock.control.woah_sending import declare_sent, report_of, reports_sent
from services.livestock.control.woah_statements import SentReport, describe
from services.livestock.domain.half_years import read_half_year
from sms.local_time import local_day

blueprint = Blueprint("woah", "Reports to WOAH.", "/api/v1")

_TEXT = {"type": "string"}
_DESCRIBED = {
    "reason": "recurrence",
    "comment": "First cases since 2020, in one village near the highway.",
}


class On(TypedDict):
    """For which local day, and as known when."""

    on: date | None
    known_at: datetime | None


class Half(TypedDict):
    """For which half of a year, as known when, and compared with when."""

    period: str
    known_at: datetime | None
    since: datetime | None


@blueprint.route(
    "/outbreaks/<number>/woah",
    guard=READ,
    scope=Scope.READ,
    parameters=[NUMBER],
    operation="get_woah_report",
)
@blueprint.arguments(ReportQuery, location="query")
@blueprint.response(HTTPStatus.OK, WoahSchema)
def woah(query: On, number: str) -> dict[str, Any]:
    """Read the report to WOAH that is due: immediate notification, follow-up or final report."""
    return _report(query, number)


@blueprint.route(
    "/outbreaks/<number>/woah.csv",
    guard=READ,
    scope=Scope.READ,
    parameters=[NUMBER],
    operation="get_woah_table",
)
@blueprint.arguments(ReportQuery, location="query")
@blueprint.response(
    HTTPStatus.OK, _TEXT, content_type="text/csv", example=",".join(COLUMNS), description="A table."
)
def woah_table(query: On, number: str) -> Response:
    """Read the same as a table, one row for each affected premises."""
    return csv_answer(COLUMNS, woah_rows(_report(query, number)))


@blueprint.route(
    "/outbreaks/<number>/woah",
    methods=["POST"],
    guard=WRITE,
    scope=Scope.DECIDE,
    parameters=[NUMBER],
    operation="describe_woah_report",
)
@idempotent(exclusive=True)
@blueprint.arguments(DescriptionSchema, example=_DESCRIBED)
@blueprint.response(HTTPStatus.OK, WoahSchema)
def describing(work: Work, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Say why an outbreak is notified, and comment on it; the newest words count."""
    session, act = work.session, act_of(work)
    describe(session, number, body["reason"], body["comment"], act)
    return report_of(session, find_outbreak(session, number), act.day)


@blueprint.route(
    "/outbreaks/<number>/woah/sent",
    guard=READ,
    scope=Scope.READ,
    parameters=[NUMBER],
    operation="list_sent_woah_reports",
)
@blueprint.response(HTTPStatus.OK, SentListSchema)
def sent(number: str) -> dict[str, Any]:
    """List the reports on an outbreak that were sent, each made again from the journal."""
    with context().database.read() as session:
        return {"items": reports_sent(session, find_outbreak(session, number))}


@blueprint.route(
    "/outbreaks/<number>/woah/sent",
    methods=["POST"],
    guard=WRITE,
    scope=Scope.DECIDE,
    parameters=[NUMBER],
    operation="note_sent_woah_report",
)
@idempotent(exclusive=False)
@blueprint.arguments(SentSchema, example={"on": "2026-11-25"})
@blueprint.response(HTTPStatus.OK, SentReportSchema)
@refuses(HTTPStatus.CONFLICT)
def sending(work: Work, body: dict[str, Any], number: str) -> SentReport:
    """Declare that the report which is due was sent; what changes later is a follow-up report."""
    return declare_sent(work.session, number, act_of(work, body["on"]), work.lock)


@blueprint.route("/woah/six-monthly", guard=READ, scope=Scope.READ, operation="get_half_year")
@blueprint.arguments(HalfYearQuery, location="query")
@blueprint.response(HTTPStatus.OK, HalfYearSchema)
def half_year(query: Half) -> dict[str, Any]:
    """Read the six-monthly report: each disease in each province."""
    return _half_year(query)


@blueprint.route(
    "/woah/six-monthly.csv", guard=READ, scope=Scope.READ, operation="get_half_year_table"
)
@blueprint.arguments(HalfYearQuery, location="query")
@blueprint.response(
    HTTPStatus.OK,
    _TEXT,
    content_type="text/csv",
    example=",".join(HALF_COLUMNS),
    description="A table.",
)
def half_year_table(query: Half) -> Response:
    """Read the same as a table; an empty cell is no information."""
    return csv_answer(HALF_COLUMNS, half_year_rows(_half_year(query)))


def _report(query: On, number: str) -> dict[str, Any]:
    known_at = query["known_at"]
    on = query["on"] or local_day(known_at or context().clock())
    with context().database.read() as session:
        return report_of(session, find_outbreak(session, number), on, known_at)


def _half_year(query: Half) -> dict[str, Any]:
    half, since = read_half_year(query["period"]), query["since"]
    with context().database.read() as session:
        report = half_year_report(session, half, query["known_at"])
        before = half_year_report(session, half, since) if since else None
    return {**report, "changes": half_year_changes(before, report) if before else []}
