"""Shapes of movements and flags in the API."""

from __future__ import annotations

from marshmallow import fields, validate

from services.traceability.api.shapes import LONGEST, one_of
from services.traceability.model import EventType, FlagCode
from services.web.paging import PageQuery, page_schema
from services.web.schemas import AnswerSchema

_LONGEST_OVERDUE = 3_650


class MovementQuery(PageQuery):
    """Which movements."""

    animal = fields.String(load_default=None, validate=validate.Length(1, LONGEST))
    premises = fields.String(load_default=None, validate=validate.Length(1, LONGEST))
    overdue_days = fields.Integer(
        load_default=None,
        validate=validate.Range(0, _LONGEST_OVERDUE),
        metadata={"description": "Departures at least so many days ago, without an arrival."},
    )


class MovementSchema(AnswerSchema):
    """One movement of one animal; what is not reported, or what you may not see, is null."""

    animal = fields.String(required=True)
    origin = fields.String(required=True, allow_none=True)
    destination = fields.String(required=True, allow_none=True)
    departed_on = fields.Date(required=True, allow_none=True)
    arrived_on = fields.Date(required=True, allow_none=True)
    departure = fields.UUID(
        required=True, allow_none=True, metadata={"description": "The event behind it."}
    )
    arrival = fields.UUID(required=True, allow_none=True)


class FlagQuery(PageQuery):
    """Which flags."""

    code = fields.String(load_default=None, validate=one_of(FlagCode))


class FlagSchema(AnswerSchema):
    """Something about an event that a person should look at."""

    code = fields.String(required=True, validate=one_of(FlagCode))
    animal = fields.String(required=True)
    event = fields.UUID(attribute="event_id", required=True)
    type = fields.String(required=True, validate=one_of(EventType))
    occurred_on = fields.Date(required=True)
    recorded_at = fields.DateTime(required=True)


MovementPageSchema = page_schema(MovementSchema, "Movement")
FlagPageSchema = page_schema(FlagSchema, "Flag")

_EVENT = "0e8a5f4c-93d1-5c5e-8d65-1f2c7b9a3e11"
PAGE_EXAMPLE = {
    "items": [
        {
            "animal": "104276",
            "origin": "20468",
            "destination": "premises:12",
            "departed_on": "2026-11-24",
            "arrived_on": None,
            "departure": _EVENT,
            "arrival": None,
        }
    ],
    "next": None,
}
FLAG_PAGE_EXAMPLE = {
    "items": [
        {
            "code": "two_places",
            "animal": "104276",
            "event": _EVENT,
            "type": "weight",
            "occurred_on": "2026-11-25",
            "recorded_at": "2026-11-25T01:02:03+00:00",
        }
    ],
    "next": None,
}
