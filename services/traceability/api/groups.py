"""Mobs of untagged pigs, and consignments of pork, in the API: their numbers are issued here."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from services.storage.people import OFFICERS, Role
from services.traceability.api.animal_schemas import AnimalPageSchema, GroupQuery
from services.traceability.api.animals import list_animals
from services.traceability.api.common import ANYONE
from services.traceability.api.group_schemas import (
    CONSIGNMENT_EXAMPLE,
    MADE_EXAMPLE,
    MOB_EXAMPLE,
    PAGE_EXAMPLE,
    MadeSchema,
    NewConsignmentSchema,
    NewMobSchema,
)
from services.traceability.api.reporting import report_one
from services.traceability.model import AnimalKind, EventType
from services.traceability.registry import new_group
from services.web.blueprint import Blueprint
from services.web.context import context
from services.web.guards import Roles
from services.web.idempotency import idempotent
from services.web.paging import LINK

if TYPE_CHECKING:
    from services.traceability.api.animals import AnimalsWanted
    from services.traceability.api.occurred import Claimed
    from services.web.idempotency import Work

_MAKERS = Roles(*OFFICERS, Role.KEEPER, Role.RECORDER)

_TRAITS = ("head_count", "kilograms", "part_of")

blueprint = Blueprint("groups", "Mobs of untagged pigs, and consignments of pork.", "/api/v1")


class _NewGroup(TypedDict):
    premises: str
    occurred: Claimed
    head_count: NotRequired[int]
    kilograms: NotRequired[float]
    part_of: NotRequired[str]


@blueprint.route("/mobs", guard=ANYONE)
@blueprint.arguments(GroupQuery, location="query")
@blueprint.response(HTTPStatus.OK, AnimalPageSchema, example=PAGE_EXAMPLE, headers=LINK)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
@blueprint.alt_response(HTTPStatus.CONFLICT, HTTPStatus.CONFLICT.name)
def mobs(asked: AnimalsWanted) -> Any:  # noqa: ANN401 — body and headers
    """List the mobs that you may see."""
    with context().database.read() as session:
        return list_animals(session, asked, AnimalKind.MOB)


@blueprint.route("/mobs", methods=["POST"], guard=_MAKERS)
@idempotent
@blueprint.arguments(NewMobSchema, example=MOB_EXAMPLE)
@blueprint.response(HTTPStatus.CREATED, MadeSchema, example=MADE_EXAMPLE)
def add_mob(work: Work, told: _NewGroup) -> Any:  # noqa: ANN401 — body and headers
    """Register a mob; its number is issued."""
    return _make(work, told, AnimalKind.MOB)


@blueprint.route("/consignments", guard=ANYONE)
@blueprint.arguments(GroupQuery, location="query")
@blueprint.response(HTTPStatus.OK, AnimalPageSchema, example=PAGE_EXAMPLE, headers=LINK)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
@blueprint.alt_response(HTTPStatus.CONFLICT, HTTPStatus.CONFLICT.name)
def consignments(asked: AnimalsWanted) -> Any:  # noqa: ANN401 — as above
    """List the consignments of pork that you may see."""
    with context().database.read() as session:
        return list_animals(session, asked, AnimalKind.CONSIGNMENT)


@blueprint.route("/consignments", methods=["POST"], guard=_MAKERS)
@idempotent
@blueprint.arguments(NewConsignmentSchema, example=CONSIGNMENT_EXAMPLE)
@blueprint.response(HTTPStatus.CREATED, MadeSchema, example=MADE_EXAMPLE)
def add_consignment(work: Work, told: _NewGroup) -> Any:  # noqa: ANN401 — as above
    """Register a consignment of pork; its number is issued."""
    return _make(work, told, AnimalKind.CONSIGNMENT)


def _make(work: Work, told: _NewGroup, kind: AnimalKind) -> Any:  # noqa: ANN401 — as above
    key = new_group(work.session, kind)
    traits = {name: value for name, value in told.items() if name in _TRAITS}
    done = report_one(
        work,
        {
            "type": EventType.REGISTER.value,
            "animals": [str(key)],
            "premises": told["premises"],
            "other": None,
            "occurred": told["occurred"],
            "details": {"kind": kind.value, **traits},
        },
    )
    body = {"number": str(key), "id": done.report.event_id, "receipt": done.receipt}
    return body, {"Location": f"/api/v1/animals/{key}"}
