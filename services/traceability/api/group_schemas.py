"""Shapes of mobs and consignments in the API."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.traceability.api.animal_schemas import SUMMARY_EXAMPLE
from services.traceability.api.occurred import OccurredSchema
from services.traceability.api.shapes import LONGEST, number_field
from services.traceability.details import MOST_KILOGRAMS, MOST_PIGS
from services.web.schemas import AnswerSchema


class NewGroupSchema(Schema):
    """Where and when it is registered."""

    premises = number_field("Where it is.", required=True)
    occurred = fields.Nested(OccurredSchema, required=True)


class NewMobSchema(NewGroupSchema):
    """A new mob; without a count it is not known."""

    head_count = fields.Integer(strict=True, validate=validate.Range(1, MOST_PIGS))
    part_of = fields.String(
        validate=validate.Length(1, LONGEST),
        metadata={"description": "Number of the mob that it was taken from."},
    )


class NewConsignmentSchema(NewGroupSchema):
    """A new consignment of pork."""

    kilograms = fields.Float(
        required=True, validate=validate.Range(0, MOST_KILOGRAMS, min_inclusive=False)
    )
    head_count = fields.Integer(strict=True, validate=validate.Range(1, MOST_PIGS))


class MadeSchema(AnswerSchema):
    """Its number, and its registration."""

    number = fields.String(required=True, metadata={"example": "104276"})
    id = fields.UUID(required=True, metadata={"description": "Of the event."})
    receipt = fields.String(required=True, metadata={"example": "7KQ2-M9XA-P4TD-WZ3C"})


MOB_EXAMPLE = {"premises": "premises:12", "head_count": 30, "occurred": {"at": "2026-11-25"}}
CONSIGNMENT_EXAMPLE = {
    "premises": "premises:12",
    "kilograms": 42.5,
    "occurred": {"at": "2026-11-25"},
}
MADE_EXAMPLE = {
    "number": "104276",
    "id": "0e8a5f4c-93d1-5c5e-8d65-1f2c7b9a3e11",
    "receipt": "7KQ2-M9XA-P4TD-WZ3C",
}
PAGE_EXAMPLE = {
    "items": [SUMMARY_EXAMPLE | {"kind": "mob", "numbers": ["104276"], "head_count": 30}],
    "next": None,
}
