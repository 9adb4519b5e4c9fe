"""People's subscriptions in the API, for staff who look after them; each reading is recorded."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import g
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint
from services.api.context import context
from services.api.guards import note_read
from services.api.idempotency import Work, idempotent
from services.api.schemas import WholeSchema, one_of
from services.core.roles import Scope
from services.health.api.programmes import CLINICIANS, CODE_PATTERN, PREFIX
from services.health.courses import staff
from services.health.courses.plan_changes import PlanChange
from services.health.courses.staff import (
    find_subscription,
    full_view,
    planned_views,
    subscriptions_of,
)
from services.health.courses.subscriptions import QuestionState, SubscriptionState
from services.messaging.api.message_schemas import PhoneNumber
from services.messaging.postings import postings_of
from services.storage.models import Subscription
from services.storage.read_log import ReadSubject

blueprint = Blueprint("subscriptions", "People in programmes.", f"{PREFIX}/subscriptions")

ONE = "/<uuid:subscription_id>"

_CODE = validate.Regexp("^[a-z0-9_-]{1,32}$")
ENDS = (
    SubscriptionState.COMPLETED,
    SubscriptionState.OPTED_OUT,
    SubscriptionState.INELIGIBLE,
)


class SubscriptionSearchSchema(Schema):
    """The number to search for, in a body because numbers never stand in an address."""

    phone = PhoneNumber(required=True, metadata={"example": "+67570000001"})


class PlannedSchema(WholeSchema):
    """A text with its time."""

    item = fields.String(
        metadata={"description": "Its id in the programme.", "example": "quit-day-1"}
    )
    on = fields.Date(metadata={"description": "Local day."})
    at = fields.DateTime()
    assessment = fields.Boolean()


class PlanDifferenceSchema(WholeSchema):
    """Texts that a change removes from the plan, and texts that it adds."""

    cancelled = fields.List(fields.Nested(PlannedSchema))
    created = fields.List(fields.Nested(PlannedSchema))


class SubscriptionSummarySchema(WholeSchema):
    """A subscription in short."""

    id = fields.UUID()
    programme = fields.String(metadata={"pattern": CODE_PATTERN, "example": "tobacco"})
    version = fields.Integer()
    language = fields.String(metadata={"example": "en"})
    cohort = fields.String(metadata={"example": "all"})
    state = fields.String(validate=one_of(SubscriptionState))
    reason = fields.String(allow_none=True)
    phone = fields.String(
        allow_none=True,
        metadata={"description": "Masked; null once forgotten.", "example": "+675700***01"},
    )
    discreet = fields.Boolean()
    hour = fields.Integer(
        allow_none=True,
        metadata={"description": "Hour of the texts that move, as the person chose.", "example": 7},
    )
    source = fields.String(metadata={"example": "sms"})
    anchors = fields.Dict(
        keys=fields.String(metadata={"example": "enrolment"}), values=fields.Date()
    )
    invited_at = fields.DateTime()
    screened_at = fields.DateTime(allow_none=True)
    consented_at = fields.DateTime(allow_none=True)
    activated_at = fields.DateTime(allow_none=True)
    paused_at = fields.DateTime(allow_none=True)
    resumes_on = fields.Date(allow_none=True)
    ended_at = fields.DateTime(allow_none=True)
    capped_at = fields.DateTime(
        allow_none=True,
        metadata={"description": "When the texts were seen to have reached the course's ceiling."},
    )


class SubscriptionListSchema(WholeSchema):
    """The subscriptions of a number, newest first."""

    items = fields.List(fields.Nested(SubscriptionSummarySchema))


class AskedSchema(WholeSchema):
    """A question to the person, and the answer, if any."""

    item = fields.String(metadata={"example": "uses"})
    asked_at = fields.DateTime()
    closes_at = fields.DateTime()
    state = fields.String(validate=one_of(QuestionState))
    answer = fields.String(allow_none=True, metadata={"example": "daily"})
    value = fields.String(allow_none=True)
    answered_at = fields.DateTime(allow_none=True)


class PlanChangedSchema(WholeSchema):
    """A change of the plan; `details` tell what it cancelled and created."""

    at = fields.DateTime()
    what = fields.String(metadata={"example": "pause"})
    details = fields.Dict()


class RecalledTextSchema(WholeSchema):
    """A text that the person has and that was recalled; `outcome`: of its correction."""

    recall = fields.UUID()
    text = fields.String(metadata={"example": "day-2"})
    recalled_at = fields.DateTime()
    outcome = fields.String(allow_none=True, metadata={"example": "sent"})
    done_at = fields.DateTime(allow_none=True)


class SubscriptionSchema(SubscriptionSummarySchema):
    """A subscription in full."""

    place = fields.String(allow_none=True)
    plan = fields.List(
        fields.Nested(PlannedSchema),
        metadata={"description": "Texts of the next two weeks; empty unless it is active."},
    )
    questions = fields.List(fields.Nested(AskedSchema))
    changes = fields.List(fields.Nested(PlanChangedSchema))
    corrections = fields.List(fields.Nested(RecalledTextSchema))


class PlanChangeSchema(Schema):
    """A change of the plan; members left out stay unchanged."""

    anchors = fields.Dict(
        keys=fields.String(validate=_CODE, metadata={"example": "quit"}),
        values=fields.Date(allow_none=True, metadata={"example": "2026-12-01"}),
        load_default=dict,
        validate=validate.Length(max=16),
        metadata={"description": "New dates by anchor; null removes one."},
    )
    cohort = fields.String(load_default=None, validate=_CODE)
    discreet = fields.Boolean(load_default=None, truthy={True}, falsy={False})

    @validates_schema
    def something(self, data: dict[str, object], **_: object) -> None:
        """Refuse a change that changes nothing."""
        if not data.get("anchors") and data.get("cohort") is data.get("discreet") is None:
            raise ValidationError("Tell an anchor, a cohort or `discreet`.", "anchors")


class SubscriptionEndSchema(Schema):
    """The end of a subscription, and its reason."""

    state = fields.String(
        load_default=SubscriptionState.OPTED_OUT.value,
        validate=validate.OneOf([state.value for state in ENDS]),
    )
    reason = fields.String(
        load_default=None,
        allow_none=True,
        validate=_CODE,
        metadata={"description": "A code; no words of the person.", "example": "too_many"},
    )


@blueprint.route(
    "/search",
    methods=["POST"],
    guard=CLINICIANS,
    scope=Scope.CARE,
    operation="search_subscriptions",
)
@blueprint.arguments(SubscriptionSearchSchema)
@blueprint.response(HTTPStatus.OK, SubscriptionListSchema)
def search(wanted: Mapping[str, str]) -> dict[str, Any]:
    """Find the subscriptions of a phone number in your programmes and provinces, newest first."""
    database = context().database
    index = database.vault.health_index(wanted["phone"])
    with database.write(exclusive=False) as session:
        note_read(session, ReadSubject(number_index=index))
        return {"items": subscriptions_of(session, postings_of(session, g.party_id), index)}


@blueprint.route(ONE, guard=CLINICIANS, scope=Scope.CARE, operation="get_subscription")
@blueprint.response(HTTPStatus.OK, SubscriptionSchema)
def subscription(subscription_id: UUID) -> dict[str, Any]:
    """Read one: state, dates, questions and answers, changes, and what is to come."""
    here = context()
    with here.database.write(exclusive=False) as session:
        row = noted(session, subscription_id)
        return full_view(session, row, here.clock())


@blueprint.route(f"{ONE}/plan", methods=["POST"], guard=CLINICIANS, scope=Scope.CARE)
@idempotent(exclusive=False)
@blueprint.arguments(PlanChangeSchema)
@blueprint.response(HTTPStatus.OK, PlanDifferenceSchema)
def change_plan(work: Work, body: dict[str, Any], subscription_id: UUID) -> dict[str, Any]:
    """Change dates, cohort or discretion; the answer is exactly what is cancelled and created."""
    row = noted(work.session, subscription_id)
    wish = PlanChange(**body)
    done = staff.change(work.session, row, wish, work.now)
    return {"cancelled": planned_views(done.cancelled), "created": planned_views(done.created)}


@blueprint.route(
    f"{ONE}/pause",
    methods=["POST"],
    guard=CLINICIANS,
    scope=Scope.CARE,
    operation="pause_subscription",
)
@idempotent(exclusive=False)
@blueprint.response(HTTPStatus.OK, SubscriptionSchema)
def pause(work: Work, subscription_id: UUID) -> dict[str, Any]:
    """Let a course that is active wait, for as long as the programme says."""
    row = noted(work.session, subscription_id)
    staff.pause(work.session, row, work.now)
    return full_view(work.session, row, work.now)


@blueprint.route(
    f"{ONE}/resume",
    methods=["POST"],
    guard=CLINICIANS,
    scope=Scope.CARE,
    operation="resume_subscription",
)
@idempotent(exclusive=False)
@blueprint.response(HTTPStatus.OK, SubscriptionSchema)
def resume(work: Work, subscription_id: UUID) -> dict[str, Any]:
    """Let a course that is paused go on."""
    row = noted(work.session, subscription_id)
    staff.resume(work.session, row, work.now)
    return full_view(work.session, row, work.now)


@blueprint.route(
    f"{ONE}/end", methods=["POST"], guard=CLINICIANS, scope=Scope.CARE, operation="end_subscription"
)
@idempotent(exclusive=False)
@blueprint.arguments(SubscriptionEndSchema)
@blueprint.response(HTTPStatus.OK, SubscriptionSchema)
def end(work: Work, body: Mapping[str, str], subscription_id: UUID) -> dict[str, Any]:
    """End a subscription; opting out also refuses consent to the programme."""
    row = noted(work.session, subscription_id)
    state = SubscriptionState(body["state"])
    staff.end(work.session, row, state, body["reason"], work.now)
    return full_view(work.session, row, work.now)


def noted(session: Session, subscription_id: UUID) -> Subscription:
    """Return a subscription of the clinician's, whose reading was noted."""
    row = find_subscription(session, postings_of(session, g.party_id), subscription_id)
    note_read(session, ReadSubject(person_id=row.person_id))
    return row
