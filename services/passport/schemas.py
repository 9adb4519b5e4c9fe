"""Shapes of passports in the API."""

from marshmallow import fields

from services.api.schemas import AnswerSchema, WholeSchema, example_of, one_of
from services.audit.routes import PROOF_EXAMPLE, ProofSchema
from services.livestock.domain.model import AnimalKind, EventType, FlagCode
from services.livestock.domain.statuses import StatusKind
from services.livestock.domain.tag_life import TagState

_NUMBER = {"example": "104276"}


class PassportPlaceSchema(WholeSchema):
    """Premises, without what leads to somebody's door."""

    number = fields.String(metadata={"example": "20468"})
    kind = fields.String(metadata={"example": "household"})
    province = fields.String(allow_none=True, metadata={"example": "Jiwaka"})
    district = fields.String(allow_none=True, metadata={"example": "North Waghi"})


class PassportStaySchema(WholeSchema):
    """A time that it spent somewhere; null: not known, or still there."""

    place = fields.Nested(PassportPlaceSchema, allow_none=True)
    since = fields.Date(allow_none=True)
    until = fields.Date(allow_none=True)


class PassportPointSchema(WholeSchema):
    """The point of premises in WGS 84, rounded to a hundredth of a degree."""

    place = fields.Nested(PassportPlaceSchema)
    latitude = fields.Float(metadata={"example": -5.82})
    longitude = fields.Float(metadata={"example": 144.66})


class PassportStatusSchema(WholeSchema):
    """A status that it has today."""

    kind = fields.String(validate=one_of(StatusKind))
    disease = fields.String(allow_none=True)
    since = fields.Date()


class PassportTagSchema(WholeSchema):
    """A tag that it wears or wore, and since when it is so."""

    number = fields.String(metadata={"example": "598000000000017"})
    state = fields.String(validate=one_of(TagState), metadata={"example": "fitted"})
    since = fields.Date()


class PassportOrderSchema(WholeSchema):
    """An order that binds where it is today."""

    number = fields.String()
    kind = fields.String()
    status = fields.String(allow_none=True)
    disease = fields.String(allow_none=True)
    since = fields.Date()


class PassportEventPlacesSchema(AnswerSchema):
    """Places of an event: where the animal was, came from and went to."""

    departed_from = fields.Nested(PassportPlaceSchema, data_key="from", attribute="from")
    at = fields.Nested(PassportPlaceSchema)
    to = fields.Nested(PassportPlaceSchema)


class PassportEventSchema(WholeSchema):
    """One event, and where its proof is."""

    id = fields.UUID(attribute="event_id")
    type = fields.String(validate=one_of(EventType), metadata={"example": EventType.DEPART.value})
    occurred_on = fields.Date(metadata={"description": "Local day, as claimed."})
    recorded_at = fields.DateTime()
    places = fields.Nested(PassportEventPlacesSchema)
    details = fields.Dict()
    corrected_by = fields.UUID(
        allow_none=True,
        metadata={
            "description": "The event that declared it void; null: it stands.",
            "example": None,
        },
    )
    receipt = fields.String(metadata={"example": "7KQ2-M9XA-P4TD-WZ3C"})
    index = fields.Integer(
        allow_none=True,
        metadata={"description": "On the ledger, and in the proof; null while it waits."},
    )
    on_ledger = fields.Boolean()
    erased = fields.Boolean(metadata={"description": "What it told is erased."})
    altered = fields.Boolean(
        metadata={
            "description": "It is not what was recorded: nothing of it is told.",
            "example": False,
        }
    )


class PassportSchema(WholeSchema):
    """An animal, mob or consignment, with no name, phone number or exact point in it."""

    number = fields.String(metadata=_NUMBER)
    numbers = fields.List(fields.String(metadata=_NUMBER))
    tags = fields.List(fields.Nested(PassportTagSchema))
    kind = fields.String(validate=one_of(AnimalKind))
    found = fields.Boolean()
    sex = fields.String(allow_none=True, metadata={"example": "female"})
    breed = fields.String(allow_none=True)
    colour = fields.String(allow_none=True)
    born_on = fields.Date(allow_none=True)
    registered_on = fields.Date(allow_none=True)
    head_count = fields.Integer(allow_none=True)
    kilograms = fields.Float(allow_none=True)
    ended_on = fields.Date(allow_none=True)
    withdrawal_until = fields.Date(
        allow_none=True,
        metadata={"description": "Last day on which medicine keeps it from slaughter."},
    )
    stays = fields.List(fields.Nested(PassportStaySchema))
    point = fields.Nested(PassportPointSchema, allow_none=True)
    statuses = fields.List(fields.Nested(PassportStatusSchema))
    orders = fields.List(fields.Nested(PassportOrderSchema))
    flags = fields.List(fields.String(validate=one_of(FlagCode)))
    events = fields.List(fields.Nested(PassportEventSchema))
    proof = fields.Nested(
        ProofSchema,
        attribute="proof_file",
        allow_none=True,
        metadata={
            "description": "Of every event on the ledger but those of `not_disclosed`; null while "
            "none is.",
            "example": PROOF_EXAMPLE,
        },
    )
    not_disclosed = fields.List(
        fields.Integer(),
        metadata={
            "description": "Indexes of its records on the ledger whose content was lost, or is not "
            "what was recorded."
        },
    )
    record_lost = fields.Boolean(
        metadata={"description": "The content of a record was lost.", "example": False}
    )
    made_on = fields.Date()


class PassportCodeSchema(WholeSchema):
    """The code that opens a passport, and the address that its QR code holds."""

    number = fields.String(metadata=_NUMBER)
    code = fields.String(metadata={"example": "7KQ2-M9XA-P4TD"})
    url = fields.String(
        metadata={
            "format": "uri",
            "example": "https://bilum.example/passports/104276?code=7KQ2-M9XA-P4TD",
        }
    )


EXAMPLE = example_of(
    PassportSchema,
    head_count=None,
    ended_on=None,
    withdrawal_until=None,
    statuses=[],
    orders=[],
    flags=[],
    not_disclosed=[],
)
