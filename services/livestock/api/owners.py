"""Owners of animals in the API."""

from http import HTTPStatus

from marshmallow import fields, validate

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.schemas import WholeSchema
from services.core.errors import Forbidden
from services.core.roles import Scope
from services.livestock.api.common import ANYONE, TAG, viewer
from services.livestock.domain import access
from services.livestock.domain.access import Sight
from services.livestock.queries.animals import owners_of
from services.livestock.recording.lookup import known_animal
from services.livestock.recording.ownership import ties_of

blueprint = Blueprint("owners", "Owners of animals, and since when.", "/api/v1/animals")


class OwnershipSchema(WholeSchema):
    """A time in which an animal was somebody's."""

    owner = fields.UUID(
        allow_none=True,
        metadata={"description": "Party; null: the keeper of where it was registered."},
    )
    since = fields.Date()
    until = fields.Date(
        allow_none=True, metadata={"description": "Day on which it became another's."}
    )
    terms = fields.String(
        allow_none=True,
        validate=validate.OneOf(["sold", "given", None]),
        metadata={"description": "How it became theirs; null: by its registration."},
    )
    event = fields.UUID()


class OwnersSchema(WholeSchema):
    """The owners of an animal, the first first."""

    items = fields.List(fields.Nested(OwnershipSchema))


@blueprint.route(
    "/<path:tag>/owners",
    guard=ANYONE,
    scope=Scope.READ,
    parameters=[TAG],
    operation="list_animal_owners",
)
@blueprint.response(HTTPStatus.OK, OwnersSchema)
@refuses(HTTPStatus.CONFLICT)
def owners(tag: str) -> dict[str, object]:
    """Read who owned an animal, and from when to when."""
    with context().database.read() as session:
        found = known_animal(session, tag)
        ties = ties_of(session, viewer(), [found.id])[found.id]
        if access.sight_of(viewer(), ties) is not Sight.FULL:
            raise Forbidden("The owner of an animal, its keeper and officers see who owned it")
        return {"items": owners_of(session, found)}
