"""Sessions of RFID readers over HTTP: each request is signed by a field device."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from uuid import UUID

from flask import Response

from gateway.errors import GatewayError
from services.api.blueprint import Blueprint
from services.api.refusals import refuse
from services.devices.api.guards import DeviceSigned
from services.devices.api.signed_calls import take_call
from services.devices.registry import DeviceKind
from services.livestock.readers import examples
from services.livestock.readers.calls import CONFIRM, REVIEW, SCANS
from services.livestock.readers.request_schemas import LONGEST_UPLOAD, ConfirmSchema, ScansSchema
from services.livestock.readers.response_schemas import (
    ConfirmedSessionSchema,
    ReaderSessionSchema,
    SessionReviewSchema,
    WaitingCallSchema,
)

View = Callable[..., Response]

blueprint = Blueprint("readers", "Sessions of RFID readers: docs/readers.md.", "/gateway/readers")
_GUARD = DeviceSigned(*DeviceKind)
_WAITING = "Stored; it takes effect when earlier requests of the device have come"


def _answers(view: View) -> View:
    """Describe what may be answered besides."""
    waiting = {"schema": WaitingCallSchema, "example": examples.WAITING}
    view = blueprint.alt_response(HTTPStatus.ACCEPTED, description=_WAITING, **waiting)(view)
    for status in (
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ):
        view = blueprint.alt_response(status, status.name)(view)
    return view


@blueprint.route("/<uuid:device>/scans", methods=["POST"], guard=_GUARD, body=LONGEST_UPLOAD)
@blueprint.arguments(ScansSchema, example=examples.SCANS)
@blueprint.response(HTTPStatus.OK, ReaderSessionSchema, example=examples.SESSION)
@_answers
def scans(_told: object, device: UUID) -> Response:  # noqa: ARG001 — the guard's
    """Keep what a reader gave; the answer tells of the whole session."""
    return take_call(SCANS, {})


@blueprint.route(
    "/<uuid:device>/sessions/<uuid:session>/review",
    methods=["POST"],
    guard=_GUARD,
    body=LONGEST_UPLOAD,
)
@blueprint.arguments(ConfirmSchema, example=examples.CONFIRM)
@blueprint.response(HTTPStatus.OK, SessionReviewSchema, example=examples.REVIEW)
@_answers
def review(_told: object, device: UUID, session: UUID) -> Response:  # noqa: ARG001 — as above
    """Tell what confirming a session would record; nothing is recorded."""
    return take_call(REVIEW, {"session": str(session)})


@blueprint.route(
    "/<uuid:device>/sessions/<uuid:session>/confirm",
    methods=["POST"],
    guard=_GUARD,
    body=LONGEST_UPLOAD,
)
@blueprint.arguments(ConfirmSchema, example=examples.CONFIRM)
@blueprint.response(HTTPStatus.OK, ConfirmedSessionSchema, example=examples.CONFIRMED)
@_answers
def confirm(_told: object, device: UUID, session: UUID) -> Response:  # noqa: ARG001 — as above
    """Record a session as a movement, a stocktake, an inspection or a slaughter: once."""
    return take_call(CONFIRM, {"session": str(session)})


blueprint.errorhandler(GatewayError)(refuse)
