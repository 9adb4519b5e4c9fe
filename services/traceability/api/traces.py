"""Tracing in the API: contact chains of premises, and where an animal was and with whom."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, TypedDict

from flask import Response, g
from sqlalchemy import select

from services.errors import Forbidden
from services.storage.access import Read
from services.storage.models import Party
from services.storage.people import OFFICERS
from services.traceability.api.common import PREMISES, SEE_PREMISES, TAG
from services.traceability.api.trace_schemas import (
    ANIMAL_EXAMPLE,
    EXAMPLE,
    TYPES,
    WRITTEN,
    AnimalTraceQuery,
    AnimalTraceSchema,
    TraceQuery,
    TraceSchema,
)
from services.traceability.lookup import parse_key
from services.traceability.tracing.animals import trace_animal
from services.traceability.tracing.drawing import draw
from services.traceability.tracing.export import (
    animal_json,
    movements_csv,
    trace_geojson,
    trace_json,
)
from services.traceability.tracing.model import Direction, Window
from services.traceability.tracing.places import keepers
from services.traceability.tracing.premises import trace_premises
from services.traceability.tracing.stays import EVER
from services.web.accesses import note_read
from services.web.blueprint import Blueprint
from services.web.context import context

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy.orm import Session

    from services.traceability.tracing.model import Trace
    from services.traceability.tracing.places import Keeper

blueprint = Blueprint("traces", "Contact chains, and where animals were.", "/api/v1/traces")

_OTHER_TYPES = {
    kind: {"schema": {"type": "string"}, "example": example} for kind, example in WRITTEN.items()
}


class _Asked(TypedDict):
    first: date
    last: date
    direction: str
    format: str


class _AnimalAsked(TypedDict):
    first: date | None
    last: date | None


@blueprint.route("/premises/<path:number>", guard=SEE_PREMISES, parameters=[PREMISES])
@blueprint.doc(responses={"200": {"content": _OTHER_TYPES}})
@blueprint.arguments(TraceQuery, location="query")
@blueprint.response(HTTPStatus.OK, TraceSchema, example=EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
@blueprint.alt_response(HTTPStatus.CONFLICT, HTTPStatus.CONFLICT.name)
def premises(asked: _Asked, number: str) -> Response:
    """Trace the contacts of premises within a window of days, and whom to call."""
    if asked["format"] == "geojson" and not _officer():
        raise Forbidden("Points on the map are for officers alone")
    both = asked["direction"] == "both"
    directions = Direction if both else (Direction(asked["direction"]),)
    with context().database.read() as session:
        window = Window.between(asked["first"], asked["last"])
        found = trace_premises(session, parse_key(session, number, "premises"), window, directions)
        body = _written(session, found, asked["format"])
    return Response(body, content_type=TYPES.get(asked["format"], "application/json"))


@blueprint.route("/animals/<path:tag>", guard=SEE_PREMISES, parameters=[TAG])
@blueprint.arguments(AnimalTraceQuery, location="query")
@blueprint.response(HTTPStatus.OK, AnimalTraceSchema, example=ANIMAL_EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
@blueprint.alt_response(HTTPStatus.CONFLICT, HTTPStatus.CONFLICT.name)
def animal(asked: _AnimalAsked, tag: str) -> Response:
    """Trace an animal: where it was, with which others, and whom to call."""
    window = Window.between(asked["first"] or EVER.first, asked["last"] or EVER.last)
    with context().database.read() as session:
        key = parse_key(session, tag, "animal")
        found = trace_animal(session, key, window, phones=_officer())
        _note(found.keepers)
        body = json.dumps(animal_json(found), ensure_ascii=False)
    return Response(body, content_type="application/json")


def _officer() -> bool:
    return g.holder.role in OFFICERS


def _note(called: Iterable[Keeper]) -> None:
    """Note whose phone numbers an officer is shown."""
    shown = [keeper.public_id for keeper in called if keeper.phones]
    if shown:
        with context().database.write() as session:
            people = session.scalars(select(Party.id).where(Party.public_id.in_(shown)))
            note_read(session, *(Read(person) for person in people.all()))


def _written(session: Session, found: Trace, how: str) -> str:
    if how == "csv":
        return movements_csv(found)
    if how == "svg":
        return draw(found)
    if how == "geojson":
        return json.dumps(trace_geojson(found), ensure_ascii=False)
    called = keepers(session, found.places.values(), phones=_officer())
    _note(called)
    return json.dumps(trace_json(found, called), ensure_ascii=False)
