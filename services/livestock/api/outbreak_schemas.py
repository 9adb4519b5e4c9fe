"""Shapes of outbreaks and their situation in the API."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.api.paging import page_schema
from services.api.schemas import AnswerSchema
from services.livestock.control.outbreaks import OutbreakState
from services.livestock.domain.details import NOTIFIABLE

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


class OutbreakSchema(AnswerSchema):
    """An outbreak."""

    number = fields.String(required=True, metadata={"example": "1745"})
    id = fields.UUID(required=True)
    disease = fields.String(required=True, validate=_DISEASE)
    state = fields.String(required=True, validate=_STATE, metadata={"example": "confirmed"})
    premises = fields.String(required=True, metadata={"example": "1068"})
    began_on = fields.Date(required=True)


class StepSchema(AnswerSchema):
    """A state, and the local day on which the outbreak came to it."""

    state = fields.String(required=True, validate=_STATE)
    day = fields.Date(required=True)


class CountsSchema(AnswerSchema):
    """Pigs."""

    sick = fields.Integer(required=True, metadata={"example": 12})
    dead = fields.Integer(required=True, metadata={"example": 5})
    culled = fields.Integer(required=True, metadata={"example": 7})
    disposed = fields.Integer(required=True, metadata={"example": 12})
    slaughtered = fields.Integer(required=True, metadata={"example": 0})


class DaySchema(AnswerSchema):
    """Counts of one local day."""

    day = fields.Date(required=True)
    counts = fields.Nested(CountsSchema, required=True)


class SiteSchema(AnswerSchema):
    """Premises, without the name that their keeper gave them."""

    number = fields.String(required=True, metadata={"example": "1068"})
    kind = fields.String(required=True, metadata={"example": "household"})
    province = fields.String(required=True, allow_none=True, metadata={"example": "Jiwaka"})
    district = fields.String(
        required=True, allow_none=True, metadata={"example": "Anglimp South Waghi"}
    )
    llg = fields.String(required=True, allow_none=True, metadata={"example": "Kudjip"})
    ward = fields.String(required=True, allow_none=True, metadata={"example": "3"})


class AffectedSchema(AnswerSchema):
    """Premises with cases."""

    site = fields.Nested(SiteSchema, required=True)
    since = fields.Date(required=True)
    counts = fields.Nested(CountsSchema, required=True)


class OrderLineSchema(AnswerSchema):
    """An order of the outbreak."""

    number = fields.String(attribute="row.number", required=True, metadata={"example": "Z-2026-1"})
    kind = fields.String(attribute="row.kind", required=True, metadata={"example": "zone"})
    status = fields.String(
        attribute="row.status", required=True, allow_none=True, metadata={"example": "infected"}
    )
    area_name = fields.String(
        attribute="row.area_name", required=True, metadata={"example": "Anglimp South Waghi"}
    )
    since = fields.Date(attribute="row.since", required=True)
    until = fields.Date(attribute="row.until", required=True, allow_none=True)
    in_force = fields.Boolean(required=True, metadata={"example": True})


class NoticeLineSchema(AnswerSchema):
    """A notice of one of the orders; cost in toea."""

    order = fields.String(required=True)
    state = fields.String(required=True)
    recipients = fields.Integer(required=True)
    cost = fields.Integer(required=True)
    approved_at = fields.DateTime(required=True, allow_none=True)


class SituationSchema(AnswerSchema):
    """An outbreak on a day, as far as it is known now."""

    number = fields.String(required=True, metadata={"example": "1745"})
    disease = fields.String(required=True, metadata={"example": "african_swine_fever"})
    on = fields.Date(required=True)
    state = fields.String(required=True, validate=_STATE, metadata={"example": "confirmed"})
    steps = fields.List(fields.Nested(StepSchema), required=True)
    index = fields.Nested(SiteSchema, required=True)
    today = fields.Nested(CountsSchema, required=True)
    total = fields.Nested(CountsSchema, required=True)
    days = fields.List(fields.Nested(DaySchema), required=True)
    places = fields.List(fields.Nested(AffectedSchema), required=True)
    orders = fields.List(fields.Nested(OrderLineSchema), required=True)
    notices = fields.List(fields.Nested(NoticeLineSchema), required=True, metadata={"example": []})


class WoahOutbreakSchema(AnswerSchema):
    """One affected premises: an outbreak in the sense of WAHIS."""

    outbreak = fields.String(required=True, metadata={"example": "1068"})
    first_administrative_division = fields.String(
        required=True, allow_none=True, metadata={"example": "Jiwaka"}
    )
    second_administrative_division = fields.String(
        required=True, allow_none=True, metadata={"example": "Anglimp South Waghi"}
    )
    location = fields.String(required=True, allow_none=True, metadata={"example": "3, Kudjip"})
    latitude = fields.Float(required=True, allow_none=True, metadata={"example": -5.85})
    longitude = fields.Float(required=True, allow_none=True, metadata={"example": 144.61})
    epidemiological_unit = fields.String(required=True, metadata={"example": "Backyard"})
    outbreak_start_date = fields.String(required=True, metadata={"example": "2026-11-25"})
    species = fields.String(required=True, metadata={"example": "Swine"})
    measuring_unit = fields.String(required=True, metadata={"example": "Animal"})
    susceptible = fields.Integer(required=True, metadata={"example": 19})
    cases = fields.Integer(required=True, metadata={"example": 12})
    deaths = fields.Integer(required=True, metadata={"example": 5})
    killed_and_disposed_of = fields.Integer(required=True, metadata={"example": 7})
    slaughtered = fields.Integer(required=True, metadata={"example": 0})


class WoahSchema(AnswerSchema):
    """The fields of WOAH's immediate notification or follow-up report, as WAHIS names them."""

    country = fields.String(required=True, metadata={"example": "Papua New Guinea"})
    report = fields.String(required=True, metadata={"example": "Immediate notification"})
    report_date = fields.String(required=True, metadata={"example": "2026-11-25"})
    event = fields.String(required=True, metadata={"example": "1745"})
    event_status = fields.String(required=True, metadata={"example": "Continuing"})
    reason_for_notification = fields.String(
        required=True, allow_none=True, metadata={"description": "The authority's to say."}
    )
    disease = fields.String(
        required=True, metadata={"example": "African swine fever virus (Inf. with)"}
    )
    causal_agent = fields.String(required=True, metadata={"example": "African swine fever virus"})
    event_start_date = fields.String(required=True, metadata={"example": "2026-11-23"})
    confirmation_date = fields.String(
        required=True, allow_none=True, metadata={"example": "2026-11-25"}
    )
    end_date = fields.String(required=True, allow_none=True)
    outbreaks = fields.List(fields.Nested(WoahOutbreakSchema), required=True)
    control_measures = fields.List(
        fields.String(),
        required=True,
        metadata={"example": ["Movement control inside the country", "Zoning", "Traceability"]},
    )
    source = fields.String(required=True, metadata={"example": "Unknown or inconclusive"})


OutbreakPageSchema = page_schema(OutbreakSchema, "Outbreak")
