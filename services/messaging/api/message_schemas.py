"""Shapes of messages in the API."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from services.api.schemas import AnswerSchema, one_of
from services.messaging.api.message_queries import MessageView, Withheld
from sms.errors import NumberError
from sms.message import AttemptState, FailureClass, Kind, MessageState
from sms.numbers import normalise
from sms.reasons import SENTENCES, Reason

MOST, USUAL = 100, 50


class PhoneNumber(fields.String):
    """A phone number, as people write it; E.164 once read."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:  # noqa: ANN401 — the base class's signature
        try:
            return normalise(super()._deserialize(value, *args, **kwargs))
        except NumberError as error:
            raise ValidationError(error.detail) from error


class MessageSearchSchema(Schema):
    """Search terms, sent as a body: a phone number never stands in an address."""

    to = PhoneNumber(required=True, metadata={"example": "+67570000001"})
    limit = fields.Integer(load_default=USUAL, validate=validate.Range(1, MOST), strict=True)
    cursor = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "`next` of the page before."},
    )


class AttemptSchema(AnswerSchema):
    """One call of a carrier."""

    id = fields.UUID(attribute="public_id", required=True)
    channel = fields.String(required=True, metadata={"example": "twilio"})
    state = fields.String(
        required=True, validate=one_of(AttemptState), metadata={"example": "delivered"}
    )
    failure = fields.String(allow_none=True, validate=one_of(FailureClass))
    code = fields.String(allow_none=True, metadata={"description": "The carrier's own: 30003."})
    reference = fields.String(allow_none=True, metadata={"description": "The carrier's id."})
    segments = fields.Integer(required=True, metadata={"description": "That it was sent in."})
    cost_toea = fields.Integer(attribute="cost", required=True)
    started_at = fields.DateTime(required=True)
    finished_at = fields.DateTime(allow_none=True)


def _explained(view: MessageView) -> str | None:
    reason = view.message.reason
    return SENTENCES[Reason(reason)] if reason else None


class MessageSchema(AnswerSchema):
    """One text to one person, and its attempts, oldest first."""

    id = fields.UUID(attribute="message.public_id", required=True)
    state = fields.String(
        attribute="message.state",
        required=True,
        validate=one_of(MessageState),
        metadata={"example": "delivered"},
    )
    reason = fields.String(
        attribute="message.reason",
        allow_none=True,
        validate=one_of(Reason),
        metadata={"description": "Why it waits, or was not sent."},
    )
    explanation = fields.Function(
        _explained,
        metadata={"type": ["string", "null"], "description": "The reason as a sentence."},
    )
    kind = fields.String(
        attribute="message.kind",
        required=True,
        validate=one_of(Kind),
        metadata={"example": "answer"},
    )
    purpose = fields.String(
        attribute="message.purpose", required=True, metadata={"example": "reply"}
    )
    body = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "Empty once its receiver is forgotten; null where it is `withheld`.",
            "example": "We wrote down your pig 104276 at place 20468.",
        },
    )
    withheld = fields.String(
        required=True,
        allow_none=True,
        validate=one_of(Withheld),
        metadata={
            "description": "Why the body is not shown: `secret`, it may hold a code or a part of "
            "an invitation; `health`, it is of a health programme or tells of a person in need.",
        },
    )
    created_at = fields.DateTime(attribute="message.created_at", required=True)
    planned_at = fields.DateTime(attribute="message.planned_at", required=True)
    due_at = fields.DateTime(attribute="message.due_at", required=True)
    expires_at = fields.DateTime(attribute="message.expires_at", required=True)
    attempts = fields.List(fields.Nested(AttemptSchema), required=True)


class MessagePageSchema(AnswerSchema):
    """Messages, newest first."""

    messages = fields.List(fields.Nested(MessageSchema), required=True)
    next = fields.UUID(
        allow_none=True, metadata={"description": "Cursor of the page that follows, if any."}
    )
