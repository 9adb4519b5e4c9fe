"""Shapes of reports to WOAH in the API."""

from marshmallow import Schema, fields, validate

from services.api.schemas import WholeSchema, one_of, plain_text
from services.livestock.control.woah_statements import WoahReport
from services.livestock.domain.details import MOST_COMMENT, REASONS
from services.livestock.domain.half_years import Occurrence

_KNOWN_AT = {
    "description": "Instant with its zone: as known then; without it as known now.",
    "example": "2026-11-25T01:02:03+00:00",
}


class ReportQuery(Schema):
    """For which local day, and as known when; without it now."""

    on = fields.Date(load_default=None)
    known_at = fields.AwareDateTime(load_default=None, metadata=_KNOWN_AT)


class HalfYearQuery(Schema):
    """For which half of a year, as known when; and what changed since it was known when."""

    period = fields.String(
        required=True, validate=validate.Length(1, 8), metadata={"example": "2026-H2"}
    )
    known_at = fields.AwareDateTime(load_default=None, metadata=_KNOWN_AT)
    since = fields.AwareDateTime(
        load_default=None,
        metadata={
            "description": "`known_at` of an earlier report: `changes` lists what differs from it.",
            "example": "2026-11-20T01:02:03+00:00",
        },
    )


class DescriptionSchema(Schema):
    """Reason for notification, and comments; both take the place of the earlier ones."""

    reason = fields.String(
        required=True,
        validate=validate.OneOf(REASONS),
        metadata={"description": "Article 1.1.3 of the Terrestrial Code, point 1."},
    )
    comment = fields.String(
        load_default=None,
        allow_none=True,
        validate=plain_text(MOST_COMMENT),
        metadata={"description": "WOAH publishes it: it names no keeper and holds no number."},
    )


class SentSchema(Schema):
    """The local day of the report that was sent; without it today."""

    on = fields.Date(load_default=None, allow_none=True)


class SentReportSchema(WholeSchema):
    """A report that was sent. With its `on` and `known_at` it is made again."""

    report = fields.String(validate=one_of(WoahReport), metadata={"example": "immediate"})
    number = fields.Integer(metadata={"example": 1})
    on = fields.Date()
    known_at = fields.AwareDateTime()
    digest = fields.String(metadata={"description": "SHA-256 of it, as canonical JSON."})


class MadeAgainSchema(WholeSchema):
    """A report that was sent, and whether the journal still gives the same one."""

    sent = fields.Nested(SentReportSchema)
    unchanged = fields.Boolean(
        metadata={
            "example": True,
            "description": "False: an event of it was erased, or a place described anew.",
        }
    )


class SentListSchema(WholeSchema):
    """Reports that were sent, oldest first."""

    items = fields.List(fields.Nested(MadeAgainSchema))


class HalfYearRowSchema(WholeSchema):
    """A disease in a province in half a year; null: no information."""

    disease = fields.String(metadata={"example": "Anthrax"})
    first_administrative_division = fields.String(allow_none=True, metadata={"example": "Jiwaka"})
    occurrence = fields.String(validate=one_of(Occurrence), metadata={"example": "absent"})
    new_outbreaks = fields.Integer(allow_none=True, metadata={"example": 0})
    total_outbreaks = fields.Integer(allow_none=True, metadata={"example": 0})
    species = fields.String(metadata={"example": "Swine"})
    measuring_unit = fields.String(metadata={"example": "Animal"})
    susceptible = fields.Integer(allow_none=True, metadata={"example": 0})
    cases = fields.Integer(allow_none=True, metadata={"example": 0})
    deaths = fields.Integer(allow_none=True, metadata={"example": 0})
    killed_and_disposed_of = fields.Integer(allow_none=True, metadata={"example": 0})
    slaughtered = fields.Integer(allow_none=True, metadata={"example": 0})
    vaccinated = fields.Integer(allow_none=True, metadata={"example": 0})
    reports = fields.Integer(
        metadata={"description": "On the health of pigs, on which it rests.", "example": 17}
    )
    negative_results = fields.Integer(metadata={"example": 2})


class HalfYearChangeSchema(WholeSchema):
    """A field that differs from the earlier report."""

    disease = fields.String(metadata={"example": "Anthrax"})
    first_administrative_division = fields.String(allow_none=True, metadata={"example": "Jiwaka"})
    field = fields.String(metadata={"example": "cases"})
    before = fields.Raw(allow_none=True, metadata={"example": 12})
    after = fields.Raw(allow_none=True, metadata={"example": 14})


class HalfYearSchema(WholeSchema):
    """WOAH's six-monthly report, of the diseases that are notifiable here."""

    country = fields.String(metadata={"example": "Papua New Guinea"})
    period = fields.String(metadata={"example": "2026-H2"})
    known_at = fields.String(allow_none=True, metadata={"example": None})
    rows = fields.List(fields.Nested(HalfYearRowSchema))
    changes = fields.List(fields.Nested(HalfYearChangeSchema), metadata={"example": []})


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


class WoahChangeSchema(WholeSchema):
    """A field that differs from the last report."""

    of = fields.String(
        allow_none=True,
        metadata={"description": "Outbreak or sample; null: the event.", "example": "1068"},
    )
    field = fields.String(metadata={"example": "cases"})
    before = fields.Raw(allow_none=True, metadata={"example": 12})
    after = fields.Raw(allow_none=True, metadata={"example": 14})


class WoahSchema(WholeSchema):
    """Immediate notification, follow-up or final report to WOAH, as WAHIS names the fields."""

    country = fields.String(metadata={"example": "Papua New Guinea"})
    report = fields.String(metadata={"example": "Immediate notification"})
    report_number = fields.Integer(metadata={"example": 1})
    report_date = fields.String(metadata={"example": "2026-11-25"})
    known_at = fields.String(
        allow_none=True,
        metadata={"description": "As known then; null: as known now.", "example": None},
    )
    event = fields.String(metadata={"example": "1745"})
    event_status = fields.String(metadata={"example": "Continuing"})
    reason_for_notification = fields.String(
        allow_none=True,
        metadata={
            "description": "Given by an officer; null: by nobody yet.",
            "example": "Recurrence of an eradicated disease",
        },
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
    epidemiological_comments = fields.String(
        allow_none=True, metadata={"example": "First cases since 2020, in one village."}
    )
    changes = fields.List(
        fields.Nested(WoahChangeSchema),
        metadata={"description": "Since the last report that was sent.", "example": []},
    )
