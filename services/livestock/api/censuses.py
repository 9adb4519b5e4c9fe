"""Censuses of pigs in the API: drafted by an officer, opened by a second one, and their figures."""

from http import HTTPStatus
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.documents import csv_answer
from services.api.idempotency import Work, idempotent
from services.api.schemas import WholeSchema
from services.core.geography import PROVINCES
from services.core.roles import Scope
from services.livestock.api.common import READ, WRITE, act_of, officer_of
from services.livestock.control.census_results import COLUMNS, census_figures, total_of
from services.livestock.control.censuses import (
    CensusDraft,
    close_census,
    draft_census,
    find_census,
    list_censuses,
    open_census,
)
from services.livestock.domain.census import CensusArea, CensusState
from services.storage.models import Census

blueprint = Blueprint("censuses", "Counts of pigs, asked of keepers by SMS.", "/api/v1/censuses")

_LONGEST = 64
_NUMBER = {
    "in": "path",
    "name": "number",
    "schema": {"type": "string", "minLength": 1, "maxLength": 32},
    "description": "Number of the census.",
    "example": "C-2026-1",
}
_TEXT = {"type": "string"}
_DRAFTED = {"province": "Jiwaka", "first_day": "2026-11-26", "last_day": "2026-12-20"}


class CensusDraftedSchema(Schema):
    """A census that is drafted: its area and its days."""

    province = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(PROVINCES),
        metadata={"description": "Null: the whole country."},
    )
    district = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, _LONGEST),
        metadata={"description": "Of the province; null: all of it."},
    )
    first_day = fields.Date(required=True, metadata={"description": "Local day; it asks then."})
    last_day = fields.Date(required=True, metadata={"description": "Last local day; it closes."})


class CensusSchema(WholeSchema):
    """A census of pigs, and whom it asks at what cost."""

    number = fields.String(metadata={"example": "C-2026-1"})
    state = fields.String(validate=validate.OneOf([one.value for one in CensusState]))
    province = fields.String(allow_none=True, metadata={"example": "Jiwaka"})
    district = fields.String(allow_none=True)
    first_day = fields.Date()
    last_day = fields.Date()
    keepers = fields.Integer(metadata={"description": "With a phone.", "example": 4120})
    without_phone = fields.Integer(metadata={"description": "Cannot be asked.", "example": 310})
    segments = fields.Integer(metadata={"description": "Of the first question.", "example": 4120})
    cost = fields.Integer(metadata={"description": "Toea.", "example": 103000})
    drafted_at = fields.DateTime()
    opened_at = fields.DateTime(allow_none=True)
    closed_at = fields.DateTime(allow_none=True)


class CensusesSchema(WholeSchema):
    """Censuses, newest first."""

    items = fields.List(fields.Nested(CensusSchema))


class CensusFiguresSchema(WholeSchema):
    """Figures of a district: its keepers are answered, late, silent, unreached, without phone."""

    province = fields.String(allow_none=True)
    district = fields.String(allow_none=True)
    keepers = fields.Integer(metadata={"example": 120})
    answered = fields.Integer(metadata={"description": "In time.", "example": 80})
    late = fields.Integer(metadata={"description": "After the end.", "example": 2})
    silent = fields.Integer(metadata={"description": "Asked, and not answered.", "example": 20})
    unreached = fields.Integer(
        metadata={"description": "No text reached them: they stopped all texts.", "example": 8}
    )
    without_phone = fields.Integer(
        metadata={"description": "Nobody has counted theirs.", "example": 10}
    )
    pigs = fields.Integer(metadata={"description": "As answered in time.", "example": 512})
    known = fields.Integer(
        metadata={"description": "Of those who answered, by the book then.", "example": 430}
    )
    contradicting = fields.Integer(
        metadata={"description": "Answers that differ from the book.", "example": 9}
    )
    in_book = fields.Integer(
        metadata={"description": "Pigs of the district in the book now.", "example": 655}
    )


class CensusResultSchema(CensusSchema):
    """A census with its figures."""

    districts = fields.List(fields.Nested(CensusFiguresSchema))
    total = fields.Nested(CensusFiguresSchema)


@blueprint.route("", guard=READ, scope=Scope.READ, operation="list_censuses")
@blueprint.response(HTTPStatus.OK, CensusesSchema)
def censuses() -> dict[str, Any]:
    """List censuses, newest first."""
    with context().database.read() as session:
        return {"items": [_view(row) for row in list_censuses(session)]}


@blueprint.route("", methods=["POST"], guard=WRITE, scope=Scope.SEND, operation="draft_census")
@idempotent(exclusive=False)
@blueprint.arguments(CensusDraftedSchema, example=_DRAFTED)
@blueprint.response(HTTPStatus.CREATED, CensusSchema)
@refuses(HTTPStatus.CONFLICT)
def draft(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Draft a census; the answer has its reach and its cost. Nothing is sent."""
    area = CensusArea(body["province"], body["district"])
    wanted = CensusDraft(area, body["first_day"], body["last_day"])
    price = context().sms.price_toea
    return _view(draft_census(work.session, wanted, officer_of(work), price, work.lock))


@blueprint.route(
    "/<number>", guard=READ, scope=Scope.READ, parameters=[_NUMBER], operation="get_census"
)
@blueprint.response(HTTPStatus.OK, CensusResultSchema)
def census(number: str) -> dict[str, Any]:
    """Read a census with its figures, by district."""
    with context().database.read() as session:
        return _result(session, find_census(session, number))


@blueprint.route(
    "/<number>/result.csv",
    guard=READ,
    scope=Scope.READ,
    parameters=[_NUMBER],
    operation="get_census_table",
)
@blueprint.response(
    HTTPStatus.OK, _TEXT, content_type="text/csv", example=",".join(COLUMNS), description="A table."
)
def table(number: str) -> Response:
    """Read the figures of a census as a table."""
    with context().database.read() as session:
        rows = census_figures(session, find_census(session, number))
    return csv_answer(COLUMNS, [row._asdict() for row in rows])


@blueprint.route(
    "/<number>/open",
    methods=["POST"],
    guard=WRITE,
    scope=Scope.DECIDE,
    parameters=[_NUMBER],
    operation="open_census",
)
@idempotent(exclusive=False)
@blueprint.response(HTTPStatus.OK, CensusSchema)
@refuses(HTTPStatus.CONFLICT)
def open_(work: Work, number: str) -> dict[str, Any]:
    """Open a census that another officer drafted: it asks from its first day on."""
    price = context().sms.price_toea
    return _view(open_census(work.session, number, officer_of(work), price, work.lock))


@blueprint.route(
    "/<number>/close",
    methods=["POST"],
    guard=WRITE,
    scope=Scope.DECIDE,
    parameters=[_NUMBER],
    operation="close_census",
)
@idempotent(exclusive=True)
@blueprint.response(HTTPStatus.OK, CensusSchema)
def close(work: Work, number: str) -> dict[str, Any]:
    """Close a census: nobody is asked any more, and later answers are late."""
    row = find_census(work.session, number)
    return _view(close_census(work.session, row, act_of(work)))


def _view(row: Census) -> dict[str, Any]:
    return {name: getattr(row, name) for name in CensusSchema().fields}


def _result(session: Session, row: Census) -> dict[str, Any]:
    rows = census_figures(session, row)
    districts = [one._asdict() for one in rows]
    return _view(row) | {"districts": districts, "total": total_of(rows)._asdict()}
