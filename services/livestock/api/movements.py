"""Movements and flags in the API."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from marshmallow import fields, validate

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.paging import LINK, PageQuery, PageRequest, page_schema, read_page
from services.api.schemas import LONGEST, WholeSchema, one_of
from services.core.roles import Scope
from services.livestock.api.common import ANYONE, viewer
from services.livestock.domain.model import EventType, FlagCode
from services.livestock.queries.events import flag_views, flags_wanted
from services.livestock.queries.movements import movement_views, movements_wanted
from services.livestock.recording.lookup import known_animal, known_premises
from services.storage.models import Flag, Movement

blueprint = Blueprint(
    "movements", "Movements, and what of them a person should look at.", "/api/v1"
)

_LONGEST_OVERDUE = 3_650


class MovementQuery(PageQuery):
    """Filter of a list of movements."""

    animal = fields.String(load_default=None, validate=validate.Length(1, LONGEST))
    premises = fields.String(load_default=None, validate=validate.Length(1, LONGEST))
    overdue_days = fields.Integer(
        load_default=None,
        validate=validate.Range(0, _LONGEST_OVERDUE),
        metadata={"description": "Departures at least so many days ago, without an arrival."},
    )
    since = fields.Date(
        load_default=None,
        metadata={"description": "Those that began or ended on this local day or later."},
    )


class MovementSchema(WholeSchema):
    """One movement of one animal; null: not reported, or not yours to see."""

    animal = fields.String(metadata={"example": "104276"})
    origin = fields.String(allow_none=True, metadata={"example": "20468"})
    destination = fields.String(allow_none=True, metadata={"example": "premises:12"})
    departed_on = fields.Date(allow_none=True)
    arrived_on = fields.Date(allow_none=True)
    departure = fields.UUID(allow_none=True, metadata={"description": "The event behind it."})
    arrival = fields.UUID(allow_none=True)


class FlagQuery(PageQuery):
    """Filter of a list of flags."""

    code = fields.String(load_default=None, validate=one_of(FlagCode))
    undecided = fields.Boolean(
        load_default=False,
        metadata={"description": "Only of evidence with which nobody agreed or objected yet."},
    )


class FlagSchema(WholeSchema):
    """Something about an event that a person should look at."""

    code = fields.String(validate=one_of(FlagCode), metadata={"example": "two_places"})
    animal = fields.String(metadata={"example": "104276"})
    event = fields.UUID(attribute="event_id")
    type = fields.String(validate=one_of(EventType), metadata={"example": "weight"})
    occurred_on = fields.Date()
    recorded_at = fields.DateTime()


MovementPageSchema = page_schema(MovementSchema, "Movement")
FlagPageSchema = page_schema(FlagSchema, "Flag")


@blueprint.route("/movements", guard=ANYONE, scope=Scope.READ, operation="list_movements")
@blueprint.arguments(MovementQuery, location="query")
@blueprint.response(HTTPStatus.OK, MovementPageSchema, headers=LINK)
@refuses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
def movements(query: PageRequest) -> Any:  # noqa: ANN401 — body and headers
    """List movements from and to premises that you may see."""
    with context().database.read() as session:
        animal, premises, overdue = (query[one] for one in ("animal", "premises", "overdue_days"))
        wanted = movements_wanted(
            viewer(),
            known_animal(session, animal).id if animal else None,
            known_premises(session, premises).id if premises else None,
            # Days east of Greenwich begin earlier: by the date in UTC none is overdue too soon.
            None if overdue is None else context().clock().date() - timedelta(overdue),
            query["since"],
        )
        page = read_page(session, wanted, [Movement.id], query)
        return page.answer(movement_views(session, viewer(), page.rows))


@blueprint.route("/flags", guard=ANYONE, scope=Scope.READ, operation="list_flags")
@blueprint.arguments(FlagQuery, location="query")
@blueprint.response(HTTPStatus.OK, FlagPageSchema, headers=LINK)
def flags(query: PageRequest) -> Any:  # noqa: ANN401 — as above
    """List flags of the animals that you may see."""
    with context().database.read() as session:
        keys = [Flag.journal_id, Flag.animal_id, Flag.code]
        wanted = flags_wanted(viewer(), query["code"], undecided=query["undecided"])
        page = read_page(session, wanted, keys, query)
        return page.answer(flag_views(session, page.rows))
