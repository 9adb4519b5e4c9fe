"""What the shapes of several features are made of."""

from __future__ import annotations

from enum import StrEnum

from marshmallow import EXCLUDE, Schema, validate

LONGEST = 64


class AnswerSchema(Schema):
    """Shape of an answer: a client must expect members that come later."""

    class Meta:
        """Options of the library; this one tells OpenAPI that further members may come."""

        unknown = EXCLUDE


def one_of(values: type[StrEnum]) -> validate.OneOf:
    """Return the check that a text is one of an enumeration."""
    return validate.OneOf([value.value for value in values])


def plain_text(most: int = LONGEST) -> list[validate.Validator]:
    """Return the checks of a text that people read: not too long, no control characters."""
    fault = "It holds a control character."
    return [validate.Length(1, most), validate.Regexp(r"^[^\x00-\x1f\x7f]*$", error=fault)]
