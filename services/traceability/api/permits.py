"""Permits in the API: keepers ask, officers decide."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypedDict

from flask import g
from sqlalchemy import select

from services.errors import Forbidden, Invalid
from services.storage.models import Permit, Premises
from services.storage.people import OFFICERS, Role
from services.traceability import access
from services.traceability.api.common import ANYONE, REPORTERS, act_of, viewer
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
from services.traceability.api.permit_views import permit_views
from services.traceability.api.reading import Faults, Numbers
from services.traceability.control.permits import (
    DECIDERS,
    PermitDraft,
    ask_permit,
    decide_permit,
    may_read,
)
from services.traceability.errors import SamePlace, UnknownNumber
from services.traceability.lookup import known_premises
from services.traceability.matters import find_permit
from services.traceability.model import Key, Scheme
from services.traceability.rules.permits import PermitState
from services.web.blueprint import Blueprint
from services.web.callers import own_party
from services.web.context import context
from services.web.guards import Roles
from services.web.idempotency import idempotent
from services.web.paging import LINK, Wanted, read_page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from services.web.idempotency import Work

blueprint = Blueprint("permits", "Leave for one journey.", "/api/v1/permits")

# An officer cannot know what holds later than that.
_LONGEST = timedelta(days=30)
_OFFICERS = Roles(*DECIDERS)
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
        wanted = wanted.where(Permit.asked_by_id == own_party())
    if asked["state"]:
        wanted = wanted.where(Permit.state == asked["state"])
    with context().database.read() as session:
        page = read_page(
            session, wanted, [Permit.id], asked, read=lambda rows: session.scalars(rows).all()
        )
        return page.answer(permit_views(session, page.rows))


@blueprint.route("", methods=["POST"], guard=REPORTERS)
@idempotent
@blueprint.arguments(PermitAskedSchema, example=ASKED_EXAMPLE)
@blueprint.response(HTTPStatus.CREATED, PermitSchema, example=EXAMPLE)
def ask(work: Work, asked: _Asked) -> dict[str, Any]:
    """Ask for a permit; a veterinary officer answers."""
    draft = _draft(work, asked)
    row, _ = ask_permit(work.session, draft, act_of(work))
    return permit_views(work.session, [row])[0]


@blueprint.route("/<number>", guard=ANYONE, parameters=[_NUMBER])
@blueprint.response(HTTPStatus.OK, PermitSchema, example=EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
def permit(number: str) -> dict[str, Any]:
    """Read a permit: officers, abattoirs and auditors may, and those between whom it leads."""
    with context().database.read() as session:
        row = find_permit(session, number)
        if row is None or not may_read(session, row, g.party_id, g.holder.role):
            raise UnknownNumber(Key(Scheme.SHORT, number))
        return permit_views(session, [row])[0]


@blueprint.route("/<number>/decision", methods=["POST"], guard=_OFFICERS, parameters=[_NUMBER])
@idempotent
@blueprint.arguments(PermitDecisionSchema, example={"state": "issued"})
@blueprint.response(HTTPStatus.OK, PermitSchema, example=EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
def decision(work: Work, told: dict[str, str], number: str) -> dict[str, Any]:
    """Issue, refuse or revoke a permit."""
    state = PermitState(told["state"])
    row, _ = decide_permit(work.session, number, state, act_of(work), officer=g.party_id)
    return permit_views(work.session, [row])[0]


def _draft(work: Work, asked: _Asked) -> PermitDraft:
    """Read what a permit is asked for.

    Raises:
        Invalid: `fields` names each wrong field.
        Forbidden: the journey begins at premises at which the token may not report.
    """
    session, faults, numbers = work.session, Faults(), Numbers(work.session)
    start, end = (
        faults.read(name, known_premises, session, text)
        for name, text in (("origin", asked["origin"]), ("destination", asked["destination"]))
    )
    animals, route = (
        _each(faults, (name, asked[name]), numbers, want)  # type: ignore[literal-required]
        for name, want in (("animals", "animal"), ("route", "premises"))
    )
    faults |= _wrong_days(asked, act_of(work).day)
    if start and end and start.id == end.id:
        faults["destination"] = SamePlace(end.number).detail
    if faults:
        raise Invalid("Some fields are wrong: see errors", faults)
    _require_may_ask(session, start.id)
    return PermitDraft(
        animals=animals,
        origin=start.number,
        destination=end.number,
        first=asked["first_day"],
        last=asked["last_day"],
        head_count=asked["head_count"],
        route=route,
        asked_by=g.party_id,
    )


def _each(
    faults: Faults, told: tuple[str, Sequence[str]], numbers: Numbers, want: str
) -> tuple[Key, ...]:
    """Read the numbers of one field, each once."""
    (name, texts), each = told, Faults()
    keys = [each.read(str(place), numbers.known, text, want) for place, text in enumerate(texts)]
    if each:
        faults[name] = each
    return tuple(dict.fromkeys(key for key in keys if key))


def _wrong_days(asked: _Asked, today: date) -> dict[str, object]:
    found: dict[str, object] = {}
    if asked["first_day"] < today:
        found["first_day"] = "Must not lie before today."
    if asked["last_day"] > today + _LONGEST:
        found["last_day"] = f"Must not be after {today + _LONGEST}."
    return found


def _require_may_ask(session: Session, premises: int) -> None:
    row = session.get_one(Premises, premises)
    if not access.may_report_at(viewer(), row.keeper_id, row.province):
        raise Forbidden("Ask for permits from your own premises alone")
