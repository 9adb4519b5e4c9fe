"""Permits in the API: keepers ask, officers decide."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypedDict
from zoneinfo import ZoneInfo

from flask import g
from sqlalchemy import func, select

from services.errors import Forbidden, Invalid
from services.storage.models import Animal, Check, Permit, PermitAnimal, Premises
from services.storage.people import OFFICERS, Role
from services.traceability import access
from services.traceability.api.common import (
    ANYONE,
    REPORTERS,
    known_premises,
    origin_of,
    read_number,
    viewer,
)
from services.traceability.api.permit_schemas import (
    ASKED_EXAMPLE,
    EXAMPLE,
    PAGE_EXAMPLE,
    PermitAskedSchema,
    PermitDecisionSchema,
    PermitPageSchema,
    PermitQuery,
    PermitSchema,
)
from services.traceability.control.permits import PermitDraft, ask_permit, decide_permit
from services.traceability.errors import UnknownNumber
from services.traceability.matters import find_permit, permit_matter
from services.traceability.model import DEFAULT_ZONE, Act, Key, Scheme, event_id
from services.traceability.queries.places import number_of
from services.traceability.rules.permits import PermitState
from services.web.blueprint import Blueprint
from services.web.context import context
from services.web.guards import Roles
from services.web.idempotency import idempotent
from services.web.paging import LINK, Wanted, read_page

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from services.web.idempotency import Work

blueprint = Blueprint("permits", "Leave for one journey.", "/api/v1/permits")

# An officer cannot know what holds later than that.
_LONGEST = timedelta(days=30)
_OFFICERS = Roles(Role.VETERINARY_OFFICER, Role.ADMINISTRATOR)
_NUMBER = {
    "in": "path",
    "name": "number",
    "schema": {"type": "string", "minLength": 1, "maxLength": 64},
    "description": "Number of the permit.",
    "example": "1650",
}


class _Asked(TypedDict):
    origin: str
    destination: str
    animals: list[str]
    head_count: int | None
    first_day: date
    last_day: date
    route: list[str]


class _Which(Wanted):
    state: str | None


@blueprint.route("", guard=ANYONE)
@blueprint.arguments(PermitQuery, location="query")
@blueprint.response(HTTPStatus.OK, PermitPageSchema, example=PAGE_EXAMPLE, headers=LINK)
def permits(asked: _Which) -> Any:  # noqa: ANN401 — body and headers
    """List permits: officers and auditors all, others those that they asked for."""
    wanted = select(Permit)
    if g.holder.role not in {*OFFICERS, Role.AUDITOR}:
        wanted = wanted.where(Permit.asked_by_id == g.party_id)
    if asked["state"]:
        wanted = wanted.where(Permit.state == asked["state"])
    with context().database.read() as session:
        page = read_page(
            session, wanted, [Permit.id], asked, read=lambda rows: session.scalars(rows).all()
        )
        return page.answer([_shown(session, row) for row in page.rows])


@blueprint.route("", methods=["POST"], guard=REPORTERS)
@idempotent
@blueprint.arguments(PermitAskedSchema, example=ASKED_EXAMPLE)
@blueprint.response(HTTPStatus.CREATED, PermitSchema, example=EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
def ask(work: Work, asked: _Asked) -> dict[str, Any]:
    """Ask for a permit; a veterinary officer answers."""
    session, act = work.session, _act(work)
    if not act.day <= asked["last_day"] <= act.day + _LONGEST:
        fault = f"Must lie between today and {act.day + _LONGEST}."
        raise Invalid("The permit would end too early or too late", {"last_day": [fault]})
    start = known_premises(session, asked["origin"])
    row = session.get_one(Premises, start.id)
    if not access.may_report_at(viewer(), row.keeper_id, row.province):
        raise Forbidden("Ask for permits from your own premises alone")
    draft = PermitDraft(
        animals=tuple(read_number(session, text, "animal") for text in asked["animals"]),
        origin=start.number,
        destination=known_premises(session, asked["destination"]).number,
        first=asked["first_day"],
        last=asked["last_day"],
        head_count=asked["head_count"],
        route=tuple(known_premises(session, text).number for text in asked["route"]),
        asked_by=g.party_id,
    )
    return _shown(session, ask_permit(session, draft, act)[0])


@blueprint.route("/<number>", guard=ANYONE, parameters=[_NUMBER])
@blueprint.response(HTTPStatus.OK, PermitSchema, example=EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
def permit(number: str) -> dict[str, Any]:
    """Read a permit; whoever has its number may, as at a roadblock."""
    with context().database.read() as session:
        row = find_permit(session, number)
        if row is None:
            raise UnknownNumber(Key(Scheme.SHORT, number))
        return _shown(session, row)


@blueprint.route("/<number>/decision", methods=["POST"], guard=_OFFICERS, parameters=[_NUMBER])
@idempotent
@blueprint.arguments(PermitDecisionSchema, example={"state": "issued"})
@blueprint.response(HTTPStatus.OK, PermitSchema, example=EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
def decision(work: Work, told: dict[str, str], number: str) -> dict[str, Any]:
    """Issue, refuse or revoke a permit."""
    state = PermitState(told["state"])
    row, _ = decide_permit(work.session, number, state, _act(work), officer=g.party_id)
    return _shown(work.session, row)


def _act(work: Work) -> Act:
    today = work.now.astimezone(ZoneInfo(DEFAULT_ZONE)).date()
    return Act(event_id("api", work.key, 0), today, origin_of(work))


def _shown(session: Session, row: Permit) -> dict[str, Any]:
    named = select(PermitAnimal.animal_id).where(PermitAnimal.permit_id == row.id)
    animals = session.execute(
        select(Animal.scheme, Animal.value).where(Animal.id.in_(named)).order_by(Animal.id)
    )
    passes = session.scalar(
        select(func.count(Check.premises_id.distinct())).where(
            Check.permit_id == row.id, Check.outcome == "passed"
        )
    )
    return {
        "number": permit_matter(session, row).number,
        "state": row.state,
        "origin": number_of(session, row.origin_id),
        "destination": number_of(session, row.destination_id),
        "animals": [str(Key(scheme, value)) for scheme, value in animals],
        "head_count": row.head_count,
        "first_day": row.first_day,
        "last_day": row.last_day,
        "closed_on": row.closed_on,
        "passes": passes or 0,
    }
