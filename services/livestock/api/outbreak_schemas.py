"""Shapes of outbreaks and their situation in the API."""

from marshmallow import Schema, fields, validate

from services.api.paging import page_schema
from services.api.schemas import WholeSchema
from services.livestock.control.outbreaks import OutbreakState
from services.livestock.domain.details import NOTIFIABLE
from services.livestock.domain.statuses import OF_DISEASE

_LONGEST = 64
_DISEASE = validate.OneOf(NOTIFIABLE)
_STATE = validate.OneOf([state.value for state in OutbreakState])


class OnQuery(Schema):
    """For which local day; without it today."""

    on = fields.Date(load_default=None)


class OutbreakOpenedSchema(Schema):
    """An outbreak that is opened."""

    disease = fields.String(required=True, validate=_DISEASE)
    premises = fields.String(
        required=True,
        validate=validate.Length(1, _LONGEST),
        metadata={"description": "Where it was seen first."},
    )
    began_on = fields.Date(required=True)
    state = fields.String(
        load_default=OutbreakState.SUSPECT.value, validate=validate.OneOf(["suspect", "confirmed"])
    )


class StateSchema(Schema):
    """A state that an outbreak comes to."""

    state = fields.String(required=True, validate=_STATE)
    on = fields.Date(load_default=None, allow_none=True)


class OutbreakSchema(WholeSchema):
    """An outbreak."""

    number = fields.String(metadata={"example": "1745"})
    id = fields.UUID()
    disease = fields.String(validate=_DISEASE)
    state = fields.String(validate=_STATE, metadata={"example": "confirmed"})
    premises = fields.String(metadata={"example": "1068"})
    began_on = fields.Date()


class StepSchema(WholeSchema):
    """A state, and the local day on which the outbreak came to it."""

    state = fields.String(validate=_STATE)
    day = fields.Date()


class CountsSchema(WholeSchema):
    """Pigs."""

    sick = fields.Integer(metadata={"example": 12})
    dead = fields.Integer(metadata={"example": 5})
    culled = fields.Integer(metadata={"example": 7})
    disposed = fields.Integer(metadata={"example": 12})
    slaughtered = fields.Integer(metadata={"example": 0})


class DaySchema(WholeSchema):
    """Counts of one local day."""

    day = fields.Date()
    counts = fields.Nested(CountsSchema)


class SiteSchema(WholeSchema):
    """Premises, without the name that their keeper gave them."""

    number = fields.String(metadata={"example": "1068"})
    kind = fields.String(metadata={"example": "household"})
    province = fields.String(allow_none=True, metadata={"example": "Jiwaka"})
    district = fields.String(allow_none=True, metadata={"example": "Anglimp South Waghi"})
    llg = fields.String(allow_none=True, metadata={"example": "Kudjip"})
    ward = fields.String(allow_none=True, metadata={"example": "3"})


class AffectedSchema(WholeSchema):
    """Premises with cases."""

    site = fields.Nested(SiteSchema)
    since = fields.Date()
    counts = fields.Nested(CountsSchema)


class MarkedSchema(WholeSchema):
    """Premises that have a status of the disease, or whose pigs have one: the gravest."""

    site = fields.Nested(SiteSchema)
    kind = fields.String(
        validate=validate.OneOf(sorted(OF_DISEASE)), metadata={"example": "contact"}
    )
    since = fields.Date()
    until = fields.Date(allow_none=True)
    animals = fields.Integer(
        metadata={"description": "Animals and mobs with a status.", "example": 2}
    )


class OrderLineSchema(WholeSchema):
    """An order of the outbreak."""

    number = fields.String(attribute="row.number", metadata={"example": "Z-2026-1"})
    kind = fields.String(attribute="row.kind", metadata={"example": "zone"})
    status = fields.String(
        attribute="row.status", allow_none=True, metadata={"example": "infected"}
    )
    area_name = fields.String(
        attribute="row.area_name", metadata={"example": "Anglimp South Waghi"}
    )
    since = fields.Date(attribute="row.since")
    until = fields.Date(attribute="row.until", allow_none=True)
    in_force = fields.Boolean(metadata={"example": True})


class NoticeLineSchema(WholeSchema):
    """A notice of one of the orders; cost in toea."""

    order = fields.String()
    state = fields.String()
    recipients = fields.Integer()
    cost = fields.Integer()
    approved_at = fields.DateTime(allow_none=True)


class SituationSchema(WholeSchema):
    """An outbreak on a day, as far as it is known now."""

    number = fields.String(metadata={"example": "1745"})
    disease = fields.String(metadata={"example": "african_swine_fever"})
    on = fields.Date()
    state = fields.String(validate=_STATE, metadata={"example": "confirmed"})
    steps = fields.List(fields.Nested(StepSchema))
    index = fields.Nested(SiteSchema)
    today = fields.Nested(CountsSchema)
    total = fields.Nested(CountsSchema)
    days = fields.List(fields.Nested(DaySchema))
    places = fields.List(fields.Nested(AffectedSchema))
    marked = fields.List(fields.Nested(MarkedSchema))
    orders = fields.List(fields.Nested(OrderLineSchema))
    notices = fields.List(fields.Nested(NoticeLineSchema), metadata={"example": []})


OutbreakPageSchema = page_schema(OutbreakSchema, "Outbreak")
