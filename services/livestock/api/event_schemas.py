"""Shapes of events in the API."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, ValidationError, fields, validate

from services.api.paging import PageQuery, page_schema
from services.api.schemas import LONGEST, WholeSchema, example_of, one_of
from services.core.roles import Role
from services.ledger.content_erasure import ErasureReason
from services.livestock.api.common import anyway_field, number_field
from services.livestock.domain.authority import Decider, reports_of
from services.livestock.domain.details import SCHEMAS, VOID_REASONS
from services.livestock.domain.model import EventType, FlagCode, Precision
from services.livestock.recording.journal import EVIDENCE
from services.livestock.reporting.occurred import OccurredSchema
from services.livestock.reporting.reporting import IN_FORCE

MOST_EVENTS = 500
MOST_ANIMALS = 1_000

REPORTED = frozenset[EventType]().union(*map(reports_of, Role))
ELSEWHERE = {
    EventType.PREMISES: "Describe premises by POST /api/v1/premises.",
    EventType.ALLOCATION: "An officer gives ranges of tags: POST /api/v1/tags/ranges.",
    EventType.TRANSFER: "A transfer takes effect when its receiver agrees: POST /api/v1/transfers.",
    EventType.ORDER: "Declare an order by its own resource.",
    EventType.PERMIT: "Ask for a permit by its own resource.",
    EventType.OUTBREAK: "Declare the state of an outbreak by its own resource.",
    EventType.NOTICE: "Draft a notice by its order.",
    EventType.NOTIFICATION: "Describe an outbreak to WOAH by its own resource.",
    EventType.CENSUS: "Draft a census by its own resource.",
    EventType.DECISION: "A decision is recorded when somebody asks whether an animal may move.",
    EventType.AGREE: "The keeper or an officer agrees with evidence, by SMS.",
    EventType.OBJECT: "The keeper or an officer objects to evidence, by SMS.",
    EventType.VOID: "Declare an event wrong by POST /api/v1/events/{id}/void.",
}


class _Reported(validate.OneOf):
    """Types that may be reported; the fault of another type names its resource."""

    def __call__(self, value: Any) -> Any:  # noqa: ANN401 — the base class's signature
        """Check a type."""
        sentences = {kind.value: sentence for kind, sentence in ELSEWHERE.items()}
        if value in sentences:
            raise ValidationError(sentences[value])
        return super().__call__(value)


def detail_shapes(kinds: Iterable[EventType]) -> list[dict[str, Any]]:
    """Return one JSON Schema for each shape of details, with the types that have it."""
    plugin = MarshmallowPlugin()
    APISpec("", "", "3.1.0", plugins=[plugin])
    by_shape = defaultdict(list)
    for kind in sorted(kinds):
        by_shape[SCHEMAS[kind]].append(kind.value)
    return [
        {
            "title": shape.__name__,
            "description": f"Of {', '.join(names)}: {(shape.__doc__ or '').splitlines()[0]}",
            **plugin.converter.schema2jsonschema(shape()),  # type: ignore[union-attr]  # made by the line above
        }
        for shape, names in by_shape.items()
    ]


class ReportSchema(Schema):
    """One event."""

    type = fields.String(required=True, validate=_Reported(sorted(REPORTED)))
    animals = fields.List(
        fields.String(validate=validate.Length(1, LONGEST)),
        load_default=list,
        validate=validate.Length(max=MOST_ANIMALS),
        metadata={
            "description": "Numbers as typed or scanned. An official number that is not known yet "
            "is accepted; the answer lists it under `registration_wanted`.",
            "example": ["598000000000017"],
        },
    )
    premises = number_field("Where it happened: registered at, departed from or arrived at.")
    other = number_field("The far side of a movement, where it is known.")
    occurred = fields.Nested(OccurredSchema, required=True)
    details = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        metadata={
            "description": "What else an event of its type tells.",
            "anyOf": detail_shapes(REPORTED),
        },
    )
    anyway = anyway_field()


class EventBatchSchema(Schema):
    """Events that are recorded together or not at all, in the order in which they are given."""

    events = fields.List(
        fields.Nested(ReportSchema), required=True, validate=validate.Length(1, MOST_EVENTS)
    )


class RecordedFlagSchema(WholeSchema):
    """Something that a person should look at."""

    animal = fields.String()
    code = fields.String(validate=one_of(FlagCode))


class WarningSchema(WholeSchema):
    """Instruction to the reporter of an event that breaks a rule."""

    animal = fields.String()
    code = fields.String(metadata={"description": "Which warning it is.", "example": "left_zone"})
    texts = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "By language.", "example": {"en": "…", "tpi": "…"}},
    )


def standing_field() -> fields.String:
    """Make the field that tells whether an event counts."""
    return fields.String(
        validate=validate.OneOf([IN_FORCE, EVIDENCE]),
        metadata={"description": "evidence: it changes nothing before its keeper agrees."},
    )


def asked_field() -> fields.String:
    """Make the field that tells who is asked about evidence."""
    return fields.String(
        allow_none=True,
        validate=validate.OneOf([Decider.KEEPER, Decider.OFFICER]),
        metadata={
            "description": "Who is asked about evidence; null: nobody can be, or it counts.",
            "example": None,
        },
    )


class RecordedSchema(WholeSchema):
    """A recorded event."""

    id = fields.UUID()
    type = fields.String(validate=one_of(EventType), metadata={"example": "weight"})
    receipt = fields.String(
        metadata={"description": "Compare it with the ledger.", "example": "7KQ2-M9XA-P4TD-WZ3C"}
    )
    flags = fields.List(fields.Nested(RecordedFlagSchema), metadata={"example": []})
    warnings = fields.List(fields.Nested(WarningSchema), metadata={"example": []})
    standing, asked = standing_field(), asked_field()


class RecordedBatchSchema(WholeSchema):
    """A recorded batch."""

    events = fields.List(fields.Nested(RecordedSchema))
    registration_wanted = fields.List(
        fields.String(),
        metadata={"description": "Official numbers that nobody has registered yet.", "example": []},
    )


class VoidSchema(Schema):
    """The reason why an event is wrong, of EPCIS (CBV 2.0, section 7.5)."""

    reason = fields.String(required=True, validate=validate.OneOf(VOID_REASONS))


class ErasureSchema(Schema):
    """The reason for erasing an event's content."""

    reason = fields.String(required=True, validate=one_of(ErasureReason))


class ErasedSchema(WholeSchema):
    """The records whose content is erased."""

    indexes = fields.List(
        fields.Integer(), metadata={"description": "Of the event's records on the ledger."}
    )


class EventQuery(PageQuery):
    """Filter of a list of events."""

    type = fields.String(load_default=None, validate=one_of(EventType))
    animal = fields.String(load_default=None, validate=validate.Length(1, LONGEST))
    premises = fields.String(load_default=None, validate=validate.Length(1, LONGEST))
    since = fields.Date(load_default=None, metadata={"description": "First local day."})
    until = fields.Date(load_default=None, metadata={"description": "Last local day."})


class OccurredAnswerSchema(WholeSchema):
    """The claimed time of an event."""

    at = fields.String(metadata={"example": "2026-11-25"})
    precision = fields.String(validate=one_of(Precision))
    zone = fields.String(metadata={"example": "Pacific/Port_Moresby"})


class EventSchema(WholeSchema):
    """An event; numbers of premises that you may not see are null."""

    id = fields.UUID(attribute="event_id")
    type = fields.String(validate=one_of(EventType), metadata={"example": "weight"})
    occurred = fields.Nested(OccurredAnswerSchema)
    recorded_at = fields.DateTime()
    channel = fields.String(allow_none=True, metadata={"example": "api"})
    animals = fields.List(fields.String(), metadata={"example": ["598000000000017"]})
    premises = fields.String(allow_none=True, metadata={"example": "premises:12"})
    other = fields.String(allow_none=True)
    details = fields.Dict(
        keys=fields.String(), metadata={"example": {"kilograms": 41.5, "method": "tape"}}
    )
    corrected_by = fields.UUID(
        allow_none=True, metadata={"description": "The event that declares it wrong, if one does."}
    )
    erased = fields.Boolean(
        metadata={"description": "What it told is erased: type, day and instant are left."}
    )


EventPageSchema = page_schema(EventSchema, "Event")

EVIDENCE_EXAMPLE = example_of(
    RecordedBatchSchema, events=[example_of(RecordedSchema, standing="evidence", asked="keeper")]
)
BATCH_EXAMPLE = {
    "events": [
        {
            "type": "weight",
            "animals": ["598000000000017"],
            "premises": "premises:12",
            "occurred": {"at": "2026-11-25"},
            "details": {"kilograms": 41.5, "method": "tape"},
        }
    ]
}
