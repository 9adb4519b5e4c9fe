"""Targets of indicators in the API."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from marshmallow import Schema, fields, validate

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import Roles, own_party
from services.api.idempotency import Work, idempotent
from services.api.schemas import WholeSchema
from services.core.roles import Role, Scope
from services.health.api.indicators import READ
from services.health.api.programmes import CODE, PREFIX
from services.health.errors import BadTarget
from services.health.indicators.kept_reports import measures_in
from services.health.indicators.periods import PeriodName, named_period
from services.health.indicators.targets import (
    MOST_COUNT,
    TargetChange,
    set_target,
    targets_of,
)
from sms.local_time import local_day

SETTERS = Roles(Role.PLANNER)
_GOAL = {"description": "Per cent of a share, a number a month of a count.", "example": 60}
_INDICATOR = {"description": "Code and detail with a dot between.", "example": "consented"}

blueprint = Blueprint("targets", "What a ministry aims at.", f"{PREFIX}/indicators")


class TargetSchema(WholeSchema):
    """The target of an indicator."""

    indicator = fields.String(metadata=_INDICATOR)
    goal = fields.Integer(metadata=_GOAL)


class TargetsSchema(WholeSchema):
    """The targets of a programme."""

    targets = fields.List(fields.Nested(TargetSchema))


class TargetBodySchema(Schema):
    """A target to set; null ends it."""

    indicator = fields.String(required=True, validate=validate.Length(1, 100), metadata=_INDICATOR)
    goal = fields.Integer(
        required=True, allow_none=True, validate=validate.Range(1, MOST_COUNT), metadata=_GOAL
    )


@blueprint.route("/<code>/targets", guard=READ, scope=Scope.READ, parameters=[CODE])
@blueprint.response(HTTPStatus.OK, TargetsSchema)
@refuses(HTTPStatus.NOT_FOUND)
def list_targets(code: str) -> dict[str, Any]:
    """Read the targets of a programme."""
    with context().database.read() as session:
        return _told(targets_of(session, code))


@blueprint.route(
    "/<code>/targets", methods=["POST"], guard=SETTERS, scope=Scope.SEND, parameters=[CODE]
)
@idempotent(exclusive=False)
@blueprint.arguments(TargetBodySchema)
@blueprint.response(HTTPStatus.OK, TargetsSchema)
@refuses(HTTPStatus.NOT_FOUND)
def set_one(work: Work, body: Mapping[str, Any], code: str) -> dict[str, Any]:
    """Set the target of an indicator, or end it."""
    days = named_period(PeriodName.LAST_MONTH, local_day(work.now))
    known = {one.name: one for one in measures_in(work.session, (code, days), work.now)}
    if body["indicator"] not in known:
        raise BadTarget("No indicator has this name", {"indicator": ["Choose another one."]})
    work.lock()
    change = TargetChange(code, body["goal"], own_party(), work.now)
    set_target(work.session, known[body["indicator"]], change)
    work.session.flush()
    return _told(targets_of(work.session, code))


def _told(targets: Mapping[str, int]) -> dict[str, Any]:
    return {"targets": [{"indicator": name, "goal": goal} for name, goal in targets.items()]}
