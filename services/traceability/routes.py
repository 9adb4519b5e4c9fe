"""Animals in the API."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from services.storage.people import OFFICERS, Role
from services.traceability.lookup import parse_key
from services.traceability.queries import animal_history
from services.traceability.schemas import EXAMPLE, AnimalSchema
from services.web.blueprint import Blueprint
from services.web.context import context
from services.web.guards import Roles

if TYPE_CHECKING:
    from services.traceability.queries import AnimalHistory

# Whoever reads a history sees premises, which are somebody's home.
SEE_PREMISES = Roles(*OFFICERS, Role.AUDITOR)

TAG = {
    "in": "path",
    "name": "tag",
    "description": "Official or short number, as typed or scanned; `scheme:value`, such as "
    "`animal:0000A`; or a source's own number without its scheme.",
    "example": "598000000000017",
}

blueprint = Blueprint("animals", "Animals and where they have been.", "/api/v1/animals")


@blueprint.route("/<tag>", guard=SEE_PREMISES, parameters=[TAG])
@blueprint.response(HTTPStatus.OK, AnimalSchema, example=EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
@blueprint.alt_response(HTTPStatus.CONFLICT, HTTPStatus.CONFLICT.name)
@blueprint.alt_response(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.UNPROCESSABLE_ENTITY.name)
def animal(tag: str) -> AnimalHistory:
    """Read what is known of an animal."""
    with context().database.read() as session:
        return animal_history(session, parse_key(session, tag, "animal"))
