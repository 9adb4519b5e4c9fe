"""Shapes of passports in the API."""

from __future__ import annotations

from marshmallow import fields

from services.api.schemas import AnswerSchema, example_of, one_of
from services.audit.routes import PROOF_EXAMPLE, ProofSchema
from services.livestock.domain.model import AnimalKind, EventType, FlagCode

_NUMBER = {"example": "104276"}


class PassportPlaceSchema(AnswerSchema):
    """Premises, without what leads to somebody's door."""

    number = fields.String(required=True, metadata={"example": "20468"})
    kind = fields.String(required=True, metadata={"example": "household"})
    province = fields.String(required=True, allow_none=True, metadata={"example": "Jiwaka"})
    district = fields.String(required=True, allow_none=True, metadata={"example": "North Waghi"})


class PassportStaySchema(AnswerSchema):
    """A time that it spent somewhere; null: not known, or still there."""

    place = fields.Nested(PassportPlaceSchema, required=True, allow_none=True)
    since = fields.Date(required=True, allow_none=True)
    until = fields.Date(required=True, allow_none=True)


class PassportPointSchema(AnswerSchema):
    """The point of premises in WGS 84, rounded to a hundredth of a degree."""

    place = fields.Nested(PassportPlaceSchema, required=True)
    latitude = fields.Float(required=True, metadata={"example": -5.82})
    longitude = fields.Float(required=True, metadata={"example": 144.66})


class PassportOrderSchema(AnswerSchema):
    """An order that binds where it is today."""

    number = fields.String(required=True)
    kind = fields.String(required=True)
    status = fields.String(required=True, allow_none=True)
    disease = fields.String(required=True, allow_none=True)
    since = fields.Date(required=True)


class PassportEventPlacesSchema(AnswerSchema):
    """Places of an event: where the animal was, came from and went to."""

    departed_from = fields.Nested(PassportPlaceSchema, data_key="from", attribute="from")
    at = fields.Nested(PassportPlaceSchema)
    to = fields.Nested(PassportPlaceSchema)


class PassportEventSchema(AnswerSchema):
    """One event, and where its proof is."""

    id = fields.UUID(attribute="event_id", required=True)
    type = fields.String(
        required=True, validate=one_of(EventType), metadata={"example": EventType.DEPART.value}
    )
    occurred_on = fields.Date(required=True, metadata={"description": "Local day, as claimed."})
    recorded_at = fields.DateTime(required=True)
    places = fields.Nested(PassportEventPlacesSchema, required=True)
    details = fields.Dict(required=True)
    corrected_by = fields.UUID(
        required=True,
        allow_none=True,
        metadata={
            "description": "The event that declared it void; null: it stands.",
            "example": None,
        },
    )
    receipt = fields.String(required=True, metadata={"example": "7KQ2-M9XA-P4TD-WZ3C"})
    index = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "On the ledger, and in the proof; null while it waits."},
    )
    on_ledger = fields.Boolean(required=True)
    erased = fields.Boolean(required=True, metadata={"description": "What it told is erased."})


class PassportSchema(AnswerSchema):
    """An animal, mob or consignment, with no name, phone number or exact point in it."""

    number = fields.String(required=True, metadata=_NUMBER)
    numbers = fields.List(fields.String(metadata=_NUMBER), required=True)
    kind = fields.String(required=True, validate=one_of(AnimalKind))
    found = fields.Boolean(required=True)
    sex = fields.String(required=True, allow_none=True, metadata={"example": "female"})
    breed = fields.String(required=True, allow_none=True)
    colour = fields.String(required=True, allow_none=True)
    born_on = fields.Date(required=True, allow_none=True)
    registered_on = fields.Date(required=True, allow_none=True)
    head_count = fields.Integer(required=True, allow_none=True)
    kilograms = fields.Float(required=True, allow_none=True)
    ended_on = fields.Date(required=True, allow_none=True)
    withdrawal_until = fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "Last day on which medicine keeps it from slaughter."},
    )
    stays = fields.List(fields.Nested(PassportStaySchema), required=True)
    point = fields.Nested(PassportPointSchema, required=True, allow_none=True)
    orders = fields.List(fields.Nested(PassportOrderSchema), required=True)
    flags = fields.List(fields.String(validate=one_of(FlagCode)), required=True)
    events = fields.List(fields.Nested(PassportEventSchema), required=True)
    proof = fields.Nested(
        ProofSchema,
        attribute="proof_file",
        required=True,
        allow_none=True,
        metadata={
            "description": "Of every event on the ledger; null while none is.",
            "example": PROOF_EXAMPLE,
        },
    )
    made_on = fields.Date(required=True)


class PassportCodeSchema(AnswerSchema):
    """The code that opens a passport, and the address that its QR code holds."""

    number = fields.String(required=True, metadata=_NUMBER)
    code = fields.String(required=True, metadata={"example": "7KQ2-M9XA-P4TD"})
    url = fields.String(
        required=True,
        metadata={
            "format": "uri",
            "example": "https://bilum.example/passports/104276?code=7KQ2-M9XA-P4TD",
        },
    )


EXAMPLE = example_of(
    PassportSchema,
    head_count=None,
    ended_on=None,
    withdrawal_until=None,
    orders=[],
    flags=[],
)
