"""Indicators in the API: figures of groups, and of no single person."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from services.api.blueprint import Blueprint
from services.api.context import context
from services.api.documents import Page, csv_answer
from services.api.guards import Roles
from services.api.schemas import WholeSchema, one_of
from services.core.look import style_policy
from services.core.roles import Role, Scope
from services.health.api.programmes import CODE, CODE_PATTERN, PREFIX
from services.health.indicators.disaggregation import Cut, period_of
from services.health.indicators.fhir import as_bundle, measure_reports
from services.health.indicators.kept_reports import kept_report
from services.health.indicators.minister_page import as_page
from services.health.indicators.tables import (
    COLUMNS,
    TOTAL,
    Report,
    all_lines,
    as_figure,
    rows,
)

blueprint = Blueprint("indicators", "What a programme has done.", f"{PREFIX}/indicators")

READ = Roles(Role.HEALTH_ANALYST, Role.PLANNER, Role.APPROVER)
_TEXT = {"type": "string"}
_TOTAL = {"example": TOTAL}


class PeriodQuery(Schema):
    """Days of the report."""

    first = fields.Date(
        required=True, data_key="from", metadata={"description": "First day, in Port Moresby."}
    )
    last = fields.Date(
        required=True, data_key="to", metadata={"description": "Last day, counted too."}
    )


class PublicQuery(PeriodQuery):
    """Days of the report, and its public."""

    public = fields.Boolean(
        load_default=False, metadata={"description": "Hide small counts, for all to see."}
    )


class CutQuery(PublicQuery):
    """Days, public and cuts of the report."""

    by = fields.List(
        fields.String(validate=one_of(Cut)),
        load_default=list,
        validate=validate.Length(max=2),
        metadata={"description": "Given twice they are crossed; without it, each by itself."},
    )


# apispec would describe a decimal as a number, even if it is written as text.
_DECIMAL_TEXT = "string"


class FigureSchema(WholeSchema):
    """An indicator of a group; what the group is not cut by is `total`."""

    province = fields.String(metadata={"example": "Morobe"})
    sex = fields.String(metadata=_TOTAL)
    age = fields.String(metadata=_TOTAL)
    language = fields.String(metadata=_TOTAL)
    cohort = fields.String(metadata=_TOTAL)
    joined = fields.String(metadata=_TOTAL)
    source = fields.String(metadata=_TOTAL)
    distance = fields.String(metadata=_TOTAL)
    phone = fields.String(metadata=_TOTAL)
    indicator = fields.String(metadata={"example": "success_of_activated"})
    detail = fields.String(
        metadata={
            "description": "The reason, or the outcome and assessment.",
            "example": "abstinent.month1",
        }
    )
    numerator = fields.Decimal(
        allow_none=True, as_string=True, metadata={"type": _DECIMAL_TEXT, "example": "61"}
    )
    denominator = fields.Integer(
        allow_none=True, metadata={"description": "Null: it is a count.", "example": 240}
    )
    value = fields.Decimal(
        allow_none=True,
        as_string=True,
        metadata={
            "type": _DECIMAL_TEXT,
            "description": "Null: the denominator is zero, or the figure is hidden.",
            "example": "0.2542",
        },
    )
    unit = fields.String(metadata={"description": "Unit of the numerator.", "example": "people"})
    reading = fields.String(
        metadata={
            "description": "headline: it stands alone. caution: it misleads who reads it alone.",
            "example": "headline",
        }
    )
    hidden = fields.Boolean()


class IndicatorsSchema(WholeSchema):
    """All indicators of a programme in a period."""

    programme = fields.String(metadata={"pattern": CODE_PATTERN, "example": "tobacco"})
    first = fields.Date(data_key="from")
    last = fields.Date(data_key="to")
    counted_at = fields.DateTime()
    figures = fields.List(fields.Nested(FigureSchema))


BUNDLE_EXAMPLE = {"resourceType": "Bundle", "type": "collection", "entry": []}
CSV_EXAMPLE = ",".join(COLUMNS)


@blueprint.route(
    "/<code>", guard=READ, scope=Scope.READ, parameters=[CODE], operation="get_indicators"
)
@blueprint.arguments(CutQuery, location="query")
@blueprint.response(HTTPStatus.OK, IndicatorsSchema)
def indicators(query: Mapping[str, Any], code: str) -> dict[str, Any]:
    """Read the indicators of a programme, each with its numerator and denominator."""
    report = _report(query, code)
    cuts = [Cut(one) for one in query["by"]]
    return {
        "programme": report.programme.code,
        "first": report.period.first,
        "last": report.period.last,
        "counted_at": report.now,
        "figures": [as_figure(line) for line in all_lines(report, cuts, public=query["public"])],
    }


@blueprint.route(
    "/<code>.csv", guard=READ, scope=Scope.READ, parameters=[CODE], operation="get_indicator_table"
)
@blueprint.arguments(CutQuery, location="query")
@blueprint.response(
    HTTPStatus.OK, _TEXT, content_type="text/csv", example=CSV_EXAMPLE, description="A table."
)
def table(query: Mapping[str, Any], code: str) -> Response:
    """Read the same as a table, one row for each indicator of each group."""
    report = _report(query, code)
    cuts = [Cut(one) for one in query["by"]]
    return csv_answer(COLUMNS, rows(report, cuts, public=query["public"]))


@blueprint.route(
    "/<code>.html", guard=READ, scope=Scope.READ, parameters=[CODE], operation="show_indicators"
)
@blueprint.arguments(PublicQuery, location="query")
@blueprint.response(
    HTTPStatus.OK, _TEXT, content_type="text/html", example="<!doctype html>", description="A page."
)
def page(query: Mapping[str, Any], code: str) -> Response:
    """Read one page to print, complete in itself."""
    written = as_page(_report(query, code), public=query["public"])
    return Page(written, style_policy(written))


@blueprint.route(
    "/<code>/fhir", guard=READ, scope=Scope.READ, parameters=[CODE], operation="get_indicators_fhir"
)
@blueprint.arguments(PublicQuery, location="query")
@blueprint.response(
    HTTPStatus.OK,
    {"type": "object"},
    content_type="application/fhir+json",
    example=BUNDLE_EXAMPLE,
    description="A Bundle of MeasureReports.",
)
def fhir(query: Mapping[str, Any], code: str) -> Response:
    """Read them as FHIR R4; texts to single people are written by `bilum indicators fhir`."""
    report = _report(query, code)
    found = measure_reports(report, public=query["public"])
    body = "".join(as_bundle(found, report.now))
    return Response(body, content_type="application/fhir+json; charset=utf-8")


def _report(query: Mapping[str, Any], code: str) -> Report:
    here = context()
    key = code, period_of(query["first"], query["last"])
    return kept_report(here.database, key, here.clock(), life=timedelta()).report
