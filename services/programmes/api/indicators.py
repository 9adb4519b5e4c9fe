"""Indicators in the API: figures of groups, and of no single person."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypedDict

from flask import Response

from services.programmes.api.common import CODE, PREFIX
from services.programmes.api.indicator_schemas import (
    BUNDLE_EXAMPLE,
    CSV_EXAMPLE,
    EXAMPLE,
    CutQuery,
    IndicatorsSchema,
    PublicQuery,
)
from services.programmes.indicators.cuts import Cut
from services.programmes.indicators.fhir import as_bundle
from services.programmes.indicators.fhir_measures import measure_reports
from services.programmes.indicators.page import as_page
from services.programmes.indicators.periods import period_of
from services.programmes.indicators.tables import (
    COLUMNS,
    all_lines,
    as_figure,
    make_report,
    rows,
)
from services.storage.people import Role
from services.web.blueprint import Blueprint
from services.web.context import context
from services.web.guards import Roles
from services.web.tables import csv_answer

if TYPE_CHECKING:
    from datetime import date

    from services.programmes.indicators.tables import Report

blueprint = Blueprint("indicators", "What a programme has done.", f"{PREFIX}/indicators")

READ = Roles(Role.HEALTH_ANALYST, Role.PLANNER, Role.APPROVER)
_TEXT = {"type": "string"}
_MISSING = (HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)


class _Days(TypedDict):
    first: date
    last: date
    public: bool


class _Cut(_Days):
    by: list[str]


@blueprint.route("/<code>", guard=READ, parameters=[CODE])
@blueprint.arguments(CutQuery, location="query")
@blueprint.response(HTTPStatus.OK, IndicatorsSchema, example=EXAMPLE)
@blueprint.alt_response(*_MISSING)
def indicators(asked: _Cut, code: str) -> dict[str, Any]:
    """Read the indicators of a programme, each with its numerator and denominator."""
    report = _report(asked, code)
    cuts = [Cut(one) for one in asked["by"]]
    return {
        "programme": report.programme.code,
        "first": report.period.first,
        "last": report.period.last,
        "counted_at": report.now,
        "figures": [as_figure(line) for line in all_lines(report, cuts, public=asked["public"])],
    }


@blueprint.route("/<code>.csv", guard=READ, parameters=[CODE])
@blueprint.arguments(CutQuery, location="query")
@blueprint.response(
    HTTPStatus.OK, _TEXT, content_type="text/csv", example=CSV_EXAMPLE, description="A table."
)
@blueprint.alt_response(*_MISSING)
def table(asked: _Cut, code: str) -> Response:
    """Read the same as a table, one row for each indicator of each group."""
    report = _report(asked, code)
    cuts = [Cut(one) for one in asked["by"]]
    return csv_answer(COLUMNS, rows(report, cuts, public=asked["public"]))


@blueprint.route("/<code>.html", guard=READ, parameters=[CODE])
@blueprint.arguments(PublicQuery, location="query")
@blueprint.response(
    HTTPStatus.OK, _TEXT, content_type="text/html", example="<!doctype html>", description="A page."
)
@blueprint.alt_response(*_MISSING)
def page(asked: _Days, code: str) -> Response:
    """Read one page to print, complete in itself."""
    written = as_page(_report(asked, code), public=asked["public"])
    return Response(written, content_type="text/html; charset=utf-8")


@blueprint.route("/<code>/fhir", guard=READ, parameters=[CODE])
@blueprint.arguments(PublicQuery, location="query")
@blueprint.response(
    HTTPStatus.OK,
    {"type": "object"},
    content_type="application/fhir+json",
    example=BUNDLE_EXAMPLE,
    description="A Bundle of MeasureReports.",
)
@blueprint.alt_response(*_MISSING)
def fhir(asked: _Days, code: str) -> Response:
    """Read them as FHIR R4; texts to single people are written by `bilum indicators fhir`."""
    report = _report(asked, code)
    found = measure_reports(report, public=asked["public"])
    body = "".join(as_bundle(found, report.now))
    return Response(body, content_type="application/fhir+json; charset=utf-8")


def _report(asked: _Days, code: str) -> Report:
    here = context()
    period = period_of(asked["first"], asked["last"])
    with here.database.read() as session:
        return make_report(session, code, period, here.clock())
