"""Shapes of outbreaks and their situation in the API."""

from marshmallow import Schema, fields, validate

from services.api.paging import page_schema
from services.api.schemas import WholeSchema
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
    orders = fields.List(fields.Nested(OrderLineSchema))
    notices = fields.List(fields.Nested(NoticeLineSchema), metadata={"example": []})


class WoahOutbreakSchema(WholeSchema):
    """One affected premises: an outbreak in the sense of WAHIS."""

    outbreak = fields.String(metadata={"example": "1068"})
    first_administrative_division = fields.String(allow_none=True, metadata={"example": "Jiwaka"})
    second_administrative_division = fields.String(
        allow_none=True, metadata={"example": "Anglimp South Waghi"}
    )
    location = fields.String(allow_none=True, metadata={"example": "3, Kudjip"})
    latitude = fields.Float(allow_none=True, metadata={"example": -5.85})
    longitude = fields.Float(allow_none=True, metadata={"example": 144.61})
    epidemiological_unit = fields.String(metadata={"example": "Backyard"})
    outbreak_start_date = fields.String(metadata={"example": "2026-11-25"})
    species = fields.String(metadata={"example": "Swine"})
    measuring_unit = fields.String(metadata={"example": "Animal"})
    susceptible = fields.Integer(metadata={"example": 19})
    cases = fields.Integer(metadata={"example": 12})
    deaths = fields.Integer(metadata={"example": 5})
    killed_and_disposed_of = fields.Integer(metadata={"example": 7})
    slaughtered = fields.Integer(metadata={"example": 0})


class DiagnosticSchema(WholeSchema):
    """A laboratory's result at the places of an outbreak; null: nobody told it."""

    laboratory = fields.String(allow_none=True)
    test = fields.String(allow_none=True, metadata={"example": "real-time PCR"})
    sample = fields.String(metadata={"example": "S-17"})
    date = fields.String(metadata={"example": "2026-11-28"})
    outcome = fields.String(metadata={"example": "positive"})


class WoahSchema(WholeSchema):
    """The fields of WOAH's immediate notification or follow-up report, as WAHIS names them."""

    country = fields.String(metadata={"example": "Papua New Guinea"})
    report = fields.String(metadata={"example": "Immediate notification"})
    report_date = fields.String(metadata={"example": "2026-11-25"})
    event = fields.String(metadata={"example": "1745"})
    event_status = fields.String(metadata={"example": "Continuing"})
    reason_for_notification = fields.String(
        allow_none=True, metadata={"description": "The authority's to say."}
    )
    disease = fields.String(metadata={"example": "African swine fever virus (Inf. with)"})
    causal_agent = fields.String(metadata={"example": "African swine fever virus"})
    event_start_date = fields.String(metadata={"example": "2026-11-23"})
    confirmation_date = fields.String(allow_none=True, metadata={"example": "2026-11-25"})
    end_date = fields.String(allow_none=True)
    outbreaks = fields.List(fields.Nested(WoahOutbreakSchema))
    diagnostics = fields.List(fields.Nested(DiagnosticSchema))
    control_measures = fields.List(
        fields.String(),
        metadata={"example": ["Movement control inside the country", "Zoning", "Traceability"]},
    )
    source = fields.String(metadata={"example": "Unknown or inconclusive"})


OutbreakPageSchema = page_schema(OutbreakSchema, "Outbreak")
