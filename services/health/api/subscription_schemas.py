"""Shapes of subscriptions in the API."""

from __future__ import annotations

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.api.schemas import AnswerSchema, one_of
from services.health.api.common import CODE_PATTERN
from services.health.courses.open_questions import QuestionState
from services.health.courses.subscriptions import SubscriptionState
from services.messaging.api.message_schemas import PhoneNumber

_CODE = validate.Regexp("^[a-z0-9_-]{1,32}$")
_ENDS = (
    SubscriptionState.COMPLETED,
    SubscriptionState.OPTED_OUT,
    SubscriptionState.INELIGIBLE,
)


class SubscriptionSearchSchema(Schema):
    """The number to search for, in a body because numbers never stand in an address."""

    phone = PhoneNumber(required=True, metadata={"example": "+67570000001"})


class PlannedSchema(AnswerSchema):
    """A text with its time."""

    item = fields.String(required=True, metadata={"description": "Its id in the programme."})
    on = fields.Date(required=True, metadata={"description": "Local day."})
    at = fields.DateTime(required=True)
    assessment = fields.Boolean(required=True)


class PlanDifferenceSchema(AnswerSchema):
    """Texts that a change removes from the plan, and texts that it adds."""

    cancelled = fields.List(fields.Nested(PlannedSchema), required=True)
    created = fields.List(fields.Nested(PlannedSchema), required=True)


class SubscriptionSummarySchema(AnswerSchema):
    """A subscription in short."""

    id = fields.UUID(required=True)
    programme = fields.String(required=True, metadata={"pattern": CODE_PATTERN})
    version = fields.Integer(required=True)
    language = fields.String(required=True)
    cohort = fields.String(required=True)
    state = fields.String(required=True, validate=one_of(SubscriptionState))
    reason = fields.String(required=True, allow_none=True)
    phone = fields.String(
        required=True, allow_none=True, metadata={"description": "Masked; null once forgotten."}
    )
    discreet = fields.Boolean(required=True)
    source = fields.String(required=True)
    anchors = fields.Dict(keys=fields.String(), values=fields.Date(), required=True)
    invited_at = fields.DateTime(required=True)
    screened_at = fields.DateTime(required=True, allow_none=True)
    consented_at = fields.DateTime(required=True, allow_none=True)
    activated_at = fields.DateTime(required=True, allow_none=True)
    paused_at = fields.DateTime(required=True, allow_none=True)
    resumes_on = fields.Date(required=True, allow_none=True)
    ended_at = fields.DateTime(required=True, allow_none=True)


class SubscriptionListSchema(AnswerSchema):
    """The subscriptions of a number, newest first."""

    items = fields.List(fields.Nested(SubscriptionSummarySchema), required=True)


class AskedSchema(AnswerSchema):
    """A question to the person, and the answer, if any."""

    item = fields.String(required=True)
    asked_at = fields.DateTime(required=True)
    closes_at = fields.DateTime(required=True)
    state = fields.String(required=True, validate=one_of(QuestionState))
    answer = fields.String(required=True, allow_none=True)
    value = fields.String(required=True, allow_none=True)
    answered_at = fields.DateTime(required=True, allow_none=True)


class PlanChangedSchema(AnswerSchema):
    """A change of the plan; `details` tell what it cancelled and created."""

    at = fields.DateTime(required=True)
    what = fields.String(required=True)
    details = fields.Dict(required=True)


class SubscriptionSchema(SubscriptionSummarySchema):
    """A subscription in full."""

    place = fields.String(required=True, allow_none=True)
    plan = fields.List(
        fields.Nested(PlannedSchema),
        required=True,
        metadata={"description": "What is to come in two weeks; empty unless it is active."},
    )
    questions = fields.List(fields.Nested(AskedSchema), required=True)
    changes = fields.List(fields.Nested(PlanChangedSchema), required=True)


class PlanChangeSchema(Schema):
    """A change of the plan; members left out stay unchanged."""

    anchors = fields.Dict(
        keys=fields.String(validate=_CODE),
        values=fields.Date(allow_none=True),
        load_default=dict,
        validate=validate.Length(max=16),
        metadata={"description": "By anchor: its new date; null: none any more."},
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
        validate=validate.OneOf([state.value for state in _ENDS]),
    )
    reason = fields.String(
        load_default=None,
        allow_none=True,
        validate=_CODE,
        metadata={"description": "A code, such as `too_many`; no words of the person."},
    )


CHANGE_EXAMPLE = {"anchors": {"quit": "2026-12-01"}}
DIFFERENCE_EXAMPLE = {
    "cancelled": [
        {
            "item": "quit-day-1",
            "on": "2026-11-28",
            "at": "2026-11-27T22:00:00+00:00",
            "assessment": False,
        }
    ],
    "created": [
        {
            "item": "quit-day-1",
            "on": "2026-12-01",
            "at": "2026-11-30T22:00:00+00:00",
            "assessment": False,
        }
    ],
}
SUMMARY_EXAMPLE = {
    "id": "0b7c0f0a-6a42-4a56-9a51-6a3f9e0c9d11",
    "programme": "tobacco",
    "version": 1,
    "language": "en",
    "cohort": "all",
    "state": "active",
    "reason": None,
    "phone": "+675700***01",
    "discreet": False,
    "source": "sms",
    "anchors": {"enrolment": "2026-11-25", "quit": "2026-12-01"},
    "invited_at": "2026-11-25T01:02:03+00:00",
    "screened_at": "2026-11-25T01:03:03+00:00",
    "consented_at": "2026-11-25T01:04:03+00:00",
    "activated_at": "2026-11-25T01:05:03+00:00",
    "paused_at": None,
    "resumes_on": None,
    "ended_at": None,
}
EXAMPLE = SUMMARY_EXAMPLE | {
    "place": None,
    "plan": DIFFERENCE_EXAMPLE["created"],
    "questions": [
        {
            "item": "uses",
            "asked_at": "2026-11-25T01:02:03+00:00",
            "closes_at": "2026-12-02T01:02:03+00:00",
            "state": "answered",
            "answer": "daily",
            "value": None,
            "answered_at": "2026-11-25T01:03:03+00:00",
        }
    ],
    "changes": [],
}
