"""Premises in the API."""

from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import Any

from flask import g
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import Roles, own_party
from services.api.idempotency import Work, idempotent
from services.api.paging import LINK, PageQuery, PageRequest, page_schema, read_page
from services.api.schemas import LONGEST, AnswerSchema, plain_text
from services.core.errors import Forbidden, Invalid
from services.core.geography import PROVINCES, zone_of
from services.core.roles import OFFICERS, Role, Scope
from services.livestock.api.common import (
    ANYONE,
    PREMISES,
    SEEN,
    StatusSchema,
    act_of,
    actor,
    viewer,
)
from services.livestock.control.affected import is_bound
from services.livestock.domain import authority
from services.livestock.queries.premises import premises_views, premises_wanted
from services.livestock.recording.identity import make_premises
from services.livestock.recording.lookup import known_premises
from services.livestock.recording.premises import KINDS, describe
from services.storage.models import Party, Premises
from sms.local_time import local_day

_DESCRIBERS = Roles(*OFFICERS, Role.KEEPER, Role.RECORDER)
_WHERE = ("province", "district", "llg", "ward", "latitude", "longitude")
_HOMES = frozenset({"household", "village_herd", "piggery"})

blueprint = Blueprint("premises", "Places that hold animals.", "/api/v1/premises")


_LONGEST_NAME = 40


def _text(most: int = LONGEST) -> fields.String:
    return fields.String(validate=plain_text(most))


def _province(**options: Any) -> fields.String:  # noqa: ANN401 — passed through to marshmallow
    return fields.String(validate=validate.OneOf(PROVINCES), **options)


def _degrees(most: int, example: float) -> fields.Float:
    return fields.Float(
        required=True,
        validate=validate.Range(-most, most),
        metadata={"description": "WGS 84.", "example": example},
    )


class PointSchema(Schema):
    """A point on the map; it never goes to the ledger."""

    latitude = _degrees(90, -5.86)
    longitude = _degrees(180, 144.53)


class ChangeSchema(Schema):
    """Changes to premises; a missing member stays as it is."""

    kind = fields.String(validate=validate.OneOf(KINDS))
    province = _province()
    district = _text()
    llg = _text()
    ward = _text()
    village = _text()
    point = fields.Nested(PointSchema)
    name = fields.String(
        validate=plain_text(_LONGEST_NAME),
        metadata={"description": "What its keeper calls it."},
    )
    keeper = fields.UUID(metadata={"description": "Party that keeps it; you, for a keeper."})
    beyond_province = _province(
        metadata={"description": "Of a roadblock: what lies on its far side."}
    )
    beyond_district = _text()


class NewPremisesSchema(ChangeSchema):
    """New premises."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    province = _province(required=True)


class PremisesQuery(PageQuery):
    """Filter of a list of premises."""

    kind = fields.String(load_default=None, validate=validate.OneOf(KINDS))
    province = _province(load_default=None)
    district = fields.String(load_default=None, validate=validate.Length(1, LONGEST))


class PremisesSchema(AnswerSchema):
    """Premises: their province for anyone, the rest for callers with access."""

    seen = fields.String(required=True, validate=SEEN, metadata={"example": "full"})
    province = fields.String(required=True, allow_none=True, metadata={"example": "Jiwaka"})
    id = fields.UUID(attribute="public_id")
    numbers = fields.List(
        fields.String(),
        metadata={"description": "First the one that people call it by.", "example": ["20468"]},
    )
    statuses = fields.List(
        fields.Nested(StatusSchema),
        metadata={"description": "What holds of them today, gravest first.", "example": []},
    )
    kind = fields.String(metadata={"example": "household"})
    found = fields.Boolean(metadata={"description": "Known from others' reports alone."})
    district = fields.String(allow_none=True, metadata={"example": "Anglimp-South Waghi"})
    llg = fields.String(allow_none=True)
    ward = fields.String(allow_none=True)
    village = fields.String(allow_none=True)
    point = fields.Nested(PointSchema, allow_none=True)
    name = fields.String(allow_none=True, metadata={"example": "Kudjip"})
    keeper = fields.UUID(allow_none=True)
    beyond_province = fields.String(allow_none=True)
    beyond_district = fields.String(allow_none=True)


PremisesPageSchema = page_schema(PremisesSchema, "Premises")


NEW_EXAMPLE = {
    "kind": "household",
    "province": "Jiwaka",
    "district": "Anglimp-South Waghi",
    "name": "Kudjip",
    "point": {"latitude": -5.86, "longitude": 144.53},
}


@blueprint.route("", guard=ANYONE, scope=Scope.READ)
@blueprint.arguments(PremisesQuery, location="query")
@blueprint.response(HTTPStatus.OK, PremisesPageSchema, headers=LINK)
def list_premises(query: PageRequest) -> Any:  # noqa: ANN401 — body and headers
    """List the premises that you may see."""
    with context().database.read() as session:
        page = read_page(session, premises_wanted(viewer(), query), [Premises.id], query)
        return page.answer(premises_views(session, viewer(), page.rows, _today()))


@blueprint.route("", methods=["POST"], guard=_DESCRIBERS, scope=Scope.REPORT)
@idempotent(exclusive=True)
@blueprint.arguments(NewPremisesSchema, example=NEW_EXAMPLE)
@blueprint.response(HTTPStatus.CREATED, PremisesSchema)
def add_premises(work: Work, body: dict[str, Any]) -> Any:  # noqa: ANN401 — body and headers
    """Describe new premises; their number is issued."""
    keeper = own_party() if g.holder.role is Role.KEEPER else None
    row = make_premises(work.session, keeper)
    view = _describe(work, row, body)
    return view, {"Location": f"{blueprint.url_prefix}/{view['numbers'][0]}"}


@blueprint.route(
    "/<path:number>",
    guard=ANYONE,
    scope=Scope.READ,
    parameters=[PREMISES],
    operation="get_premises",
)
@blueprint.response(HTTPStatus.OK, PremisesSchema)
@refuses(HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
def one_premises(number: str) -> dict[str, object]:
    """Read premises: all of them, or their province alone."""
    with context().database.read() as session:
        row = session.get_one(Premises, known_premises(session, number).id)
        return premises_views(session, viewer(), [row], _today())[0]


@blueprint.route(
    "/<path:number>", methods=["POST"], guard=_DESCRIBERS, scope=Scope.REPORT, parameters=[PREMISES]
)
@idempotent(exclusive=True)
@blueprint.arguments(ChangeSchema, example={"name": "Kudjip"})
@blueprint.response(HTTPStatus.OK, PremisesSchema)
@refuses(HTTPStatus.CONFLICT)
def change_premises(work: Work, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Describe premises again; an event records that it was done."""
    row = work.session.get_one(Premises, known_premises(work.session, number).id)
    if not authority.may_report_at(actor(), row.keeper_id, row.province):
        raise Forbidden("These premises are not yours to describe")
    today = local_day(work.now, zone_of(row.province))
    if g.holder.role is Role.KEEPER and _moves(row, body) and is_bound(work.session, row.id, today):
        raise Forbidden("An order binds these premises: an officer corrects where they are")
    return _describe(work, row, body)


def _today() -> date:
    return local_day(context().clock())


def _describe(work: Work, row: Premises, body: Mapping[str, Any]) -> dict[str, Any]:
    columns = _columns(work.session, body)
    province = columns.get("province", row.province)
    if not authority.may_report_at(actor(), columns.get("keeper_id", row.keeper_id), province):
        raise Forbidden("You may not describe premises there, or give them away")
    if columns.get("kind", row.kind) not in _HOMES and g.holder.role not in OFFICERS:
        raise Forbidden("Only officers describe premises of this kind")
    day = local_day(work.now, zone_of(province))
    describe(work.session, row, columns, act_of(work, day))
    return premises_views(work.session, viewer(), [row], day)[0]


def _moves(row: Premises, body: Mapping[str, Any]) -> bool:
    """Check for a change of known location, such as out of a zone."""
    body = dict(body) | body.get("point", {})
    known = {name: getattr(row, name) for name in _WHERE}
    return any(known[name] not in {None, body.get(name, known[name])} for name in _WHERE)


def _columns(session: Session, body: Mapping[str, Any]) -> dict[str, Any]:
    """Convert a description into columns of `Premises`.

    Raises:
        Invalid: nobody is the keeper that is named.
    """
    columns = {name: value for name, value in body.items() if name not in {"point", "keeper"}}
    if "keeper" in body:
        keeper = session.scalar(select(Party.id).where(Party.public_id == body["keeper"]))
        if keeper is None:
            raise Invalid("Nobody is this keeper", {"keeper": "There is no party with this id."})
        columns["keeper_id"] = keeper
    return columns | dict(body.get("point", {}))
