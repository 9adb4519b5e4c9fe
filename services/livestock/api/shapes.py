"""What shapes of several resources are made of."""

from __future__ import annotations

from marshmallow import fields, validate

from services.api.schemas import LONGEST, one_of, plain_text
from services.livestock.domain.access import Sight

__all__ = ["LONGEST", "SEEN", "number_field", "one_of", "plain_text"]

SEEN = validate.OneOf([sight.name.lower() for sight in Sight])


def number_field(description: str, *, required: bool = False) -> fields.String:
    """Return a field for one number as typed or scanned."""
    if required:
        return fields.String(
            required=True,
            validate=validate.Length(1, LONGEST),
            metadata={"description": description},
        )
    return fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, LONGEST),
        metadata={"description": description},
    )
