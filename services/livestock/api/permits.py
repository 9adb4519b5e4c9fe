"""Permits in the API: keepers ask, officers decide."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any

from flask import g
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint
from services.api.context import context
from services.api.guards import Roles, own_party
from services.api.idempotency import Work, idempotent
from services.api.paging import LINK, PageQuery, PageRequest, page_schema, read_page
from services.api.schemas import LONGEST, WholeSchema, example_of, one_of
from services.core.errors import Forbidden, Invalid
from services.core.roles import OFFICERS, Role, Scope
from services.livestock.api.common import ANYONE, REPORTERS, act_of, actor, number_field
from services.livestock.control.permits import (
    DECIDERS,
    PermitDraft,
    ask_permit,
    decide_permit,
    may_read,
)
from services.livestock.domain import authority
from services.livestock.domain.details import MOST_PIGS
from services.livestock.domain.errors import SamePlace, UnknownNumber
from services.livestock.domain.model import Key, Scheme
from services.livestock.domain.permits import PermitState
from services.livestock.queries.premises import read_places
from services.livestock.recording.decision_context import read_permits
from services.livestock.recording.lookup import known_premises
from services.livestock.recording.permit_subjects import find_permit
from services.livestock.reporting.event_reader import Faults, Numbers
from services.storage.models import Animal, Check, Permit, Premises

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
_MOST_ANIMALS = 500
DECISIONS = (PermitState.ISSUED, PermitState.REFUSED, PermitState.REVOKED)


class PermitQuery(PageQuery):
    """Filter of a list of permits."""

    state = fields.String(load_default=None, validate=one_of(PermitState))


class PermitAskedSchema(Schema):
    """A request for a permit: named animals, or a count of pigs."""

    origin = number_field("Premises where the journey begins.", required=True, example="1068")
    destination = number_field("Premises where it ends.", required=True, example="1165")
    animals = fields.List(
        fields.String(validate=validate.Length(1, LONGEST)),
        load_default=list,
        validate=validate.Length(max=_MOST_ANIMALS),
    )
    head_count = fields.Integer(
        strict=True,
        load_default=None,
        validate=validate.Range(1, MOST_PIGS),
        metadata={"example": 14},
    )
    first_day = fields.Date(required=True, metadata={"example": "2026-11-25"})
    last_day = fields.Date(required=True, metadata={"example": "2026-11-26"})
    route = fields.List(
        fields.String(validate=validate.Length(1, LONGEST)),
        load_default=list,
        validate=validate.Length(max=50),
        metadata={"description": "Roadblocks that it leads by."},
    )

    @validates_schema
    def _check(self, told: dict[str, object], **_options: object) -> None:
        if bool(told["animals"]) == (told["head_count"] is not None):
            raise ValidationError("Name animals or a count of pigs, not both.", "animals")
        if told["last_day"] < told["first_day"]:  # type: ignore[operator]  # both are dates
            raise ValidationError("Must not be before first_day.", "last_day")


class PermitDecisionSchema(Schema):
    """An officer's decision."""

    state = fields.String(
        required=True,
        validate=validate.OneOf([state.value for state in DECISIONS]),
        metadata={"example": "issued"},
    )


class PermitSchema(WholeSchema):
    """Leave for one journey."""

    number = fields.String(metadata={"example": "1650"})
    state = fields.String(validate=one_of(PermitState), metadata={"example": "issued"})
    origin = fields.String(metadata={"example": "1068"})
    destination = fields.String(metadata={"example": "1165"})
    animals = fields.List(fields.String(), metadata={"example": []})
    head_count = fields.Integer(allow_none=True, metadata={"example": 14})
    first_day = fields.Date(metadata={"example": "2026-11-25"})
    last_day = fields.Date(metadata={"example": "2026-11-26"})
    closed_on = fields.Date(
        allow_none=True, metadata={"description": "Day of its arrival.", "example": None}
    )
    passes = fields.Integer(
        metadata={"description": "At how many roadblocks it passed.", "example": 0}
    )


PermitPageSchema = page_schema(PermitSchema, "Permit")


@blueprint.route("", guard=ANYONE, scope=Scope.READ)
@blueprint.arguments(PermitQuery, location="query")
@blueprint.response(HTTPStatus.OK, PermitPageSchema, headers=LINK)
def permits(asked: PageRequest) -> Any:  # noqa: ANN401 — body and headers
    """List permits: officers and auditors all, others those that they asked for."""
    wanted = select(Permit)
    if g.holder.role not in {*OFFICERS, Role.AUDITOR}:
        wanted = wanted.where(Permit.asked_by_id == own_party())
    if asked["state"]:
        wanted = wanted.where(Permit.state == asked["state"])
    with context().database.read() as session:
        page = read_page(session, wanted, [Permit.id], asked)
        return page.answer(permit_views(session, page.rows))


@blueprint.route("", methods=["POST"], guard=REPORTERS, scope=Scope.REPORT)
@idempotent(exclusive=True)
@blueprint.arguments(PermitAskedSchema, example=example_of(PermitAskedSchema))
@blueprint.response(HTTPStatus.CREATED, PermitSchema)
def ask(work: Work, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for a permit; a veterinary officer answers."""
    draft = _draft(work, asked)
    row, _ = ask_permit(work.session, draft, act_of(work))
    return permit_views(work.session, [row])[0]


@blueprint.route("/<number>", guard=ANYONE, scope=Scope.READ, parameters=[_NUMBER])
@blueprint.response(HTTPStatus.OK, PermitSchema)
def permit(number: str) -> dict[str, Any]:
    """Read a permit: officers, abattoirs and auditors may, and those between whom it leads."""
    with context().database.read() as session:
        row = find_permit(session, number)
        if row is None or not may_read(session, row, g.party_id, g.holder.role):
            raise UnknownNumber(number=Key(Scheme.SHORT, number))
        return permit_views(session, [row])[0]


@blueprint.route(
    "/<number>/decision",
    methods=["POST"],
    guard=_OFFICERS,
    scope=Scope.DECIDE,
    parameters=[_NUMBER],
)
@idempotent(exclusive=True)
@blueprint.arguments(PermitDecisionSchema, example=example_of(PermitDecisionSchema))
@blueprint.response(HTTPStatus.OK, PermitSchema)
def decision(work: Work, told: dict[str, str], number: str) -> dict[str, Any]:
    """Issue, refuse or revoke a permit."""
    state = PermitState(told["state"])
    row, _ = decide_permit(work.session, number, state, act_of(work), officer=g.party_id)
    return permit_views(work.session, [row])[0]


def _draft(work: Work, asked: Mapping[str, Any]) -> PermitDraft:
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
        _each(faults, (name, asked[name]), numbers, want)
        for name, want in (("animals", "animal"), ("route", "premises"))
    )
    faults |= _wrong_days(asked, act_of(work).day)
    if start and end and start.id == end.id:
        faults["destination"] = SamePlace(number=end.number).detail
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


def _wrong_days(asked: Mapping[str, Any], today: date) -> dict[str, object]:
    found: dict[str, object] = {}
    if asked["first_day"] < today:
        found["first_day"] = "Must not lie before today."
    if asked["last_day"] > today + _LONGEST:
        found["last_day"] = f"Must not be after {today + _LONGEST}."
    return found


def _require_may_ask(session: Session, premises: int) -> None:
    row = session.get_one(Premises, premises)
    if not authority.may_report_at(actor(), row.keeper_id, row.province):
        raise Forbidden("Ask for permits from your own premises alone")


def permit_views(session: Session, rows: Sequence[Permit]) -> list[dict[str, Any]]:
    """Return permits as the API shows them, in the order of their rows."""
    ids = sorted(row.id for row in rows)
    rules = dict(zip(ids, read_permits(session, Permit.id.in_(ids)), strict=True))
    places = read_places(
        session, {key for row in rows for key in (row.origin_id, row.destination_id)}
    )
    named = {animal for rule in rules.values() for animal in rule.animals}
    animals = {
        key: str(Key(scheme, value))
        for key, scheme, value in session.execute(
            select(Animal.id, Animal.scheme, Animal.value).where(Animal.id.in_(named))
        )
    }
    passes = _passes(session, ids)
    return [
        {
            "number": rules[row.id].number,
            "state": row.state,
            "origin": places[row.origin_id].number,
            "destination": places[row.destination_id].number,
            "animals": [animals[key] for key in sorted(rules[row.id].animals)],
            "head_count": row.head_count,
            "first_day": row.first_day,
            "last_day": row.last_day,
            "closed_on": row.closed_on,
            "passes": passes.get(row.id, 0),
        }
        for row in rows
    ]


def _passes(session: Session, permits: Sequence[int]) -> dict[int | None, int]:
    """Count the roadblocks at which permits passed."""
    rows = session.execute(
        select(Check.permit_id, func.count(Check.premises_id.distinct()))
        .where(Check.permit_id.in_(permits), Check.outcome == "passed")
        .group_by(Check.permit_id)
    )
    return {row[0]: row[1] for row in rows}
