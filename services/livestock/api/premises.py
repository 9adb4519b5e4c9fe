"""Premises in the API."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import g
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint
from services.api.callers import own_party
from services.api.context import context
from services.api.guards import Roles
from services.api.idempotency import Work, idempotent
from services.api.paging import LINK, Wanted, read_page
from services.core.errors import Forbidden, Invalid
from services.core.geography import zone_of
from services.core.roles import OFFICERS, Role
from services.livestock.api.common import ANYONE, PREMISES, act_of, viewer
from services.livestock.api.premises_schemas import (
    EXAMPLE,
    NEW_EXAMPLE,
    PAGE_EXAMPLE,
    ChangeSchema,
    NewPremisesSchema,
    PremisesPageSchema,
    PremisesQuery,
    PremisesSchema,
)
from services.livestock.control.affected import is_bound
from services.livestock.domain import access
from services.livestock.domain.model import local_day
from services.livestock.queries.premises import PremisesFilter, premises_views, premises_wanted
from services.livestock.recording.identity import make_premises
from services.livestock.recording.lookup import known_premises
from services.livestock.recording.premises import describe
from services.storage.models import Party, Premises

_DESCRIBERS = Roles(*OFFICERS, Role.KEEPER, Role.RECORDER)
_WHERE = ("province", "district", "llg", "ward", "latitude", "longitude")
_HOMES = frozenset({"household", "village_herd", "piggery"})

blueprint = Blueprint("premises", "Places that hold animals.", "/api/v1/premises")


class _PremisesWanted(Wanted):
    kind: str | None
    province: str | None
    district: str | None


@blueprint.route("", guard=ANYONE)
@blueprint.arguments(PremisesQuery, location="query")
@blueprint.response(HTTPStatus.OK, PremisesPageSchema, example=PAGE_EXAMPLE, headers=LINK)
def list_premises(asked: _PremisesWanted) -> Any:  # noqa: ANN401 — body and headers
    """List the premises that you may see."""
    with context().database.read() as session:
        wanted = PremisesFilter(asked["kind"], asked["province"], asked["district"])
        page = read_page(
            session,
            premises_wanted(viewer(), wanted),
            [Premises.id],
            asked,
            read=lambda found: session.scalars(found).all(),
        )
        return page.answer(premises_views(session, viewer(), page.rows))


@blueprint.route("", methods=["POST"], guard=_DESCRIBERS)
@idempotent
@blueprint.arguments(NewPremisesSchema, example=NEW_EXAMPLE)
@blueprint.response(HTTPStatus.CREATED, PremisesSchema, example=EXAMPLE)
def add_premises(work: Work, told: dict[str, Any]) -> Any:  # noqa: ANN401 — body and headers
    """Describe new premises; their number is issued."""
    keeper = own_party() if g.holder.role is Role.KEEPER else None
    row = make_premises(work.session, keeper)
    view = _describe(work, row, told)
    return view, {"Location": f"{blueprint.url_prefix}/{view['numbers'][0]}"}


@blueprint.route("/<path:number>", guard=ANYONE, parameters=[PREMISES])
@blueprint.response(HTTPStatus.OK, PremisesSchema, example=EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
@blueprint.alt_response(HTTPStatus.CONFLICT, HTTPStatus.CONFLICT.name)
@blueprint.alt_response(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.UNPROCESSABLE_ENTITY.name)
def one_premises(number: str) -> dict[str, object]:
    """Read premises: all of them, or their province alone."""
    with context().database.read() as session:
        row = session.get_one(Premises, known_premises(session, number).id)
        return premises_views(session, viewer(), [row])[0]


@blueprint.route("/<path:number>", methods=["POST"], guard=_DESCRIBERS, parameters=[PREMISES])
@idempotent
@blueprint.arguments(ChangeSchema, example={"name": "Kudjip"})
@blueprint.response(HTTPStatus.OK, PremisesSchema, example=EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
@blueprint.alt_response(HTTPStatus.CONFLICT, HTTPStatus.CONFLICT.name)
def change_premises(work: Work, told: dict[str, Any], number: str) -> dict[str, Any]:
    """Describe premises again; an event tells that it was done."""
    row = work.session.get_one(Premises, known_premises(work.session, number).id)
    if not access.may_report_at(viewer(), row.keeper_id, row.province):
        raise Forbidden("These premises are not yours to describe")
    today = local_day(work.now, zone_of(row.province))
    if g.holder.role is Role.KEEPER and _moves(row, told) and is_bound(work.session, row.id, today):
        raise Forbidden("An order binds these premises: an officer corrects where they are")
    return _describe(work, row, told)


def _describe(work: Work, row: Premises, told: Mapping[str, Any]) -> dict[str, Any]:
    columns = _columns(work.session, told)
    province = columns.get("province", row.province)
    if not access.may_report_at(viewer(), columns.get("keeper_id", row.keeper_id), province):
        raise Forbidden("You may not describe premises there, or give them away")
    if columns.get("kind", row.kind) not in _HOMES and g.holder.role not in OFFICERS:
        raise Forbidden("Only officers describe premises of this kind")
    day = local_day(work.now, zone_of(province))
    describe(work.session, row, columns, act_of(work, day))
    return premises_views(work.session, viewer(), [row])[0]


def _moves(row: Premises, told: Mapping[str, Any]) -> bool:
    """Tell whether premises would lie elsewhere than is known, such as outside of a zone."""
    told = dict(told) | told.get("point", {})
    known = {name: getattr(row, name) for name in _WHERE}
    return any(known[name] not in {None, told.get(name, known[name])} for name in _WHERE)


def _columns(session: Session, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told as columns of `Premises`.

    Raises:
        Invalid: nobody is the keeper that is named.
    """
    columns = {name: value for name, value in told.items() if name not in {"point", "keeper"}}
    if "keeper" in told:
        keeper = session.scalar(select(Party.id).where(Party.public_id == told["keeper"]))
        if keeper is None:
            raise Invalid("Nobody is this keeper", {"keeper": "There is no party with this id."})
        columns["keeper_id"] = keeper
    return columns | dict(told.get("point", {}))
