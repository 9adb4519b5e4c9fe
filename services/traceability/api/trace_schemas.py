"""Shapes of traces in the API."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.traceability.tracing.model import Direction
from services.web.schemas import AnswerSchema

TYPES = {"csv": "text/csv", "geojson": "application/geo+json", "svg": "image/svg+xml"}
WRITTEN = {
    TYPES["csv"]: "direction,from,to,animal\r\noutgoing,20468,premises:12,104276\r\n",
    TYPES["geojson"]: '{"type": "FeatureCollection", "features": []}',
    TYPES["svg"]: '<svg xmlns="http://www.w3.org/2000/svg"/>',
}
_FIRST = {"description": "First local day of the window.", "example": "2026-09-01"}
_LAST = {"description": "Last local day of the window.", "example": "2026-11-25"}


class TraceQuery(Schema):
    """Which days, which way, and how it is written."""

    first = fields.Date(required=True, data_key="from", metadata=_FIRST)
    last = fields.Date(required=True, data_key="to", metadata=_LAST)
    direction = fields.String(
        load_default="both",
        validate=validate.OneOf(["both", *(one.value for one in Direction)]),
    )
    format = fields.String(load_default="json", validate=validate.OneOf(["json", *TYPES]))


class AnimalTraceQuery(Schema):
    """Which days; without them, its whole life."""

    first = fields.Date(load_default=None, data_key="from", metadata=_FIRST)
    last = fields.Date(load_default=None, data_key="to", metadata=_LAST)


class ToCallSchema(AnswerSchema):
    """Whom to call; phones for officers alone."""

    party = fields.UUID(required=True)
    premises = fields.List(fields.String(), required=True)
    phones = fields.List(fields.String())


class TraceSchema(AnswerSchema):
    """Contact chains of premises (Noremark and Widgren, EpiContactTrace)."""

    root = fields.String(required=True)
    first = fields.Date(required=True, data_key="from")
    last = fields.Date(required=True, data_key="to")
    ingoing = fields.Dict(keys=fields.String())
    outgoing = fields.Dict(keys=fields.String())
    keepers = fields.List(fields.Nested(ToCallSchema), required=True)


class AnimalTraceSchema(AnswerSchema):
    """Where an animal was, and with whom."""

    animal = fields.String(required=True)
    stays = fields.List(fields.Dict(keys=fields.String()), required=True)
    companions = fields.List(fields.Dict(keys=fields.String()), required=True)
    events = fields.List(fields.Dict(keys=fields.String()), required=True)
    keepers = fields.List(fields.Nested(ToCallSchema), required=True)


_CALLED = {
    "party": "3b1f0c1e-55c2-4f0b-8a4b-1e0c9f3a2b11",
    "premises": ["20468"],
    "phones": ["+67570000001"],
}
EXAMPLE = {"root": "20468", "from": "2026-09-01", "to": "2026-11-25", "keepers": [_CALLED]}
ANIMAL_EXAMPLE = {
    "animal": "598000000000017",
    "stays": [],
    "companions": [],
    "events": [],
    "keepers": [_CALLED],
}
