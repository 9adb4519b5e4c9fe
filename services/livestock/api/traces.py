"""Tracing in the API: contact chains of premises; stays and companions of an animal."""

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Response, g, request
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import note_read
from services.api.idempotency import Work, idempotent
from services.api.paging import open_cursor, seal_cursor
from services.api.schemas import AnswerSchema, WholeSchema
from services.core.errors import Forbidden, Invalid
from services.core.roles import OFFICERS, Scope
from services.livestock.api.common import PREMISES, READ, TAG, WRITE, origin_of
from services.livestock.control.contacts import (
    AT_ONCE,
    ContactTrace,
    contact_places,
    declare_contacts,
    last_day,
)
from services.livestock.domain.details import NOTIFIABLE
from services.livestock.recording.lookup import known_premises, parse_key
from services.livestock.tracing.animals import Page, trace_animal
from services.livestock.tracing.drawing import draw
from services.livestock.tracing.export import animal_json, movements_csv, trace_geojson, trace_json
from services.livestock.tracing.lives import EVER
from services.livestock.tracing.model import Direction, Trace, TraceWindow
from services.livestock.tracing.movement_records import Keeper, keepers
from services.livestock.tracing.premises import trace_premises
from services.storage.models import Party
from services.storage.read_log import ReadSubject
from sms.local_time import local_day

TYPES = {"csv": "text/csv", "geojson": "application/geo+json", "svg": "image/svg+xml"}
WRITTEN = {
    TYPES["csv"]: "direction,from,to,animal\r\noutgoing,20468,premises:12,104276\r\n",
    TYPES["geojson"]: '{"type": "FeatureCollection", "features": []}',
    TYPES["svg"]: '<svg xmlns="http://www.w3.org/2000/svg"/>',
}
_COMPANIONS = "companion"
_FIRST = {"description": "First local day of the window.", "example": "2026-09-01"}
_LAST = {"description": "Last local day of the window.", "example": "2026-11-25"}

blueprint = Blueprint("traces", "Contact chains, and where animals were.", "/api/v1/traces")

_CONTACTS = {
    "from": "2026-09-01",
    "to": "2026-11-25",
    "direction": "outgoing",
    "disease": "african_swine_fever",
    "days": 40,
}
_OTHER_TYPES = {
    kind: {"schema": {"type": "string"}, "example": example} for kind, example in WRITTEN.items()
}


class TraceQuery(Schema):
    """Days, direction and form of a trace."""

    first = fields.Date(required=True, data_key="from", metadata=_FIRST)
    last = fields.Date(required=True, data_key="to", metadata=_LAST)
    direction = fields.String(
        load_default="both",
        validate=validate.OneOf(["both", *(one.value for one in Direction)]),
    )
    format = fields.String(load_default="json", validate=validate.OneOf(["json", *TYPES]))


class AnimalTraceQuery(Schema):
    """Days of a trace, without them the animal's whole life; and which of the animals it met."""

    cursor = fields.String(
        load_default=None,
        validate=validate.Length(1, 512),
        metadata={"description": "Out of `next` of the page before."},
    )

    first = fields.Date(load_default=None, data_key="from", metadata=_FIRST)
    last = fields.Date(load_default=None, data_key="to", metadata=_LAST)


class ToCallSchema(AnswerSchema):
    """A keeper to call; phones for officers alone."""

    party = fields.UUID(required=True)
    premises = fields.List(fields.String(), required=True, metadata={"example": ["20468"]})
    phones = fields.List(fields.String(), metadata={"example": ["+67570000001"]})


class TraceSchema(AnswerSchema):
    """Contact chains of premises (Noremark and Widgren, EpiContactTrace)."""

    root = fields.String(required=True, metadata={"example": "20468"})
    first = fields.Date(required=True, data_key="from")
    last = fields.Date(required=True, data_key="to")
    ingoing = fields.Dict(keys=fields.String())
    outgoing = fields.Dict(keys=fields.String())
    keepers = fields.List(fields.Nested(ToCallSchema), required=True)


class ContactsSchema(Schema):
    """A contact chain whose premises come under watch; the window is that of the trace."""

    first = fields.Date(required=True, data_key="from", metadata=_FIRST)
    last = fields.Date(required=True, data_key="to", metadata=_LAST)
    direction = fields.String(
        load_default="both",
        validate=validate.OneOf(["both", *(one.value for one in Direction)]),
    )
    disease = fields.String(required=True, validate=validate.OneOf(NOTIFIABLE))
    since = fields.Date(
        load_default=None, metadata={"description": "First local day; without it today."}
    )
    until = fields.Date(
        load_default=None,
        metadata={"description": "First local day on which it no longer holds."},
    )
    days = fields.Integer(
        load_default=None,
        strict=True,
        validate=validate.Range(1, 365),
        metadata={"description": "Instead of `until`; without both, a setting tells."},
    )


class DeclaredSchema(WholeSchema):
    """Counts of premises and animals that a request declared in contact."""

    declared = fields.Integer(metadata={"description": "Premises.", "example": 12})
    known = fields.Integer(
        metadata={"description": "Premises that are infected or under watch already.", "example": 3}
    )
    left = fields.Integer(
        metadata={"description": "Premises that the next request declares.", "example": 0}
    )
    animals = fields.Integer(metadata={"description": "Animals and mobs there.", "example": 31})
    since = fields.Date()
    until = fields.Date()


class AnimalTraceSchema(WholeSchema):
    """Stays and companions of an animal; of pork, those of the pigs that it came from."""

    animal = fields.String(metadata={"example": "598000000000017"})
    stays = fields.List(fields.Dict(keys=fields.String()), metadata={"example": []})
    came_from = fields.List(
        fields.Dict(keys=fields.String()),
        metadata={"description": "The pigs of pork, with their carcasses.", "example": []},
    )
    became = fields.List(
        fields.Dict(keys=fields.String()),
        metadata={"description": "The pork of a pig, and where it went.", "example": []},
    )
    companions = fields.List(
        fields.Dict(keys=fields.String()),
        metadata={"description": "Of a thousand that may have met it.", "example": []},
    )
    companions_at_most = fields.Integer(
        metadata={"description": "How many it met in all; exact if no page follows."}
    )
    next = fields.String(
        allow_none=True,
        metadata={"description": "Address of the animals that follow; null: these are all."},
    )
    events = fields.List(fields.Dict(keys=fields.String()), metadata={"example": []})
    keepers = fields.List(fields.Nested(ToCallSchema))


@blueprint.route(
    "/premises/<path:number>",
    guard=READ,
    scope=Scope.READ,
    parameters=[PREMISES],
    operation="trace_premises",
)
@blueprint.doc(responses={200: {"content": _OTHER_TYPES}})
@blueprint.arguments(TraceQuery, location="query")
@blueprint.response(HTTPStatus.OK, TraceSchema)
@refuses(HTTPStatus.CONFLICT)
def premises(query: dict[str, Any], number: str) -> Response:
    """Trace the contacts of premises within a window of days, with the keepers to call."""
    if query["format"] == "geojson" and not _officer():
        raise Forbidden("Points on the map are for officers alone")
    both = query["direction"] == "both"
    directions = Direction if both else (Direction(query["direction"]),)
    with context().database.read() as session:
        window = TraceWindow.between(query["first"], query["last"])
        found = trace_premises(session, parse_key(session, number, "premises"), window, directions)
        body = _written(session, found, query["format"])
    return Response(body, content_type=TYPES.get(query["format"], "application/json"))


@blueprint.route(
    "/premises/<path:number>/contacts",
    methods=["POST"],
    guard=WRITE,
    scope=Scope.DECIDE,
    parameters=[PREMISES],
    operation="watch_contacts",
)
@idempotent(exclusive=True)
@blueprint.arguments(ContactsSchema, example=_CONTACTS)
@blueprint.response(HTTPStatus.CREATED, DeclaredSchema)
@refuses(HTTPStatus.CONFLICT)
def contacts(work: Work, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Declare the premises of a contact chain, and the pigs that stand there, in contact.

    A request declares a hundred premises; while `left` is not 0, send it again with a new key.
    """
    since = body["since"] or local_day(work.now)
    both = body["direction"] == "both"
    trace = ContactTrace(
        root=known_premises(work.session, number).number,
        window=TraceWindow.between(body["first"], body["last"]),
        directions=tuple(Direction) if both else (Direction(body["direction"]),),
        disease=body["disease"],
        since=since,
        until=last_day(work.session, since, body["until"], body["days"]),
    )
    if since > local_day(work.now):
        raise Invalid("That day has not come yet", {"since": ["must be today or before"]})
    places, known = contact_places(work.session, trace)
    done = declare_contacts(work.session, trace, places[:AT_ONCE], origin_of(work))
    return {
        "declared": len(done),
        "known": known,
        "left": len(places) - len(done),
        "animals": sum(len(one.animals) for one in done),
        "since": trace.since,
        "until": trace.until,
    }


@blueprint.route(
    "/animals/<path:tag>", guard=READ, scope=Scope.READ, parameters=[TAG], operation="trace_animal"
)
@blueprint.arguments(AnimalTraceQuery, location="query")
@blueprint.response(HTTPStatus.OK, AnimalTraceSchema)
@refuses(HTTPStatus.CONFLICT)
def animal(query: dict[str, Any], tag: str) -> Response:
    """Trace an animal: its stays, its companions, and the keepers to call."""
    window = TraceWindow.between(query["first"] or EVER.first, query["last"] or EVER.last)
    with context().database.read() as session:
        key = parse_key(session, tag, "animal")
        after = open_cursor(query["cursor"], _COMPANIONS)[0] if query["cursor"] else 0
        page = Page(after, today=local_day(context().clock()))
        found = trace_animal(session, key, window, page, phones=_officer())
        _note(found.keepers)
        told = animal_json(found) | {"next": _next(found.met.more)}
    return Response(json.dumps(told, ensure_ascii=False), content_type="application/json")


def _next(more: int | None) -> str | None:
    if more is None:
        return None
    asked = {name: value for name, value in request.args.items() if name != "cursor"}
    return f"{request.path}?{urlencode(asked | {'cursor': seal_cursor(_COMPANIONS, [more])})}"


def _officer() -> bool:
    return g.holder.role in OFFICERS


def _note(called: Iterable[Keeper]) -> None:
    """Log the parties whose phone numbers an officer sees."""
    shown = [keeper.public_id for keeper in called if keeper.phones]
    if shown:
        with context().database.write(exclusive=False) as session:
            people = session.scalars(select(Party.id).where(Party.public_id.in_(shown)))
            note_read(session, *(ReadSubject(person) for person in people.all()))


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
