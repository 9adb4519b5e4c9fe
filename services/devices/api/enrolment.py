"""Route of enrolment: a field device brings its public key."""

from collections.abc import Mapping
from http import HTTPStatus

from marshmallow import Schema, fields, validate

from gateway.devices import read_base64
from gateway.errors import GatewayError
from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import Public
from services.api.problems import refuse
from services.devices.registry import enrol

blueprint = Blueprint("devices", "Field devices.", "/gateway/devices")

_PUBLIC_BYTES, _SIGNATURE_BYTES = 32, 64
_EXAMPLE = {
    "code": "7KQ2-M9XA-P4TD-WZ3C",
    "public_key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "signature": "A" * 86 + "==",
}


class EnrolmentSchema(Schema):
    """A key that a device has drawn, and the code that it was given."""

    code = fields.String(required=True, validate=validate.Length(1, 64))
    public_key = fields.String(
        required=True,
        validate=validate.Length(1, 64),
        metadata={"description": "Ed25519, 32 bytes in base64."},
    )
    signature = fields.String(
        required=True,
        validate=validate.Length(1, 128),
        metadata={"description": "Of `bilum-enrol-1`, the code, each with a line feed after it."},
    )


class EnrolledSchema(Schema):
    """The key id and counter that the device signs with from now on."""

    device = fields.UUID(required=True)
    key = fields.String(required=True, metadata={"description": "Id of the key."})
    counter = fields.Integer(
        required=True, metadata={"description": "Of the device's next request."}
    )
    time = fields.AwareDateTime(required=True, metadata={"description": "Of the server."})


@blueprint.route(
    "/enrol", methods=["POST"], guard=Public("the code proves who was given it, the key itself")
)
@blueprint.arguments(EnrolmentSchema, example=_EXAMPLE)
@blueprint.response(
    HTTPStatus.OK,
    EnrolledSchema,
    example={
        "device": "7b1f3c1e-6f0b-4f6e-9a53-1f6f5f0c2c11",
        "key": "4bd2a1f08e6c7a3d",
        "counter": 1,
        "time": "2026-11-25T01:02:03+00:00",
    },
)
@refuses(HTTPStatus.FORBIDDEN)
def enrol_device(told: Mapping[str, str]) -> dict[str, object]:
    """Bring a device's public key. The same again is answered the same."""
    public = read_base64("public_key", told["public_key"], _PUBLIC_BYTES)
    signature = read_base64("signature", told["signature"], _SIGNATURE_BYTES)
    here = context()
    now = here.clock()
    with here.database.write(exclusive=False) as session:
        done = enrol(session, told["code"], public, signature, now)
    return done._asdict() | {"time": now}


blueprint.errorhandler(GatewayError)(refuse)
