"""Shapes of the differences between versions in the API."""

from marshmallow import fields

from services.api.schemas import WholeSchema, one_of
from services.health.format.differences import Changed


class VersionDifferenceSchema(WholeSchema):
    """A line that a version adds, removes or changes."""

    kind = fields.String(validate=one_of(Changed))
    where = fields.String(metadata={"example": "phases.course.messages.day-2.text.en"})
    old = fields.String(allow_none=True)
    new = fields.String(allow_none=True)


class VersionDifferencesSchema(WholeSchema):
    """Lines that a version changes of an earlier one; `earlier`: its number."""

    earlier = fields.Integer(allow_none=True)
    items = fields.List(fields.Nested(VersionDifferenceSchema))
