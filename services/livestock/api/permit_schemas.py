"""Shapes of permits in the API."""

from __future__ import annotations

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.api.paging import PageQuery, page_schema
from services.api.schemas import LONGEST, AnswerSchema, one_of
from services.livestock.api.common import number_field
from services.livestock.domain.details import MOST_PIGS
from services.livestock.domain.permits import PermitState

_MOST_ANIMALS = 500
DECISIONS = (PermitState.ISSUED, PermitState.REFUSED, PermitState.REVOKED)


class PermitQuery(PageQuery):
    """Which permits."""

    state = fields.String(load_default=None, validate=one_of(PermitState))


class PermitAskedSchema(Schema):
    """What a permit is asked for: named animals, or a count of pigs."""

    origin = number_field("Premises where the journey begins.", required=True)
    destination = number_field("Premises where it ends.", required=True)
    animals = fields.List(
        fields.String(validate=validate.Length(1, LONGEST)),
        load_default=list,
        validate=validate.Length(max=_MOST_ANIMALS),
    )
    head_count = fields.Integer(
        strict=True, load_default=None, validate=validate.Range(1, MOST_PIGS)
    )
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    route = fields.List(
        fields.String(validate=validate.Length(1, LONGEST)),
        load_default=list,
        validate=validate.Length(max=50),
        metadata={"description": "Roadblocks that it leads by."},
    )

    @validates_schema
    def _check(self, told: dict[str, object], **_options: object) -> None:
        if bool(told["animals"]) == (told["head_count"] is not None):
            raise ValidationError("Name animals or a count of pigs, not both.", "animals")
        if told["last_day"] < told["first_day"]:  # type: ignore[operator]  # both are dates
            raise ValidationError("Must not be before first_day.", "last_day")


class PermitDecisionSchema(Schema):
    """What an officer decides."""

    state = fields.String(
        required=True, validate=validate.OneOf([state.value for state in DECISIONS])
    )


class PermitSchema(AnswerSchema):
    """Leave for one journey."""

    number = fields.String(required=True)
    state = fields.String(required=True, validate=one_of(PermitState))
    origin = fields.String(required=True)
    destination = fields.String(required=True)
    animals = fields.List(fields.String(), required=True)
    head_count = fields.Integer(required=True, allow_none=True)
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    closed_on = fields.Date(
        required=True, allow_none=True, metadata={"description": "Day of its arrival."}
    )
    passes = fields.Integer(
        required=True, metadata={"description": "At how many roadblocks it passed."}
    )


PermitPageSchema = page_schema(PermitSchema, "Permit")
ASKED_EXAMPLE = {
    "origin": "1068",
    "destination": "1165",
    "head_count": 14,
    "first_day": "2026-11-25",
    "last_day": "2026-11-26",
}
EXAMPLE = {
    "number": "1650",
    "state": "issued",
    "origin": "1068",
    "destination": "1165",
    "animals": [],
    "head_count": 14,
    "first_day": "2026-11-25",
    "last_day": "2026-11-26",
    "closed_on": None,
    "passes": 0,
}
PAGE_EXAMPLE = {"items": [EXAMPLE], "next": None}
