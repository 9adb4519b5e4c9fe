"""Shapes of clinicians in the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import Schema, ValidationError, fields, validate, validates

from services.provinces import PROVINCES

if TYPE_CHECKING:
    from collections.abc import Sequence


class PostingSchema(Schema):
    """Who is told of red flags, and where."""

    province = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf([*PROVINCES, None]),
        metadata={"description": "Null: wherever no province has its own."},
    )
    party = fields.UUID(
        required=True, metadata={"description": "With the role clinician and a phone."}
    )


class CliniciansSchema(Schema):
    """The clinicians of a programme, in place of all that were."""

    clinicians = fields.List(
        fields.Nested(PostingSchema), required=True, validate=validate.Length(0, len(PROVINCES) + 1)
    )

    @validates("clinicians")
    def each_province_once(self, value: Sequence[dict[str, Any]], **_: object) -> None:
        """Refuse two clinicians for one province."""
        # One that is wrong by itself may lack its province here.
        places = [one["province"] for one in value if "province" in one]
        if len(set(places)) < len(places):
            raise ValidationError("A province has one clinician.")


EXAMPLE = {
    "clinicians": [
        {"province": None, "party": "3b1f0c1e-55c2-4f0b-8a4b-1e0c9f3a2b11"},
        {"province": "Morobe", "party": "0b7c0f0a-6a42-4a56-9a51-6a3f9e0c9d11"},
    ]
}
