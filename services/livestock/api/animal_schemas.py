"""Shapes of animals in the API."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.api.paging import PageQuery, page_schema
from services.api.schemas import AnswerSchema
from services.livestock.api.shapes import SEEN, one_of
from services.livestock.domain.access import Sight
from services.livestock.domain.details import SEXES
from services.livestock.domain.model import AnimalKind, EventType, FlagCode
from services.livestock.queries.animal_lists import Status

_AS_KNOWN = "What a person should look at."


class AsOfSchema(Schema):
    """What the question is about."""

    on = fields.Date(
        load_default=None,
        metadata={"description": "Local day: what was true at its end.", "example": "2026-11-24"},
    )
    known_at = fields.AwareDateTime(
        load_default=None,
        metadata={
            "description": "Instant with its zone: what was recorded by then.",
            "example": "2026-11-25T01:02:03+00:00",
        },
    )


class AnimalQuery(PageQuery):
    """Which animals."""

    kind = fields.String(validate=one_of(AnimalKind), load_default=None)
    at = fields.String(
        load_default=None,
        validate=validate.Length(1, 64),
        metadata={"description": "Number of the premises where it was last known."},
    )


class GroupQuery(PageQuery):
    """Which mobs or consignments."""

    at = fields.String(
        load_default=None,
        validate=validate.Length(1, 64),
        metadata={"description": "Number of the premises where it was last known."},
    )


class PlaceSchema(AnswerSchema):
    """Premises as far as you may see them: at least their province."""

    id = fields.UUID(attribute="public_id")
    number = fields.String(metadata={"example": "20468"})
    name = fields.String(allow_none=True)
    province = fields.String(allow_none=True, required=True)


class StaySchema(AnswerSchema):
    """A time that an animal spent somewhere; null: not known, or still there."""

    premises = fields.Nested(PlaceSchema, allow_none=True, required=True)
    since = fields.Date(allow_none=True, required=True)
    until = fields.Date(allow_none=True, required=True)


class EntrySchema(AnswerSchema):
    """One event of an animal."""

    id = fields.UUID(attribute="event_id", required=True)
    type = fields.String(required=True, validate=one_of(EventType))
    occurred_on = fields.Date(required=True, metadata={"description": "Local day, as claimed."})
    recorded_at = fields.DateTime(required=True)
    void = fields.Boolean(required=True, metadata={"description": "A later event corrects it."})
    erased = fields.Boolean(required=True, metadata={"description": "What it told is erased."})
    index = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "On the ledger; null while it waits."},
    )
    on_ledger = fields.Boolean(attribute="on_chain", required=True)


class SummarySchema(AnswerSchema):
    """An animal, mob or consignment of a list."""

    id = fields.UUID(attribute="public_id", required=True)
    kind = fields.String(required=True, validate=one_of(AnimalKind))
    numbers = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "First the one that people call it by."},
    )
    status = fields.String(required=True, validate=one_of(Status))
    province = fields.String(required=True, allow_none=True)
    head_count = fields.Integer(allow_none=True)
    kilograms = fields.Float(allow_none=True)


AnimalPageSchema = page_schema(SummarySchema, "Animal")


class AnimalSchema(AnswerSchema):
    """An animal: its status and province for anyone, the rest for who may see it."""

    seen = fields.String(required=True, validate=SEEN)
    kind = fields.String(required=True, validate=one_of(AnimalKind))
    status = fields.String(required=True, validate=one_of(Status))
    province = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Where it was last known; null: nothing tells."},
    )
    id = fields.UUID(attribute="public_id")
    numbers = fields.List(fields.String())
    found = fields.Boolean(
        metadata={"description": "Known from others' reports alone, not registered."}
    )
    subject = fields.String(
        metadata={
            "pattern": "^[0-9a-f]{64}$",
            "description": "The animal's key on the ledger.",
        },
    )
    sex = fields.String(allow_none=True, validate=validate.OneOf([*SEXES, None]))
    breed = fields.String(allow_none=True)
    colour = fields.String(allow_none=True)
    born_on = fields.Date(allow_none=True)
    head_count = fields.Integer(allow_none=True)
    kilograms = fields.Float(allow_none=True)
    withdrawal_until = fields.Date(
        allow_none=True, metadata={"description": "No slaughter up to this day."}
    )
    ended_on = fields.Date(allow_none=True)
    owner = fields.UUID(
        allow_none=True,
        metadata={"description": "Party; null: the keeper of where it was registered."},
    )
    at = fields.List(
        fields.Nested(PlaceSchema), metadata={"description": "Where it was last known."}
    )
    stays = fields.List(fields.Nested(StaySchema))
    events = fields.List(fields.Nested(EntrySchema))
    flags = fields.List(
        fields.String(validate=one_of(FlagCode)), metadata={"description": _AS_KNOWN}
    )


_PLACE = {
    "id": "7d9f0c1e-55c2-4f0b-8a4b-1e0c9f3a2b11",
    "number": "20468",
    "name": "Kudjip",
    "province": "Jiwaka",
}
EXAMPLE = {
    "seen": Sight.FULL.name.lower(),
    "kind": "animal",
    "status": "alive",
    "province": "Jiwaka",
    "id": "2c0f8d0e-1c44-4a0e-9a65-0f6a4d9f7c11",
    "numbers": ["104276", "598000000000017"],
    "found": False,
    "subject": "6b" * 32,
    "sex": "female",
    "born_on": None,
    "owner": None,
    "at": [_PLACE],
    "stays": [{"premises": _PLACE, "since": "2026-11-25", "until": None}],
    "events": [
        {
            "id": "0e8a5f4c-93d1-5c5e-8d65-1f2c7b9a3e11",
            "type": "register",
            "occurred_on": "2026-11-25",
            "recorded_at": "2026-11-25T01:02:03+00:00",
            "void": False,
            "erased": False,
            "index": 17,
            "on_ledger": True,
        }
    ],
    "flags": [],
}
SUMMARY_EXAMPLE = {
    "id": EXAMPLE["id"],
    "kind": "animal",
    "numbers": EXAMPLE["numbers"],
    "status": "alive",
    "province": "Jiwaka",
    "head_count": None,
    "kilograms": None,
}
PAGE_EXAMPLE = {"items": [SUMMARY_EXAMPLE], "next": None}
