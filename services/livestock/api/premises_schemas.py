"""Shapes of premises in the API."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from services.api.paging import PageQuery, page_schema
from services.api.schemas import AnswerSchema
from services.core.geography import PROVINCES
from services.livestock.api.shapes import LONGEST, SEEN, plain_text
from services.livestock.recording.premises import KINDS

_LONGEST_NAME = 40


def _text(most: int = LONGEST) -> fields.String:
    return fields.String(validate=plain_text(most))


def _province(**options: Any) -> fields.String:  # noqa: ANN401 — passed through to marshmallow
    return fields.String(validate=validate.OneOf(PROVINCES), **options)


def _degrees(most: int) -> fields.Float:
    return fields.Float(
        required=True,
        validate=validate.Range(-most, most),
        metadata={"description": "WGS 84."},
    )


class PointSchema(Schema):
    """A point on the map; it never goes to the ledger."""

    latitude = _degrees(90)
    longitude = _degrees(180)


class ChangeSchema(Schema):
    """What is told of premises; what is left out stays as it is."""

    kind = fields.String(validate=validate.OneOf(KINDS))
    province = _province()
    district = _text()
    llg = _text()
    ward = _text()
    village = _text()
    point = fields.Nested(PointSchema)
    name = fields.String(
        validate=plain_text(_LONGEST_NAME),
        metadata={"description": "What its keeper calls it."},
    )
    keeper = fields.UUID(metadata={"description": "Party that keeps it; you, for a keeper."})
    beyond_province = _province(
        metadata={"description": "Of a roadblock: what lies on its far side."}
    )
    beyond_district = _text()


class NewPremisesSchema(ChangeSchema):
    """New premises."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    province = _province(required=True)


class PremisesQuery(PageQuery):
    """Which premises."""

    kind = fields.String(load_default=None, validate=validate.OneOf(KINDS))
    province = _province(load_default=None)
    district = fields.String(load_default=None, validate=validate.Length(1, LONGEST))


class PremisesSchema(AnswerSchema):
    """Premises: their province for anyone, the rest for who may see it."""

    seen = fields.String(required=True, validate=SEEN)
    province = fields.String(required=True, allow_none=True)
    id = fields.UUID(attribute="public_id")
    numbers = fields.List(
        fields.String(), metadata={"description": "First the one that people call it by."}
    )
    kind = fields.String()
    found = fields.Boolean(metadata={"description": "Known from others' reports alone."})
    district = fields.String(allow_none=True)
    llg = fields.String(allow_none=True)
    ward = fields.String(allow_none=True)
    village = fields.String(allow_none=True)
    point = fields.Nested(PointSchema, allow_none=True)
    name = fields.String(allow_none=True)
    keeper = fields.UUID(allow_none=True)
    beyond_province = fields.String(allow_none=True)
    beyond_district = fields.String(allow_none=True)


PremisesPageSchema = page_schema(PremisesSchema, "Premises")

NEW_EXAMPLE = {
    "kind": "household",
    "province": "Jiwaka",
    "district": "Anglimp-South Waghi",
    "name": "Kudjip",
    "point": {"latitude": -5.86, "longitude": 144.53},
}
EXAMPLE = {
    "seen": "full",
    "province": "Jiwaka",
    "id": "7d9f0c1e-55c2-4f0b-8a4b-1e0c9f3a2b11",
    "numbers": ["20468"],
    "kind": "household",
    "found": False,
    "district": "Anglimp-South Waghi",
    "llg": None,
    "ward": None,
    "village": None,
    "point": {"latitude": -5.86, "longitude": 144.53},
    "name": "Kudjip",
    "keeper": "3b1f0c1e-55c2-4f0b-8a4b-1e0c9f3a2b11",
    "beyond_province": None,
    "beyond_district": None,
}
PAGE_EXAMPLE = {"items": [EXAMPLE], "next": None}
