"""What shapes of several resources are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marshmallow import fields, validate

from services.traceability.access import Sight

if TYPE_CHECKING:
    from enum import StrEnum

LONGEST = 64
SEEN = validate.OneOf([sight.name.lower() for sight in Sight])


def one_of(values: type[StrEnum]) -> validate.OneOf:
    """Return the check that a text is one of an enumeration."""
    return validate.OneOf([value.value for value in values])


def plain_text(most: int = LONGEST) -> list[validate.Validator]:
    """Return the checks of a text that people read: not too long, no control characters."""
    fault = "It holds a control character."
    return [validate.Length(1, most), validate.Regexp(r"^[^\x00-\x1f\x7f]*$", error=fault)]


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
