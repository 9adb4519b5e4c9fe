"""Tags in the API: the life of one, and the ranges that officers order and issue."""

from http import HTTPStatus
from typing import Any

from marshmallow import Schema, fields, validate

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.idempotency import Work, idempotent
from services.api.schemas import AnswerSchema, WholeSchema, one_of
from services.core.errors import Invalid
from services.core.roles import Scope
from services.livestock.api.common import ANYONE, TAG, WRITE, number_field, origin_of, viewer
from services.livestock.domain.model import FlagCode, Scheme
from services.livestock.domain.tag_life import TagState
from services.livestock.queries.tags import tag_history, tag_view
from services.livestock.recording.lookup import known_premises, parse_key
from services.livestock.recording.premises import allocate, order_tags

blueprint = Blueprint("tags", "Tags: ordered, issued, fitted, lost, retired.", "/api/v1/tags")

_STATES = validate.OneOf([TagState.ORDERED.value, TagState.ISSUED.value])
_FIRST, _LAST = "598000000000010", "598000000000019"


class TagPlaceSchema(AnswerSchema):
    """Premises as far as you may see them."""

    number = fields.String(required=True, metadata={"example": "20468"})
    name = fields.String(required=True, allow_none=True, metadata={"example": "Kudjip"})


class TagStepSchema(WholeSchema):
    """A step of a tag's life, in the order of the days on which it happened."""

    state = fields.String(validate=one_of(TagState), metadata={"example": "fitted"})
    on = fields.Date()
    animals = fields.List(
        fields.String(),
        metadata={
            "description": "Numbers of the one animal that it is about.",
            "example": ["104276", "598000000000017"],
        },
    )
    premises = fields.Nested(TagPlaceSchema, allow_none=True)
    event = fields.UUID()
    flag = fields.String(
        allow_none=True,
        validate=one_of(FlagCode),
        metadata={"description": "What is wrong with it.", "example": "tag_fitted_twice"},
    )


class TagSchema(AnswerSchema):
    """A tag: its state for anyone; its life for who may see the animal, or has the range."""

    number = fields.String(required=True, metadata={"example": "598000000000017"})
    state = fields.String(
        required=True,
        allow_none=True,
        validate=one_of(TagState),
        metadata={"description": "Null: its animal was seen, and nobody registered it."},
    )
    steps = fields.List(fields.Nested(TagStepSchema))


class NewRangeSchema(Schema):
    """Official numbers that premises get, or have ordered."""

    first = number_field("The first official number.", required=True, example=_FIRST)
    last = number_field("The last official number; it is part of it.", required=True, example=_LAST)
    premises = number_field("Whose they are.", required=True, example="20468")
    state = fields.String(load_default=TagState.ISSUED.value, validate=_STATES)


class RangeSchema(WholeSchema):
    """A range as it was recorded."""

    first, last = (
        fields.String(metadata={"example": _FIRST}),
        fields.String(metadata={"example": _LAST}),
    )
    state = fields.String(validate=_STATES)
    event = fields.UUID()
    receipt = fields.String(metadata={"example": "7KQ2-M9XA-P4TD-WZ3C"})


@blueprint.route(
    "/<path:tag>", guard=ANYONE, scope=Scope.READ, parameters=[TAG], operation="get_tag"
)
@blueprint.response(HTTPStatus.OK, TagSchema)
@refuses(HTTPStatus.CONFLICT)
def tag(tag: str) -> dict[str, Any]:
    """Read the life of a tag: its steps, or its state alone."""
    with context().database.read() as session:
        life = tag_history(session, parse_key(session, tag, "animal"))
        return tag_view(session, viewer(), life)


@blueprint.route(
    "/ranges", methods=["POST"], guard=WRITE, scope=Scope.DECIDE, operation="add_tag_range"
)
@idempotent(exclusive=True)
@blueprint.arguments(NewRangeSchema, example={"first": _FIRST, "last": _LAST, "premises": "20468"})
@blueprint.response(HTTPStatus.CREATED, RangeSchema)
def add_range(work: Work, body: dict[str, str]) -> dict[str, Any]:
    """Issue a range of tags to premises, or note that they ordered it."""
    first, last = (_official(work, body, name) for name in ("first", "last"))
    premises = known_premises(work.session, body["premises"]).number
    record = order_tags if body["state"] == TagState.ORDERED else allocate
    done = record(work.session, first, last, premises, origin_of(work))
    return {
        "first": first,
        "last": last,
        "state": body["state"],
        "event": done.report.event_id,
        "receipt": done.receipt,
    }


def _official(work: Work, body: dict[str, str], name: str) -> str:
    key = parse_key(work.session, body[name], "animal")
    if key.scheme != Scheme.OFFICIAL:
        fault = "It is not an official number of 15 digits."
        raise Invalid("A range has official numbers at both ends", {name: fault})
    return key.value
