"""Shapes of animals in the API."""

from __future__ import annotations

from marshmallow import fields, validate

from services.traceability.model import EventType, FlagCode
from services.web.schemas import AnswerSchema


class PlaceSchema(AnswerSchema):
    """Premises, as officers see them."""

    id = fields.UUID(attribute="public_id", required=True)
    number = fields.String(required=True, metadata={"example": "20468"})
    name = fields.String(allow_none=True)
    province = fields.String(allow_none=True)


class StaySchema(AnswerSchema):
    """A time that an animal spent somewhere; null: not known, or still there."""

    premises = fields.Nested(PlaceSchema, attribute="place", allow_none=True)
    since = fields.Date(allow_none=True)
    until = fields.Date(allow_none=True)


class EventSchema(AnswerSchema):
    """One event of an animal."""

    id = fields.UUID(attribute="event_id", required=True)
    type = fields.String(required=True, validate=validate.OneOf([kind.value for kind in EventType]))
    occurred_on = fields.Date(required=True, metadata={"description": "Local day, as claimed."})
    recorded_at = fields.DateTime(required=True)
    index = fields.Integer(
        allow_none=True, metadata={"description": "On the ledger; null while it waits."}
    )
    on_ledger = fields.Boolean(attribute="on_chain", required=True)


class AnimalSchema(AnswerSchema):
    """An animal, where it has been, and what was reported of it."""

    id = fields.UUID(attribute="public_id", required=True)
    numbers = fields.List(fields.String(), required=True)
    found = fields.Boolean(
        required=True,
        metadata={"description": "Known from others' reports alone, not registered."},
    )
    subject = fields.Function(
        lambda history: history.subject.hex(),
        required=True,
        metadata={
            "type": "string",
            "pattern": "^[0-9a-f]{64}$",
            "description": "The animal's key on the ledger.",
        },
    )
    stays = fields.List(fields.Nested(StaySchema), required=True)
    events = fields.List(fields.Nested(EventSchema), attribute="entries", required=True)
    flags = fields.List(
        fields.String(validate=validate.OneOf([flag.value for flag in FlagCode])),
        required=True,
        metadata={"description": "What a person should look at."},
    )


EXAMPLE = {
    "id": "2c0f8d0e-1c44-4a0e-9a65-0f6a4d9f7c11",
    "numbers": ["104276", "598000000000017"],
    "found": False,
    "subject": "6b" * 32,
    "stays": [
        {
            "premises": {
                "id": "7d9f0c1e-55c2-4f0b-8a4b-1e0c9f3a2b11",
                "number": "20468",
                "name": "Kudjip",
                "province": "Jiwaka",
            },
            "since": "2026-11-25",
            "until": None,
        }
    ],
    "events": [
        {
            "id": "0e8a5f4c-93d1-5c5e-8d65-1f2c7b9a3e11",
            "type": "register",
            "occurred_on": "2026-11-25",
            "recorded_at": "2026-11-25T01:02:03+00:00",
            "index": 17,
            "on_ledger": True,
        }
    ],
    "flags": [],
}
