"""Animals in the API."""

from dataclasses import asdict
from datetime import date
from http import HTTPStatus
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.paging import LINK, PageQuery, PageRequest, page_schema, read_page
from services.api.schemas import AnswerSchema, WholeSchema, one_of
from services.core.roles import Scope
from services.livestock.api.common import ANYONE, SEEN, TAG, statuses_field, viewer
from services.livestock.domain import access
from services.livestock.domain.access import Sight, Viewer
from services.livestock.domain.details import SEXES
from services.livestock.domain.model import AnimalKind, EventType, FlagCode
from services.livestock.domain.statuses import holding
from services.livestock.queries.animals import (
    AnimalHistory,
    AsOf,
    Status,
    animal_history,
    animals_wanted,
    province_of,
    status_of,
    summarise,
)
from services.livestock.queries.premises import PremisesSummary
from services.livestock.recording.lookup import known_premises, parse_key
from services.livestock.recording.ownership import ties_of
from services.storage.models import Animal
from sms.local_time import local_day

blueprint = Blueprint("animals", "Animals and where they have been.", "/api/v1/animals")

_TRAITS = (
    "sex", "breed", "colour", "born_on", "head_count", "kilograms", "withdrawal_until", "ended_on",
)  # fmt: skip


class AsOfSchema(Schema):
    """Day and instant of the state that is asked for."""

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


class GroupQuery(PageQuery):
    """Filter of a list of mobs or consignments."""

    at = fields.String(
        load_default=None,
        validate=validate.Length(1, 64),
        metadata={"description": "Number of the premises where it was last known."},
    )


class AnimalQuery(GroupQuery):
    """Filter of a list of animals."""

    kind = fields.String(validate=one_of(AnimalKind), load_default=None)


class PlaceSchema(AnswerSchema):
    """Premises as far as you may see them: at least their province."""

    id = fields.UUID(attribute="public_id")
    number = fields.String(metadata={"example": "20468"})
    name = fields.String(allow_none=True, metadata={"example": "Kudjip"})
    province = fields.String(allow_none=True, required=True, metadata={"example": "Jiwaka"})


class StaySchema(WholeSchema):
    """A time that an animal spent somewhere; null: not known, or still there."""

    premises = fields.Nested(PlaceSchema, allow_none=True)
    since = fields.Date(allow_none=True)
    until = fields.Date(allow_none=True)


class EntrySchema(WholeSchema):
    """One event of an animal."""

    id = fields.UUID(attribute="event_id")
    type = fields.String(validate=one_of(EventType), metadata={"example": "register"})
    occurred_on = fields.Date(metadata={"description": "Local day, as claimed."})
    recorded_at = fields.DateTime()
    void = fields.Boolean(metadata={"description": "A later event corrects it."})
    erased = fields.Boolean(metadata={"description": "What it told is erased."})
    index = fields.Integer(
        allow_none=True,
        metadata={"description": "On the ledger; null while it waits.", "example": 17},
    )
    on_ledger = fields.Boolean(attribute="on_chain", metadata={"example": True})


class SummarySchema(AnswerSchema):
    """An animal, mob or consignment of a list."""

    id = fields.UUID(attribute="public_id", required=True)
    kind = fields.String(required=True, validate=one_of(AnimalKind))
    numbers = fields.List(
        fields.String(),
        required=True,
        metadata={
            "description": "First the one that people call it by.",
            "example": ["104276", "598000000000017"],
        },
    )
    status = fields.String(required=True, validate=one_of(Status))
    province = fields.String(required=True, allow_none=True, metadata={"example": "Jiwaka"})
    statuses = statuses_field()
    head_count = fields.Integer(allow_none=True)
    kilograms = fields.Float(allow_none=True)


AnimalPageSchema = page_schema(SummarySchema, "Animal")


class AnimalSchema(AnswerSchema):
    """An animal: its status and province for anyone, the rest for callers with access."""

    seen = fields.String(required=True, validate=SEEN, metadata={"example": "full"})
    kind = fields.String(required=True, validate=one_of(AnimalKind))
    status = fields.String(required=True, validate=one_of(Status))
    province = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "Where it was last known; null: nothing tells.",
            "example": "Jiwaka",
        },
    )
    statuses = statuses_field()
    id = fields.UUID(attribute="public_id")
    numbers = fields.List(fields.String(), metadata={"example": ["104276", "598000000000017"]})
    found = fields.Boolean(
        metadata={"description": "Known from others' reports alone, not registered."}
    )
    subject = fields.String(
        metadata={
            "pattern": "^[0-9a-f]{64}$",
            "description": "The animal's key on the ledger.",
            "example": "6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b",
        },
    )
    sex = fields.String(allow_none=True, validate=validate.OneOf([*SEXES, None]))
    breed = fields.String(allow_none=True)
    colour = fields.String(allow_none=True)
    born_on = fields.Date(allow_none=True)
    dam, sire = (
        fields.String(allow_none=True, metadata={"description": of, "example": "1650"})
        for of in ("Number of its mother.", "Number of its father.")
    )
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
        fields.String(validate=one_of(FlagCode)),
        metadata={"description": "What a person should look at.", "example": []},
    )


@blueprint.route("", guard=ANYONE, scope=Scope.READ, operation="list_animals")
@blueprint.arguments(AnimalQuery, location="query")
@blueprint.response(HTTPStatus.OK, AnimalPageSchema, headers=LINK)
@refuses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
def animals(query: PageRequest) -> Any:  # noqa: ANN401 — body and headers
    """List the animals, mobs and consignments that you may see."""
    with context().database.read() as session:
        return list_animals(session, query, query.get("kind"))


@blueprint.route(
    "/<path:tag>", guard=ANYONE, scope=Scope.READ, parameters=[TAG], operation="get_animal"
)
@blueprint.arguments(AsOfSchema, location="query")
@blueprint.response(HTTPStatus.OK, AnimalSchema)
@refuses(HTTPStatus.CONFLICT)
def animal(query: dict[str, Any], tag: str) -> dict[str, object]:
    """Read an animal: everything, or its status and province alone."""
    with context().database.read() as session:
        key = parse_key(session, tag, "animal")
        history = animal_history(session, key, AsOf(query["on"], query["known_at"]))
        ties = ties_of(session, viewer(), [history.id])[history.id]
        day = query["on"] or local_day(query["known_at"] or context().clock())
        return animal_view(viewer(), history, access.sight_of(viewer(), ties), day)


def list_animals(session: Session, query: PageRequest, kind: str | None) -> Any:  # noqa: ANN401 — as above
    """Return a page of animals of a kind, None: of any, as body and headers."""
    at = query.get("at")
    place = known_premises(session, at).id if at else None
    wanted = animals_wanted(viewer(), AnimalKind(kind) if kind else None, place)
    page = read_page(session, wanted, [Animal.id], query)
    return page.answer(summarise(session, page.rows, local_day(context().clock())))


def animal_view(who: Viewer, history: AnimalHistory, sight: Sight, day: date) -> dict[str, object]:
    """Return what somebody with this sight sees of an animal."""
    shown: dict[str, object] = {
        "seen": sight.name.lower(),
        "kind": history.kind,
        "status": status_of(history.state, day),
        "province": province_of(history.places),
        "statuses": holding(history.state.statuses, day),
    }
    if sight is Sight.STATUS:
        return shown
    if sight is Sight.FULL:
        shown["owner"] = history.owner
    return shown | {
        "public_id": history.public_id,
        "numbers": history.numbers,
        "found": history.found,
        "dam": history.dam,
        "sire": history.sire,
        "subject": history.subject.hex(),
        **{name: getattr(history.state, name) for name in _TRAITS},
        "at": [_place_view(who, place) for place in history.places],
        "stays": [
            {
                "premises": stay.place and _place_view(who, stay.place),
                "since": stay.since,
                "until": stay.until,
            }
            for stay in history.stays
        ],
        "events": history.entries,
        "flags": history.flags,
    }


def _place_view(who: Viewer, place: PremisesSummary) -> dict[str, object]:
    sight = access.sight_in_history(who, place.keeper_id, place.province)
    hidden = {Sight.STATUS: {"public_id", "number", "name"}, Sight.NUMBERS: {"name"}}
    return {
        name: value for name, value in asdict(place).items() if name not in hidden.get(sight, set())
    }
