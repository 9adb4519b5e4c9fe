"""Permits in the API: keepers ask, officers decide."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any

from flask import g
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint
from services.api.context import context
from services.api.guards import Roles, own_party
from services.api.idempotency import Work, idempotent
from services.api.paging import LINK, PageQuery, PageRequest, page_schema, read_page
from services.api.schemas import LONGEST, WholeSchema, example_of, one_of
from services.core.errors import Forbidden, Invalid
from services.core.geography import PROVINCES
from services.core.roles import OFFICERS, Role, Scope
from services.livestock.api.common import ANYONE, REPORTERS, act_of, actor, number_field
from services.livestock.control.permit_deciders import DECIDERS
from services.livestock.control.permits import (
    PermitDecision,
    PermitDraft,
    ask_permit,
    decide_permit,
    may_read,
)
from services.livestock.domain import authority
from services.livestock.domain.details import MOST_PIGS, PERMIT_REASONS
from services.livestock.domain.errors import SamePlace, UnknownNumber
from services.livestock.domain.model import Key, Scheme
from services.livestock.domain.permits import PermitState
from services.livestock.queries.permits import permit_views, permits_wanted
from services.livestock.recording.lookup import known_premises
from services.livestock.recording.permit_subjects import find_permit
from services.livestock.reporting.event_reader import Faults
from services.livestock.reporting.numbers import Numbers
from services.storage.models import Permit, Premises

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
    province = fields.String(
        load_default=None,
        validate=validate.OneOf(PROVINCES),
        metadata={"description": "Of where the journey begins."},
    )


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
    reasons = fields.List(
        fields.String(validate=validate.OneOf(PERMIT_REASONS)),
        load_default=list,
        validate=validate.Length(max=len(PERMIT_REASONS)),
        metadata={
            "description": "Why it is refused or revoked; the asker is told. None of one issued.",
            "example": [],
        },
    )

    @validates_schema
    def _check(self, told: dict[str, object], **_options: object) -> None:
        if told["reasons"] and told.get("state") == PermitState.ISSUED:
            raise ValidationError("Say why only where it is refused or revoked.", "reasons")


class PermitSchema(WholeSchema):
    """Leave for one journey."""

    number = fields.String(metadata={"example": "1650"})
    state = fields.String(validate=one_of(PermitState), metadata={"example": "issued"})
    origin = fields.String(metadata={"example": "1068"})
    destination = fields.String(metadata={"example": "1165"})
    animals = fields.List(fields.String(), metadata={"example": []})
    head_count = fields.Integer(
        allow_none=True,
        metadata={
            "description": "How many pigs it covers; of mobs that it names, as many as they had "
            "when it was asked for, and the pigs beside them. Null: single pigs alone.",
            "example": 14,
        },
    )
    first_day = fields.Date(metadata={"example": "2026-11-25"})
    last_day = fields.Date(metadata={"example": "2026-11-26"})
    closed_on = fields.Date(
        allow_none=True, metadata={"description": "Day of its arrival.", "example": None}
    )
    passes = fields.Integer(
        metadata={"description": "At how many roadblocks it passed.", "example": 0}
    )
    reasons = fields.List(
        fields.String(validate=validate.OneOf(PERMIT_REASONS)),
        metadata={"description": "Why it was refused or revoked.", "example": []},
    )


PermitPageSchema = page_schema(PermitSchema, "Permit")


@blueprint.route("", guard=ANYONE, scope=Scope.READ, operation="list_permits")
@blueprint.arguments(PermitQuery, location="query")
@blueprint.response(HTTPStatus.OK, PermitPageSchema, headers=LINK)
def permits(asked: PageRequest) -> Any:  # noqa: ANN401 — body and headers
    """List permits: officers and auditors all, others those that they asked for."""
    asker = None if g.holder.role in {*OFFICERS, Role.AUDITOR} else own_party()
    wanted = permits_wanted(asked["state"], asked["province"], asker)
    with context().database.read() as session:
        page = read_page(session, wanted, [Permit.id], asked)
        return page.answer(permit_views(session, page.rows))


@blueprint.route("", methods=["POST"], guard=REPORTERS, scope=Scope.REPORT, operation="ask_permit")
@idempotent(exclusive=True)
@blueprint.arguments(PermitAskedSchema, example=example_of(PermitAskedSchema))
@blueprint.response(HTTPStatus.CREATED, PermitSchema)
def ask(work: Work, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for a permit; a veterinary officer answers."""
    draft = _draft(work, asked)
    row, _ = ask_permit(work.session, draft, act_of(work))
    return permit_views(work.session, [row])[0]


@blueprint.route(
    "/<number>", guard=ANYONE, scope=Scope.READ, parameters=[_NUMBER], operation="get_permit"
)
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
    operation="decide_permit",
)
@idempotent(exclusive=True)
@blueprint.arguments(PermitDecisionSchema, example=example_of(PermitDecisionSchema))
@blueprint.response(HTTPStatus.OK, PermitSchema)
def decision(work: Work, told: dict[str, Any], number: str) -> dict[str, Any]:
    """Issue, refuse or revoke a permit, as an officer of the province where it begins."""
    state = PermitState(told["state"])
    decided = PermitDecision(state, actor(), told["reasons"])
    row, _ = decide_permit(work.session, number, decided, act_of(work))
    return permit_views(work.session, [row])[0]


def _draft(work: Work, asked: Mapping[str, Any]) -> PermitDraft:
    """Read what a permit is asked for.

    Raises:
        Invalid: `fields` names each wrong field.
        Forbidden: the journey begins at premises at which the token may not report.
    """
    session, faults = work.session, Faults()
    numbers = Numbers(session, [*asked["animals"], *asked["route"]])
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
