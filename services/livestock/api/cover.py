"""Cover of the field in the API: provinces without officers, and devices that are silent."""

from typing import Any

from marshmallow import fields, validate

from services.api.blueprint import Blueprint
from services.api.context import context
from services.api.guards import Roles
from services.api.schemas import WholeSchema, one_of
from services.core.roles import OFFICERS, Role, Scope
from services.devices.registry import DeviceKind
from services.livestock.queries.cover import read_cover

blueprint = Blueprint("cover", "Who and what is missing in the field.", "/api/v1/cover")


class ProvinceCoverSchema(WholeSchema):
    """A province, and who of it can be reached."""

    province = fields.String(
        allow_none=True,
        metadata={"description": "Null: the whole country.", "example": "Hela"},
    )
    officers = fields.Integer(metadata={"example": 0})
    inspectors = fields.Integer(metadata={"example": 0})
    missing = fields.List(
        fields.String(validate=one_of(Role)), metadata={"example": ["veterinary-officer"]}
    )


class SilentDeviceSchema(WholeSchema):
    """A device that has said nothing for days."""

    id = fields.UUID()
    name = fields.String(metadata={"example": "Kudjip box"})
    kind = fields.String(validate=validate.OneOf([kind.value for kind in DeviceKind]))
    owner = fields.UUID(metadata={"description": "Party."})
    province = fields.String(allow_none=True, metadata={"description": "Of its owner."})
    heard_at = fields.DateTime(allow_none=True, metadata={"description": "Null: never."})


class CoverSchema(WholeSchema):
    """People and devices that are there, and those that are missing."""

    country = fields.Nested(ProvinceCoverSchema)
    provinces = fields.List(fields.Nested(ProvinceCoverSchema))
    dead_phones = fields.Integer(
        metadata={"description": "Holders of these offices whom no text reaches.", "example": 0}
    )
    silent = fields.List(
        fields.Nested(SilentDeviceSchema), metadata={"description": "The longest silent first."}
    )


@blueprint.route("", guard=Roles(*OFFICERS), scope=Scope.PEOPLE, operation="list_gaps")
@blueprint.response(200, CoverSchema)
def read_gaps() -> dict[str, Any]:
    """Read which provinces lack an office, and which devices are silent."""
    here = context()
    with here.database.read() as session:
        found = read_cover(session, here.clock())
    return {**found._asdict(), "dead_phones": len(found.dead_phones)}
