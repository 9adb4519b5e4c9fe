"""Shapes of concerns and of the inbox in the API."""

from __future__ import annotations

from marshmallow import Schema, ValidationError, fields, validate, validates

from services.api.paging import PageQuery, page_schema
from services.api.schemas import AnswerSchema, one_of, plain_text
from services.health.api.common import CODE_PATTERN
from services.health.care.concerns import ConcernKind
from services.texts.fitting import SEGMENT
from sms.encoding import Encoding, count

_MOST, _USUAL = 200, 50


class ConcernQuery(PageQuery):
    """Filter of concerns."""

    programme = fields.String(load_default=None, validate=validate.Regexp(CODE_PATTERN))
    handled = fields.Boolean(
        load_default=False, metadata={"description": "Those that were looked after, instead."}
    )


class ConcernSchema(AnswerSchema):
    """A concern, without the person's identity."""

    id = fields.UUID(attribute="public_id", required=True)
    kind = fields.String(required=True, validate=one_of(ConcernKind))
    code = fields.String(required=True, metadata={"description": "Which flag or alert."})
    programme = fields.String(required=True, allow_none=True)
    province = fields.String(required=True, allow_none=True)
    at = fields.DateTime(required=True)
    handled_at = fields.DateTime(required=True, allow_none=True)


ConcernPageSchema = page_schema(ConcernSchema, "Concern")


class FullConcernSchema(ConcernSchema):
    """A concern with the number on which the person can be called."""

    phone = fields.String(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)
    subscription = fields.UUID(required=True, allow_none=True)
    told = fields.UUID(
        required=True, allow_none=True, metadata={"description": "The clinician who was told."}
    )
    handled_by = fields.UUID(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)


class ConcernHandledSchema(Schema):
    """A note on how a concern was handled."""

    note = fields.String(required=True, validate=plain_text(500))


class InboxQuery(Schema):
    """Filter of the inbox."""

    limit = fields.Integer(load_default=_USUAL, validate=validate.Range(1, _MOST))
    since = fields.Date(load_default=None, metadata={"description": "First day, UTC."})


class InboxMessageSchema(AnswerSchema):
    """A message that nothing matched."""

    id = fields.String(required=True)
    received_at = fields.DateTime(required=True)
    channel = fields.String(required=True)
    phone = fields.String(required=True, allow_none=True, metadata={"description": "Masked."})
    text = fields.String(required=True, allow_none=True)
    answered = fields.Boolean(required=True, metadata={"description": "By a person."})


class InboxSchema(AnswerSchema):
    """Messages, the newest first."""

    items = fields.List(fields.Nested(InboxMessageSchema), required=True)


class InboxAnswerSchema(Schema):
    """An answer to an inbox message: one SMS of one segment."""

    text = fields.String(required=True, validate=plain_text(SEGMENT))

    @validates("text")
    def one_segment(self, value: str, **_: object) -> None:
        """Refuse what one segment does not hold."""
        size = count(value)
        if size.encoding is not Encoding.GSM7 or size.segments > 1:
            raise ValidationError("Write at most 160 plain letters, without accents or emoji.")


class InboxAnsweredSchema(AnswerSchema):
    """A queued answer."""

    id = fields.String(required=True)
    answered = fields.Boolean(required=True)


EXAMPLE = {
    "id": "0b7c0f0a-6a42-4a56-9a51-6a3f9e0c9d11",
    "kind": "flag",
    "code": "chest_pain",
    "programme": "tobacco",
    "province": "Morobe",
    "at": "2026-11-25T01:02:03+00:00",
    "handled_at": None,
}
FULL_EXAMPLE = EXAMPLE | {
    "phone": "+67570000001",
    "name": None,
    "subscription": "9f0c6f0e-5d0a-4f7e-8a43-0f3c6a1f2b11",
    "told": "3b1f0c1e-55c2-4f0b-8a4b-1e0c9f3a2b11",
    "handled_by": None,
    "note": None,
}
PAGE_EXAMPLE = {"items": [EXAMPLE], "next": None}
ARRIVAL_EXAMPLE = {
    "id": "6b" * 32,
    "received_at": "2026-11-25T01:02:03+00:00",
    "channel": "twilio-sms",
    "phone": "+675700***01",
    "text": "wanem samting",
    "answered": False,
}
ANSWERED_EXAMPLE = {"id": ARRIVAL_EXAMPLE["id"], "answered": True}
