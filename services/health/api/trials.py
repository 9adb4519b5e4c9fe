"""Trials in the API: designs, numbers of the flow, checklists, recorded looks, and the end."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import g
from marshmallow import Schema, fields

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import Roles, own_party
from services.api.idempotency import CHANNEL, Work, idempotent
from services.api.schemas import WholeSchema, plain_text
from services.core.roles import Role, Scope
from services.health.api.programmes import APPROVERS, CODE, CODE_PATTERN, PREFIX
from services.health.trials.closing import Decision, close_trial, get_trial
from services.health.trials.effects import estimate
from services.health.trials.flow import consort
from services.health.trials.views import checklist_view, trial_view, trial_views

blueprint = Blueprint("trials", "Trials that chance decides.", f"{PREFIX}/trials")

READERS = Roles(Role.HEALTH_ANALYST, Role.PLANNER, Role.APPROVER, Role.AUDITOR)
ANALYSTS = Roles(Role.HEALTH_ANALYST)
"""They alone see outcomes by arm, and each time is recorded on the ledger."""

_ONE = "/<code>/<trial>"
_TRIAL = {
    "in": "path",
    "name": "trial",
    "schema": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,39}$"},
    "description": "Code of a trial in its programme.",
    "example": "quit",
}
_PARAMETERS = [CODE, _TRIAL]
_HEX = {"pattern": "^[0-9a-f]{64}$", "example": "6b" * 32}


class TrialSchema(WholeSchema):
    """A trial: its design, and where the ledger holds it; the seed is null before the end."""

    programme = fields.String(metadata={"pattern": CODE_PATTERN, "example": "tobacco"})
    trial = fields.String(metadata={"example": "quit"})
    state = fields.String(metadata={"example": "recorded"})
    opened_at = fields.DateTime()
    closed_at = fields.DateTime(allow_none=True)
    people = fields.Integer(metadata={"description": "Allocated so far."})
    design = fields.Dict()
    seed_digest = fields.String(metadata=_HEX)
    seed = fields.String(allow_none=True, metadata=_HEX)
    receipt = fields.String(allow_none=True, metadata={"example": "7KQ2-M9XA-P4TD-WZ3C"})
    record = fields.Integer(allow_none=True, metadata={"description": "Index on the ledger."})


class TrialsSchema(WholeSchema):
    """All trials, newest first."""

    items = fields.List(fields.Nested(TrialSchema))


class FlowArmSchema(WholeSchema):
    """People of one arm; before the end its name is a letter."""

    arm = fields.String(metadata={"example": "A"})
    allocated = fields.Integer()
    received = fields.Integer()
    not_received = fields.Integer()
    left = fields.Integer()
    died = fields.Integer()
    not_due = fields.Integer()
    answered = fields.Integer()
    lost = fields.Integer()
    analysed = fields.Integer()


class LookSchema(WholeSchema):
    """A look at outcomes by arm."""

    at = fields.DateTime()
    by = fields.UUID(allow_none=True)
    what = fields.String(metadata={"example": "estimate"})
    reference = fields.String(metadata={"example": "DMB 3"})
    closed = fields.Boolean(metadata={"description": "Whether the trial was over."})


class FlowSchema(WholeSchema):
    """The flow of people (CONSORT)."""

    trial = fields.String(metadata={"example": "tobacco/quit"})
    closed = fields.Boolean()
    assessed = fields.Integer()
    excluded = fields.Dict(keys=fields.String(), values=fields.Integer())
    allocated = fields.Integer()
    arms = fields.List(fields.Nested(FlowArmSchema))
    looks = fields.List(fields.Nested(LookSchema))


class ChecklistItemSchema(WholeSchema):
    """An item, what the file and the records tell of it, and whether they tell all."""

    item = fields.String()
    told = fields.String()
    known = fields.Boolean()


class ChecklistsSchema(WholeSchema):
    """mERA and TIDieR."""

    mera = fields.List(fields.Nested(ChecklistItemSchema), attribute="mERA")
    tidier = fields.List(fields.Nested(ChecklistItemSchema), attribute="TIDieR")


class EstimateSchema(WholeSchema):
    """A value between the ends of its 95 % interval."""

    value = fields.Float(metadata={"example": 0.26})
    low = fields.Float(metadata={"example": 0.21})
    high = fields.Float(metadata={"example": 0.31})


class OutcomeOfArmSchema(WholeSchema):
    """Successes among the people analysed; the share only where chance assigned persons."""

    arm = fields.String(metadata={"example": "A"})
    successes = fields.Integer()
    people = fields.Integer()
    share = fields.Nested(EstimateSchema, allow_none=True)


class EffectSchema(WholeSchema):
    """An arm against the one that it is compared with; null where it cannot be computed."""

    arm = fields.String(metadata={"example": "B"})
    difference = fields.Nested(EstimateSchema, allow_none=True)
    ratio = fields.Nested(EstimateSchema, allow_none=True)
    difference_within_strata = fields.Nested(EstimateSchema, allow_none=True)
    strata = fields.Integer()


class PrimarySchema(WholeSchema):
    """The primary outcome."""

    outcome = fields.String(metadata={"example": "abstinent"})
    assessment = fields.String(metadata={"example": "month6"})


class EffectsSchema(WholeSchema):
    """Effects on the primary outcome, by intention to treat."""

    trial = fields.String(metadata={"example": "tobacco/quit"})
    closed = fields.Boolean()
    primary = fields.Nested(PrimarySchema)
    against = fields.String(metadata={"example": "A"})
    arms = fields.List(fields.Nested(OutcomeOfArmSchema))
    effects = fields.List(fields.Nested(EffectSchema))
    not_given = fields.String(allow_none=True)


class LookingSchema(Schema):
    """The ground on which somebody looks."""

    reference = fields.String(
        required=True,
        validate=plain_text(),
        metadata={"description": "Recorded for good: no name.", "example": "DMB 3"},
    )


class ClosingSchema(LookingSchema):
    """The ground of the end, and the reason of an early one."""

    early = fields.String(
        load_default=None,
        allow_none=True,
        validate=plain_text(),
        metadata={"example": "harm in one arm"},
    )


@blueprint.route("", guard=READERS, scope=Scope.READ, operation="list_trials")
@blueprint.response(HTTPStatus.OK, TrialsSchema)
def trials() -> dict[str, Any]:
    """List trials, newest first."""
    with context().database.read() as session:
        return {"items": trial_views(session)}


@blueprint.route(
    _ONE, guard=READERS, scope=Scope.READ, parameters=_PARAMETERS, operation="get_trial"
)
@blueprint.response(HTTPStatus.OK, TrialSchema)
def one(code: str, trial: str) -> dict[str, Any]:
    """Read a trial: its design, and the digest of its seed."""
    with context().database.read() as session:
        return trial_view(session, get_trial(session, code, trial))


@blueprint.route(
    f"{_ONE}/consort",
    guard=READERS,
    scope=Scope.READ,
    parameters=_PARAMETERS,
    operation="get_trial_flow",
)
@blueprint.response(HTTPStatus.OK, FlowSchema)
def flow(code: str, trial: str) -> dict[str, Any]:
    """Count the flow of people; before the end arms are letters."""
    here = context()
    with here.database.read() as session:
        return consort(session, get_trial(session, code, trial), here.clock())


@blueprint.route(
    f"{_ONE}/checklist",
    guard=READERS,
    scope=Scope.READ,
    parameters=_PARAMETERS,
    operation="get_trial_checklist",
)
@blueprint.response(HTTPStatus.OK, ChecklistsSchema)
def checklist(code: str, trial: str) -> dict[str, Any]:
    """Fill mERA and TIDieR from the file and the records; what they cannot know is OPEN."""
    here = context()
    with here.database.read() as session:
        row = get_trial(session, code, trial)
        return checklist_view(session, row, here.clock(), here.sms.price_toea)


@blueprint.route(
    f"{_ONE}/estimate",
    methods=["POST"],
    guard=ANALYSTS,
    scope=Scope.DECIDE,
    parameters=_PARAMETERS,
    operation="estimate_trial",
)
@idempotent(exclusive=True)
@blueprint.arguments(LookingSchema)
@blueprint.response(HTTPStatus.OK, EffectsSchema)
def effects(work: Work, body: Mapping[str, str], code: str, trial: str) -> dict[str, Any]:
    """Estimate the effect on the primary outcome; the ledger records the look."""
    row = get_trial(work.session, code, trial)
    return estimate(work.session, row, _decision(work, body))


@blueprint.route(
    f"{_ONE}/close",
    methods=["POST"],
    guard=APPROVERS,
    scope=Scope.DECIDE,
    parameters=_PARAMETERS,
    operation="close_trial",
)
@idempotent(exclusive=True)
@blueprint.arguments(ClosingSchema)
@blueprint.response(HTTPStatus.OK, TrialSchema)
@refuses(HTTPStatus.CONFLICT)
def close(work: Work, body: Mapping[str, str], code: str, trial: str) -> dict[str, Any]:
    """Close a trial for good and reveal its seed."""
    row = get_trial(work.session, code, trial)
    close_trial(work.session, row, _decision(work, body), body["early"])
    return trial_view(work.session, row)


def _decision(work: Work, body: Mapping[str, str]) -> Decision:
    return Decision(own_party(), g.party_public_id, body["reference"], CHANNEL, work.now)
