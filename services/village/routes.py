"""`POST /gateway/sync`: a village's box brings what it kept, and gets what waits for its people."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response

from gateway.errors import GatewayError
from services.api.blueprint import Blueprint
from services.api.refusals import refuse
from services.devices.api.guards import DeviceSigned
from services.devices.api.signed_calls import take_call
from services.devices.registry import DeviceKind
from services.village.protocol import (
    LONGEST_BODY,
    VillageSyncedSchema,
    VillageSyncSchema,
    VillageWaitingSchema,
)
from services.village.sync import NAME

blueprint = Blueprint("village", "Boxes of villages.", "/gateway")

_EXAMPLE = {
    "box": {"version": "0.1.0", "queued": 1, "free_bytes": 123456789},
    "items": [
        {
            "seq": 815,
            "kind": "sms",
            "at": "2026-11-25T01:02:03Z",
            "from": "+67570000001",
            "text": "REG 598000000000017",
            "answered": "kept",
            "numbers": ["104373"],
        }
    ],
    "reports": [
        {"message": "00000000-0000-4000-8000-000000000001", "state": "delivered", "code": None}
    ],
    "have": {"statuses": 17, "programmes": 3, "numbers": 40},
}
_ANSWER = {
    "taken": [815],
    "refused": [],
    "messages": [
        {
            "id": "00000000-0000-4000-8000-000000000002",
            "to": "+67570000001",
            "text": "Mipela raitim pinis pik 104373.",
            "expires_at": "2026-11-28T01:05:00Z",
        }
    ],
    "statuses": {
        "version": 18,
        "rows": [
            {
                "numbers": ["104373", "598000000000017"],
                "status": "alive",
                "province": "Jiwaka",
                "barred": False,
                "as_of": "2026-11-25T01:05:00Z",
            }
        ],
    },
    "programmes": None,
    "numbers": None,
    "time": "2026-11-25T01:05:00Z",
}


@blueprint.route(
    "/sync", methods=["POST"], guard=DeviceSigned(DeviceKind.VILLAGE), body=LONGEST_BODY
)
@blueprint.arguments(VillageSyncSchema, example=_EXAMPLE)
@blueprint.response(HTTPStatus.OK, VillageSyncedSchema, example=_ANSWER)
@blueprint.alt_response(
    HTTPStatus.ACCEPTED,
    schema=VillageWaitingSchema,
    example={"state": "waiting", "missing": [[3, 4]]},
    description="It waits for those with a smaller counter, which are missing",
)
@blueprint.alt_response(HTTPStatus.CONFLICT, HTTPStatus.CONFLICT.name)
def sync(_told: object) -> Response:
    """Take one batch of a box. The same counter and body again get the first answer."""
    return take_call(NAME, {}, keeps_payload=False)


blueprint.errorhandler(GatewayError)(refuse)
